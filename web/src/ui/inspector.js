// The panel about the place that was clicked: the tile that holds it, and the features there.
import { tileName } from "../tile_math.js";
import { byId, element } from "./dom.js";
import { featureList } from "./feature_list.js";
import { tileCard } from "./tile_card.js";

let lastFocus = null;

/** What is announced once the server has answered: the panel itself is too long to be read aloud whole. */
function summary({ tile, answer, features }) {
  const state = !answer ? "" : answer.found ? `, cache ${answer.cache}` : ", no such tile";
  const count = features?.length === 1 ? "1 feature" : `${features?.length || "no"} features`;
  return `Tile ${tileName(tile)}${state}${features ? `, ${count} here` : ""}`;
}

function closeButton(close) {
  const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  icon.setAttribute("viewBox", "0 0 24 24");
  icon.setAttribute("aria-hidden", "true");
  const cross = document.createElementNS("http://www.w3.org/2000/svg", "path");
  cross.setAttribute("d", "m6.5 6.5 11 11m0-11-11 11");
  icon.append(cross);
  return element("button", { type: "button", class: "icon", "aria-label": "Close", onclick: close }, icon);
}

/**
 * Shows what is known of a place, and takes the focus when it opens. `answer` is the server's, undefined while it is awaited; `drawn` is the tile the map
 * draws there. `features` is null where tiles have none. `showTile(tile)` inspects another tile, `select(feature)` marks a feature on the map.
 */
export function showInspector({ tile, answer, drawn, features }, { showTile, select, close }) {
  const panel = byId("inspector");
  const opens = answer === undefined;
  const heldFocus = panel.contains(document.activeElement);
  if (panel.hidden) lastFocus = document.activeElement;
  const open = panel.querySelector("details[open]")?.dataset.index;
  panel.replaceChildren(
    element(
      "div",
      { class: "head" },
      element("h2", { id: "inspector-heading" }, element("span", { class: "eyebrow" }, "Tile"), tileName(tile)),
      closeButton(close),
    ),
    element("div", { class: "body" }, tileCard({ tile, answer, drawn, showTile }), features && featureList(features, select, open)),
  );
  panel.hidden = false;
  document.documentElement.classList.add("inspector-open");
  // What had the focus inside was replaced by a newer version of itself.
  if (opens || (heldFocus && !panel.contains(document.activeElement))) panel.focus({ preventScroll: true });
  byId("inspector-status").textContent = opens ? "" : summary({ tile, answer, features });
}

/** Gives the focus back to where it was when the panel opened. */
export function hideInspector() {
  const panel = byId("inspector");
  if (panel.hidden) return;
  const held = panel.contains(document.activeElement);
  panel.hidden = true;
  byId("inspector-status").textContent = "";
  document.documentElement.classList.remove("inspector-open");
  if (held) (lastFocus ?? document.body).focus();
}
