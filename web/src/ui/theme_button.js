// The button that changes between light and dark.
import { chooseTheme, currentTheme, onSystemTheme } from "../theme_choice.js";
import { byId } from "./dom.js";

/** Calls `changed()` after each change, whoever made it. */
export function wireThemeButton(changed) {
  const button = byId("theme-button");
  const update = () => button.setAttribute("aria-pressed", String(currentTheme() === "dark"));
  const announce = () => {
    update();
    changed();
  };
  button.addEventListener("click", () => {
    chooseTheme(currentTheme() === "dark" ? "light" : "dark");
    announce();
  });
  onSystemTheme(announce);
  update();
}
