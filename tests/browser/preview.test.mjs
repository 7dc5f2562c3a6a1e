// The preview in a browser: node tests/browser/preview.test.mjs BASE_URL [OUT_DIR]
//
// BASE_URL (or TAPALCATL_URL) is a running server with the demo tileset; it may have a path. OUT_DIR receives
// screenshots.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";

import { serveBelow } from "./prefix_proxy.mjs";
import { chromiumIsMissing, desktop, drawnByLayer, idle, jumpTo, launch, newContext, openPreview, photograph, until } from "./session.mjs";

const base = (process.argv[2] ?? process.env.TAPALCATL_URL ?? "").replace(/\/$/, "");
const outDir = process.argv[3] ?? process.env.OUT_DIR;
if (!base) {
  console.error("usage: node preview.test.mjs BASE_URL [OUT_DIR]");
  process.exit(2);
}
if (outDir) mkdirSync(outDir, { recursive: true });

const vaduz = [9.5215, 47.1405];
const vaduzTile = { name: "14/8625/5753", metatile: "13/4312/2876", offset: "1/1/1" }; // 512 px, metatile size 4
// Nobody sees it from Vaduz. The place is near its southern edge, so that the tile south of it is seen too.
const northernTile = { name: "14/8625/5748", near: [9.525, 47.206] };
const rome = [12.5, 41.9]; // only the world's tiles reach there
const streets = "#14.5/47.1405/9.5215";
const streetsView = { center: vaduz, zoom: 14.5 };
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
// Who looks at screenshots wants to see more than the test needs.
const size = outDir ? { viewport: { width: 1120, height: 720 } } : { viewport: desktop };
const phoneSize = outDir ? { deviceScaleFactor: 2 } : {};

const shot = (page, name) => (outDir ? page.screenshot({ path: path.join(outDir, `${name}.png`) }) : null);

