// Short words for the style expressions that many layers need.

export const kind = ["get", "kind"];
export const detail = ["coalesce", ["get", "kind_detail"], ""];

export const isPoint = ["==", ["geometry-type"], "Point"];
export const isLine = ["==", ["geometry-type"], "LineString"];
export const isPolygon = ["==", ["geometry-type"], "Polygon"];

export const kindIn = (...kinds) => ["in", kind, ["literal", kinds]];
export const detailIn = (...kinds) => ["in", detail, ["literal", kinds]];

/** Tilezen has flags as booleans, in older tiles as texts. */
export const flag = (name) => ["in", ["to-string", ["get", name]], ["literal", ["true", "yes", "1"]]];

/** Grows with the zoom as the map does: stops are zoom, pixels, zoom, pixels, ... */
export const grow = (...stops) => ["interpolate", ["exponential", 1.6], ["zoom"], ...stops];
export const ramp = (...stops) => ["interpolate", ["linear"], ["zoom"], ...stops];

/** The name in the reader's language where the tile has it. */
export function nameIn(language) {
  return ["coalesce", ["get", `name:${language}`], ["get", "name"]];
}

/** Important features first: Tilezen's min_zoom says when one becomes worth showing; among equals the larger counts. */
export const byImportance = [
  "-",
  ["coalesce", ["get", "collision_rank"], ["get", "min_zoom"], 20],
  ["/", ["coalesce", ["get", "population"], 0], 1e10],
];
