// Everything with words: water, roads, places, points of interest.
import { byImportance, detailIn, flag, isLine, isPoint, isPolygon, kind, kindIn, nameIn, ramp } from "./expressions.js";
import { italic, regular, semibold } from "./fonts.js";

function label(sourceLayer, id, filter, { minzoom, maxzoom, layout, paint }) {
  const layer = {
    id: `${sourceLayer}-${id}`,
    type: "symbol",
    "source-layer": sourceLayer,
    filter,
    layout: { "text-font": regular, "text-max-width": 8, "symbol-sort-key": byImportance, ...layout },
    paint: { "text-halo-width": 1.4, "text-halo-blur": 0.4, ...paint },
  };
  if (minzoom !== undefined) layer.minzoom = minzoom;
  if (maxzoom !== undefined) layer.maxzoom = maxzoom;
  return layer;
}

/** Waters that flow get their names along lines, not once for each piece of their surface. */
const stands = kindIn("ocean", "sea", "lake", "bay", "fjord", "strait", "reservoir", "basin", "water");

export function waterLabels(palette, language) {
  const paint = { "text-color": palette.waterLabel, "text-halo-color": palette.waterHalo, "text-halo-width": 1 };
  const text = { "text-field": nameIn(language), "text-font": italic, "text-letter-spacing": 0.04 };
  return [
    label("water", "name", ["any", isPoint, ["all", isPolygon, stands]], {
      layout: { ...text, "text-size": ramp(3, 11, 10, 13, 16, 15), "text-padding": 24 },
      paint,
    }),
    label("water", "line-name", ["all", isLine, kindIn("river", "canal", "stream")], {
      minzoom: 7,
      layout: { ...text, "symbol-placement": "line", "symbol-spacing": 360, "text-size": ramp(8, 10.5, 16, 13.5) },
      paint: { ...paint, "text-halo-color": palette.halo },
    }),
  ];
}

export function roadLabels(palette) {
  const paint = { "text-color": palette.roadLabel, "text-halo-color": palette.roadHalo };
  const along = { "symbol-placement": "line", "text-field": ["get", "name"], "text-max-angle": 35, "text-padding": 6 };
  const ref = ["coalesce", ["get", "shield_text"], ["get", "ref"]];
  return [
    label("roads", "path-name", ["all", isLine, kindIn("path", "aerialway")], {
      minzoom: 15.5,
      layout: { ...along, "text-size": 11, "text-font": italic },
      paint,
    }),
    label("roads", "minor-name", ["all", isLine, kindIn("minor_road")], {
      minzoom: 14.5,
      layout: { ...along, "text-size": ramp(14, 10.5, 18, 14) },
      paint,
    }),
    label("roads", "major-name", ["all", isLine, kindIn("major_road", "highway")], {
      minzoom: 12.5,
      layout: { ...along, "text-size": ramp(12, 10.5, 18, 15.5) },
      paint,
    }),
    label("roads", "shield", ["all", isLine, kindIn("major_road", "highway"), ["has", "ref"], ["<=", ["length", ref], 6]], {
      minzoom: 8,
      layout: {
        "symbol-placement": "line",
        "symbol-spacing": 320,
        "text-rotation-alignment": "viewport",
        "icon-rotation-alignment": "viewport",
        "text-field": ref,
        "text-font": semibold,
        "text-size": 10,
        "icon-image": "shield",
        "icon-text-fit": "both",
        "icon-text-fit-padding": [1.5, 4, 1, 4],
        "text-padding": 12,
      },
      paint: { "text-color": palette.shieldLabel, "text-halo-width": 0, "icon-color": palette.shield, "icon-halo-color": palette.shieldLine, "icon-halo-width": 1 },
    }),
  ];
}

const population = ["coalesce", ["get", "population"], 0];
const isCapital = ["any", flag("country_capital"), ["==", ["get", "capital"], true]];
const isCity = ["any", detailIn("city"), [">=", population, 100000]];
const isTown = ["all", detailIn("town"), ["<", population, 100000]];
const isVillage = ["all", ["!", isCity], ["!", isTown]];

