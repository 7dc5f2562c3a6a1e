// The preview page: a map of the tileset, and a look behind it.
import { setWorkerUrl } from "maplibre-gl";

import { wireBorders } from "./borders.js";
import { askedTileset, chosenTileset, loadCatalog } from "./catalog.js";
import { wireInspection } from "./inspection.js";
import { createMap } from "./map_view.js";
import { withApiKey } from "./settings.js";
import { knownLayers } from "./style/basemap.js";
import { onTileFailure } from "./tiles.js";
import { loadTileset, tilejsonUrlOf } from "./tileset.js";
import { byId } from "./ui/dom.js";
import { buildLayerList, explainNoLayers, wireLayersPanel } from "./ui/layers.js";
import { notify } from "./ui/notice.js";
import { wireReadout } from "./ui/readout.js";
import { wireThemeButton } from "./ui/theme_button.js";
import { wireTilesetSwitch } from "./ui/tileset_switch.js";

/** The tileset's layers from the top of the map to its ground; layers the style does not know come first. */
function layerOrder(layers) {
  const rank = (name) => knownLayers.indexOf(name);
  const known = layers.filter((name) => rank(name) >= 0).sort((a, b) => rank(b) - rank(a));
  return [...layers.filter((name) => rank(name) < 0), ...known];
}

function describeTileset(tileset) {
  document.title = `${tileset.name} – tapalcatl preview`;
  byId("tileset-name").textContent = tileset.name;
  byId("tileset-description").textContent = tileset.description;
  byId("tileset-description").hidden = tileset.description === "";
  const kind = tileset.kind === "other" ? "" : `${tileset.kind} `;
  byId("tileset-facts").textContent =
    `${kind}${tileset.format} · ${tileset.pixels} px · z ${tileset.minzoom}–${tileset.maxzoom}`;
}

function listLayers(tileset, showLayer) {
  if (tileset.kind === "raster") return explainNoLayers("This is a raster tileset: its tiles are images without layers.");
  if (tileset.kind === "other") return explainNoLayers(`The preview does not draw tiles of the format ${tileset.format}.`);
  const names = tileset.layers.length > 0 ? tileset.layers.map(({ id }) => id) : knownLayers;
  const zooms = new Map(tileset.layers.map(({ id, minzoom, maxzoom }) => [id, { minzoom, maxzoom }]));
  const describe = (name) => {
    const { minzoom, maxzoom } = zooms.get(name) ?? {};
    return minzoom === undefined ? "" : `z ${minzoom}–${maxzoom}`;
  };
  return buildLayerList(layerOrder(names), describe, showLayer);
}

/**
 * The tileset that the address asks for. `place()` is where the map is, for the switch to the others.
 * Fails: with a message fit for readers.
 */
async function openTileset(place) {
  const catalog = await loadCatalog();
  const chosen = chosenTileset(catalog);
  wireTilesetSwitch(catalog, chosen, place);
  if (!chosen) throw new Error(`The server has no tileset "${askedTileset()}". Choose one of its tilesets above.`);
  byId("tilejson-link").href = withApiKey(tilejsonUrlOf(chosen.id));
  return loadTileset(chosen.id);
}

function hasWebgl2() {
  const context = document.createElement("canvas").getContext("webgl2");
  context?.getExtension("WEBGL_lose_context")?.loseContext(); // a page may have only a few
  return context !== null;
}

async function start() {
  setWorkerUrl(new URL(WORKER_FILE, import.meta.url).href);
  const panel = wireLayersPanel();
  onTileFailure((message) => notify(message));

  let tileset;
  let view;
  try {
    tileset = await openTileset(() => view?.map.getCenter());
  } catch (error) {
    notify(error.message, { stays: true });
    return;
  }

  describeTileset(tileset);
  if (!hasWebgl2()) {
    panel.close();
    for (const id of ["layers-button", "theme-button"]) byId(id).hidden = true;
    notify(
      "This browser offers no WebGL 2, which the map needs. Turn on hardware acceleration in its settings; " +
        "chrome://gpu or about:support show what is missing.",
      { stays: true },
    );
    return;
  }
  view = createMap(tileset, (message) => notify(message));
  listLayers(tileset, view.showLayer);
  wireThemeButton(view.restyle);
  wireReadout(view.map);
  wireBorders(view, tileset, byId("borders-switch"));
  wireInspection(view, tileset, panel);

  window.tapalcatl = { map: view.map };
}

await start();
