// An access as a form holds it: how it begins, what a preset makes of it, what of its hours need not be said. Pure.
import { dayEnds, instant } from "../zone-time.js";

export const always = { doors: [], hours: {}, starts: null, ends: null, uses: null, note: "" };

// A copy that may be changed, of these parts only.
export const draftOf = ({ doors, hours, starts, ends, uses, note }) =>
  structuredClone({ doors, hours: tidy(hours), starts, ends, uses, note });

// What a preset sets; the doors and the note stay. `today`: YYYY-MM-DD at the place.
export function preset(name, today, zone) {
  const plain = { hours: {}, starts: null, ends: null, uses: null };
  switch (name) {
    case "weekdays":
      return { ...plain, hours: { windows: [{ days: [0, 1, 2, 3, 4], starts: 480, ends: 1200 }] } };
    case "weekends":
      return { ...plain, hours: { windows: [{ days: [5, 6], starts: 0, ends: 1440 }] } };
    case "evening":
      return { ...plain, starts: instant(`${today}T18:00`, zone), ends: instant(`${today}T23:00`, zone) };
    case "until":
      return { ...plain, ends: dayEnds(today, zone) };
    default:
      return plain;
  }
}

// The cloud leaves out what is as usual; so does the draft.
export function tidy({ windows = null, added = [], removed = [], holidays = "usual", holiday_spans = [] }) {
  return {
    ...(windows ? { windows } : {}),
    ...(added.length ? { added } : {}),
    ...(removed.length ? { removed } : {}),
    ...(holidays === "usual" ? {} : { holidays }),
    ...(holiday_spans.length ? { holiday_spans } : {}),
  };
}
