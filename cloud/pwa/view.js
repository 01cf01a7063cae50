// What one door's card shows, chosen from the state: which attempt, whether its receipt is open, what the button says
// and why it is off. Pure; no markup, no words but catalogue keys.
import { progress, sentence, stops, tone, watched } from "./outcome.js";
import { attemptKey, cloudTime, isConnecting, isLive, mayPress } from "./store.js";

export const QUIET_MS = 4000; // how long success is shown
const NOTE_MS = 10_000; // a success with one thing to know stays long enough to be read
const UNREAD_MS = 15 * 60_000; // a failure older than this is history, not news
const DETAILS_MS = 60 * 60_000; // how long the last receipt stays behind its tap
const MINUTE_MS = 60_000;
const SOON_MS = 24 * 3_600_000; // "in 2 h" below, a date beyond

export function cardView(state, door, t) {
  const place = state.places.find(({ id }) => id === door.place) ?? {
    id: door.place,
    name: "",
    help: null,
    other_way: null,
  };
  const now = cloudTime(state, t);
  const live = isLive(state, t);
  const attempt = latestAttempt(state, door, now);
  const shown = attempt ? showing(state, attempt, t, now) : null;
  const pending = Boolean(door.pending) && (state.you.manages ?? []).includes(door.place); // nobody else can do anything
  const grants = hersTo(door, state.grants, now);
  const base = { door, place, now, live, attempt, shown, pending, grants };
  const told = shown && shown !== "good" ? sentence(attempt, door) : null;
  const reach = live ? "live" : mayPress(state, t) ? "tick" : isConnecting(state, t) ? "connecting" : "none";
  return { ...base, told, button: button({ ...base, reach }), hold: holding(state.you, base) };
}

// Whether two views of a door look the same, so that the second one needs no drawing. Times are shown to the minute; a
// moment that is nearer is counted down.
export function sameView(one, other) {
  const near = other.button.next && other.button.next - other.now < 2 * MINUTE_MS;
  const minute = ({ now }) => Math.floor(now / MINUTE_MS);
  if (near || minute(one) !== minute(other)) return false;
  return Object.keys(other).every((key) => key === "now" || same(one[key], other[key]));
}

// What is made anew each time is compared by what is in it.
function same(one, other) {
  if (one === other) return true;
  if (!one || !other || typeof one !== "object" || typeof other !== "object") return false;
  const keys = Object.keys(other);
  return keys.length === Object.keys(one).length && keys.every((key) => one[key] === other[key]);
}

// Her accesses to this door that are not over.
const hersTo = ({ id, place }, grants, now) =>
  grants.filter(
    (grant) =>
      grant.place === place &&
      !grant.suspended &&
      (!grant.doors.length || grant.doors.includes(id)) &&
      (grant.ends === null || grant.ends > now),
  );

// Whether she may begin or end holding this door open, and whether it is her who does.
function holding({ id, holds = [] }, { door, live, shown }) {
  const may = holds.includes(door.place);
  const idle = live && shown !== "going";
  const hers = Boolean(door.hold) && door.hold.person === id;
  const mayBegin = idle && may && !door.hold && door.drive === "open" && door.may.allowed && door.link === "online";
  return { hers, mayBegin, mayEnd: idle && Boolean(door.hold) && (may || hers) };
}

// Hers, on this door, the newest; presses of this page included.
function latestAttempt({ you, operations, presses }, door, now) {
  const hers = operations.find((operation) => operation.door === door.id && operation.person.id === you.id);
  const press = presses.find((one) => one.door === door.id);
  const attempt = press && (!hers || press.asked >= hers.asked) ? { ...press, stops: {}, movement: null } : hers;
  return attempt && now - attempt.asked < DETAILS_MS ? attempt : null;
}

// going | good | note | bad | unsure while it is news, else null (then only the tap on the details shows it).
function showing(state, attempt, t, now) {
  const kind = tone(attempt);
  if (kind === "going") return kind;
  if (kind === "good" || kind === "note") {
    const learned = state.learned[attempt.id];
    const fresh = learned && t - learned.t < (kind === "good" ? QUIET_MS : NOTE_MS);
    return fresh ? kind : null;
  }
  const unread = !state.read.includes(attemptKey(attempt)) && now - attempt.asked < UNREAD_MS;
  return unread ? kind : null;
}

// {action, key, values?, mode: ready|busy|waits|off, doubtful, why?, filled: how many of the hair segments, of}
function button({ door, now, live, attempt, shown, reach }) {
  const chain = attempt ? stops(attempt, door) : [];
  const of = watched(shown ? attempt : null, door) ? 5 : 3;
  const lit = shown === "going" || shown === "good" || shown === "note";
  const filled = lit ? chain.filter(({ name, state }) => name !== "asked" && state === "reached").length : 0;
  const doubtful = live && shown !== "going" && door.link !== "online"; // it may be pressed, and will hardly help
  return { action: door.action, filled, of, doubtful, ...meaning({ door, now, attempt, shown, reach }) };
}

function meaning({ door, now, attempt, shown, reach }) {
  const pending =
    shown === "going" && (attempt.state === "ASKING" || attempt.state === "SENT" || attempt.movement === "awaited");
  if (reach === "tick") return pending ? { mode: "busy", key: progress(attempt) } : onOldPicture(door, now);
  if (reach === "connecting") return { mode: "waits", key: "connecting", why: "why_connecting" };
  if (reach === "none") return { mode: "off", key: "button_no_link", why: "why_no_link" };
  const hersIsMoving = shown === "going" && !door.action;
  if (pending || hersIsMoving) return { mode: "busy", key: progress(attempt) };
  if (!door.may.allowed) return notAllowed(door, now);
  if (door.hold && door.link === "online") return { mode: "off", key: "button_is_held", why: "why_held" };
  if (door.action) return { mode: "ready", key: door.action };
  if (door.state === "opening" || door.state === "closing")
    return { mode: "off", key: "button_is_moving", why: "why_moving" };
  if (door.state === "open") return { mode: "off", key: "button_is_open", why: "why_open" };
  if (door.state === "closed") return { mode: "off", key: "button_is_closed", why: "why_closed" };
  return { mode: "off", key: "button_nothing", why: "why_nothing" };
}

// The cloud is there, its picture not yet. How the door stands is not known, so all that can be asked is to come in; what
// the old picture says she may not, she waits for the new one to say.
function onOldPicture({ may, drive, sensor }, now) {
  const over = may.until !== null && may.until <= now;
  if (!may.allowed || over) return { mode: "waits", key: "connecting", why: "why_connecting" };
  const action = drive === "toggle" && !sensor ? "press" : "open";
  return { mode: "ready", key: action, action };
}

// Refused for good, or until somebody does something about it.
const CLOSED = {
  unit: "button_out_of_service",
  suspended: "button_suspended",
  uses: "button_used_up",
  ended: "button_over",
};

function notAllowed({ may }, now) {
  if (may.reason in CLOSED) return { mode: "off", key: CLOSED[may.reason], why: `refused_${may.reason}` };
  if (!may.next) return { mode: "off", key: "button_no_access", why: "refused_access" };
  const soon = may.next - now < SOON_MS;
  return { mode: "off", key: soon ? "button_opens_in" : "button_opens_at", why: "refused_hours", next: may.next };
}

// The moments at which the picture changes without a message: a quiet success ends.
export function quietEnds({ learned }) {
  return Object.values(learned).flatMap(({ t }) => [t + QUIET_MS, t + NOTE_MS]);
}
