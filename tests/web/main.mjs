// Opens a page in headless Chromium, runs one scenario against the service, and prints the scenario's result as JSON.
//
//   node main.mjs SERVICE_URL DESCRIPTORS_FILE SCENARIO ARGUMENTS_AS_JSON
//
// The page is served on its own port, so that the service has another origin. PAGE_HOST is the page's host name, 127.0.0.1
// by default; any name leads to this machine. CHROMIUM is the path of the browser.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { launch } from "./browser.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const PACKAGES = ["@bufbuild/protobuf", "@connectrpc/connect", "@connectrpc/connect-web"];
const TYPES = { ".js": "text/javascript", ".mjs": "text/javascript" };
const HOST = process.env.PAGE_HOST ?? "127.0.0.1";
const SCENARIO_MILLIS_MAX = 60_000;

const [service, descriptors, scenario, given] = process.argv.slice(2);

// The folder of a package's modules, as its manifest gives it.
function target(exported) {
  if (typeof exported === "string") return exported;
  const condition = ["browser", "import", "default"].find((name) => exported[name]);
  return condition && target(exported[condition]);
}

async function imports() {
  const map = {};
  for (const name of PACKAGES) {
    const manifest = JSON.parse(await readFile(join(HERE, "node_modules", name, "package.json")));
    for (const [path, exported] of Object.entries(manifest.exports)) {
      const file = target(exported);
      if (file) map[name + path.slice(1)] = `/node_modules/${name}/${file.slice(2)}`;
    }
  }
  return map;
}

async function content(path) {
  if (path === "/") {
    const map = JSON.stringify({ imports: await imports() });
    return ["text/html", `<!doctype html><title>A shop</title><script type="importmap">${map}</script>`];
  }
  if (path === "/favicon.ico") return ["image/x-icon", ""];
  if (path === "/descriptors.bin") return ["application/octet-stream", await readFile(descriptors)];
  return [TYPES[extname(path)] ?? "application/octet-stream", await readFile(join(HERE, normalize(path)))];
}

const server = createServer(async (request, response) => {
  try {
    const [type, body] = await content(new URL(request.url, "http://page").pathname);
    response.writeHead(200, { "Content-Type": type }).end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));

const browser = await launch(HOST === "127.0.0.1" ? [] : [HOST]);
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(SCENARIO_MILLIS_MAX);
  page.on("console", (line) => console.error(line.text()));
  await page.goto(`http://${HOST}:${server.address().port}/`);
  const played = page.evaluate(
    async ([service, scenario, given]) => (await import("/scenarios.mjs"))[scenario](service, JSON.parse(given)),
    [service, scenario, given],
  );
  const late = new Promise((_, reject) =>
    setTimeout(() => reject(new Error(`${scenario} takes too long`)), SCENARIO_MILLIS_MAX).unref(),
  );
  console.log(JSON.stringify(await Promise.race([played, late])));
} finally {
  await browser.close();
  server.close();
}
