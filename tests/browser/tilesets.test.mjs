// The preview of many tilesets: node tests/browser/tilesets.test.mjs BASE_URL [OUT_DIR]
//
// BASE_URL is a running server with the tilesets `demo` and `pictures` (see run.py). OUT_DIR receives screenshots.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";

import { serveBelow } from "./prefix_proxy.mjs";
import { chromiumIsMissing, desktop, drawnByLayer, idle, jumpTo, launch, newContext, openPreview, photograph, until } from "./session.mjs";

const base = (process.argv[2] ?? "").replace(/\/$/, "");
const outDir = process.argv[3];
if (!base) {
  console.error("usage: node tilesets.test.mjs BASE_URL [OUT_DIR]");
  process.exit(2);
}
if (outDir) mkdirSync(outDir, { recursive: true });

const vaduz = "#14.5/47.1405/9.5215";
const northEast = [50, 50]; // where `pictures` has zoom 3
const southWest = [-70, -45]; // where it ends with zoom 2; the corner of the tile is in view
const colors = { 2: [60, 60, 150], 3: [200, 140, 20] }; // pictures.py
const zoomOfTile3 = 2.1; // the map counts zooms by 512 pixels, these tiles have 256
const size = { viewport: outDir ? { width: 1120, height: 720 } : desktop };
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

const shot = (page, name) => (outDir ? page.screenshot({ path: path.join(outDir, `${name}.png`) }) : null);

const text = (page, selector) => page.$eval(selector, (found) => (found.hidden ? null : found.textContent));

const options = (page) => page.$$eval("#tileset-switch option", (found) => found.map(({ value, selected }) => [value, selected]));

/** The colour of the map's middle. */
async function middle(page) {
  await photograph(page, "middle");
  return page.evaluate(() => {
    const { width, height } = window.tapalcatl.map.getCanvas();
    const at = 4 * (width * Math.floor(height / 2) + Math.floor(width / 2));
    return [...window.photographs.middle.slice(at, at + 3)];
  });
}

/** Inspects the tile in the middle of the map. Answers the URL that was asked, and the answer. */
async function inspectMiddle(page) {
  const answered = page.waitForResponse((response) => response.url().includes("/preview/inspect/"));
  await page.focus(".maplibregl-canvas");
  await page.keyboard.press("Enter");
  const response = await answered;
  await until(page, () => Boolean(document.querySelector("#inspector .badge")));
  return { url: response.url(), answer: await response.json() };
}

/** Waits for the page that a choice of the switch leads to. */
async function choose(page, name) {
  const loaded = page.waitForEvent("load");
  await page.selectOption("#tileset-switch", name);
  await loaded;
  await idle(page);
}

