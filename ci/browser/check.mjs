// Opens reports in a real Chromium and asks of them what only a browser can
// tell: nothing of the data runs, the page is accessible, its filter works, it
// is readable without script, and a large one opens quickly.
//
//   node ci/browser/check.mjs GALLERY.html MANY.html [SCREENSHOTS]
//
// CHROMIUM names the program (default: /usr/bin/chromium).
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const [gallery, many, screenshots] = process.argv.slice(2);
const flags = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  chromiumSandbox: false,
  args: flags,
});
let passed = 0;

async function check(claim, file, options, ask) {
  const context = await browser.newContext({ viewport: { width: 1100, height: 900 }, bypassCSP: false, ...options });
  const page = await context.newPage();
  const troubles = [];
  page.on("pageerror", error => troubles.push(String(error)));
  page.on("console", message => message.type() === "error" && troubles.push(message.text()));
  page.on("request", request => request.url().startsWith("file:") || troubles.push(`asks for ${request.url()}`));
  await page.goto(pathToFileURL(resolve(file)).href);
  await ask(page);
  assert.deepEqual(troubles, [], claim);
  await context.close();
  console.log(`ok   ${claim}`);
  passed += 1;
}

async function shoot(page, name) {
  if (!screenshots) return;
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: `${screenshots}/${name}.png`, fullPage: true });
}

await check("nothing that came from data runs, and nothing is fetched", gallery, {}, async page => {
  assert.match(await page.title(), /^Not passed: /);
  assert.equal(await page.locator("img").count(), 0);
  assert.equal(await page.locator("script").count(), 1);
  assert.ok(await page.getByText("<img src=x").first().isVisible());
});

await check("the decision is seen without scrolling", gallery, {}, async page => {
  const box = await page.locator("h1").boundingBox();
  assert.ok(box.y + box.height < 300);
  assert.equal((await page.locator("h1").innerText()).trim().endsWith("Not passed"), true);
});

await check("the filter and the order work", gallery, {}, async page => {
  const shown = () => page.locator("details.case:not([hidden])").count();
  const all = await shown();
  await page.getByLabel("Find").fill("no-drift");
  assert.equal(await shown(), 1);
  assert.equal(await page.locator("#found").innerText(), `1 of ${all} cases`);
  await page.getByLabel("Find").fill("");
  await page.getByLabel("passed").uncheck();
  assert.ok((await shown()) < all);
  await page.getByLabel("passed").check();
  await page.getByLabel("Order").selectOption("slowest");
  const times = await page.locator("section.chapter").nth(3).locator("details.case").evaluateAll(all => all.map(one => +one.dataset.millis));
  assert.deepEqual(times, [...times].sort((a, b) => b - a));
});

await check("a folded case opens by keyboard", gallery, {}, async page => {
  const folded = page.locator("details.case:not([open])").first();
  const id = await folded.getAttribute("id");
  await folded.locator("summary").focus();
  await page.keyboard.press("Enter");
  assert.notEqual(await page.locator(`#${id}`).getAttribute("open"), null);
});

await check("it is readable without script", gallery, { javaScriptEnabled: false }, async page => {
  assert.ok(await page.locator("h1").isVisible());
  assert.ok(await page.locator("details[open] pre.message").first().isVisible());
  assert.ok(await page.locator("details[open] svg.plot").first().isVisible());
  assert.equal(await page.locator("#filter").isVisible(), false);
});

for (const colorScheme of ["light", "dark"]) {
  for (const [size, viewport] of Object.entries({ wide: { width: 1100, height: 900 }, narrow: { width: 360, height: 740 } })) {
    await check(`it is accessible: ${colorScheme}, ${size}`, gallery, { colorScheme, viewport, bypassCSP: true }, async page => {
      await page.evaluate(() => document.querySelectorAll("details").forEach(one => (one.open = true)));
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wider <= 0, `${wider} pixels wider than the window`);
      await shoot(page, `${colorScheme}-${size}`);
      await page.addScriptTag({ path: axe });
      const { violations } = await page.evaluate(() => window.axe.run());
      const told = violations.map(one => `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(" | ")}`);
      assert.deepEqual(told, []);
    });
  }
}

await check("a link opens the case that it leads to", gallery, {}, async page => {
  const folded = await page.locator("details.case:not([open])").first().getAttribute("id");
  await page.evaluate(id => (location.hash = id), folded);
  await page.waitForSelector(`#${folded}[open]`);
});

await check("it prints: the decision on the first page, drawings in ink", gallery, {}, async page => {
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  const colours = await page.evaluate(() => {
    const style = one => getComputedStyle(document.querySelector(one));
    return { paper: style("body").backgroundColor, ink: style("body").color, filter: style("#filter").display };
  });
  assert.deepEqual(colours, { paper: "rgb(255, 255, 255)", ink: "rgb(27, 31, 36)", filter: "none" });
  const pdf = await page.pdf({ format: "A4", ...(screenshots && { path: `${screenshots}/print.pdf` }) });
  assert.ok(pdf.length > 10_000);
});

await check("a person who does not see gets it in words", gallery, {}, async page => {
  const silent = await page.locator("svg:not([aria-label]), svg[aria-label='']").count();
  assert.equal(silent, 0);
  const headings = await page.locator("h1, h2").allInnerTexts();
  assert.ok(headings[0].endsWith("Not passed") && headings.some(one => one.startsWith("Quality")), headings.join());
});

// The best of a few: what else the machine does is not the page's.
const opened = [];
for (let time = 0; time < 5 && !(Math.min(...opened) < 1000); time += 1) {
  await check("500 cases open", many, {}, async page => {
    assert.equal(await page.locator("details.case").count(), 500);
    const { loadEventEnd } = await page.evaluate(() => performance.getEntriesByType("navigation")[0].toJSON());
    opened.push(Math.round(loadEventEnd));
  });
}
console.log(`     500 cases: opened after ${opened.join(", ")} ms`);
assert.ok(Math.min(...opened) < 1000, "500 cases take a second to open");

await browser.close();
console.log(`${passed} passed, 0 failed`);
