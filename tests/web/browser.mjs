// Starts headless Chromium, which CHROMIUM names. Knows no page.

import { chromium } from "playwright-core";

// Nothing of these goes anywhere but to this machine.
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
