// Which door she will want next: reckoned from her own presses, which this phone keeps and nobody else is told. The
// reckoning is pure; only Habits keeps and forgets.

const KEY = "iomando.habits";
const KEPT = 120; // presses: some months of an ordinary key
const HALF_LIFE_MS = 10 * 86_400_000; // what she did before she moved flats fades
const NEAR_MS = 90 * 60_000; // a commuter is this punctual
const DAY_MS = 86_400_000;
const AT_THIS_HOUR = 3; // a press at this hour of the day says so much more than one at another

const apart = (a, b) => Math.min((((a - b) % DAY_MS) + DAY_MS) % DAY_MS, (((b - a) % DAY_MS) + DAY_MS) % DAY_MS);

// How much this press of hers, {door, at}, says about the door that she wants now.
function weight({ at }, now) {
  const near = Math.max(0, 1 - apart(at, now) / NEAR_MS);
  return 2 ** (-Math.max(0, now - at) / HALF_LIFE_MS) * (1 + AT_THIS_HOUR * near);
}

// door id -> how likely it is; a door that she never pressed is not in it.
export function likelihood(presses, now) {
  const found = new Map();
  for (const press of presses) found.set(press.door, (found.get(press.door) ?? 0) + weight(press, now));
  return found;
}

// The ids of these doors, the likely ones first; those that say nothing stay as they were pushed.
export function likelyFirst(doors, presses, now) {
  const score = likelihood(presses, now);
  return [...doors].sort((a, b) => (score.get(b.id) ?? 0) - (score.get(a.id) ?? 0)).map(({ id }) => id);
}

// The place of the likeliest door, or null where nothing speaks for one.
export function likelyPlace(doors, presses, now) {
  const score = likelihood(
    presses.filter(({ door }) => doors.some(({ id }) => id === door)),
    now,
  );
  const [best] = likelyFirst(doors, presses, now);
  return score.size ? doors.find(({ id }) => id === best).place : null;
}

// Her own presses: those that this phone remembers, and those of the last day that the cloud has told.
export class Habits {
  constructor() {
    this.kept = read();
  }

  // {door, at}, the newest first.
  of({ you, operations }) {
    const told = operations
      .filter(({ person }) => person.id === you.id)
      .map(({ door, asked }) => ({ door, at: asked }));
    const kept = this.kept.person === you.id ? this.kept.presses : [];
    const known = new Set(told.map(({ door, at }) => `${door} ${at}`));
    return [...told, ...kept.filter(({ door, at }) => !known.has(`${door} ${at}`))];
  }

  note(person, door, at) {
    const before = this.kept.person === person ? this.kept.presses : [];
    this.kept = { person, presses: [{ door, at }, ...before].slice(0, KEPT) };
    write(JSON.stringify(this.kept));
  }

  // Whoever takes the phone next has other ways.
  forget() {
    this.kept = { person: null, presses: [] };
    write(null);
  }
}

// A browser may refuse its storage; then only the cloud's last day is known.
function read() {
  try {
    const { person, presses } = JSON.parse(localStorage.getItem(KEY));
    return { person, presses: presses.filter(({ door, at }) => typeof door === "string" && Number.isFinite(at)) };
  } catch {
    return { person: null, presses: [] };
  }
}

function write(text) {
  try {
    if (text === null) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, text);
  } catch {
    return;
  }
}
