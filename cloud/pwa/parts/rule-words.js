// A rule as a sentence that can be read aloud: who may open what, on which days, from when to when, until when, how often.
// Pure; the short form, for lists, stands in hours.js.
import { dayOf, moment } from "../format.js";
import { clockTime, weekday } from "../hours.js";
import { DAY, endOf } from "./week.js";

const SEVERAL = 4; // dates named one by one; beyond that, how many

export function listed(words, language) {
  return new Intl.ListFormat(language, { type: "conjunction" }).format(words);
}

// "from Monday to Friday", "on Saturday and Sunday", "every day".
function daysWords(days, say) {
  const name = (day) => weekday(day, say.language, "long");
  if (days.length === 7) return say("rule_daily");
  const run = days.length > 2 && days.at(-1) - days[0] === days.length - 1;
  if (run) return say("rule_days", { from: name(days[0]), to: name(days.at(-1)) });
  return say("rule_on", { days: listed(days.map(name), say.language) });
}

function spanWords(span, say) {
  const end = endOf(span);
  if (end - span.starts === DAY) return say("rule_all_day");
  if (end > DAY) return say("rule_overnight", { from: clockTime(span.starts), to: clockTime(end - DAY) });
  return say("rule_span", { from: clockTime(span.starts), to: end === DAY ? "24:00" : clockTime(end) });
}

// Windows of the same days share them: "from Monday to Friday from 09:00 to 13:00 and from 15:00 to 18:00".
function weekSentence(windows, say) {
  if (!windows) return say("rule_always");
  if (!windows.length) return say("rule_never");
  const byDays = new Map();
  for (const window of [...windows].sort((a, b) => Math.min(...a.days) - Math.min(...b.days) || a.starts - b.starts)) {
    const days = daysWords(
      [...window.days].sort((a, b) => a - b),
      say,
    );
    byDays.set(days, [...(byDays.get(days) ?? []), spanWords(window, say)]);
  }
  return [...byDays].map(([days, spans]) => `${days} ${listed(spans, say.language)}`).join("; ");
}

function exceptions({ added = [], removed = [], holidays = "usual", holiday_spans: spans = [] }, say) {
  const date = (day) => dayOf(day, say.language);
  const named = (dates) =>
    dates.length > SEVERAL ? say("rule_dates", { count: dates.length }) : listed(dates.map(date), say.language);
  const own = spans.map((span) => spanWords(span, say));
  return [
    added.length ? say("rule_added", { dates: named(added.map((day) => day.date)) }) : null,
    removed.length ? say("rule_removed", { dates: named(removed) }) : null,
    holidays === "open" || holidays === "closed" ? say(`rule_holidays_${holidays}`) : null,
    holidays === "own" ? say("rule_holidays_own", { spans: listed(own, say.language) }) : null,
  ].filter(Boolean);
}

// who null: whoever has it. doors: names; none: every door.
export function ruleSentence({ hours = {}, starts = null, ends = null, uses = null }, { who, doors }, say, { now, zone }) {
  const at = (ms) => moment(ms, now, say, zone);
  const week = hours?.windows ?? null;
  const bounded = week === null && (starts !== null || ends !== null);
  const told = [
    bounded ? null : weekSentence(week, say),
    starts !== null ? say("rule_from", { at: at(starts) }) : null,
    ends !== null ? say("rule_until", { at: at(ends) }) : null,
    ...exceptions(hours ?? {}, say),
    uses !== null ? say(uses === 1 ? "rule_use" : "rule_uses", { count: uses }) : null,
  ].filter(Boolean);
  const values = {
    who: who ?? "",
    doors: doors.length ? listed(doors, say.language) : say("rule_every_door"),
    when: told.join(", "),
  };
  return say(who ? "rule_sentence" : "rule_sentence_nobody", values);
}
