// What a week of opens by hour says in a few numbers, and the circles that draw it. Pure: cells in, figures and shapes out.

export const HOURS = 24;
export const WEEKDAYS = 7; // the first is Monday

// cells: seven days of 24 counts, over so many days → {perDay, peak: {day, hour, count} | null, quiet: {from, to} | null}
export function facts({ cells, days, total }) {
  if (!total) return { perDay: 0, peak: null, quiet: null };
  return { perDay: total / days, peak: peakOf(cells), quiet: quietOf(cells) };
}

function peakOf(cells) {
  let peak = null;
  cells.forEach((hours, day) =>
    hours.forEach((count, hour) => {
      if (!peak || count > peak.count) peak = { day, hour, count };
    }),
  );
  return peak;
}

const QUIET_HOURS = { least: 2, most: 14 }; // beyond that hardly anybody opens: the opens are the news then

// The longest stretch of hours in which no door was opened on any day; it may run over midnight.
function quietOf(cells) {
  const still = Array.from({ length: HOURS }, (_, hour) => cells.every((hours) => hours[hour] === 0));
  let best = { from: 0, length: 0 };
  for (let from = 0; from < HOURS; from++) {
    let length = 0;
    while (length < HOURS && still[(from + length) % HOURS]) length++;
    if (length > best.length) best = { from, length };
  }
  const { least, most } = QUIET_HOURS;
  return best.length < least || best.length > most ? null : { from: best.from, to: (best.from + best.length) % HOURS };
}

// Equal areas for equal counts: {day, hour, count, r} with r from 0 to 1, those without an open left out.
export function circles(cells) {
  const most = Math.max(...cells.flat());
  return cells.flatMap((hours, day) =>
    hours.map((count, hour) => ({ day, hour, count, r: Math.sqrt(count / most) })).filter(({ count }) => count > 0),
  );
}

export const sum = (counts) => counts.reduce((all, one) => all + one, 0);

const MONDAY_MS = 4 * 86_400_000; // 1970 began on a Thursday
const hourOf = (hour) => `${String(hour).padStart(2, "0")}:00`;

export const weekday = (day, language, width = "short") =>
  new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { weekday: width, timeZone: "UTC" }).format(
    MONDAY_MS + day * 86_400_000,
  );

export const hours = (from, to = from + 1) => `${hourOf(from)}–${hourOf(to % HOURS || HOURS)}`;
