// The layer switch: one row for each layer of the tileset.
import { byId, element } from "./dom.js";

const titles = { pois: "POIs" };

const titleOf = (name) => titles[name] ?? name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");

/** `names` from top to bottom; `toggle(name, shown)` does the switching. */
export function buildLayerList(names, describe, toggle) {
  const rows = names.map((name) => {
    const input = element("input", { type: "checkbox", role: "switch", checked: true, "data-layer": name });
    input.addEventListener("change", () => toggle(name, input.checked));
    const label = element(
      "label",
      { class: "row" },
      element("span", { class: `swatch swatch-${name}`, "aria-hidden": "true" }),
      element("span", { class: "name" }, titleOf(name)),
      element("span", { class: "hint" }, describe(name)),
      input,
    );
    return element("li", {}, label);
  });
  byId("layer-list").replaceChildren(...rows);
}

/** Says instead of the list why there is none. */
export function explainNoLayers(reason) {
  byId("no-layers").textContent = reason;
  byId("no-layers").hidden = false;
}

/** Opens and closes the panel. On a small screen it starts closed, to leave the map to the reader. */
export function wireLayersPanel() {
  const button = byId("layers-button");
  const panel = byId("layers-panel");
  const show = (open) => {
    panel.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    document.documentElement.classList.toggle("layers-open", open);
  };
  button.addEventListener("click", () => show(panel.hidden));
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    show(false);
    button.focus();
  });
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault(); // the fragment belongs to the map's position
    show(true);
    panel.focus();
  });
  show(!matchMedia("(max-width: 640px)").matches);
  return { close: () => show(false) };
}
