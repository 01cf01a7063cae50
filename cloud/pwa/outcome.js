// What became of one attempt: its stops, its tone, its sentence, what to do now. Pure tables from operation states and
// reasons to keys of the catalogues; an attempt is an operation that was pushed, or a press that is not one yet.
import { ANSWER_MS } from "./presses.js";
import { isSettled } from "./store.js";

// Where the chain broke: the stop that was not reached, and the words for that.
const BROKEN_AT = {
  REFUSED: { stop: "allowed", words: "missed_refused" },
  LOST: { stop: "allowed", words: "missed_lost" },
  NOT_SENT: { stop: "sent", words: "missed_not_sent" },
  DECLINED: { stop: "coil", words: "missed_declined" },
  UNKNOWN: { stop: "coil", words: "missed_unknown" },
  UNANSWERED: { stop: "allowed", words: "missed_unknown" },
};

const MOVE_START_S = 6; // a door that is not seen to leave its place in this time did not move: as in operations.py

const FAILED_MOVES = {
  did_not_move: { stop: "moving", words: "missed_did_not_move" },
  did_not_finish: { stop: "done", words: "missed_did_not_finish" },
  unseen: { stop: "moving", words: "missed_unseen" }, // its box fell silent meanwhile: nobody can know
};

const REFUSED = [
  "hours",
  "access",
  "suspended",
  "uses",
  "ended",
  "late",
  "session",
  "unit",
  "pin",
  "pin_paused",
  "busy",
  "full",
  "hold",
];
const HOLDS = ["hold", "release"]; // the coil alone is asked for: where the door goes is up to whoever passes
const DECLINED = ["late", "busy", "moving", "updating", "fault", "full", "unsupported", "unsure"];

// The remedies a sentence comes with; every failure can also be put away.
const REMEDIES = {
  refused_hours: ["ask"],
  refused_access: ["ask"],
  refused_suspended: ["ask"],
  refused_uses: ["ask"],
  refused_ended: ["ask"],
  refused_pin: ["press"],
  refused_late: ["press"],
  refused_full: ["help"],
  refused_unit: ["help"],
  refused_other: ["help"],
  not_sent_away: ["help"],
  not_sent_never: ["help"],
  not_sent_broker: ["again", "help"],
  not_sent_late: ["press"],
  declined_late: ["press"],
  declined_fault: ["again", "help"],
  declined_unsure: ["again", "help"],
  declined_unsupported: ["help"],
  declined_other: ["again", "help"],
  did_not_move: ["again", "help"],
  did_not_finish: ["again", "help"],
  lost: ["press"],
};

const isHold = ({ action }) => HOLDS.includes(action);
const movementOf = (attempt) => (isHold(attempt) ? null : attempt.movement);

// Whether its sensor tells what became of this attempt.
export const watched = (attempt, door) => door.sensor && !(attempt && isHold(attempt));

// going: still on its way · good: nothing to read · note: good, and one thing to know · bad · unsure
export function tone(attempt) {
  const { state } = attempt;
  const movement = movementOf(attempt);
  if (state === "ASKING" || state === "SENT") return "going";
  if (state === "UNKNOWN" || state === "UNANSWERED" || movement === "unseen") return "unsure";
  if (state in BROKEN_AT || movement in FAILED_MOVES) return "bad";
  if (!isSettled(attempt)) return "going";
  return movement === "moved" || (state === "DONE" && isHold(attempt)) ? "good" : "note";
}

// The stops of the path in order: {name, ms, state: reached|missed|ahead}; without a sensor the coil is the last one.
export function stops(attempt, door) {
  const names = ["asked", "allowed", "sent", "coil", ...(watched(attempt, door) ? ["moving", "done"] : [])];
  const at = { asked: 0, ...attempt.stops };
  const chain = names.map((name) => ({ name, ms: at[name] ?? null, state: at[name] == null ? "ahead" : "reached" }));
  if (attempt.state === "ALREADY") return [...chain.slice(0, 3), { name: "already", ms: null, state: "reached" }];
  const last = names.indexOf(brokenAt(attempt)?.stop);
  return last < 0 ? chain : [...chain.slice(0, last), { name: names[last], ms: null, state: "missed" }];
}

function brokenAt(attempt) {
  const failed = FAILED_MOVES[movementOf(attempt)] ?? BROKEN_AT[attempt.state];
  return failed?.words === "missed_unseen" && attempt.stops.moving != null ? { ...failed, stop: "done" } : failed;
}

