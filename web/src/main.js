// The preview page: a map of the tileset, and a look behind it.
import { setWorkerUrl } from "maplibre-gl";

import { wireBorders } from "./borders.js";
import { wireInspection } from "./inspection.js";
import { createMap } from "./map_view.js";
import { tilePixels, tilejsonUrl, withApiKey } from "./settings.js";
import { knownLayers } from "./style/basemap.js";
import { onTileFailure } from "./tiles.js";
import { loadTileset } from "./tileset.js";
import { byId } from "./ui/dom.js";
import { buildLayerList, wireLayersPanel } from "./ui/layers.js";
import { notify } from "./ui/notice.js";
import { wireReadout } from "./ui/readout.js";
import { wireThemeButton } from "./ui/theme_button.js";

/** The tileset's layers from the top of the map to its ground; layers the style does not know come first. */
function layerOrder(layers) {
  const rank = (name) => knownLayers.indexOf(name);
  const known = layers.filter((name) => rank(name) >= 0).sort((a, b) => rank(b) - rank(a));
  return [...layers.filter((name) => rank(name) < 0), ...known];
}

function describeTileset(tileset) {
  byId("tileset-name").textContent = tileset.name;
  byId("tileset-facts").textContent = `${tilePixels} px · z ${tileset.minzoom}–${tileset.maxzoom}`;
}

function hasWebgl2() {
  const context = document.createElement("canvas").getContext("webgl2");
  context?.getExtension("WEBGL_lose_context")?.loseContext(); // a page may have only a few
  return context !== null;
}

async function start() {
  setWorkerUrl(new URL(WORKER_FILE, import.meta.url).href);
  byId("tilejson-link").href = withApiKey(tilejsonUrl);
  const panel = wireLayersPanel();
  onTileFailure((message) => notify(message));

  let tileset;
  try {
    tileset = await loadTileset();
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
  const view = createMap(tileset, (message) => notify(message));
  const names = tileset.layers.length > 0 ? tileset.layers.map(({ id }) => id) : knownLayers;
  const zooms = new Map(tileset.layers.map(({ id, minzoom, maxzoom }) => [id, { minzoom, maxzoom }]));
  const describe = (name) => {
    const { minzoom, maxzoom } = zooms.get(name) ?? {};
    return minzoom === undefined ? "" : `z ${minzoom}–${maxzoom}`;
  };
  buildLayerList(layerOrder(names), describe, view.showLayer);
  wireThemeButton(view.restyle);
  wireReadout(view.map);
  wireBorders(view, tileset, byId("borders-switch"));
  wireInspection(view, tileset, panel);

  window.tapalcatl = { map: view.map };
}

await start();
