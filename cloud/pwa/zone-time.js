// Between instants and what a place's clock shows, for fields that are filled in by hand. Pure but for the browser's own
// tables of zones.

const shapes = new Map();

function shape(zone) {
  if (!shapes.has(zone)) {
    const parts = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" };
    shapes.set(zone, new Intl.DateTimeFormat("en-CA", { timeZone: zone, hourCycle: "h23", ...parts }));
  }
  return shapes.get(zone);
}

// 2026-11-18T10:32, as a field of the kind datetime-local takes it.
export function wallText(ms, zone) {
  const found = Object.fromEntries(
    shape(zone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, value]),
  );
  return `${found.year}-${found.month}-${found.day}T${found.hour}:${found.minute}`;
}

const asUtc = (text) => Date.parse(`${text.slice(0, 16)}Z`);

// The instant at which the place's clock shows this; null for no time. In the hour that comes twice, the first; in the
// hour that is left out, as if it were not.
export function instant(text, zone) {
  const wanted = asUtc(text);
  if (Number.isNaN(wanted)) return null;
  const offsets = [wanted - 86_400_000, wanted + 86_400_000].map((ms) => asUtc(wallText(ms, zone)) - ms);
  const found = offsets.map((offset) => wanted - offset).filter((ms) => asUtc(wallText(ms, zone)) === wanted);
  return found.length ? Math.min(...found) : wanted - offsets[0];
}

// The first moment of a day (YYYY-MM-DD) and of the one after it.
export const dayBegins = (date, zone) => instant(`${date}T00:00`, zone);
export const dayEnds = (date, zone) =>
  dayBegins(new Date(asUtc(`${date}T00:00`) + 86_400_000).toISOString().slice(0, 10), zone);
