// Opens the gateway under a host name that leads to this machine, as after DNS rebinding, and prints what the page sees.
//
//   node rebound.mjs HOST GATEWAY_PORT PATH

import { launch } from "./browser.mjs";

const [host, port, path] = process.argv.slice(2);
const browser = await launch([host]);
try {
  const page = await browser.newPage();
  const answer = await page.goto(`http://${host}:${port}${path}`);
  console.log(JSON.stringify({ status: answer.status(), body: await answer.json() }));
} finally {
  await browser.close();
}
