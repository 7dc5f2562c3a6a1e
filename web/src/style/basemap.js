// The whole style: the tileset's layers from the ground up, in one of two palettes.
import { currentTheme } from "../theme_choice.js";
import { fontFaces } from "./fonts.js";
import { buildingLayers, groundLayers, waterLayers } from "./ground.js";
import { boundaryLayers, roadLayers, transitLayers } from "./lines.js";
import { buildingLabels, placeLabels, poiLabels, roadLabels, waterLabels } from "./labels.js";
import { overlayLayers, overlaySources } from "./overlay.js";
import { palettes } from "./palette.js";
import { plainLayers } from "./plain.js";

export const tileSource = "tiles";

const language = (navigator.language ?? "en").split("-")[0];

export const currentPalette = () => palettes[currentTheme()];

/** Source layers the style knows, in the order they are drawn. */
export const knownLayers = ["earth", "landuse", "water", "buildings", "boundaries", "roads", "transit", "pois", "places"];

function vectorLayers(palette, extraLayers) {
  return [
    ...groundLayers(palette),
    ...waterLayers(palette),
    ...buildingLayers(palette),
    ...boundaryLayers(palette),
    ...roadLayers(palette),
    ...transitLayers(palette),
    ...plainLayers(palette, extraLayers),
    ...waterLabels(palette, language),
    ...roadLabels(palette),
    ...buildingLabels(palette),
    ...poiLabels(palette, language),
    ...placeLabels(palette, language),
  ];
}

/** A source without layers loads no tiles. */
function tileLayers(kind, palette, extraLayers) {
  if (kind === "vector") return vectorLayers(palette, extraLayers);
  const background = groundLayers(palette).filter(({ type }) => type === "background");
  return kind === "raster" ? [...background, { id: "raster", type: "raster", source: tileSource }] : background;
}

/**
 * The MapLibre style for a tileset. `kind` is vector, raster or other. `hidden` is a set of source layers that are switched off, `overlays` holds the
 * GeoJSON that the page itself draws.
 */
export function basemap(source, { kind, extraLayers, hidden, overlays }) {
  const palette = currentPalette();
  const layers = tileLayers(kind, palette, extraLayers).map((layer) => {
    if (!layer["source-layer"]) return layer;
    const visibility = hidden.has(layer["source-layer"]) ? "none" : "visible";
    return { ...layer, source: tileSource, layout: { ...layer.layout, visibility } };
  });
  return {
    version: 8,
    name: "tapalcatl",
    "font-faces": fontFaces,
    sources: { [tileSource]: source, ...overlaySources(overlays) },
    layers: [...layers, ...overlayLayers(palette)],
  };
}
