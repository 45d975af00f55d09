// Starts headless Chromium from the path in CHROMIUM. Knows no page.

import { chromium } from "playwright-core";

// Switches that keep Chromium from connecting to other hosts.
const QUIET = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

// `hosts` are names that lead to this machine, as after DNS rebinding.
export function launch(hosts = []) {
  const rules = hosts.map((host) => `MAP ${host} 127.0.0.1`).join(", ");
  const args = hosts.length > 0 ? [...QUIET, `--host-resolver-rules=${rules}`] : QUIET;
  return chromium.launch({ executablePath: process.env.CHROMIUM, args });
}
