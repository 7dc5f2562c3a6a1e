// What runs over the ground: roads, rails, transit, boundaries.
import { detail, detailIn, flag, grow, isLine, isPolygon, kindIn, ramp } from "./expressions.js";

const round = { "line-cap": "round", "line-join": "round" };
const sorted = { ...round, "line-sort-key": ["coalesce", ["get", "sort_rank"], 0] };

const isLink = flag("is_link");
const isTunnel = flag("is_tunnel");
const tunnelsFaint = ["case", isTunnel, 0.45, 1];

/** The classes of roads, from the least to the most important. */
const classes = [
  {
    id: "minor",
    filter: kindIn("minor_road", "racetrack", "construction"),
    minzoom: 10.5,
    width: (factor) => grow(11, 0.5 * factor, 13, 1.3 * factor, 15, 4.5 * factor, 18, 20 * factor),
    service: 0.6,
    fill: "street",
    casing: "streetCasing",
    casingFrom: 12,
  },
  {
    id: "major",
    filter: ["all", kindIn("major_road"), ["!", detailIn("trunk", "trunk_link", "primary", "primary_link")]],
    minzoom: 7,
    width: (factor) => grow(8, 0.6 * factor, 11, 1.5 * factor, 13, 3.2 * factor, 15, 7 * factor, 18, 27 * factor),
    fill: "street",
    casing: "streetCasing",
    casingFrom: 8,
  },
  {
    id: "arterial",
    filter: ["all", kindIn("major_road"), detailIn("trunk", "trunk_link", "primary", "primary_link")],
    minzoom: 6,
    width: (factor) => grow(6, 0.6 * factor, 9, 1.4 * factor, 11, 2.2 * factor, 13, 4 * factor, 15, 8.5 * factor, 18, 30 * factor),
    fill: "arterial",
    casing: "arterialCasing",
    casingFrom: 7,
  },
  {
    id: "highway",
    filter: kindIn("highway"),
    minzoom: 4,
    width: (factor) => grow(4, 0.6 * factor, 7, 1.3 * factor, 10, 2.6 * factor, 13, 4.8 * factor, 15, 10 * factor, 18, 34 * factor),
    fill: "highway",
    casing: "highwayCasing",
    casingFrom: 6,
  },
];

/** Links and service ways are narrower than their class. */
const widthFactor = ["case", isLink, 0.6, ["==", detail, "service"], 0.6, 1];

const times = (factor) => (number) => ["*", number, factor];

function roadWidth({ width }) {
  const stops = width(1).slice(3);
  const scaled = stops.map((stop, i) => (i % 2 === 0 ? stop : times(widthFactor)(stop)));
  return grow(...scaled);
}

/** The casing shows beside the fill by the same part of a pixel at every width. */
function casingWidth(roadClass) {
  const stops = roadClass.width(1).slice(3);
  const scaled = stops.map((stop, i) => (i % 2 === 0 ? stop : ["+", times(widthFactor)(stop), stop > 4 ? 2 : stop > 1 ? 1.2 : 0.7]));
  return grow(...scaled);
}

function roadLayer(id, filter, more) {
  return { id: `roads-${id}`, type: "line", "source-layer": "roads", filter: ["all", isLine, filter], ...more };
}

