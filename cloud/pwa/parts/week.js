// A week of open spans that is drawn and edited: which bar shows what, and what becomes of the rows when one day of a bar is
// painted or pulled. Pure. A window is {days, starts, ends} as the cloud has it: it belongs to the day it begins on, and
// with `ends` at or before `starts` it runs on into the next day. Here an end counts on: 06:00 of the next day is 1800.

export const DAY = 1440;
export const STEP = 15; // minutes: what a wheel turns by and a thumb can hit
const NEW = 120; // minutes of a span that a tap makes

export const endOf = ({ starts, ends }) => (ends > starts ? ends : ends + DAY);
export const isOvernight = (span) => endOf(span) > DAY;

const asWindow = (days, starts, end) => ({ days, starts, ends: end > DAY ? end - DAY : end });

// Per bar its parts from left to right: {from, to, index: of the window, tail: begun the day before, on: goes on}.
export function weekParts(windows) {
  const bars = Array.from({ length: 7 }, () => []);
  for (const [index, window] of windows.entries())
    for (const day of window.days) {
      const end = endOf(window);
      bars[day].push({ from: window.starts, to: Math.min(end, DAY), index, tail: false, on: end > DAY });
      if (end > DAY) bars[(day + 1) % 7].push({ from: 0, to: end - DAY, index, tail: true, on: false });
    }
  return bars.map((parts) => parts.sort((a, b) => a.from - b.from));
}

// Windows of the same hours become one row; rows stand in the order of their first day. A row without days is none.
export function joined(windows) {
  const rows = new Map();
  for (const { days, starts, ends } of windows) {
    const key = `${starts} ${ends}`;
    rows.set(key, { days: [...new Set([...(rows.get(key)?.days ?? []), ...days])].sort(), starts, ends });
  }
  return [...rows.values()]
    .filter(({ days }) => days.length)
    .sort((a, b) => a.days[0] - b.days[0] || a.starts - b.starts);
}

const without = (windows, day) => windows.map((window) => ({ ...window, days: window.days.filter((d) => d !== day) }));
const ofDay = (windows, day) =>
  windows.filter(({ days }) => days.includes(day)).map((window) => ({ from: window.starts, to: endOf(window) }));
const put = (windows, day, spans) =>
  joined([...without(windows, day), ...spans.map(({ from, to }) => asWindow([day], from, to))]);

// This day has these minutes, too; what touches on that day becomes one. Other days stay as they are.
export function painted(windows, day, from, to) {
  let one = { from, to };
  const apart = [];
  for (const span of ofDay(windows, day)) {
    const both = { from: Math.min(one.from, span.from), to: Math.max(one.to, span.to) };
    const touches = span.from <= one.to && span.to >= one.from;
    if (touches && both.to - both.from <= (both.from === 0 ? DAY : DAY - STEP)) one = both;
    else apart.push(span);
  }
  return put(windows, day, [...apart, one]);
}

// One edge of what stands in this bar is pulled to a minute of it; for that day alone. A tail's end is its window's.
export function pulled(windows, day, part, edge, minute) {
  const begins = part.tail ? (day + 6) % 7 : day;
  const old = { from: windows[part.index].starts, to: endOf(windows[part.index]) };
  const at = part.tail ? minute + DAY : minute;
  const span = edge === "from" ? { ...old, from: at } : { ...old, to: at };
  if (span.to - span.from < STEP || span.to - span.from > (span.from === 0 ? DAY : DAY - STEP)) return windows;
  const others = ofDay(windows, begins).filter(({ from, to }) => from !== old.from || to !== old.to);
  return put(windows, begins, [...others, span]);
}

// What a tap on an empty place of a bar makes: two hours from the full hour, no further than what is there.
export function tapped(windows, day, minute) {
  const parts = weekParts(windows)[day];
  const free = Math.max(0, ...parts.filter(({ to }) => to <= minute).map(({ to }) => to));
  const from = Math.max(free, Math.floor(minute / 60) * 60);
  const next = Math.min(DAY, ...parts.filter(({ from: starts }) => starts > minute).map(({ from: starts }) => starts));
  return painted(windows, day, from, Math.min(from + NEW, next));
}

export const indexOf = (windows, day, minute) =>
  windows.findIndex((window) => window.days.includes(day) && window.starts <= minute && minute < endOf(window));

// Another beginning: what did not run into the next day does not begin to by it, it moves along; the end never comes first.
export function begun({ starts, ends }, from) {
  const length = endOf({ starts, ends }) - starts;
  const overnight = isOvernight({ starts, ends });
  if (!overnight && from >= ends) return { starts: from, ends: Math.min(from + length, DAY) };
  return { starts: from, ends: from === ends ? (ends + STEP) % DAY || DAY : ends };
}
