// Which of the two themes is shown: the reader's choice, else the system's.

const key = "tapalcatl.theme";
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

/** "light", "dark", or null while the system decides. */
export function chosenTheme() {
  try {
    const theme = localStorage.getItem(key);
    return theme === "light" || theme === "dark" ? theme : null;
  } catch {
    return null; // storage is denied, as in a sandboxed frame
  }
}

export function currentTheme() {
  return chosenTheme() ?? document.documentElement.dataset.theme ?? (systemIsDark.matches ? "dark" : "light");
}

export function applyTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

/** Choosing what the system already shows goes back to following it. */
export function chooseTheme(theme) {
  const follows = theme === (systemIsDark.matches ? "dark" : "light");
  try {
    if (follows) localStorage.removeItem(key);
    else localStorage.setItem(key, theme);
  } catch {
    // It holds for this page view only.
  }
  applyTheme(follows ? null : theme);
}

export function onSystemTheme(listener) {
  systemIsDark.addEventListener("change", listener);
}
