// The heads of the logs of the places that somebody manages, kept on her phone: whoever changed the past of a log would
// have to change them here too. Once a day some of those kept are compared with what the cloud says of them now.
import { Refused, Unreachable, ask, placePath } from "./api.js";

const KEY = "iomando.heads"; // place -> {kept: ["N:HASH", oldest first], checked: ms, wrong: "N:HASH" or null}
export const KEPT_HEADS = 400; // one a day for a year, and then some
export const CHECK_MS = 24 * 3_600_000;
const OLDER = 2; // of those compared: the newest, and as many of all the others

// A head joins those kept, in the order of their numbers; one number is kept once, as it was first told.
export function withHead(kept, head) {
  const n = number(head);
  if (n === 0 || kept.some((one) => number(one) === n)) return kept;
  return [...kept, head].sort((a, b) => number(a) - number(b)).slice(-KEPT_HEADS);
}

const number = (head) => Number(head.split(":")[0]);

// A head told under a number that is kept with another hash is already a changed past.
export const contradicts = (kept, head) => kept.find((one) => number(one) === number(head) && one !== head) ?? null;

// Which of them to compare; `chance`: numbers from 0 to below 1.
export function toCheck(kept, chance) {
  if (!kept.length) return [];
  return [...new Set([kept.at(-1), ...chance.slice(0, OLDER).map((part) => kept[Math.floor(part * kept.length)])])];
}

export class Heads {
  constructor(changed) {
    this.changed = changed;
    this.places = stored();
  }

  // The kept head of this place that the cloud's log no longer has, or null.
  wrong(place) {
    return this.places[place]?.wrong ?? null;
  }

  async heard({ heads, clock, you }) {
    for (const [place, head] of Object.entries(heads)) {
      if (!you?.manages?.includes(place)) continue;
      const { kept = [], checked = null, wrong = null } = this.places[place] ?? {};
      this.#keep(place, { kept: withHead(kept, head), checked, wrong: wrong ?? contradicts(kept, head) });
      if (checked === null || clock.now - checked >= CHECK_MS) await this.#check(place, clock.now);
    }
  }

  async #check(place, now) {
    const { kept } = this.places[place];
    this.#keep(place, { ...this.places[place], checked: now });
    for (const head of toCheck(kept, [Math.random(), Math.random()])) {
      try {
        const { head: found } = await ask("GET", `${placePath(place, "log", "head")}?n=${number(head)}`);
        if (found !== head) this.#keep(place, { ...this.places[place], wrong: head });
      } catch (error) {
        if (error instanceof Unreachable) return this.#keep(place, { ...this.places[place], checked: null });
        if (!(error instanceof Refused)) throw error;
        if (error.reason === "unknown") this.#keep(place, { ...this.places[place], wrong: head }); // it was cut before it
      }
    }
  }

  #keep(place, of) {
    this.places = { ...this.places, [place]: of };
    try {
      localStorage.setItem(KEY, JSON.stringify(this.places));
    } catch {
      // a browser may refuse its storage: then they are kept as long as the page is open
    }
    this.changed();
  }
}

function stored() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}
