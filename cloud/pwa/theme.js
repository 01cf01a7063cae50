// Light or dark: as the phone has it, or as she chose it for this phone. early.js sets it before anything is drawn.

export const THEMES = ["system", "light", "dark"];
const KEY = "iomando.theme";
const LANGUAGE_KEY = "iomando.language"; // for early.js: hers, before the cloud has said which it is

export function chosenTheme() {
  const kept = read(KEY);
  return THEMES.includes(kept) ? kept : "system";
}

export function chooseTheme(theme) {
  write(KEY, theme === "system" ? null : theme);
  show();
}

// The page, and the bar that the browser draws above it.
export function show() {
  const theme = chosenTheme();
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  const bars = [...document.querySelectorAll('meta[name="theme-color"]')];
  for (const bar of bars) bar.dataset.own ??= bar.content;
  const chosen = bars.find(({ media }) => media.includes(theme));
  for (const bar of bars) bar.content = (chosen ?? bar).dataset.own;
}

export function rememberLanguage(language) {
  if (read(LANGUAGE_KEY) !== language) write(LANGUAGE_KEY, language);
}

// A browser may refuse its storage: then it is as the phone has it.
function read(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    return;
  }
}
