// What was pushed to this page, and what was pressed on it. reduce() is pure: the same state and event always give the
// same new state. Elements only render it. No socket, clock, storage or word lives here.
import { alarmsOf, withAlarms } from "./alarms.js";
import { edited, forgotten, managed, managing, stale } from "./managed.js";
import { withNews } from "./news.js";
import { agePresses, answered, matched, pressed } from "./presses.js";

export const TICK_MS = 1000; // the cloud sends `now` every second
export const GRACE_MS = 1500; // how long a lost or silent cloud goes unmentioned
export const CONNECTING_MS = 4000; // a page that has just begun, or come back, is connecting; then it is not getting through
const KEPT_OPERATIONS = 200; // newest first; the cloud has them all
const KEPT_LINES = 500; // of a place's log, as pushed; older ones are asked for

export const start = Object.freeze({
  session: "unknown", // unknown until the cloud has spoken, then "on", or "out" (not signed in) or "ended"
  asOf: null, // {now, t} of the picture, where it is older than what the clock was told: kept, or not caught up yet
  ticked: null, // when a tick came by HTTP: for a moment a press may go by POST, on whatever picture
  asked: null, // since when this page, begun or come back, has been asking for the cloud; null: it has answered
  stream: null, // with `n`: how far we are, told on resuming
  n: 0,
  clock: null, // {now, t}: the cloud's time when the page's clock said t
  link: { up: false, since: 0, number: 0 }, // the number counts connections
  you: null,
  places: [],
  doors: [],
  operations: [],
  learned: {}, // operation id -> {outcome, t}: when this page first knew how it ended
  presses: [], // made on this page and not (yet) an operation: see presses.js
  read: [], // failures that were read, by attemptKey()
  farewells: [], // doors that went while they were shown: {id, name}
  grants: [], // hers
  news: [], // what was changed for her and not put away yet: see news.js
  alarms: [], // of the places she manages: see alarms.js
  rollouts: 0, // how often it was told that releases, or how one is sent out, have changed: whoever shows that asks again
  visits: 0, // how often something was told of her guests: whoever shows them asks again
  managed: {}, // place -> everything of it, for who manages it: see managed.js
  logs: {}, // place -> {lines: newest first, as pushed; gaps: how often some may have been missed}
  heads: {}, // place -> "N:HASH" as last told
  counted: 0, // changes taken on this connection; the cloud says with each tick how many it has sent
  lost: false, // it has sent more: only a snapshot helps
});

export function reduce(state, event) {
  switch (event.kind) {
    case "message":
      return hear(state, event.message, event.t);
    case "down":
      return state.link.up ? { ...state, link: { ...state.link, up: false, since: event.t } } : state;
    case "pressed":
      return { ...state, presses: pressed(state, event) };
    case "read":
      return { ...state, read: [...new Set([...state.read, event.key])] };
    case "news_read":
      return { ...state, news: state.news.filter(({ id }) => id !== event.id) };
    case "managing":
      return { ...state, managed: managing(state.managed, event.place) };
    case "managed":
      return { ...state, managed: managed(state.managed, event.place, event.data) };
    case "farewell_read":
      return { ...state, farewells: state.farewells.filter((door) => door.id !== event.id) };
    case "starting":
      return { ...start, read: state.read, asked: event.t, link: { ...state.link, up: false, since: event.t } };
    case "returning":
      return { ...state, asked: event.t };
    case "kept":
      return withKept(state, event.picture, event.t);
    case "ticked":
      return ticked(state, event);
    case "signed_out":
      return { ...start, session: event.ended ? "ended" : "out", read: state.read, link: { ...state.link, up: false } };
    case "time":
      return { ...state, presses: agePresses(state, event.t, false) };
    default:
      throw new Error(`unknown event ${event.kind}`);
  }
}

// The cloud's time at the page's time t, or null before it has spoken.
export const cloudTime = (state, t) => (state.clock ? state.clock.now + (t - state.clock.t) : null);

// Until when what we show may be called live.
export function liveUntil(state) {
  if (!state.clock || state.asOf || state.session !== "on") return -Infinity;
  const silence = state.clock.t + TICK_MS + GRACE_MS;
  return state.link.up ? silence : Math.min(silence, state.link.since + GRACE_MS);
}

export const isLive = (state, t) => t < liveUntil(state);

// Until when a press may go by POST, although the picture is not live: the cloud has just told this person the time.
export const pressUntil = ({ ticked: t, you }) => (you && t !== null ? t + TICK_MS + GRACE_MS : -Infinity);

export const mayPress = (state, t) => isLive(state, t) || t < pressUntil(state);

// {now, t} of the picture on the screen.
export const pictureTime = ({ asOf, clock }) => asOf ?? clock;

export const isConnecting = ({ asked }, t) => asked !== null && t - asked < CONNECTING_MS;

export const isSettled = ({ state, movement }) => state !== "SENT" && movement !== "awaited" && movement !== "moving";

// One attempt and how it ended, so that reading one failure does not hide what becomes of it later.
export const attemptKey = ({ press_id, state, movement }) => `${press_id} ${state} ${movement ?? ""}`;

export const lastStop = ({ stops }) => Math.max(0, ...Object.values(stops).filter((ms) => ms !== null));

function hear(state, message, t) {
  const heard = onLink(state, message, t);
  switch (message.type) {
    case "snapshot":
      return caughtUp(snapshot(heard, message, t), t);
    case "change":
      return message.n <= state.n ? heard : change(heard, message, t);
    case "tick":
      return caughtUp(reckoned(heard, message), t);
    case "log":
      return { ...heard, logs: message.lines.reduce(withLine, heard.logs) };
    case "heads":
      return { ...heard, heads: { ...heard.heads, ...message.heads } };
    case "rollouts":
      return { ...heard, rollouts: heard.rollouts + 1 };
    case "reply":
      return { ...heard, presses: answered(heard.presses, message) };
    default: // an error about what we sent, or a type of a later version: nothing to draw
      return heard;
  }
}

