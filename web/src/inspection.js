// What happens when a place on the map is clicked.
import { featuresAt } from "./features.js";
import { inspect } from "./inspect.js";
import { emptyCollection } from "./style/overlay.js";
import { parseTileName, tileAt, tileRing } from "./tile_math.js";
import { drawnTile } from "./tiles.js";
import { byId } from "./ui/dom.js";
import { hideInspector, showInspector } from "./ui/inspector.js";

const sheetMarginPixels = 24;
const mapTilePixels = 512; // the whole world at the map's zoom 0
const narrow = matchMedia("(max-width: 640px)");

function frame(tile, kind, wrap) {
  return { type: "Feature", geometry: { type: "LineString", coordinates: tileRing(tile, wrap) }, properties: { kind } };
}

/** Land and sea are everywhere: marking them would tint whole tiles. */
const coversAll = (layer, kind) => layer === "earth" || (layer === "water" && ["ocean", "sea"].includes(kind));

/** The tile the map wants at a place: its zoom fits the map's, within what the tileset has. */
function wantedTile(map, lngLat, { minzoom, maxzoom, drawnPixels, kind }) {
  const zoom = map.getZoom() + Math.log2(mapTilePixels / drawnPixels);
  const fitting = kind === "raster" ? Math.round(zoom) : Math.floor(zoom); // as MapLibre chooses
  return tileAt(lngLat, Math.max(minzoom, Math.min(maxzoom, fitting)));
}

/** Lets clicks, and Enter on the map, open the inspector; Escape closes it. `panel` is the layer panel. */
export function wireInspection({ map, setOverlay }, tileset, panel) {
  let asking = new AbortController();

  function close() {
    asking.abort();
    hideInspector();
    setOverlay("frames", emptyCollection);
    setOverlay("selection", emptyCollection);
  }

  function select({ geometry, layer, properties }) {
    if (coversAll(layer, properties.kind)) return setOverlay("selection", emptyCollection);
    setOverlay("selection", { type: "FeatureCollection", features: [{ type: "Feature", geometry, properties: {} }] });
  }

  function showFrames(tile, wrap, metatile) {
    const frames = [frame(tile, "tile", wrap)];
    if (metatile) frames.push(frame(parseTileName(metatile), "metatile", wrap));
    setOverlay("frames", { type: "FeatureCollection", features: frames });
  }

  async function open(tile, wrap, features) {
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    const place = { tile, drawn: drawnTile(tile), features: tileset.kind === "vector" ? features : null };
    const actions = { showTile: (other) => open(other, wrap, features), select, close };
    showInspector({ ...place, answer: undefined }, actions);
    showFrames(tile, wrap);
    try {
      const answer = await inspect(tileset, tile, signal);
      showInspector({ ...place, answer }, actions);
      showFrames(tile, wrap, answer?.metatile);
    } catch (error) {
      if (error.name !== "AbortError") throw error; // another place was chosen meanwhile
    }
  }

  /** Moves the map if the sheet that opened covers the place. */
  function keepInSight({ y }) {
    const sheetTop = byId("inspector").getBoundingClientRect().top;
    if (y > sheetTop - sheetMarginPixels) map.panBy([0, y - sheetTop / 2]);
  }

  function choose(point, lngLat) {
    if (narrow.matches) panel.close();
    const features = featuresAt(map, point);
    if (features.length > 0) select(features[0]);
    else setOverlay("selection", emptyCollection);
    const opened = open(wantedTile(map, lngLat, tileset), Math.floor((lngLat.lng + 180) / 360), features);
    if (narrow.matches) keepInSight(point);
    return opened;
  }

  map.on("click", ({ point, lngLat }) => choose(point, lngLat));
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key === "Enter") choose(map.project(map.getCenter()), map.getCenter());
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
}
