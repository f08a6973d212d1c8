// Opens pages in Chromium and says what was seen: one JSON request on standard input, one JSON answer on standard output.
// Nothing is judged here; `chromium.py` asks and the tests judge.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const asked = JSON.parse(readFileSync(0, "utf8"));
const tools = createRequire(asked.tools + "/");
const puppeteer = (await import(pathToFileURL(tools.resolve("puppeteer-core")))).default;
const axe = readFileSync(tools.resolve("axe-core/axe.min.js"), "utf8");

const browser = await puppeteer.launch({
  executablePath: asked.chromium,
  protocolTimeout: 240000,
  args: [
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync", "--hide-scrollbars", "--disable-component-update",
    "--disable-background-networking", "--force-color-profile=srgb", ...(process.getuid() === 0 ? ["--no-sandbox"] : []),
  ],
});
try {
  const seen = [];
  for (const wanted of asked.pages) seen.push(await look(wanted));
  process.stdout.write(JSON.stringify(seen));
} finally {
  await browser.close();
}

async function look(wanted) {
  const page = await browser.newPage();
  const said = [], fetched = [], ran = [];
  page.on("console", (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => said.push(`error: ${error}`));
  page.on("dialog", async (dialog) => { ran.push(`dialog: ${dialog.message()}`); await dialog.dismiss(); });
  page.on("popup", () => ran.push("a window was opened"));
  page.on("request", (request) => { if (request.url().split("#")[0] !== wanted.url) fetched.push(request.url()); });
  await page.setViewport({ width: wanted.width, height: wanted.height, deviceScaleFactor: wanted.scale });
  await page.emulateMediaFeatures([
    { name: "prefers-color-scheme", value: wanted.dark ? "dark" : "light" },
    { name: "prefers-reduced-motion", value: "reduce" },
  ]);
  if (wanted.media !== "screen") await page.emulateMediaType(wanted.media);
  await page.goto(wanted.url, { waitUntil: "load", timeout: 120000 });
  const paint = await page.evaluate(firstPaint);
  for (const selector of wanted.press) await (await page.$(selector)).click();
  if (wanted.keys.length) for (const key of wanted.keys) await page.keyboard.press(key);
  const asked = {};
  for (const [name, script] of Object.entries(wanted.ask)) asked[name] = await page.evaluate(script);
  const dom = await page.evaluate(inventory);
  if (wanted.shot) await page.screenshot({ path: wanted.shot, fullPage: wanted.whole, captureBeyondViewport: wanted.whole });
  if (wanted.pdf) await page.pdf({ path: wanted.pdf, format: "A4", preferCSSPageSize: true, printBackground: true, tagged: true, timeout: 120000 });
  const before = said.length;
  const violations = wanted.axe ? await checked(page) : [];
  said.length = Math.min(said.length, before);
  const title = await page.title();
  await page.close();
  return { console: said, fetched, ran, first_paint_ms: paint, violations, title, asked, ...dom };
}

async function checked(page) {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const found = await window.axe.run(document, { resultTypes: ["violations"] });
    return found.violations.map((one) => ({
      id: one.id, impact: one.impact ?? "", help: one.help,
      nodes: one.nodes.slice(0, 5).map((node) => `${node.target.join(" ")}  ${node.html.slice(0, 160)}`),
    }));
  });
}

async function firstPaint() {
  const painted = () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
  for (let waited = 0; waited < 200 && painted() === undefined; waited += 1) await new Promise((done) => setTimeout(done, 10));
  return painted() ?? null;
}

function inventory() {
  const root = document.documentElement;
  const elements = {};
  const handlers = [];
  for (const one of document.querySelectorAll("*")) {
    elements[one.localName] = (elements[one.localName] ?? 0) + 1;
    for (const { name } of one.attributes) if (name.startsWith("on")) handlers.push(`${one.localName} ${name}`);
  }
  const width = root.clientWidth;
  const scrolls = (one) => {
    for (let box = one.parentElement; box && box !== root; box = box.parentElement)
      if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(box).overflowX)) return true;
    return false;
  };
  const wide = [];
  if (root.scrollWidth > width)
    for (const one of document.body.querySelectorAll("*"))
      if (one.getBoundingClientRect().right > width + 1 && !scrolls(one) && wide.length < 12)
        wide.push(`${one.localName}.${one.getAttribute("class") ?? ""}: ${(one.textContent ?? "").trim().slice(0, 60)}`);
  return { elements, handlers, overflow: root.scrollWidth - width, wide, height: root.scrollHeight };
}