// What this phone kept of an earlier visit. The cloud has not spoken: it is shown as old as it is, and nothing is live.
function withKept(state, { you, places, doors, grants, now, age }, t) {
  if (state.session !== "unknown" || state.you) return state;
  const then = { now, t: t - age };
  return { ...state, you, places, doors, grants, asOf: then, clock: then };
}

// The time, told to `person` by HTTP. It makes no picture any newer.
function ticked(state, { now, person, t }) {
  if (isLive(state, t) || state.you?.id !== person) return state;
  return { ...state, asOf: state.asOf ?? state.clock, clock: { now, t }, ticked: t };
}

// Any message proves the link; `now` sets the clock.
function onLink(state, { type, now }, t) {
  if (type === "reply" && !state.link.up) return state; // came by POST
  const clock = typeof now === "number" ? { now, t } : state.clock;
  if (state.link.up) return { ...state, clock };
  return { ...state, clock, asOf: null, ticked: null, asked: null, link: { up: true, since: t, number: state.link.number + 1 }, counted: 0, lost: false };
}

// What was sent again after a resume may be counted or not: only fewer than were sent is a loss.
const reckoned = (state, { sent = 0 }) => ({ ...state, counted: sent, lost: state.lost || state.counted < sent });

function withLine(logs, line) {
  const { lines, gaps } = logs[line.place] ?? { lines: [], gaps: 0 };
  const last = lines[0]?.n ?? line.n - 1;
  if (line.n <= last) return logs;
  const follows = line.n === last + 1;
  const kept = follows ? [line, ...lines].slice(0, KEPT_LINES) : [line];
  return { ...logs, [line.place]: { lines: kept, gaps: gaps + (follows ? 0 : 1) } };
}

const missedSome = (logs) =>
  Object.fromEntries(Object.entries(logs).map(([place, { gaps }]) => [place, { lines: [], gaps: gaps + 1 }]));

const caughtUp = (state, t) => ({ ...state, presses: agePresses(state, t, true) });

function snapshot(state, message, t) {
  const { stream, n, you, places, doors, operations, grants = [], heads = {} } = message;
  const samePerson = state.you?.id === you.id;
  const left = samePerson ? state.doors.filter((door) => !doors.some(({ id }) => id === door.id)) : [];
  const fresh = {
    ...state,
    session: "on",
    stream,
    n,
    you,
    places,
    doors,
    grants,
    heads,
    operations: [],
    presses: samePerson ? state.presses : [],
    news: samePerson ? state.news : [],
    visits: state.visits + 1, // some may have been missed
    alarms: alarmsOf(message),
    managed: samePerson ? forgotten(stale(state.managed), you.manages) : {},
    logs: samePerson ? missedSome(state.logs) : {},
  };
  return withOperations(withFarewells(fresh, left), operations, t, state.operations);
}

function change(state, message, t) {
  const { n, you, places, doors = [], operations = [], gone = [], grants = [], gone_grants = [], edits = [] } = message;
  const left = state.doors.filter((door) => gone.includes(door.id));
  const kept = state.doors.filter((door) => !gone.includes(door.id));
  const next = {
    ...state,
    n,
    you: you ?? state.you,
    places: replaced(state.places, places ?? []),
    doors: replaced(kept, doors),
    grants: replaced(
      state.grants.filter(({ id }) => !gone_grants.includes(id)),
      grants,
    ),
    news: withNews(state, message),
    visits: state.visits + (message.news ?? []).filter(({ kind }) => kind === "guest").length,
    alarms: withAlarms(state.alarms, edits, (you ?? state.you).manages),
    managed: edited(you ? forgotten(state.managed, you.manages) : state.managed, edits),
    counted: state.counted + 1,
  };
  return withOperations(withFarewells(next, left), operations, t, state.operations);
}

// Whole objects take the place of the old ones; the order stays, new ones come last.
function replaced(old, news) {
  const byId = new Map(old.map((item) => [item.id, item]));
  for (const item of news) byId.set(item.id, item);
  return [...byId.values()];
}

function withFarewells(state, left) {
  const back = state.farewells.filter((gone) => !state.doors.some(({ id }) => id === gone.id));
  return {
    ...state,
    farewells: replaced(
      back,
      left.map(({ id, name }) => ({ id, name })),
    ),
  };
}

function withOperations(state, news, t, before) {
  const operations = replaced(state.operations, news)
    .sort((a, b) => b.asked - a.asked)
    .slice(0, KEPT_OPERATIONS);
  const learned = {};
  for (const operation of operations.filter(isSettled)) {
    const outcome = attemptKey(operation);
    const known = state.learned[operation.id];
    learned[operation.id] = known?.outcome === outcome ? known : { outcome, t: learnedAt(state, operation, t, before) };
  }
  return { ...state, operations, learned, presses: matched(state.presses, operations, state.you) };
}

// Waited for on this page: now is when she learns it. Else it ended back then, whenever we were told.
function learnedAt(state, operation, t, before) {
  const waitedFor =
    state.presses.some(({ press_id }) => press_id === operation.press_id) ||
    before.some(({ id }) => id === operation.id);
  if (waitedFor) return t;
  return t - Math.max(0, cloudTime(state, t) - operation.asked - lastStop(operation));
}
