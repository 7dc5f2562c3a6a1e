// Where a tile comes from: its metatile, its place in there, its sizes, and whether the cache held it.
import { parseTileName, tileName } from "../tile_math.js";
import { element } from "./dom.js";
import { formatBytes, formatPercent } from "./format.js";

const code = (text) => element("code", {}, text);

function facts(rows) {
  const cells = rows
    .filter(([, value]) => value !== undefined && value !== null && value !== "")
    .flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]);
  return element("dl", { class: "facts" }, ...cells);
}

function badge(answer) {
  if (!answer.found) return element("span", { class: "badge none" }, "no such tile");
  return element("span", { class: `badge ${answer.cache}`, "data-cache": answer.cache }, `cache ${answer.cache}`);
}

function sizeBar({ compressed_size: packed, size, method }) {
  const share = size > 0 ? Math.min(100, (100 * packed) / size) : 0;
  const fill = element("i", {});
  fill.style.width = `${share}%`;
  return element(
    "div",
    { class: "sizes" },
    element(
      "p",
      {},
      element("b", { "data-size": "compressed" }, formatBytes(packed)),
      method === "stored" ? " stored" : " compressed",
      element("span", { class: "arrow", "aria-hidden": "true" }, "→"),
      element("span", { class: "unseen" }, ", "),
      element("b", { "data-size": "full" }, formatBytes(size)),
      ` full · ${formatPercent(packed, size)}`,
    ),
    element("div", { class: "meter", "aria-hidden": "true" }, fill),
  );
}

function missingNote({ tile, answer, drawn, showTile }) {
  const reason = answer.error ? `${answer.error}.` : "";
  if (!drawn || tileName(drawn) === tileName(tile)) return element("p", { class: "note" }, reason);
  const button = element("button", { type: "button", class: "link", onclick: () => showTile(drawn) }, tileName(drawn));
  return element("p", { class: "note" }, `${reason} The map shows a part of its ancestor `, button, " here.");
}

export function tileCard({ tile, answer, drawn, showTile }) {
  if (answer === undefined) return element("p", { class: "note busy" }, "Asking the server…");
  if (!answer) {
    return element("p", { class: "note" }, "The server does not say where this tile comes from.");
  }
  const metatile = answer.metatile && parseTileName(answer.metatile);
  return element(
    "div",
    { class: "tile-card" },
    element("p", { class: "badges" }, badge(answer), element("span", { class: "badge plain" }, `${answer.px} px ${answer.format}`)),
    answer.found ? sizeBar(answer) : missingNote({ tile, answer, drawn, showTile }),
    facts([
      ["Source", answer.source],
      ["Key", answer.key && code(answer.key)],
      ["Metatile", metatile && code(tileName(metatile))],
      ["Offset", answer.offset && code(answer.offset)],
      ["Entry", answer.entry && code(answer.entry)],
      ["CRC-32", answer.crc32 && code(answer.crc32)],
      ["ETag", answer.etag && code(answer.etag)],
      ["Archive", answer.archive_version && code(answer.archive_version)],
      ["Archive size", answer.archive_size && formatBytes(answer.archive_size)],
      ["Modified", answer.last_modified],
    ]),
  );
}
