// The tileset as its TileJSON describes it.
import { dropIn, namedTilejsonUrl, tilesAreElsewhere, withApiKey } from "./settings.js";

/** The images that browsers draw. */
const imageFormats = ["avif", "gif", "jpeg", "jpg", "png", "webp"];

/** MapLibre draws a vector tile on 512 pixels, however many it was made for. */
const drawnVectorPixels = 512;

/** Where the TileJSON of a tileset is, and how many parts of a tile's path follow the folder that it is in. */
function placeOf(id) {
  if (dropIn) return { tilejsonUrl: dropIn.tilejsonUrl, tilePathParts: 3 }; // {z}/{x}/{y}.mvt
  return { tilejsonUrl: namedTilejsonUrl(id), tilePathParts: 4 }; // NAME/{z}/{x}/{y}@2x.mvt
}

export const tilejsonUrlOf = (id) => placeOf(id).tilejsonUrl;

function kindOf(tilejson, format) {
  if (Array.isArray(tilejson.vector_layers)) return "vector";
  return imageFormats.includes(format) ? "raster" : "other";
}

/** `drawnPixels` is how wide the map draws a tile at the tile's own zoom. `kind` is vector, raster, or other: not drawn. */
function shapeOf(tilejson) {
  const [, scale, format] = /(?:@(\d+)x)?\.(\w+)$/.exec(tilejson.tiles[0].split("?")[0]) ?? [null, "1", "mvt"];
  const pixels = dropIn ? 512 : 256 * Number(scale ?? 1);
  const kind = kindOf(tilejson, format);
  const drawnPixels = kind === "raster" ? (tilejson.tileSize ?? pixels) : drawnVectorPixels;
  return { kind, format, pixels, scale: pixels / 256, drawnPixels };
}

/** Fails: with a message fit for readers if the server gives no usable TileJSON. */
export async function loadTileset(id) {
  const { tilejsonUrl, tilePathParts } = placeOf(id);
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
    id,
    ...shapeOf(tilejson),
    name: tilejson.name ?? id,
    description: tilejson.description ?? "",
    tiles: tilejson.tiles.map((template) => withApiKey(absoluteTemplate(template, tilejsonUrl, tilePathParts))),
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
 * where the page came over https. So the server's own tiles are found beside the TileJSON, by the last parts of
 * their path. A template is no URL until its braces are filled in: URL would escape them.
 */
function absoluteTemplate(template, tilejsonUrl, tilePathParts) {
  const place = tilesAreElsewhere ? template : template.split("/").slice(-tilePathParts).join("/");
  return new URL(place, tilejsonUrl).href.replaceAll("%7B", "{").replaceAll("%7D", "}");
}
