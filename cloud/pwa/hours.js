// When an access is good, in words: weekly windows, dates, holidays, uses, from and until. Pure: hours in, a sentence in
// the language of `say` out. What opens when is decided by the cloud, never here.
import { dayOf, moment } from "./format.js";

const DAY_MINUTES = 1440;
const MONDAY = Date.UTC(2024, 0, 1); // any Monday: only its name is looked at
const DAY_MS = 86_400_000;
const SEVERAL = 3; // dates, or accesses, told one by one; beyond that, how many

export const clockTime = (minutes) =>
  `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

const endTime = (minutes) => (minutes === DAY_MINUTES ? "24:00" : clockTime(minutes));

export function weekday(day, language, width = "short") {
  const name = new Intl.DateTimeFormat(language, { weekday: width, timeZone: "UTC" }).format(MONDAY + day * DAY_MS);
  return name.replace(/\.$/, "");
}

const wholeDay = ({ starts, ends }) => starts === 0 && ends === DAY_MINUTES;

function spanWords(span, say) {
  if (wholeDay(span)) return say("hours_all_day");
  const overnight = span.ends <= span.starts;
  return say(overnight ? "hours_overnight" : "hours_span", { from: clockTime(span.starts), to: endTime(span.ends) });
}

// Mon–Fri, Sat, Sun: runs of three days or more become one.
function dayWords(days, say) {
  const sorted = [...days].sort((a, b) => a - b);
  if (sorted.length === 7) return say("hours_daily");
  const runs = [];
  for (const day of sorted) {
    const run = runs.at(-1);
    if (run?.at(-1) === day - 1) run.push(day);
    else runs.push([day]);
  }
  const name = (day) => weekday(day, say.language);
  return runs.flatMap((run) => (run.length > 2 ? [`${name(run[0])}–${name(run.at(-1))}`] : run.map(name))).join(", ");
}

// Windows of the same days stand together: "Mon–Fri 09:00–13:00, 15:00–18:00; Sat 10:00–12:00".
export function weekWords(windows, say) {
  if (!windows) return say("hours_always");
  if (!windows.length) return say("hours_never");
  const byDays = new Map();
  for (const window of [...windows].sort((a, b) => Math.min(...a.days) - Math.min(...b.days) || a.starts - b.starts)) {
    const days = dayWords(window.days, say);
    byDays.set(days, [...(byDays.get(days) ?? []), spanWords(window, say)]);
  }
  return [...byDays].map(([days, spans]) => `${days} ${spans.join(", ")}`).join("; ");
}

function dateWords({ added = [], removed = [] }, say) {
  const told = [];
  const name = (date) => dayOf(date, say.language);
  if (added.length > SEVERAL) told.push(say("hours_added_many", { count: added.length }));
  else if (added.length)
    told.push(say("hours_added", { dates: added.map((day) => addedWords(day, say, name)).join(", ") }));
  if (removed.length > SEVERAL) told.push(say("hours_removed_many", { count: removed.length }));
  else if (removed.length) told.push(say("hours_removed", { dates: removed.map(name).join(", ") }));
  return told;
}

const addedWords = ({ date, spans = [] }, say, name) =>
  spans.length ? `${name(date)} ${spans.map((span) => spanWords(span, say)).join(", ")}` : name(date);

function holidayWords({ holidays = "usual", holiday_spans = [] }, say) {
  if (holidays === "usual") return [];
  if (holidays !== "own") return [say(`hours_holidays_${holidays}`)];
  return [say("hours_holidays_own", { spans: holiday_spans.map((span) => spanWords(span, say)).join(", ") })];
}

// The weekly rule with its exceptions, without from, until and uses.
export const hoursWords = (hours, say) =>
  [weekWords(hours?.windows ?? null, say), ...dateWords(hours ?? {}, say), ...holidayWords(hours ?? {}, say)].join(
    " · ",
  );

// When a door is open to her, by these accesses of hers: as many as a sentence can tell, else null.
export function doorHours(grants, say, when) {
  const told = [...new Set(grants.map((grant) => accessWords(grant, say, when)))];
  return told.length && told.length <= SEVERAL ? told.join("; ") : null;
}

// All of an access in one line: "Wed 18:00–20:00 · until 3 Dec 18:00 · 2 uses left".
export function accessWords({ hours, starts = null, ends = null, uses = null }, say, { now, zone }) {
  const told = [];
  const rule = hoursWords(hours, say);
  const plain = rule === say("hours_always");
  if (!plain || (starts === null && ends === null)) told.push(rule);
  if (starts !== null) told.push(say("hours_from", { at: moment(starts, now, say, zone) }));
  if (ends !== null) told.push(say("hours_until", { at: moment(ends, now, say, zone) }));
  if (uses !== null) told.push(say(uses === 1 ? "hours_use" : "hours_uses", { count: uses }));
  return told.join(" · ");
}
