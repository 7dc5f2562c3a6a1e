// The tileset as its TileJSON describes it.
import { tilejsonUrl, tilesAreElsewhere, withApiKey } from "./settings.js";

/** Fails: with a message fit for readers if the server gives no usable TileJSON. */
export async function loadTileset() {
  let response;
  try {
    response = await fetch(withApiKey(tilejsonUrl), { headers: { Accept: "application/json" } });
  } catch {
    throw new Error("The server does not answer");
  }
  if (!response.ok) throw new Error(`The server has no TileJSON for this tileset (status ${response.status})`);
  const tilejson = await response.json().catch(() => ({}));
  if (!Array.isArray(tilejson.tiles) || tilejson.tiles.length === 0) {
    throw new Error("The TileJSON names no tiles");
  }
  return {
    name: tilejson.name ?? "Vector tiles",
    tiles: tilejson.tiles.map((template) => withApiKey(absoluteTemplate(template))),
    minzoom: tilejson.minzoom ?? 0,
    maxzoom: tilejson.maxzoom ?? 16,
    bounds: tilejson.bounds ?? [-180, -85.0511, 180, 85.0511],
    center: tilejson.center,
    attribution: tilejson.attribution ?? "",
    layers: tilejson.vector_layers ?? [],
  };
}

/**
 * Behind a proxy that the server does not trust, the TileJSON has an address that only the proxy uses, such as http://
 * where the page came over https. So the server's own tiles are found beside the TileJSON, at {z}/{x}/{y}.mvt.
 * A template is no URL until its braces are filled in: URL would escape them.
 */
function absoluteTemplate(template) {
  const place = tilesAreElsewhere ? template : template.split("/").slice(-3).join("/");
  return new URL(place, tilejsonUrl).href.replaceAll("%7B", "{").replaceAll("%7D", "}");
}
