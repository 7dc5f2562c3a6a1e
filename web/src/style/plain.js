// Layers that Tilezen does not have, but this tileset does: drawn plainly, so that they can be seen and clicked.
import { isLine, isPoint, isPolygon } from "./expressions.js";

export function plainLayers(palette, names) {
  return names.flatMap((name) => [
    {
      id: `${name}-plain-fill`,
      type: "fill",
      "source-layer": name,
      filter: isPolygon,
      paint: { "fill-color": palette.poiOther, "fill-opacity": 0.2 },
    },
    {
      id: `${name}-plain-line`,
      type: "line",
      "source-layer": name,
      filter: isLine,
      paint: { "line-color": palette.poiOther, "line-width": 1.2 },
    },
    {
      id: `${name}-plain-point`,
      type: "circle",
      "source-layer": name,
      filter: isPoint,
      paint: { "circle-color": palette.poiOther, "circle-radius": 3 },
    },
  ]);
}
