// The features under the pointer.
import { tileSource } from "./style/basemap.js";

const slackPixels = 5;
const most = 12;

const shape = (feature) => JSON.stringify([feature.sourceLayer, feature.id, feature.properties, feature.geometry.type]);

/**
 * Features of the tiles around a point, the topmost first, each once: several style layers may draw the same one.
 * Features are plain {layer, geometry, properties, id}.
 */
export function featuresAt(map, point) {
  const box = [
    [point.x - slackPixels, point.y - slackPixels],
    [point.x + slackPixels, point.y + slackPixels],
  ];
  const seen = new Map();
  for (const feature of map.queryRenderedFeatures(box)) {
    if (feature.source !== tileSource) continue;
    const key = shape(feature);
    if (!seen.has(key)) seen.set(key, feature);
    if (seen.size === most) break;
  }
  return [...seen.values()].map(({ sourceLayer, geometry, properties, id }) => ({
    layer: sourceLayer,
    geometry,
    properties,
    id,
  }));
}
