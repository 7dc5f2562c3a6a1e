// How the map gets its tiles: through a protocol of our own, which knows the missing ones.
//
// A tileset may have holes: a world at low zooms, one country in detail. MapLibre fills a hole from the nearest ancestor
// that exists if the source is `sparse`, but only for the status 404; a 204 would be drawn as an empty tile. A server may
// answer either, and 204 keeps the browser's console clean. So both become a 404 here, inside the page. Holes are
// remembered for a while, because neighbouring tiles climb through the same ancestors.
import { AJAXError, addProtocol } from "maplibre-gl";

import { joined } from "./joined.js";
import { parentTile, tileName } from "./tile_math.js";

const scheme = "tile";
const holeLifetimeMs = 60_000;
const mostRemembered = 20_000;

const tiles = new Map(); // name -> {found: boolean, bytes, at}
const failureListeners = new Set();
const knownListeners = new Set();

/** Calls `listener(message)` when a tile fails for another reason than being a hole. */
export function onTileFailure(listener) {
  failureListeners.add(listener);
}

/** Calls `listener()` when a tile has come, or has turned out to be a hole. */
export function onTileKnown(listener) {
  knownListeners.add(listener);
}

/** What the page knows of a tile it asked for: {found, bytes}, or undefined. */
export function knownTile(tile) {
  return tiles.get(tileName(tile));
}

/** The tile itself or the nearest ancestor that exists, as far as the page has asked. */
export function drawnTile(tile) {
  for (let at = tile; at; at = parentTile(at)) {
    const known = knownTile(at);
    if (!known) return null;
    if (known.found) return at;
  }
  return null;
}

/** Registers the protocol. Answers the templates that go through it. */
export function tileTemplates(templates) {
  addProtocol(scheme, load);
  return templates.map((template) => `${scheme}://{z}/{x}/{y}#${template}`);
}

async function load({ url }, { signal }) {
  const [, name, address] = /^tile:\/\/([^#]+)#(.*)$/.exec(url);
  const known = tiles.get(name);
  if (known && !known.found && performance.now() - known.at < holeLifetimeMs) throw hole(address);
  const { data, ...headers } = await joined(name, signal, (joinedSignal) => fetchTile(name, address, joinedSignal));
  return { data: data.slice(0), ...headers }; // each asker's copy moves to its worker
}

async function fetchTile(name, address, signal) {
  let response;
  try {
    response = await fetch(address, { signal });
  } catch (error) {
    if (error.name !== "AbortError") report(`Tile ${name}: ${whyNothingCame(address)}`);
    throw error;
  }
  if (response.status === 404 || response.status === 204) {
    learn(name, { found: false, bytes: 0 });
    throw hole(address);
  }
  if (!response.ok) {
    report(`Tile ${name}: status ${response.status}`);
    throw new AJAXError(response.status, response.statusText, address, new Blob());
  }
  const data = await response.arrayBuffer();
  learn(name, { found: true, bytes: data.byteLength });
  return {
    data,
    cacheControl: response.headers.get("Cache-Control"),
    expires: response.headers.get("Expires"),
    etag: response.headers.get("ETag"),
  };
}

/** The browser does not say whether it blocked a request or nobody answered it. */
function whyNothingCame(address) {
  const { origin, protocol } = new URL(address, document.baseURI);
  if (location.protocol === "https:" && protocol === "http:") {
    return `the browser blocks ${origin}, because this page came over https; TILES_URL_BASE should begin with https://`;
  }
  if (origin !== location.origin) {
    return `nothing came from ${origin}: it does not answer, or the browser blocked the request`;
  }
  return "the server does not answer";
}

const hole = (address) => new AJAXError(404, "No such tile", address, new Blob());

function learn(name, tile) {
  tiles.delete(name); // a Map keeps the order of insertion: the first is the oldest
  tiles.set(name, { ...tile, at: performance.now() });
  if (tiles.size > mostRemembered) tiles.delete(tiles.keys().next().value);
  for (const listener of knownListeners) listener();
}

function report(message) {
  for (const listener of failureListeners) listener(message);
}