/** {key, cert} of a certificate for 127.0.0.1 that nobody trusts. */
function certificate() {
  const folder = mkdtempSync(path.join(tmpdir(), "tapalcatl-preview-"));
  try {
    const [key, cert] = ["key.pem", "cert.pem"].map((name) => path.join(folder, name));
    const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    execFileSync("openssl", [...made, "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", cert], { stdio: "ignore" });
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const sum = (counts) => Object.values(counts).reduce((a, b) => a + b, 0);

/** Clicks the map at a place and answers the server's word on the tile there. */
async function clickAt(page, lngLat, { touch = false } = {}) {
  const point = await page.evaluate((place) => window.tapalcatl.map.project(place), lngLat);
  const answered = page.waitForResponse((response) => response.url().includes("/preview/inspect/"));
  if (touch) await page.touchscreen.tap(point.x, point.y);
  else await page.mouse.click(point.x, point.y);
  const answer = await (await answered).json();
  await until(page, () => Boolean(document.querySelector("#inspector .badge")));
  return answer;
}

const facts = (page) =>
  page.$$eval("#inspector .facts dt", (terms) =>
    Object.fromEntries(terms.map((term) => [term.textContent, term.nextElementSibling.textContent])),
  );

const closeInspector = (page) => page.click("#inspector button[aria-label=Close]");

const ground = (page) => page.evaluate(() => window.tapalcatl.map.getPaintProperty("background", "background-color"));

const inspectorIsOpen = (page) => page.$eval("#inspector", (panel) => !panel.hidden);

describe("the preview", { skip: chromiumIsMissing && "chromium is missing" }, () => {
  let browser;

  const light = { colorScheme: "light" };

  /** Pages that several cases look at, one after the other: to open one takes seconds, most of them for shaders. */
  const pages = {};

  before(async () => {
    browser = await launch();
  });

  after(async () => {
    await browser?.close();
  });

  /** A case on the page of that name, which is opened with `options` if it is not yet. It must end without a fault. */
  function on(name, options, claim, body) {
    test(claim, async () => {
      pages[name] ??= await openPreview(browser, base, { ...size, ...options });
      await body(pages[name].page, pages[name]);
      assert.deepEqual(pages[name].faults(), []);
    });
  }

  /** A case that leaves the page as it was: it looks at `view` on a page that such cases share. */
  function at(view, claim, body) {
    on("desktop", light, claim, async (page, session) => {
      await jumpTo(page, view.center, view.zoom);
      await body(page, session);
    });
  }

  on("desktop", light, "starts where the TileJSON says, and draws features and labels there", async (page) => {
    const tilejson = await page.evaluate(() => fetch("tilezen/vector/v1/512/all/tilejson.mvt.json").then((r) => r.json()));
    const center = await page.evaluate(() => window.tapalcatl.map.getCenter());
    if (tilejson.center) {
      assert.ok(Math.abs(center.lng - tilejson.center[0]) < 1e-3 && Math.abs(center.lat - tilejson.center[1]) < 1e-3);
    }
    assert.ok(sum(await drawnByLayer(page)) > 20);
    assert.ok(sum(await drawnByLayer(page, ["symbol"])) > 3);
    await shot(page, "start-light");
  });

  at(streetsView, "comes with a policy that allows no other host", async (page, { response }) => {
    const policy = response.headers()["content-security-policy"] ?? "";
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /script-src 'self'(;|$)/);
  });

  at(streetsView, "draws every layer the streets of Vaduz have", async (page) => {
    const drawn = await drawnByLayer(page);
    for (const layer of ["earth", "water", "landuse", "roads", "buildings", "pois", "places"]) {
      assert.ok(drawn[layer] > 0, `${layer} is not drawn: ${JSON.stringify(drawn)}`);
    }
    await shot(page, "streets-light");
  });

  at({ center: [10, 25], zoom: 2 }, "draws boundaries, water and names of the whole world", async (page) => {
    const drawn = await drawnByLayer(page);
    for (const layer of ["earth", "water", "boundaries", "places"]) assert.ok(drawn[layer] > 0, `${layer} is not drawn`);
    const names = await page.evaluate(() =>
      window.tapalcatl.map.queryRenderedFeatures({ layers: ["places-country"] }).map(({ properties }) => properties.name),
    );
    assert.ok(names.includes("Germany") && names.includes("Brazil"), names.join(", "));
    await shot(page, "world-light");
  });

  at(streetsView, "draws its labels as pixels, in its own font", async (page) => {
    assert.ok((await drawnByLayer(page, ["symbol"])).places > 0);
    await photograph(page, "with labels");
    const labels = await page.evaluate(() => {
      const { map } = window.tapalcatl;
      const shown = map.getStyle().layers.filter(({ type, layout }) => type === "symbol" && layout?.visibility !== "none");
      for (const { id } of shown) map.setLayoutProperty(id, "visibility", "none");
      return shown.map(({ id }) => id);
    });
    await idle(page);
    assert.ok((await photograph(page, "without labels", "with labels")) > 2000);
    await page.evaluate((ids) => {
      for (const id of ids) window.tapalcatl.map.setLayoutProperty(id, "visibility", "visible");
    }, labels);
    const fonts = await page.evaluate(() =>
      [...document.fonts].filter(({ family }) => family.includes("maplibre-gl-font-face")).map(({ status }) => status),
    );
    assert.ok(fonts.length >= 2 && fonts.every((status) => status === "loaded"), fonts.join(", "));
  });

  on("changed", { ...light, hash: "#6.5/46.5/8.5" }, "keeps zoom and position in the address", async (page) => {
    const position = () => page.evaluate(() => [window.tapalcatl.map.getZoom(), window.tapalcatl.map.getCenter().toArray()]);
    assert.deepEqual(await position(), [6.5, [8.5, 46.5]]);
    await jumpTo(page, [10, 47], 7.25);
    assert.equal(await until(page, () => location.hash !== "#6.5/46.5/8.5" && location.hash), "#7.25/47/10");
    await page.evaluate(() => (location.hash = "#5/40/20"));
    await until(page, () => window.tapalcatl.map.getZoom() === 5);
    assert.deepEqual(await position(), [5, [20, 40]]);
  });

  at(streetsView, "hides a layer that is switched off, and shows it again", async (page) => {
    for (const layer of ["roads", "buildings", "places"]) {
      await page.click(`[data-layer=${layer}]`);
      await idle(page);
      const without = await drawnByLayer(page);
      assert.equal(without[layer], undefined, `${layer} is still drawn`);
      assert.ok(without.earth > 0);
      await page.click(`[data-layer=${layer}]`);
      await idle(page);
      assert.ok((await drawnByLayer(page))[layer] > 0, `${layer} did not come back`);
    }
  });

  at(streetsView, "has a switch for each layer of the TileJSON", async (page) => {
    const [switches, layers] = await page.evaluate(async () => {
      const tilejson = await (await fetch(document.getElementById("tilejson-link").href)).json();
      const names = [...document.querySelectorAll("[data-layer]")].map((input) => input.dataset.layer);
      return [names.sort(), tilejson.vector_layers.map(({ id }) => id).sort()];
    });
    assert.deepEqual(switches, layers);
  });

  at(streetsView, "tells of a clicked tile where it lies, how large it is, and whether the cache held it", async (page) => {
    const answer = await clickAt(page, vaduz);
    assert.equal(answer.tile, vaduzTile.name);
    assert.equal(await page.$eval("#inspector-heading", (heading) => heading.textContent), `Tile${vaduzTile.name}`);
    const shown = await facts(page);
    assert.equal(shown.Metatile, vaduzTile.metatile);
    assert.equal(shown.Offset, vaduzTile.offset);
    assert.equal(shown.Key, answer.key);
    assert.match(shown.Key, /13\/4312\/2876\.zip$/);
    assert.equal(shown["CRC-32"], answer.crc32);
    assert.equal(await page.$eval("[data-cache]", (badge) => badge.dataset.cache), answer.cache);
    assert.equal(answer.cache, "hit"); // the map has just drawn it
    assert.ok(answer.compressed_size > 0 && answer.size > answer.compressed_size);
    assert.match(await page.$eval("[data-size=compressed]", (size) => size.textContent), /^[\d.]+ (B|kB)$/);
    await shot(page, "inspector-light");
    await closeInspector(page);
  });

  at(streetsView, "shows the properties of what is clicked", async (page) => {
    const place = await page.evaluate(() => {
      const [feature] = window.tapalcatl.map.queryRenderedFeatures({ layers: ["places-town", "places-village"] });
      return { at: feature.geometry.coordinates, ...feature.properties };
    });
    await clickAt(page, place.at);
    const rows = await page.$$eval("#inspector details[data-layer=places] tr", (found) =>
      Object.fromEntries(found.map((row) => [row.cells[0].textContent, row.cells[1].textContent])),
    );
    assert.equal(rows.name, place.name);
    assert.equal(rows.kind, place.kind);
    assert.ok((await page.evaluate(() => window.tapalcatl.map.querySourceFeatures("selection").length)) > 0);
    await closeInspector(page);
  });

  at({ center: rome, zoom: 12 }, "fills a hole in the tileset from the nearest ancestor, and says so", async (page) => {
    const drawn = await drawnByLayer(page);
    assert.ok(drawn.earth > 0 && drawn.places > 0, JSON.stringify(drawn));
    const answer = await clickAt(page, rome);
    assert.equal(answer.found, false);
    assert.match(await page.$eval("#inspector .badge", (badge) => badge.textContent), /no such tile/);
    const ancestor = page.locator("#inspector .note button");
    assert.match(await ancestor.textContent(), /^[0-6]\/\d+\/\d+$/);
    await ancestor.click();
    await until(page, () => Boolean(document.querySelector("#inspector [data-cache]")));
    await shot(page, "hole-light");
    await closeInspector(page);
  });

  at(streetsView, "draws tile borders with addresses when asked to", async (page) => {
    const borders = () =>
      page.evaluate(() =>
        window.tapalcatl.map.queryRenderedFeatures({ layers: ["border-labels"] }).map(({ properties }) => properties.text),
      );
    assert.deepEqual(await borders(), []);
    await page.click("#borders-switch");
    await idle(page);
    const captions = await until(page, () => {
      const found = window.tapalcatl.map.queryRenderedFeatures({ layers: ["border-labels", "borders-found"] });
      return found.length > 2 && found.map(({ properties }) => properties.text).filter(Boolean);
    });
    assert.ok(captions.some((caption) => caption.startsWith(vaduzTile.name)), captions.join(", "));
    await shot(page, "borders-light");
    await page.click("#borders-switch");
    await idle(page);
    assert.deepEqual(await borders(), []);
  });

  at(streetsView, "follows the system into the dark", async (page) => {
    const day = await ground(page);
    await photograph(page, "day");
    await page.emulateMedia({ colorScheme: "dark" });
    await until(page, (was) => window.tapalcatl.map.getPaintProperty("background", "background-color") !== was, day);
    await idle(page);
    assert.ok((await photograph(page, "night", "day")) > 100_000);
    await shot(page, "streets-dark");
    await page.emulateMedia({ colorScheme: "light" });
    await until(page, (was) => window.tapalcatl.map.getPaintProperty("background", "background-color") === was, day);
  });

  on("changed", {}, "remembers a theme that was chosen, with layers as they were", async (page) => {
    await jumpTo(page, streetsView.center, streetsView.zoom);
    const day = await ground(page);
    await page.click("[data-layer=roads]");
    await page.click("#theme-button");
    await idle(page);
    const night = await ground(page);
    assert.notEqual(night, day);
    assert.equal((await drawnByLayer(page)).roads, undefined);
    assert.ok((await drawnByLayer(page)).places > 0);
    await page.reload();
    await idle(page);
    assert.equal(await ground(page), night);
    assert.equal(await page.getAttribute("#theme-button", "aria-pressed"), "true");
  });

  at(streetsView, "shows the attribution, and links the TileJSON and the licences", async (page) => {
    const attribution = await page.textContent(".maplibregl-ctrl-attrib-inner");
    assert.match(attribution, /Natural Earth/);
    assert.match(attribution, /OpenStreetMap contributors/);
    const licences = await page.evaluate(async () => {
      const link = [...document.querySelectorAll("footer a")].find((a) => a.textContent === "Licences");
      return (await fetch(link.href)).text();
    });
    assert.match(licences, /maplibre-gl 6[^]*SIL OPEN FONT LICENSE|SIL OPEN FONT LICENSE[^]*maplibre-gl 6/i);
  });

  at(streetsView, "can be used by keys alone", async (page) => {
    await page.focus(".maplibregl-canvas");
    await page.keyboard.press("Enter");
    await until(page, () => !document.getElementById("inspector").hidden);
    const focus = () => page.evaluate(() => document.activeElement.id || document.activeElement.className);
    assert.equal(await focus(), "inspector");
    const announced = () => page.textContent("[role=status]#inspector-status");
    assert.match(await until(page, () => document.getElementById("inspector-status")?.textContent), /^Tile 14\/.*cache .*feature/);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Close");
    await page.keyboard.press("Escape");
    assert.equal(await inspectorIsOpen(page), false);
    assert.match(await focus(), /maplibregl-canvas/);
    assert.equal(await announced(), "");
    const before = await page.evaluate(() => location.hash);
    await page.keyboard.press("ArrowRight");
    await until(page, (hash) => location.hash !== hash, before);
    const unnamed = await page.$$eval("button, input, a", (controls) =>
      controls
        .filter((control) => !control.closest("[hidden]"))
        .filter((control) => !(control.getAttribute("aria-label") ?? control.title ?? "").trim())
        .filter((control) => !(control.labels?.[0] ?? control).textContent.trim())
        .map((control) => control.outerHTML),
    );
    assert.deepEqual(unnamed, []);
  });

  at({ center: [10, 20], zoom: 0 }, "stays quiet on the way from the world to the houses", async (page) => {
    for (let zoom = 1; zoom <= 17; zoom += 1) {
      await jumpTo(page, vaduz, zoom);
      assert.ok(sum(await drawnByLayer(page)) > 0, `nothing is drawn at zoom ${zoom}`);
    }
    await jumpTo(page, [9.7, 47.3], 11); // over the edge of the detailed country
    await jumpTo(page, [9.3, 46.9], 13);
  });

  on("phone", { ...phone, ...phoneSize, hash: streets, colorScheme: "dark" }, "fits a phone in the dark", async (page) => {
    assert.equal(await page.$eval("#layers-panel", (panel) => panel.hidden), true);
    await clickAt(page, vaduz, { touch: true });
    await shot(page, "phone-inspector-dark");
    await closeInspector(page);
    assert.equal(await inspectorIsOpen(page), false);
    await shot(page, "phone-dark");
  });

  on("phone", {}, "fits a phone", async (page) => {
    const night = await ground(page);
    await page.emulateMedia({ colorScheme: "light" });
    await until(page, (was) => window.tapalcatl.map.getPaintProperty("background", "background-color") !== was, night);
    await idle(page);
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.equal(await overflow(), 0);
    assert.equal(await page.$eval("#layers-panel", (panel) => panel.hidden), true);
    await shot(page, "phone-light");
    await page.tap("#layers-button");
    assert.equal(await page.$eval("#layers-panel", (panel) => panel.hidden), false);
    assert.equal(await overflow(), 0);
    await shot(page, "phone-layers-light");
    await clickAt(page, vaduz, { touch: true });
    assert.equal(await page.$eval("#layers-panel", (panel) => panel.hidden), true);
    const sheet = await page.$eval("#inspector", (panel) => panel.getBoundingClientRect().toJSON());
    assert.ok(sheet.left >= 0 && sheet.right <= 390 && sheet.bottom <= 845 && sheet.top > 300, JSON.stringify(sheet));
    assert.equal(await overflow(), 0);
    await shot(page, "phone-inspector-light");
  });

  test("works below a path prefix, and asks for nothing outside of it", async () => {
    const proxy = await serveBelow("/maps/tiles", base);
    try {
      const { page, context, faults } = await openPreview(browser, proxy.base, { hash: streets, ...size });
      assert.ok((await drawnByLayer(page)).roads > 0);
      const answer = await clickAt(page, vaduz);
      assert.equal(answer.tile, vaduzTile.name);
      const address = await page.$eval("#tilejson-link", (link) => link.href);
      const { tiles } = await page.evaluate(async (url) => (await fetch(url)).json(), address);
      assert.deepEqual(tiles, [`${proxy.base}/tilezen/vector/v1/512/all/{z}/{x}/{y}.mvt`]);
      assert.deepEqual(faults(), []);
      await context.close();
    } finally {
      await proxy.close();
    }
  });

  test("works behind a proxy that ends TLS, which the server knows nothing of", async () => {
    const proxy = await serveBelow("/maps", base, { tls: certificate(), tells: false });
    try {
      const options = { hash: streets, ignoreHTTPSErrors: true, ...size };
      const { page, context, faults } = await openPreview(browser, proxy.base, options);
      const { tiles } = await page.evaluate(async () => (await fetch(document.getElementById("tilejson-link").href)).json());
      assert.match(tiles[0], /^http:\/\/127\.0\.0\.1:\d+\/tilezen\//); // which the page must not use
      assert.ok((await drawnByLayer(page)).roads > 0);
      assert.equal(await page.$eval("#notice", (notice) => notice.hidden), true);
      await shot(page, "behind-tls");
      assert.deepEqual(faults(), []);
      await context.close();
    } finally {
      await proxy.close();
    }
  });

  test("says that the browser blocks tiles of TILES_URL_BASE, not that the server does not answer", async () => {
    const proxy = await serveBelow("/maps", base, { tls: certificate(), tells: false });
    const context = await newContext(browser, { viewport: size.viewport, ignoreHTTPSErrors: true });
    try {
      const page = await context.newPage();
      await page.route("**/preview.html", async (route) => {
        const response = await route.fetch();
        const body = (await response.text()).replace('"catalog":', '"tiles_elsewhere":true,"catalog":');
        await route.fulfill({ response, body });
      });
      await page.goto(`${proxy.base}/preview.html${streets}`);
      await page.waitForSelector("#notice:not([hidden])");
      const notice = await page.textContent("#notice");
      assert.match(notice, /blocks http:\/\/127\.0\.0\.1:\d+.*https/);
      assert.doesNotMatch(notice, /not answer/);
      await shot(page, "blocked");
    } finally {
      await context.close();
      await proxy.close();
    }
  });

  test("says so where there is no WebGL 2", async () => {
    const context = await newContext(browser, { viewport: size.viewport, ...light });
    const page = await context.newPage();
    const exceptions = [];
    page.on("pageerror", (error) => exceptions.push(error.message));
    await page.addInitScript(() => {
      const { getContext } = HTMLCanvasElement.prototype;
      HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
        return kind.startsWith("webgl") ? null : getContext.call(this, kind, ...more);
      };
    });
    await page.goto(`${base}/preview.html${streets}`);
    await page.waitForSelector("#notice:not([hidden])");
    assert.match(await page.textContent("#notice"), /WebGL 2/);
    await shot(page, "without-webgl");
    assert.deepEqual(exceptions, []);
    await context.close();
  });

  test("sends the API key with its tiles and TileJSON, as api_key", async () => {
    const context = await newContext(browser, { viewport: desktop });
    const page = await context.newPage();
    const asked = [];
    page.on("request", (request) => asked.push(new URL(request.url())));
    await page.route("**/preview.html", async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replace('"catalog":', '"api_key":"a key&b","catalog":');
      await route.fulfill({ response, body });
    });
    await page.goto(`${base}/preview.html${streets}`);
    await idle(page);
    const keyed = asked.filter(({ pathname }) => /\.(mvt|json)$/.test(pathname));
    assert.ok(keyed.some(({ pathname }) => pathname.endsWith(".mvt")));
    for (const url of keyed) assert.equal(url.search, "?api_key=a%20key%26b", url.href);
    assert.ok((await drawnByLayer(page)).roads > 0);
    await context.close();
  });

  test("says so where the server gives no TileJSON", async () => {
    const context = await newContext(browser, { viewport: desktop });
    const page = await context.newPage();
    await page.route("**/tilejson.mvt.json", (route) => route.fulfill({ status: 503, body: "busy" }));
    await page.goto(`${base}/preview.html`);
    await page.waitForSelector("#notice:not([hidden])");
    assert.match(await page.textContent("#notice"), /TileJSON.*503/);
    await context.close();
  });

  describe("where a tile cannot be had", () => {
    let context;
    let page;

    before(async () => {
      context = await newContext(browser, { viewport: desktop });
      page = await context.newPage();
      await page.route(`**/${vaduzTile.name}.mvt`, (route) => route.fulfill({ status: 404, body: "no" }));
      await page.route(`**/${northernTile.name}.mvt`, (route) => route.fulfill({ status: 502, body: "corrupt" }));
      await page.goto(`${base}/preview.html${streets}`);
      await idle(page);
    });

    after(() => context?.close());

    test("treats a 404 as a hole too", async () => {
      assert.equal(await page.$eval("#notice", (notice) => notice.hidden), true);
      assert.ok((await drawnByLayer(page)).roads > 0); // from the parent
    });

    test("says so where a tile fails, and goes on", async () => {
      await jumpTo(page, northernTile.near, streetsView.zoom);
      assert.match(await page.textContent("#notice"), new RegExp(`Tile ${northernTile.name}: status 502`));
      assert.ok(sum(await drawnByLayer(page)) > 0);
    });
  });
});
