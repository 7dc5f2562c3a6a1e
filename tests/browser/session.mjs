// A headless Chromium that records everything a page does which it should not.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const executable = process.env.CHROMIUM ?? "/usr/bin/chromium";

export const chromiumIsMissing = !existsSync(executable);

const flags = [
  "--no-sandbox",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--ignore-gpu-blocklist",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--disable-quic",
  "--disable-default-apps",
];

/** What the driver of the graphics card says is not the page's doing; here the card is software. */
const isDriverMessage = (text) => /^\[\.WebGL-0x[0-9a-f]+\]\s*GL Driver Message/.test(text);

/** The card is software: what is drawn costs by the pixel and by the tile. This is just no phone yet (640 pixels). */
export const desktop = { width: 660, height: 420 };
/** For a busy machine. Nothing is claimed with it. */
const idleDeadlineMs = 240_000;
const pollMs = 50;

export function launch() {
  return chromium.launch({ executablePath: executable, args: flags, timeout: idleDeadlineMs });
}

/** A context that waits as long as a busy machine takes. */
export async function newContext(browser, options) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(idleDeadlineMs);
  return context;
}

/**
 * Opens the preview at `base` in a context of its own. `faults()` answers what was recorded since it
 * was last asked: requests to other
 * hosts (which are aborted), console messages, exceptions, and answers of 400 and above.
 */
export async function openPreview(browser, base, { query = "", hash = "", ...options } = {}) {
  const context = await newContext(browser, { viewport: desktop, reducedMotion: "reduce", ...options });
  const recorded = [];
  const origin = new URL(base).origin;
  await context.route("**/*", (route) => {
    const url = route.request().url();
    if (new URL(url).origin === origin) return route.continue();
    recorded.push(`request to another host: ${url}`);
    return route.abort();
  });
  const page = await context.newPage();
  page.on("console", (message) => {
    if (!isDriverMessage(message.text())) recorded.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => recorded.push(`exception: ${error.message}`));
  page.on("response", (response) => {
    if (response.status() >= 400) recorded.push(`status ${response.status()}: ${response.url()}`);
  });
  const response = await page.goto(`${base}/preview.html${query}${hash}`);
  await idle(page);
  // Labels fade in for 300 ms, and each frame of that is drawn by software. They look the same in the end without.
  await page.evaluate(() => void (window.tapalcatl.map._fadeDuration = 0));
  return { page, context, response, faults: () => recorded.splice(0) };
}

/** Waits until `probe` answers something true in the page. The page's policy forbids eval, and so waitForFunction. */
export async function until(page, probe, argument) {
  const deadline = Date.now() + idleDeadlineMs;
  for (;;) {
    const answer = await page.evaluate(probe, argument);
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`gave up waiting for ${probe}`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** Waits until the map has drawn all it wants to draw: tiles, labels, fades. */
export async function idle(page) {
  await until(page, () => Boolean(window.tapalcatl?.map));
  await page.evaluate(
    (deadlineMs) =>
      new Promise((resolve, reject) => {
        const { map } = window.tapalcatl;
        setTimeout(() => reject(new Error("the map does not come to rest")), deadlineMs);
        map.once("idle", () => resolve()); // the event itself holds the whole map, and would be copied out
        map.triggerRepaint();
      }),
    idleDeadlineMs,
  );
}

export async function jumpTo(page, center, zoom) {
  await page.evaluate(([at, z]) => void window.tapalcatl.map.jumpTo({ center: at, zoom: z }), [center, zoom]);
  await idle(page);
}

/** How many features of each source layer are on the screen, drawn as `types` if given ("symbol", "fill", ...). */
export function drawnByLayer(page, types = null) {
  return page.evaluate((wanted) => {
    const counts = {};
    for (const { sourceLayer, layer } of window.tapalcatl.map.queryRenderedFeatures()) {
      if (!sourceLayer || (wanted && !wanted.includes(layer.type))) continue;
      counts[sourceLayer] = (counts[sourceLayer] ?? 0) + 1;
    }
    return counts;
  }, types);
}

/** Remembers the map's pixels under `name`. Answers in how many of them it differs from `other`. */
export function photograph(page, name, other = null) {
  return page.evaluate(
    ([as, against]) =>
      new Promise((resolve) => {
        const { map } = window.tapalcatl;
        map.once("render", () => {
          const { width, height } = map.getCanvas();
          const flat = new OffscreenCanvas(width, height).getContext("2d");
          flat.drawImage(map.getCanvas(), 0, 0); // the drawing buffer is readable until the frame ends
          const { data } = flat.getImageData(0, 0, width, height);
          window.photographs ??= {};
          window.photographs[as] = data;
          if (!against) return resolve(0);
          const before = new Uint32Array(window.photographs[against].buffer);
          const differing = new Uint32Array(data.buffer).reduce((sum, pixel, i) => sum + (pixel !== before[i]), 0);
          resolve(differing);
        });
        map.triggerRepaint();
      }),
    [name, other],
  );
}
