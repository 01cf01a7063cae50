// How times and durations are written, in the place's zone and the reader's language. Decides nothing, knows no door.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SHOW_MILLISECONDS_BELOW = 500; // from here on, tenths of a second read better

const formats = new Map(); // Intl objects are dear to make: one per language, zone and shape

function format(language, zone, shape) {
  const key = `${language} ${zone} ${JSON.stringify(shape)}`;
  const locale = language === "en" ? "en-GB" : language; // the day before the month, as in all our languages
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(locale, { timeZone: zone, ...shape }));
  return formats.get(key);
}

const timeOfDay = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const day = { year: "numeric", month: "2-digit", day: "2-digit" };

export function seconds(ms, language, zone) {
  return format(language, zone, { ...timeOfDay, second: "2-digit" }).format(ms);
}

const sameDay = (a, b, zone) => format("en-CA", zone, day).format(a) === format("en-CA", zone, day).format(b);

// Nothing today, the weekday within six days, the date beyond.
export function shortDay(ms, now, language, zone) {
  if (sameDay(ms, now, zone)) return "";
  const near = Math.abs(ms - now) < 6 * DAY;
  return format(language, zone, near ? { weekday: "short" } : { day: "numeric", month: "short" }).format(ms);
}

// A moment's words: the time alone today, with its day otherwise.
function spoken(kind, ms, now, say, zone) {
  const time = format(say.language, zone, timeOfDay).format(ms);
  const date = shortDay(ms, now, say.language, zone);
  return date ? say(`${kind}_day`, { day: date, time }) : say(`${kind}_time`, { time });
}

export const at = (ms, now, say, zone) => spoken("at", ms, now, say, zone);
export const since = (ms, now, say, zone) => spoken("since", ms, now, say, zone);

// How long something took: 8 ms, 412 ms, 0.6 s, 11.2 s.
export function took(ms, language) {
  if (ms < SHOW_MILLISECONDS_BELOW) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toLocaleString(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 })} s`;
}

// How long ago or until: 40 s, 3 min, 2 h, 3 d (the same letters in all our languages).
export function span(ms) {
  if (ms < MINUTE) return `${Math.max(0, Math.round(ms / 1000))} s`;
  if (ms < HOUR) return `${Math.round(ms / MINUTE)} min`;
  if (ms < DAY) return `${Math.round(ms / HOUR)} h`;
  return `${Math.round(ms / DAY)} d`;
}

// "2 h ago" under a day, with its date beyond.
export function ago(ms, now, say, zone) {
  if (now - ms < MINUTE) return say("just_now");
  return now - ms < DAY ? say("ago", { span: span(now - ms) }) : moment(ms, now, say, zone);
}

// "18:00" today, "Wed 18:00" within six days, "3 Dec 18:00" beyond, with the year when it is another one.
export function moment(ms, now, say, zone) {
  const time = format(say.language, zone, timeOfDay).format(ms);
  const sameYear =
    format("en-CA", zone, { year: "numeric" }).format(ms) === format("en-CA", zone, { year: "numeric" }).format(now);
  if (sameYear || Math.abs(ms - now) < 6 * DAY) return `${shortDay(ms, now, say.language, zone)} ${time}`.trim();
  return `${format(say.language, zone, { day: "numeric", month: "short", year: "numeric" }).format(ms)} ${time}`;
}

// A date (YYYY-MM-DD) as it is written: "25 Dec 2026".
export function dayOf(date, language) {
  return format(language, "UTC", { day: "numeric", month: "short", year: "numeric" }).format(
    Date.parse(`${date}T00:00Z`),
  );
}
