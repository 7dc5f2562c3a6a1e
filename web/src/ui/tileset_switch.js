// The list in the header that changes the tileset. The page loads anew, at an address that can be shared.
import { addressOf } from "../catalog.js";
import { byId, element } from "./dom.js";

const focusKey = "tapalcatl.switched";

function titleOf(entry, catalog) {
  const name = entry.name ?? entry.id;
  const isUnique = catalog.filter((other) => (other.name ?? other.id) === name).length === 1;
  return isUnique || name === entry.id ? name : `${name} (${entry.id})`;
}

/** Arrow keys change the choice one by one, so the next page gives the focus back. */
function rememberFocus() {
  try {
    sessionStorage.setItem(focusKey, "1");
  } catch {
    // Storage is denied, as in a sandboxed frame: the focus begins at the top.
  }
}

function hadFocus() {
  try {
    const had = sessionStorage.getItem(focusKey) !== null;
    sessionStorage.removeItem(focusKey);
    return had;
  } catch {
    return false;
  }
}

/**
 * Shows the switch if there is something to choose. `chosen` is an entry of `catalog`, or undefined if the address
 * asks for an unknown one. `place()` is the middle of the map, or undefined while there is none.
 */
export function wireTilesetSwitch(catalog, chosen, place) {
  if (catalog.length < 2 && chosen) return;
  const select = byId("tileset-switch");
  const options = catalog.map((entry) => {
    const option = element("option", { value: entry.id }, titleOf(entry, catalog));
    option.selected = entry === chosen;
    return option;
  });
  if (!chosen) options.unshift(element("option", { value: "", disabled: true, selected: true }, "Choose a tileset"));
  select.replaceChildren(...options);
  select.addEventListener("change", () => {
    rememberFocus();
    location.assign(addressOf(catalog.find(({ id }) => id === select.value), place()));
  });
  select.hidden = false;
  byId("tileset-name").hidden = true;
  if (hadFocus()) select.focus();
}
