// Opens the gateway's documentation in headless Chromium, expands one operation, and prints the page's content as JSON.
//
//   node docs.mjs GATEWAY_URL METHOD PATH

import { launch } from "./browser.mjs";

const [gateway, method, path] = process.argv.slice(2);
const MILLIS_MAX = 60_000;

const browser = await launch();
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(MILLIS_MAX);
  const asked = [];
  const complaints = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("response", (response) => response.ok() || complaints.push(`${response.status()} ${response.url()}`));
  // Violations of the content security policy and script errors are reported here.
  page.on("console", (line) => line.type() === "error" && complaints.push(line.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(`${gateway}/docs`);
  const operation = page.locator(`.opblock-${method}`, {
    has: page.locator(`.opblock-summary-path[data-path="${path}"]`),
  });
  await operation.waitFor({ state: "visible" });
  const shown = await page.locator(".opblock").count();
  await operation.locator(".opblock-summary").click();
  await operation.locator(".responses-inner").first().waitFor({ state: "visible" });
  const text = await operation.innerText();
  console.log(JSON.stringify({ title: await page.title(), shown, text, asked, complaints }));
} finally {
  await browser.close();
}
