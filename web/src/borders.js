// Tile borders: the outline and address of each tile in view, and how much came for it.
import { emptyCollection } from "./style/overlay.js";
import { tileName, tileRing } from "./tile_math.js";
import { drawnTile, knownTile, onTileKnown } from "./tiles.js";
import { formatBytes } from "./ui/format.js";

/** Tiles the map would like to draw now, each {tile, wrap}. */
export function tilesInView(map, { minzoom, maxzoom, drawnPixels, kind }) {
  const ids = map.coveringTiles({ tileSize: drawnPixels, minzoom, maxzoom, roundZoom: kind === "raster" });
  return ids.map(({ canonical, wrap }) => ({ tile: { z: canonical.z, x: canonical.x, y: canonical.y }, wrap }));
}

function caption(tile) {
  const known = knownTile(tile);
  if (!known) return tileName(tile);
  if (known.found) return `${tileName(tile)}  ${formatBytes(known.bytes)}`;
  const drawn = drawnTile(tile);
  return drawn ? `${tileName(tile)}  from ${tileName(drawn)}` : `${tileName(tile)}  missing`;
}

const feature = (geometry, properties) => ({ type: "Feature", geometry, properties });

const collection = (features) => ({ type: "FeatureCollection", features });

function borderData(map, tileset) {
  const borders = [];
  const labels = [];
  for (const { tile, wrap } of tilesInView(map, tileset)) {
    const ring = tileRing(tile, wrap);
    const state = knownTile(tile)?.found === false ? "missing" : "found";
    borders.push(feature({ type: "LineString", coordinates: ring }, { state }));
    labels.push(feature({ type: "Point", coordinates: ring[0] }, { text: caption(tile) }));
  }
  return { borders: collection(borders), labels: collection(labels) };
}

/** Draws the borders while `input` is switched on. */
export function wireBorders({ map, setOverlay }, tileset, input) {
  let planned = false;
  const draw = () => {
    planned = false;
    const { borders, labels } = input.checked
      ? borderData(map, tileset)
      : { borders: emptyCollection, labels: emptyCollection };
    setOverlay("borders", borders);
    setOverlay("border-labels", labels);
  };
  const plan = () => {
    if (planned || !input.checked) return;
    planned = true;
    requestAnimationFrame(draw);
  };
  input.addEventListener("change", draw);
  map.on("move", plan);
  onTileKnown(plan);
}
