// Until when a door may be held open: what is offered, and what a typed time of day means. Pure: moments and the place's
// zone in, moments out. The cloud judges.
import { instant, wallText } from "../zone-time.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const SPANS_MS = [15 * MINUTE_MS, HOUR_MS, 4 * HOUR_MS];
export const LEAST_MS = MINUTE_MS; // the cloud takes no shorter hold
export const MOST_MS = 12 * HOUR_MS; // nor a longer one: that would be a door that somebody forgot

// The last moment she may hold it until: her own access ends there, or half a day has passed.
export const latest = (now, until) => Math.min(now + MOST_MS, until ?? Infinity);

export const spans = (now, until) => SPANS_MS.filter((span) => now + span <= latest(now, until));

// The next time that the place's clock shows this, or null for no time.
export function nextAt(time, now, zone) {
  const day = (ms) => wallText(ms, zone).slice(0, 10);
  const days = [now, now + DAY_MS, now + 2 * DAY_MS].map(day); // one of them may have 25 hours
  const found = days.map((date) => instant(`${date}T${time}`, zone)).find((ms) => ms > now);
  return found ?? null;
}

export const possible = (end, now, until) => end !== null && end - now >= LEAST_MS && end <= latest(now, until);
