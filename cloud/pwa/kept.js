// The last picture, kept on this phone for who is signed in: so that the app shows something at once, dimmed and dated,
// before the cloud has spoken. Her own doors and accesses only: nobody's presses, nobody else's name. It opens nothing.

const KEY = "iomando.kept";
const OLDEST_MS = 30 * 86_400_000; // an older one says more wrong than right
const SET_BACK_MS = 5000; // a phone's clock may be corrected by this much

// What of the state is kept; `t`: the page's time now, `wall`: the phone's.
export function pictureOf(state, t, wall) {
  const { you, places, doors, grants, asOf, clock } = state;
  const { now, t: told } = asOf ?? clock;
  const hers = doors.map((door) => ({ ...door, hold: null, pending: false }));
  return { you, places, doors: hers, grants, now, at: wall - (t - told) };
}

// {you, places, doors, grants, now, age}, or null when this is none, or too old to be shown.
export function shownOf(picture, wall) {
  const { you, places, doors, grants, now, at } = picture ?? {};
  const age = wall - at;
  const whole = typeof you?.id === "string" && Number.isFinite(now) && [places, doors, grants].every(Array.isArray);
  if (!whole || !(age > -SET_BACK_MS && age < OLDEST_MS)) return null;
  return { you, places, doors, grants, now, age: Math.max(0, age) };
}

// A browser may refuse its storage: then the app begins with nothing.
export function keep(state, t) {
  if (state.session !== "on") return;
  try {
    localStorage.setItem(KEY, JSON.stringify(pictureOf(state, t, Date.now())));
  } catch {
    forget();
  }
}

export function forget() {
  try {
    localStorage.removeItem(KEY);
  } catch {
    return;
  }
}

export function lastPicture() {
  try {
    return shownOf(JSON.parse(localStorage.getItem(KEY)), Date.now());
  } catch {
    return null;
  }
}
