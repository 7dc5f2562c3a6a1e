// Which tilesets the server has, and which of them the address bar asks for: ?tileset=NAME, else the first.
import { catalogUrl, dropIn, withApiKey } from "./settings.js";

const parameter = "tileset";
const wholeWorldDegrees = 340;

/** Fails: with a message fit for readers if the server gives no usable catalog. */
export async function loadCatalog() {
  if (dropIn) return [{ id: dropIn.id }];
  let response;
  try {
    response = await fetch(withApiKey(catalogUrl), { headers: { Accept: "application/json" } });
  } catch {
    throw new Error("The server does not answer");
  }
  if (!response.ok) throw new Error(`The server gives no catalog (status ${response.status})`);
  const { tilesets } = await response.json().catch(() => ({}));
  if (!Array.isArray(tilesets) || tilesets.length === 0) throw new Error("The catalog has no tilesets");
  return tilesets;
}

/** The name in the address bar, which may be unknown. */
export const askedTileset = () => new URLSearchParams(location.search).get(parameter);

/** The entry of the catalog that the page shows, or undefined if the catalog does not have what is asked for. */
export function chosenTileset(catalog) {
  const asked = askedTileset();
  return asked === null ? catalog[0] : catalog.find(({ id }) => id === asked);
}

/** Whether the place is worth keeping: the tileset has it, and is not one that covers the world but has its detail elsewhere. */
function holds({ bounds, center }, { lng, lat }) {
  if (!bounds || (center && bounds[2] - bounds[0] > wholeWorldDegrees)) return false;
  return lng >= bounds[0] && lng <= bounds[2] && lat >= bounds[1] && lat <= bounds[3];
}

/** The page's address with another tileset. It keeps the map's position if `place` is within that tileset. */
export function addressOf(entry, place) {
  const address = new URL(location.href);
  address.searchParams.set(parameter, entry.id);
  if (!place || !holds(entry, place)) address.hash = "";
  return address.href;
}
