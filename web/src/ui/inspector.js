// The panel about the place that was clicked: the tile that holds it, and the features there.
import { tileName } from "../tile_math.js";
import { byId, element } from "./dom.js";
import { featureList } from "./feature_list.js";
import { tileCard } from "./tile_card.js";

let lastFocus = null;

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
 * Shows what is known of a place. `answer` is the server's, undefined while it is awaited; `drawn` is the tile the map
 * draws there. `showTile(tile)` inspects another tile, `select(feature)` marks a feature on the map.
 */
export function showInspector({ tile, answer, drawn, features }, { showTile, select, close }) {
  const panel = byId("inspector");
  if (panel.hidden) lastFocus = document.activeElement;
  const open = panel.querySelector("details[open]")?.dataset.index;
  panel.replaceChildren(
    element(
      "div",
      { class: "head" },
      element("h2", { id: "inspector-heading" }, element("span", { class: "eyebrow" }, "Tile"), tileName(tile)),
      closeButton(close),
    ),
    element("div", { class: "body" }, tileCard({ tile, answer, drawn, showTile }), featureList(features, select, open)),
  );
  panel.hidden = false;
  document.documentElement.classList.add("inspector-open");
}

/** Gives the focus back to where it was when the panel opened. */
export function hideInspector() {
  const panel = byId("inspector");
  if (panel.hidden) return;
  const held = panel.contains(document.activeElement);
  panel.hidden = true;
  document.documentElement.classList.remove("inspector-open");
  if (held) (lastFocus ?? document.body).focus();
}