// The key of a stop's words; the last stop is named after what the door did.
export function stopWords({ name, state }, attempt) {
  if (state === "missed") return missedWords(attempt);
  if (name === "already") return "log_already";
  if (name === "coil" && attempt.action === "release") return "stop_released";
  if (name !== "done") return `stop_${name}`;
  return { open: "stop_open", close: "stop_closed" }[attempt.action] ?? "stop_moved";
}

// How long was waited in vain, where the words of a missed stop say so.
export const waitedInVain = (attempt) => (movementOf(attempt) === "did_not_move" ? MOVE_START_S : ANSWER_MS / 1000);

// Of a press that was not looked at, nobody said that she may not.
const NOT_TAKEN = ["busy", "full"];

function missedWords(attempt) {
  const { state, reason } = attempt;
  if (reason === "late") return "missed_late";
  return state === "REFUSED" && NOT_TAKEN.includes(reason) ? "missed_not_taken" : brokenAt(attempt).words;
}

// The sentence that tells it, or null while there is nothing to tell.
export function sentence(attempt, door) {
  const { state, reason, action } = attempt;
  const movement = movementOf(attempt);
  if (movement in FAILED_MOVES) return movement;
  switch (state) {
    case "REFUSED":
      return refused(attempt, door);
    case "NOT_SENT":
      return notSent(attempt, door);
    case "DECLINED":
      return DECLINED.includes(reason) ? `declined_${reason}` : "declined_other";
    case "UNKNOWN":
    case "UNANSWERED":
      return action === "release" ? "unknown_release" : "unknown";
    case "LOST":
      return "lost";
    case "ALREADY":
      return { close: "already_closed", release: "already_released" }[action] ?? "already_open";
    case "SENT":
      if (!attempt.waiting) return null;
      return heardBy(attempt, door) ? "waiting" : "waiting_never";
    case "DONE":
      return door.sensor || isHold(attempt) ? null : "done_no_sensor";
    default:
      return null;
  }
}

function refused({ reason, next }, door) {
  if (reason === "pin_paused" && !next) return "refused_pin_waits";
  if (reason === "hours" && !nextAccess({ next }, door)) return "refused_access"; // it was the last of her hours
  return REFUSED.includes(reason) ? `refused_${reason}` : "refused_other";
}

// Nobody there, or a refusal that came between the record and the sending.
function notSent(attempt, door) {
  if (attempt.reason === "away") return heardBy(attempt, door) ? "not_sent_away" : "not_sent_never";
  return ["broker", "late"].includes(attempt.reason) ? `not_sent_${attempt.reason}` : refused(attempt, door);
}

export const nextAccess = (attempt, door) => attempt.next ?? door.may.next ?? null;
export const heardBy = (attempt, door) => attempt.heard ?? door.heard ?? null;
export const remedies = (key) => REMEDIES[key] ?? [];

const IN_A_WORD = {
  ALREADY: "log_already",
  REFUSED: "log_refused",
  NOT_SENT: "log_not_sent",
  DECLINED: "log_declined",
  UNKNOWN: "log_unknown",
};

// How it ended in two words, for the state line and the log: {key, ms} with the time that belongs to the words.
export function summary(attempt) {
  const { state, stops: at = {} } = attempt;
  const movement = movementOf(attempt);
  if (movement in FAILED_MOVES) return { key: `log_${movement}`, ms: null };
  if (state === "DONE") return done(attempt, at);
  return { key: IN_A_WORD[state] ?? "log_sent", ms: null };
}

function done({ action, movement }, at) {
  if (isHold({ action })) return { key: action === "hold" ? "log_held" : "log_released", ms: at.coil ?? null };
  const moving = { open: "state_opening", close: "state_closing" }[action] ?? "button_moving";
  const moved = { open: "state_open", close: "state_closed" }[action] ?? "moved";
  if (movement === "moved") return { key: moved, ms: at.done ?? at.moving ?? null };
  if (movement === "moving") return { key: moving, ms: at.moving ?? null };
  return { key: "switched", ms: at.coil ?? null };
}

// What the button says while an attempt is under way: the last stop that was pushed.
export function progress(attempt) {
  if (attempt.state === "ASKING") return "asking";
  if (attempt.waiting) return "button_waiting";
  for (const name of ["moving", "coil", "sent", "allowed"]) if (attempt.stops[name] != null) return `button_${name}`;
  return "asking";
}
