// What the cloud says of releases and of how one is sent out, in words: keys of the catalogues from its states and reasons.
// Pure. A state or a reason of a later version is told as not known.
import { becauseWords, percent } from "../box-words.js";
import { moment, span } from "../format.js";

const WAITS = ["away", "unknown", "precursor", "data", "busy", "hours", "later", "memory", "gone", "budget", "old"];
// state of a door box -> the group it is found in; in the order of the list
const GROUPS = {
  failed: "failed",
  written: "going",
  trial: "going",
  loading: "going",
  offered: "going",
  soaking: "going",
  waiting: "waiting",
  good: "good",
  out: "out",
};
export const GROUP_NAMES = ["failed", "going", "waiting", "good", "out"];
export const OPEN = ["running", "paused", "halted"]; // a roll-out that is not over
const OF_WAVE = /^(\d+) failures in wave (\d+) of (\d+)$/;
const OF_ALL = /^(\d+) failures of (\d+)$/;

export const groupOf = (state) => GROUPS[state] ?? "out";

export const waitWords = (reason, say) => say(`updates_wait_${WAITS.includes(reason) ? reason : "later"}`);

const count = (n, say) => n.toLocaleString(say.language);

// "1 door box", "1,000 door boxes"
export const boxes = (n, say) => say(n === 1 ? "updates_boxes_one" : "updates_boxes", { n: count(n, say) });

// Why it has stopped itself; the cloud says it in figures within a sentence.
export function haltedWords(why, say) {
  const [, n, wave, size] = OF_WAVE.exec(why ?? "") ?? [];
  if (n) return say("updates_halted_wave", { n, wave, boxes: boxes(Number(size), say) });
  const [, failures, of] = OF_ALL.exec(why ?? "") ?? [];
  return failures
    ? say("updates_halted_all", { n: failures, boxes: boxes(Number(of), say) })
    : say("updates_halted");
}

// {words, more}: how a door box is with the release.
export function boxWords(box, say, { now, zone }) {
  const { state, reason, have, size, wave, away_s: away, ended, moved, tries, firmware } = box;
  const share = state === "loading" && have ? percent(have / size, say.language) : null;
  const words = share ? say("updates_unit_loading_share", { share }) : say(`updates_unit_${state in GROUPS ? state : "out"}`);
  const at = ended ?? (state === "waiting" ? null : moved);
  const why = state === "waiting" ? reason && waitWords(reason, say) : reason && becauseWords(reason, say);
  const more = [
    why,
    at ? moment(at, now, say, zone) : null,
    away == null || state === "failed" ? null : say("updates_unit_away", { span: span(away * 1000) }),
    state === "failed" && tries > 1 ? say("updates_unit_tries", { n: tries }) : null,
    wave && state !== "waiting" ? say("updates_unit_wave", { n: wave }) : null,
    firmware && (state !== "waiting" || reason === "precursor") ? say("updates_unit_runs", { n: firmware }) : null,
  ];
  return { words, more: more.filter(Boolean).join(" · ") };
}

// Those first that somebody has to look at; the others as they are offered it.
export function sorted(each) {
  const order = Object.keys(GROUPS);
  const rank = ({ state }) => (state in GROUPS ? order.indexOf(state) : order.length);
  return [...each].sort((a, b) => rank(a) - rank(b));
}

// By a part of the name of a place, or of its own number.
export function found(each, text) {
  const wanted = text.trim().toLocaleLowerCase();
  if (!wanted) return each;
  return each.filter(({ unit, places }) => [unit, ...places].some((name) => name.toLocaleLowerCase().includes(wanted)));
}

// For each wave: how many it has, and how many of those are good, failed, under way.
export function wavesOf({ waves, wave, each, state }) {
  return waves.map((size, index) => {
    const here = each.filter((box) => box.wave === index + 1);
    const counts = Object.fromEntries(
      ["good", "failed", "going"].map((group) => [group, here.filter((box) => groupOf(box.state) === group).length]),
    );
    return { n: index + 1, size, ...counts, begun: here.length > 0, now: index + 1 === wave && OPEN.includes(state) };
  });
}

// How many stand in a group, from the counts by state.
export const grouped = (units, group) =>
  Object.entries(units).reduce((sum, [state, n]) => sum + (groupOf(state) === group ? n : 0), 0);
