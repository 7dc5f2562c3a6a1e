// The map itself: its style, its controls, and the overlays the page draws on it.
import { AttributionControl, Map as MapLibreMap, NavigationControl, ScaleControl } from "maplibre-gl";

import { basemap, knownLayers, tileSource } from "./style/basemap.js";
import { serveIcons } from "./style/icons.js";
import { noOverlays } from "./style/overlay.js";
import { tileTemplates } from "./tiles.js";
import { startView } from "./view.js";

const deepestZoom = 19;

function sourceOf(tileset) {
  const source = {
    tiles: tileTemplates(tileset.tiles),
    minzoom: tileset.minzoom,
    maxzoom: tileset.maxzoom,
    bounds: tileset.bounds,
    attribution: tileset.attribution,
  };
  // A missing tile shows the part of its nearest ancestor: raster sources always do so, vector sources if `sparse`.
  if (tileset.kind === "vector") return { ...source, type: "vector", sparse: true };
  return { ...source, type: "raster", tileSize: tileset.drawnPixels };
}

/**
 * Draws `tileset` into #map. Answers the map and what the page may do to it; `failed(message)` is called for errors
 * that are no tile's.
 */
export function createMap(tileset, failed) {
  const source = sourceOf(tileset);
  const extraLayers = tileset.layers.map(({ id }) => id).filter((id) => !knownLayers.includes(id));
  const hidden = new Set();
  const overlays = noOverlays();
  const style = () => basemap(source, { kind: tileset.kind, extraLayers, hidden, overlays });

  const map = new MapLibreMap({
    container: "map",
    style: style(),
    hash: true,
    maxZoom: deepestZoom,
    maxPitch: 60,
    attributionControl: false,
    locale: { "Map.Title": "Map. Arrow keys move it, plus and minus zoom, Enter inspects the middle." },
    ...startView(tileset),
  });
  map.addControl(new AttributionControl({ compact: innerWidth < 640 }), "bottom-right");
  map.addControl(new NavigationControl({ visualizePitch: true }), "bottom-right");
  map.addControl(new ScaleControl({ maxWidth: 90 }), "bottom-left");
  serveIcons(map);

  // Tiles report their own failures. Without a listener MapLibre would write every error to the console.
  map.on("error", ({ error, tile }) => {
    if (!tile) failed(error.message);
  });

  return {
    map,
    setOverlay(name, data) {
      overlays[name] = data;
      map.getSource(name)?.setData(data);
    },
    showLayer(name, shown) {
      if (shown) hidden.delete(name);
      else hidden.add(name);
      const visibility = shown ? "visible" : "none";
      for (const layer of map.getStyle().layers) {
        if (layer.source === tileSource && layer["source-layer"] === name) {
          map.setLayoutProperty(layer.id, "visibility", visibility);
        }
      }
    },
    /** Draws the map anew in the current theme. */
    restyle() {
      map.setStyle(style());
    },
  };
}
