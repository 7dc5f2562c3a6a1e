// Runs before the first paint, ahead of the large bundle, so that a chosen theme does not flash the other one.
import { applyTheme, chosenTheme } from "./theme_choice.js";

applyTheme(chosenTheme());