export function roadLayers(palette) {
  const casings = classes.map((roadClass) =>
    roadLayer(`${roadClass.id}-casing`, roadClass.filter, {
      minzoom: Math.max(roadClass.minzoom, roadClass.casingFrom),
      layout: { ...sorted, "line-cap": "butt" },
      paint: {
        "line-color": palette[roadClass.casing],
        "line-width": casingWidth(roadClass),
        "line-opacity": tunnelsFaint,
      },
    }),
  );
  const fills = classes.map((roadClass) =>
    roadLayer(roadClass.id, roadClass.filter, {
      minzoom: roadClass.minzoom,
      layout: sorted,
      paint: {
        "line-color": palette[roadClass.fill],
        "line-width": roadWidth(roadClass),
        "line-opacity": tunnelsFaint,
      },
    }),
  );
  return [
    roadLayer("path", kindIn("path", "portage_way", "piste"), {
      minzoom: 12.5,
      layout: { "line-join": "round" },
      paint: {
        "line-color": palette.path,
        "line-width": grow(13, 0.6, 15, 1.1, 18, 3),
        "line-dasharray": [3, 1.6],
        "line-opacity": ramp(12.5, 0, 13.5, 1),
      },
    }),
    ...casings,
    ...fills,
    roadLayer("rail", kindIn("rail"), {
      minzoom: 8,
      layout: { "line-join": "round" },
      paint: { "line-color": palette.rail, "line-width": grow(8, 0.6, 13, 1.4, 18, 4.5), "line-opacity": tunnelsFaint },
    }),
    roadLayer("rail-ties", ["all", kindIn("rail"), ["!", isTunnel]], {
      minzoom: 13,
      paint: { "line-color": palette.railTie, "line-width": grow(13, 0.7, 18, 3), "line-dasharray": [5, 5] },
    }),
    roadLayer("ferry", kindIn("ferry"), {
      minzoom: 7,
      paint: { "line-color": palette.ferry, "line-width": grow(7, 0.6, 14, 1.6), "line-dasharray": [4, 3] },
    }),
    roadLayer("aerialway", kindIn("aerialway"), {
      minzoom: 12,
      paint: { "line-color": palette.aerialway, "line-width": grow(12, 0.6, 18, 2), "line-dasharray": [8, 2, 1, 2] },
    }),
    roadLayer("aeroway", kindIn("aeroway"), {
      minzoom: 10,
      layout: round,
      paint: { "line-color": palette.apron, "line-width": grow(10, 1, 14, 8, 18, 40) },
    }),
  ];
}

export function transitLayers(palette) {
  return [
    {
      id: "transit-platform",
      type: "fill",
      "source-layer": "transit",
      filter: isPolygon,
      minzoom: 14,
      paint: { "fill-color": palette.pavement },
    },
    {
      id: "transit-line",
      type: "line",
      "source-layer": "transit",
      filter: ["all", isLine, ["!", kindIn("platform")]],
      minzoom: 8,
      layout: round,
      paint: {
        "line-color": ["to-color", ["get", "colour"], palette.transit],
        "line-width": grow(8, 0.5, 13, 1.2, 18, 4),
        "line-opacity": 0.55,
      },
    },
  ];
}

function boundaryLayer(id, filter, more) {
  const land = ["!", flag("maritime_boundary")];
  return {
    id: `boundaries-${id}`,
    type: "line",
    "source-layer": "boundaries",
    filter: ["all", isLine, land, filter],
    layout: { "line-join": "round" },
    ...more,
  };
}

export function boundaryLayers(palette) {
  const country = kindIn("country", "map_unit");
  const contested = kindIn("disputed", "disputed_reference_line", "line_of_control", "indefinite", "lease_limit", "overlay_limit");
  return [
    boundaryLayer("local", kindIn("locality", "county"), {
      minzoom: 10,
      paint: {
        "line-color": palette.region,
        "line-width": ramp(10, 0.4, 16, 1.2),
        "line-dasharray": [2, 3],
        "line-opacity": ramp(10, 0.4, 13, 0.8),
      },
    }),
    boundaryLayer("region", kindIn("region", "macroregion"), {
      minzoom: 3.5,
      paint: { "line-color": palette.region, "line-width": ramp(4, 0.5, 12, 1.6), "line-dasharray": [4, 2] },
    }),
    boundaryLayer("country-halo", country, {
      minzoom: 4,
      paint: { "line-color": palette.countryHalo, "line-width": ramp(4, 3, 8, 6, 14, 12) },
    }),
    boundaryLayer("country", country, {
      paint: { "line-color": palette.country, "line-width": ramp(0, 0.4, 4, 0.9, 8, 1.5, 14, 2.2), "line-opacity": ramp(0, 0.6, 4, 1) },
    }),
    boundaryLayer("contested", contested, {
      paint: { "line-color": palette.country, "line-width": ramp(0, 0.4, 4, 0.9, 8, 1.5), "line-dasharray": [3, 2] },
    }),
  ];
}
