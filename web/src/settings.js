// What the server tells the page, and the addresses that follow from it. All of them are relative to the page, so that
// it works behind any path prefix.

const given = JSON.parse(document.getElementById("settings").textContent);

/** The tiles the map draws are 512 pixels wide: one MapLibre zoom level is one tile zoom level. */
export const tilePixels = 512;

export const tilejsonUrl = new URL(given.tilejson, document.baseURI).href;

/** Whether TILES_URL_BASE says where the tiles are: only then the TileJSON knows better than the page's own address. */
export const tilesAreElsewhere = given.tiles_elsewhere === true;

export function withApiKey(url) {
  if (!given.api_key) return url;
  return `${url}${url.includes("?") ? "&" : "?"}api_key=${encodeURIComponent(given.api_key)}`;
}

export function inspectUrl({ z, x, y }) {
  return new URL(`preview/inspect/${given.tileset}/${z}/${x}/${y}@2x.mvt`, document.baseURI).href;
}
