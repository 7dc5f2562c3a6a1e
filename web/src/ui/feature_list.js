// The features at a place, each with its properties.
import { element } from "./dom.js";

const geometryNames = { Point: "point", LineString: "line", Polygon: "area" };

function title({ properties, layer }) {
  return properties.name ?? properties.addr_housenumber ?? properties.kind_detail ?? properties.kind ?? layer;
}

function subtitle({ layer, properties, geometry }) {
  const kind = properties.kind_detail ?? properties.kind;
  const type = geometryNames[geometry.type.replace("Multi", "")] ?? geometry.type;
  return [layer, kind, type].filter(Boolean).join(" · ");
}

function propertyTable({ id, properties }) {
  const entries = Object.entries(properties);
  if (id !== undefined && !("id" in properties)) entries.push(["id", id]);
  const rows = entries
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, value]) => element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, String(value))));
  return element("table", {}, element("tbody", {}, ...rows));
}

function featureItem(feature, index, select, isOpen) {
  const item = element(
    "details",
    { name: "feature", open: isOpen, "data-index": index, "data-layer": feature.layer },
    element(
      "summary",
      {},
      element("span", { class: `swatch swatch-${feature.layer}`, "aria-hidden": "true" }),
      element("span", { class: "text" }, element("b", {}, String(title(feature))), element("small", {}, subtitle(feature))),
    ),
    propertyTable(feature),
  );
  item.addEventListener("toggle", () => {
    if (item.open) select(feature);
  });
  return item;
}

export function featureList(features, select, openIndex = "0") {
  const items = features.map((feature, i) => featureItem(feature, i, select, String(i) === openIndex));
  const count = features.length === 1 ? "1 feature" : `${features.length} features`;
  return element(
    "section",
    { class: "features", "aria-label": "Features" },
    element("h3", {}, features.length ? `${count} here` : "No feature here"),
    ...items,
  );
}