describe("the preview of many tilesets", { skip: chromiumIsMissing && "chromium is missing" }, () => {
  let browser;

  before(async () => {
    browser = await launch();
  });

  after(async () => {
    await browser?.close();
  });

  /** A case on a page of its own, which must end without a fault. */
  function on(opening, claim, body) {
    test(claim, async () => {
      const { page, context, faults } = await openPreview(browser, base, { ...size, colorScheme: "light", ...opening });
      await body(page);
      assert.deepEqual(faults(), []);
      await context.close();
    });
  }

  on({ hash: vaduz }, "shows the first tileset of the catalog, and what it is", async (page) => {
    assert.ok((await drawnByLayer(page)).roads > 0);
    assert.deepEqual(await options(page), [["demo", true], ["pictures", false]]);
    assert.equal(await text(page, "#tileset-facts"), "vector mvt · 512 px · z 0–14");
    assert.match(await page.title(), /^demo /);
    assert.match(await page.$eval("#tilejson-link", (link) => link.href), /\/demo\.json$/);
    const { url, answer } = await inspectMiddle(page);
    assert.match(url, /\/preview\/inspect\/demo\/14\/8625\/5753@2x\.mvt$/);
    assert.equal(answer.found, true);
    await shot(page, "tilesets-vector");
  });

  on({ query: "?tileset=pictures" }, "draws a raster tileset that the address asks for", async (page) => {
    await jumpTo(page, northEast, zoomOfTile3);
    assert.deepEqual(await middle(page), colors[3]);
    assert.equal(await text(page, "#tileset-facts"), "raster png · 256 px · z 0–3");
    assert.match(await text(page, "#no-layers"), /raster tileset/);
    assert.equal(await page.$$eval("[data-layer]", (switches) => switches.length), 0);
    const { url, answer } = await inspectMiddle(page);
    assert.match(url, /\/preview\/inspect\/pictures\/3\/5\/2\.png$/);
    assert.equal(answer.cache, "hit"); // the map has just drawn it
    assert.equal(await page.$eval("[data-cache]", (badge) => badge.dataset.cache), "hit");
    assert.match(await text(page, "#inspector"), /256 px png/);
    assert.equal(await page.$("#inspector .features"), null);
    await shot(page, "tilesets-raster");
  });

  on({ query: "?tileset=pictures" }, "fills a hole in a raster tileset from its ancestor, and says so", async (page) => {
    await jumpTo(page, southWest, zoomOfTile3);
    assert.deepEqual(await middle(page), colors[2]);
    const { answer } = await inspectMiddle(page);
    assert.equal(answer.tile, "3/2/5");
    assert.equal(answer.found, false);
    assert.equal(await page.textContent("#inspector .note button"), "2/1/2");
    await page.click("#borders-switch");
    await idle(page);
    // The map places its labels one after the other.
    await until(page, () => {
      const labels = window.tapalcatl.map.queryRenderedFeatures({ layers: ["border-labels"] });
      return labels.some(({ properties }) => properties.text === "3/2/5  from 2/1/2");
    });
    await shot(page, "tilesets-raster-hole");
  });

  on({ hash: vaduz }, "changes the tileset, says so in the address, and goes back", async (page) => {
    await choose(page, "pictures");
    assert.equal(new URL(page.url()).search, "?tileset=pictures");
    assert.deepEqual(await options(page), [["demo", false], ["pictures", true]]);
    assert.notEqual(await page.evaluate(() => window.tapalcatl.map.getZoom()), 14.5);
    assert.equal(await page.evaluate(() => document.activeElement.id), "tileset-switch");
    const loaded = page.waitForEvent("load");
    await page.keyboard.press("ArrowUp");
    await loaded;
    await idle(page);
    assert.equal(new URL(page.url()).search, "?tileset=demo");
    assert.ok(Object.keys(await drawnByLayer(page)).length > 0);
  });

  test("says that a tileset is unknown, and offers the others", async () => {
    const context = await newContext(browser, { viewport: size.viewport });
    const page = await context.newPage();
    await page.goto(`${base}/preview.html?tileset=%3Cb%3Enone`);
    await page.waitForSelector("#notice:not([hidden])");
    assert.match(await page.textContent("#notice"), /no tileset "<b>none"/);
    await shot(page, "tilesets-unknown");
    await choose(page, "pictures");
    assert.equal(new URL(page.url()).search, "?tileset=pictures");
    await context.close();
  });

  test("says so where the server gives no catalog", async () => {
    const context = await newContext(browser, { viewport: desktop });
    const page = await context.newPage();
    await page.route("**/catalog.json", (route) => route.fulfill({ status: 503, body: "busy" }));
    await page.goto(`${base}/preview.html`);
    await page.waitForSelector("#notice:not([hidden])");
    assert.match(await page.textContent("#notice"), /catalog.*503/);
    await context.close();
  });

  test("takes tiles beside the page where the server does not know its own address", async () => {
    const proxy = await serveBelow("/maps", base, { tells: false });
    try {
      const opening = { query: "?tileset=pictures", ...size };
      const { page, context, faults } = await openPreview(browser, proxy.base, opening);
      const { tiles } = await page.evaluate(async () => (await fetch(document.getElementById("tilejson-link").href)).json());
      assert.doesNotMatch(tiles[0], /\/maps\//); // which the page must not use
      await jumpTo(page, northEast, zoomOfTile3);
      assert.deepEqual(await middle(page), colors[3]);
      const { url } = await inspectMiddle(page);
      assert.match(url, /\/maps\/preview\/inspect\/pictures\/3\/5\/2\.png$/);
      assert.deepEqual(faults(), []);
      await context.close();
    } finally {
      await proxy.close();
    }
  });

  test("sends the API key with catalog, TileJSON and tiles", async () => {
    const context = await newContext(browser, { viewport: desktop });
    const page = await context.newPage();
    const asked = [];
    page.on("request", (request) => asked.push(new URL(request.url())));
    await page.route("**/preview.html*", async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replace('"catalog":', '"api_key":"a key&b","catalog":');
      await route.fulfill({ response, body });
    });
    await page.goto(`${base}/preview.html?tileset=pictures`);
    await idle(page);
    for (const kind of ["/catalog.json", "/pictures.json", ".png"]) {
      const keyed = asked.filter(({ pathname }) => pathname.endsWith(kind));
      assert.ok(keyed.length > 0, kind);
      for (const url of keyed) assert.equal(url.search, "?api_key=a%20key%26b", url.href);
    }
    await context.close();
  });

  on({ ...phone, query: "?tileset=pictures", colorScheme: "dark" }, "fits a phone in the dark", async (page) => {
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.equal(await overflow(), 0);
    const bar = await page.$eval(".bar", (found) => found.getBoundingClientRect().toJSON());
    const list = await page.$eval("#tileset-switch", (found) => found.getBoundingClientRect().toJSON());
    assert.ok(list.top >= bar.top && list.bottom <= bar.bottom && list.right < bar.right, JSON.stringify([bar, list]));
    await page.tap("#layers-button");
    assert.equal(await overflow(), 0);
    await shot(page, "tilesets-phone-dark");
  });
});
