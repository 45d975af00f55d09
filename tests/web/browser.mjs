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

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM, args: QUIET });
}
