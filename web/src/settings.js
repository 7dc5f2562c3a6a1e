// What the server tells the page, and the addresses that follow from it. All of them are relative to the page, so that
// it works behind any path prefix.

const given = JSON.parse(document.getElementById("settings").textContent);

const urlOf = (path) => new URL(path, document.baseURI).href;

export const catalogUrl = urlOf(given.catalog);

/** Where the routes of tapalcatl-py are served, the page shows their tileset: {id, tilejsonUrl}. Else null. */
export const dropIn = given.tilejson ? { id: given.tileset, tilejsonUrl: urlOf(given.tilejson) } : null;

/** Whether TILES_URL_BASE says where the tiles are: only then the TileJSON knows better than the page's own address. */
export const tilesAreElsewhere = given.tiles_elsewhere === true;

export function withApiKey(url) {
  if (!given.api_key) return url;
  return `${url}${url.includes("?") ? "&" : "?"}api_key=${encodeURIComponent(given.api_key)}`;
}

export const namedTilejsonUrl = (id) => urlOf(`${encodeURIComponent(id)}.json`);

/** `scale` counts the 256 pixels along the tile's edge. */
export function inspectUrl({ id, scale, format }, { z, x, y }) {
  const size = scale === 1 ? "" : `@${scale}x`;
  return urlOf(`preview/inspect/${encodeURIComponent(id)}/${z}/${x}/${y}${size}.${format}`);
}
