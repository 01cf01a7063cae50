// Chooses the catalogue and fills its sentences. No sentence stands here; times and numbers are formed in format.js.
import ca from "./texts/ca.js";
import en from "./texts/en.js";
import es from "./texts/es.js";

const CATALOGUES = { en: { ...en }, es: { ...es }, ca: { ...ca } };

// More sentences, of screens that are loaded when they are first shown: {en, es, ca}.
export function learn(more) {
  for (const language of Object.keys(CATALOGUES)) Object.assign(CATALOGUES[language], more[language]);
}

// The first of these languages that we speak; English when none is.
export function chosenLanguage(...wanted) {
  for (const tag of wanted.flat()) {
    const language = String(tag ?? "")
      .slice(0, 2)
      .toLowerCase();
    if (language in CATALOGUES) return language;
  }
  return "en";
}

// say("took", {word, time}): one sentence in this language. A key that is not there is a bug, and says so loudly.
export function speaker(language) {
  const catalogue = CATALOGUES[language];
  const say = (key, values = {}) => {
    if (!(key in catalogue)) throw new Error(`no text "${key}" in ${language}`);
    return catalogue[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  };
  say.language = language;
  return say;
}