export function placeLabels(palette, language) {
  const name = { "text-field": nameIn(language) };
  const halo = { "text-halo-color": palette.halo };
  const locality = kindIn("locality");
  const beside = {
    ...name,
    "text-variable-anchor": ["left", "right", "top", "bottom"],
    "text-justify": "auto",
    "text-radial-offset": 0.45,
    "icon-image": ["case", isCapital, "capital", "dot"],
    "icon-size": ["case", isCapital, 0.9, 0.62],
    "icon-padding": 1,
    "text-optional": false,
  };
  const dot = { "icon-color": palette.dot, "icon-halo-color": palette.halo, "icon-halo-width": 1 };
  const bySize = (big, middle, small) => ["step", population, small, 1000000, middle, 5000000, big];
  return [
    label("places", "neighbourhood", ["any", kindIn("neighbourhood", "microhood", "macrohood", "borough"), detailIn("hamlet", "isolated_dwelling", "farm")], {
      minzoom: 12.5,
      layout: { ...name, "text-size": ramp(12, 10.5, 16, 13.5), "text-letter-spacing": 0.05 },
      paint: { ...halo, "text-color": palette.suburbLabel },
    }),
    label("places", "village", ["all", locality, isVillage, ["!", detailIn("hamlet", "isolated_dwelling", "farm")]], {
      minzoom: 8,
      layout: { ...name, "text-size": ramp(8, 10.5, 12, 13, 15, 16) },
      paint: { ...halo, "text-color": palette.villageLabel },
    }),
    label("places", "town", ["all", locality, isTown], {
      minzoom: 6,
      layout: { ...name, "text-size": ramp(6, 11, 10, 13.5, 12, 16, 15, 20), "text-font": semibold },
      paint: { ...halo, "text-color": palette.townLabel },
    }),
    label("places", "city", ["all", locality, isCity], {
      minzoom: 8,
      layout: { ...name, "text-size": ramp(8, bySize(19, 17, 14), 12, bySize(25, 23, 20)), "text-font": semibold },
      paint: { ...halo, "text-color": palette.cityLabel },
    }),
    label("places", "region", kindIn("region", "macroregion"), {
      minzoom: 4,
      maxzoom: 9,
      layout: { ...name, "text-size": ramp(4, 9.5, 8, 13), "text-transform": "uppercase", "text-letter-spacing": 0.12 },
      paint: { ...halo, "text-color": palette.regionLabel },
    }),
    label("places", "city-dot", ["all", locality, ["any", isCity, isCapital]], {
      minzoom: 2,
      maxzoom: 8,
      layout: { ...beside, "text-size": ramp(2, bySize(12, 11, 10.5), 8, bySize(17, 15.5, 13.5)) },
      paint: { ...halo, ...dot, "text-color": palette.cityLabel },
    }),
    label("places", "country", kindIn("country"), {
      maxzoom: 8,
      layout: {
        ...name,
        "text-font": semibold,
        "text-size": ["interpolate", ["linear"], ["zoom"], 0, 9.5, 3, ["step", ["coalesce", ["get", "population_rank"], 10], 11, 14, 13, 16, 15], 7, 19],
        "text-transform": "uppercase",
        "text-letter-spacing": 0.08,
        "text-max-width": 6.5,
        "text-padding": 2,
      },
      paint: { ...halo, "text-color": palette.countryLabel },
    }),
  ];
}

const poiColours = {
  poiFood: ["restaurant", "fast_food", "cafe", "bar", "pub", "biergarten", "ice_cream", "bakery", "beverages", "food_court"],
  poiShop: ["supermarket", "convenience", "shop", "mall", "clothes", "books", "greengrocer", "furniture", "computer", "optician", "butcher", "florist", "hairdresser", "department_store", "bicycle", "car"],
  poiStay: ["hotel", "hostel", "guest_house", "motel", "chalet", "camp_site", "alpine_hut", "wilderness_hut"],
  poiCulture: ["museum", "theatre", "cinema", "arts_centre", "gallery", "library", "castle", "ruins", "memorial", "monument", "attraction", "artwork", "place_of_worship"],
  poiCivic: ["school", "university", "college", "kindergarten", "hospital", "pharmacy", "doctors", "townhall", "public_building", "police", "fire_station", "post_office", "bank", "embassy"],
  poiNature: ["peak", "volcano", "viewpoint", "spring", "picnic_site", "park", "playground", "garden", "zoo", "cave_entrance", "waterfall"],
  poiTransport: ["station", "bus_stop", "bus_station", "parking", "fuel", "car_sharing", "aerodrome", "airport", "helipad", "halt", "tram_stop", "bicycle_rental", "ferry_terminal"],
};

export function poiLabels(palette, language) {
  const cases = Object.entries(poiColours).flatMap(([colour, kinds]) => [kinds, palette[colour]]);
  const colour = ["match", kind, ...cases, palette.poiOther];
  const isPeak = kindIn("peak", "volcano");
  const elevation = ["case", ["has", "elevation"], ["concat", "\n", ["to-string", ["get", "elevation"]], " m"], ""];
  const layout = {
    "text-variable-anchor": ["top", "bottom", "left", "right"],
    "text-justify": "auto",
    "text-radial-offset": 0.6,
    "text-optional": true,
    "icon-padding": 3,
  };
  const paint = { "text-color": colour, "text-halo-color": palette.halo, "icon-color": colour, "icon-halo-color": palette.halo, "icon-halo-width": 1.2 };
  return [
    label("pois", "point", ["all", isPoint, ["!", isPeak]], {
      minzoom: 14,
      layout: { ...layout, "text-field": nameIn(language), "text-size": ramp(14, 10.5, 18, 13), "icon-image": "dot", "icon-size": ramp(14, 0.6, 18, 0.95) },
      paint,
    }),
    label("pois", "peak", ["all", isPoint, isPeak], {
      minzoom: 9,
      layout: { ...layout, "text-field": ["concat", ["coalesce", nameIn(language), ""], elevation], "text-size": ramp(10, 10, 16, 12.5), "icon-image": "peak", "icon-size": 0.8, "text-optional": false },
      paint,
    }),
  ];
}

export function buildingLabels(palette) {
  return [
    label("buildings", "number", ["has", "addr_housenumber"], {
      minzoom: 16.5,
      layout: { "text-field": ["get", "addr_housenumber"], "text-size": 10.5, "text-padding": 1 },
      paint: { "text-color": palette.houseNumber, "text-halo-color": palette.building, "text-halo-width": 0.8 },
    }),
  ];
}
