// Chooses the catalogue and fills its sentences. One language is loaded, another when it is wanted. No sentence stands
// here; times and numbers are formed in format.js.

const CATALOGUES = { en: {}, es: {}, ca: {} };
const AGAIN_MS = 1000;

const wanted = new Set(); // languages
const ready = new Set(); // those of which everything that may be said is here
const sources = []; // {en, es, ca}: each a catalogue, or a function that loads it

async function load(source, language) {
  const found = source[language];
  const catalogue = typeof found === "function" ? (await found()).default : found;
  Object.assign(CATALOGUES[language], catalogue);
}

// A module that has failed once stays failed: so what awaits a catalogue waits until the line is back.
async function patiently(load) {
  for (;;) {
    try {
      return await load();
    } catch {
      await new Promise((again) => setTimeout(again, AGAIN_MS));
    }
  }
}

// More sentences, of screens that are loaded when they are first shown. Whoever says them awaits this.
export async function learn(source) {
  sources.push(source);
  await Promise.all([...wanted].map((language) => patiently(() => load(source, language))));
}

// Have a language ready.
export async function want(language) {
  wanted.add(language);
  await Promise.all(sources.map((source) => patiently(() => load(source, language))));
  ready.add(language);
}

export const isReady = (language) => ready.has(language);

// The first of these languages that we speak; English when none is.
export function chosenLanguage(...tags) {
  for (const tag of tags.flat()) {
    const language = String(tag ?? "")
      .slice(0, 2)
      .toLowerCase();
    if (language in CATALOGUES) return language;
  }
  return "en";
}

// What to offer her: the first of the phone's languages that we speak, where hers is none of them.
export function otherLanguage(hers, phones) {
  const spoken = phones.map((tag) => tag.slice(0, 2).toLowerCase()).filter((tag) => tag in CATALOGUES);
  return spoken.includes(hers) ? null : (spoken[0] ?? null);
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

sources.push({
  en: () => import("./texts/en.js"),
  es: () => import("./texts/es.js"),
  ca: () => import("./texts/ca.js"),
});
await want(chosenLanguage(document.documentElement.lang)); // early.js has chosen it and begun to load it
