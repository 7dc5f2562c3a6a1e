// What covers the ground: earth, landuse, water, buildings.
import { flag, grow, isLine, isPolygon, kind, kindIn, ramp } from "./expressions.js";

/** Colour by kind. Kinds that are not listed stay as the earth below them. */
function landuseColor(palette) {
  const kinds = {
    wood: ["forest", "wood", "natural_wood", "natural_forest"],
    park: ["park", "national_park", "protected_area", "nature_reserve", "zoo", "garden", "golf_course", "theme_park"],
    grass: ["grass", "grassland", "meadow", "village_green", "recreation_ground", "scrub", "heath", "fell", "camp_site"],
    farm: ["farm", "farmland", "farmyard"],
    orchard: ["orchard", "vineyard", "allotments", "plant_nursery", "greenhouse_horticulture"],
    urban: ["residential", "urban_area", "urban", "rural", "railway"],
    industry: ["industrial", "works", "wastewater_plant", "power_plant", "substation", "quarry", "landfill", "port"],
    commerce: ["commercial", "retail", "supermarket", "mall"],
    civic: ["school", "university", "college", "kindergarten", "hospital", "cemetery", "grave_yard", "military", "prison"],
    sport: ["pitch", "stadium", "sports_centre", "track", "playground", "swimming_pool", "recreation_track"],
    sand: ["beach", "sand", "dune"],
    rock: ["bare_rock", "scree", "stone"],
    ice: ["glacier"],
    wet: ["wetland", "mud"],
    apron: ["aerodrome", "airfield", "apron", "runway", "taxiway"],
    pavement: ["parking", "pedestrian", "footway", "pier", "bridge"],
  };
  const cases = Object.entries(kinds).flatMap(([colour, names]) => [names, palette[colour]]);
  return ["match", kind, ...cases, "rgba(0, 0, 0, 0)"];
}

export function groundLayers(palette) {
  return [
    { id: "background", type: "background", paint: { "background-color": palette.earth } },
    {
      id: "earth",
      type: "fill",
      "source-layer": "earth",
      filter: isPolygon,
      paint: { "fill-color": palette.earth },
    },
    {
      id: "landuse",
      type: "fill",
      "source-layer": "landuse",
      filter: isPolygon,
      layout: { "fill-sort-key": ["coalesce", ["get", "sort_rank"], 0] },
      paint: { "fill-color": landuseColor(palette), "fill-opacity": ramp(5, 0.5, 9, 0.85, 12, 1) },
    },
  ];
}

export function waterLayers(palette) {
  return [
    {
      id: "water",
      type: "fill",
      "source-layer": "water",
      filter: isPolygon,
      paint: { "fill-color": palette.water },
    },
    {
      id: "water-line",
      type: "line",
      "source-layer": "water",
      filter: ["all", isLine, kindIn("river", "canal"), ["!", flag("boundary")], ["!", flag("is_tunnel")]],
      layout: { "line-cap": "round", "line-join": "round" },
      paint: {
        "line-color": palette.waterLine,
        "line-width": grow(2, 0.4, 8, 1, 11, 1.8, 14, 4, 18, 14),
        "line-opacity": ramp(2, 0.5, 6, 1),
      },
    },
    {
      id: "water-stream",
      type: "line",
      "source-layer": "water",
      filter: ["all", isLine, kindIn("stream", "drain", "ditch"), ["!", flag("is_tunnel")]],
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": palette.waterLine, "line-width": grow(10, 0.4, 14, 1.2, 18, 5) },
    },
  ];
}

export function buildingLayers(palette) {
  return [
    {
      id: "buildings",
      type: "fill",
      "source-layer": "buildings",
      filter: isPolygon,
      paint: { "fill-color": palette.building, "fill-opacity": ramp(12.5, 0, 13.5, 1) },
    },
    {
      id: "buildings-line",
      type: "line",
      "source-layer": "buildings",
      filter: isPolygon,
      minzoom: 14,
      paint: {
        "line-color": palette.buildingLine,
        "line-width": ramp(14, 0.4, 17, 1),
        "line-opacity": ramp(14, 0, 14.6, 1),
      },
    },
  ];
}
