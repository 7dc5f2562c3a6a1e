// What the page draws over the map: tile borders, the selected tile and its metatile, the selected feature.
import { isPoint, isPolygon, ramp } from "./expressions.js";
import { semibold } from "./fonts.js";

export const emptyCollection = { type: "FeatureCollection", features: [] };

/** The overlays by name. Each is the data of one GeoJSON source. */
export const noOverlays = () => ({
  borders: emptyCollection,
  "border-labels": emptyCollection,
  frames: emptyCollection,
  selection: emptyCollection,
});

export function overlaySources(overlays) {
  const sources = Object.entries(overlays).map(([name, data]) => [name, { type: "geojson", data, buffer: 8, tolerance: 0 }]);
  return Object.fromEntries(sources);
}

const isFound = ["==", ["get", "state"], "found"];
const isTileFrame = ["==", ["get", "kind"], "tile"];

export function overlayLayers(palette) {
  return [
    {
      id: "selection-fill",
      type: "fill",
      source: "selection",
      filter: isPolygon,
      paint: { "fill-color": palette.selection, "fill-opacity": 0.22, "fill-antialias": false },
    },
    {
      id: "selection-line",
      type: "line",
      source: "selection",
      filter: ["==", ["geometry-type"], "LineString"],
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": palette.selection, "line-width": ramp(8, 2.5, 16, 6), "line-opacity": 0.75 },
    },
    {
      id: "selection-point",
      type: "circle",
      source: "selection",
      filter: isPoint,
      paint: {
        "circle-radius": 11,
        "circle-color": palette.selection,
        "circle-opacity": 0.15,
        "circle-stroke-color": palette.selection,
        "circle-stroke-width": 2,
      },
    },
    {
      id: "borders-missing",
      type: "line",
      source: "borders",
      filter: ["!", isFound],
      paint: { "line-color": palette.frame, "line-width": 0.8, "line-opacity": 0.45, "line-dasharray": [3, 4] },
    },
    {
      id: "borders-found",
      type: "line",
      source: "borders",
      filter: isFound,
      paint: { "line-color": palette.frame, "line-width": 1, "line-opacity": 0.8 },
    },
    {
      id: "frames-metatile",
      type: "line",
      source: "frames",
      filter: ["!", isTileFrame],
      layout: { "line-join": "round" },
      paint: { "line-color": palette.frame, "line-width": 1.6, "line-dasharray": [4, 2.5], "line-opacity": 0.9 },
    },
    {
      id: "frames-tile",
      type: "line",
      source: "frames",
      filter: isTileFrame,
      layout: { "line-join": "round" },
      paint: { "line-color": palette.frame, "line-width": 2.4 },
    },
    {
      id: "border-labels",
      type: "symbol",
      source: "border-labels",
      layout: {
        "text-field": ["get", "text"],
        "text-font": semibold,
        "text-size": 11,
        "text-anchor": "top-left",
        "text-justify": "left",
        "text-offset": [0.5, 0.4],
        "text-max-width": 30,
        "text-allow-overlap": true,
        "text-ignore-placement": true,
      },
      paint: { "text-color": palette.frame, "text-halo-color": palette.halo, "text-halo-width": 1.6 },
    },
  ];
}
