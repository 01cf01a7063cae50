// What one line of a log says, in words; whose and about which door it is stands beside it. Pure: keys of the catalogues
// from kinds and their details. A kind of a later version is named as it is.
import { BOX_LINES } from "./box-lines.js";
import { moment, span, took } from "./format.js";
import { accessWords } from "./hours.js";

const REASONS = [
  "hours",
  "access",
  "suspended",
  "uses",
  "ended",
  "late",
  "unit",
  "pin",
  "pin_paused",
  "busy",
  "full",
  "away",
  "broker",
  "hold",
];
const BY_CLOUD = "cloud"; // the way of what nobody pressed: the end of a hold whose holder may no longer
const ASKED = ["open", "close", "hold", "release"];
const STATES = ["SENT", "NOT_SENT", "DONE", "ALREADY", "DECLINED", "UNKNOWN", "REFUSED"];
const MOVEMENTS = ["moved", "moving", "did_not_move", "did_not_finish", "unseen"];
const DOOR_STATES = ["open", "closed", "opening", "closing", "unknown", "opened"];
const PLAIN = ["unit_online", "unit_away", "sign_in", "sign_out", "session_ended", "code_printed", "head_sent"];
const WHATS = [
  "place_added",
  "place_changed",
  "door_added",
  "door_changed",
  "door_removed",
  "person_added",
  "person_changed",
  "role_changed",
  "person_removed",
  "number_changed",
  "newcomer",
  "group_added",
  "group_changed",
  "group_removed",
  "group_joined",
  "group_left",
  "access_added",
  "access_changed",
  "access_removed",
  "guest_added",
  "guest_ended",
  "asked_for_access",
  "asked_for_entry",
  "asked_for_ownership",
  "request_granted",
  "request_declined",
  "link_made",
  "poster_made",
  "unit_revoked",
  "passkey_added",
  "passkey_removed",
  "passkeys_removed",
  "pin_set",
  "pin_cleared",
  "pin_forgotten",
  "staff_added",
  "alerts",
  "box_plan",
];
export const KINDS = [
  "press",
  "answer",
  "movement",
  "moved_otherwise",
  "exit_opened",
  "hold_began",
  "unit_online",
  "unit_away",
  "box_online",
  "box_booted",
  "box_input",
  "self_test",
  "update",
  "update_failed",
  "change",
  "sign_in",
  "session_ended",
];
const BAD = ["REFUSED", "NOT_SENT", "DECLINED", "did_not_move", "did_not_finish"];

// {words, more: of an admin's change, about whom or how; tone: "" | "bad" | "unsure" | "odd"}
export function lineWords(line, say, { now, zone, names = new Map() }) {
  const found = wordsOf(line, say, { now, zone, names });
  const between = betweenWords(line.detail ?? {}, say, { now, zone });
  return between ? { ...found, more: [found.more, between].filter(Boolean).join(" · ") } : found;
}

// What a door box saw while it did not know the time itself.
function betweenWords({ time, after, before }, say, { now, zone }) {
  if (time !== "unknown") return null;
  const [from, to] = [after, before].map((ms) => (ms ? moment(ms, now, say, zone) : null));
  return from ? say("line_time_between", { from, to }) : say("line_time_before", { to });
}

function wordsOf(line, say, { now, zone, names }) {
  const detail = line.detail ?? {};
  switch (line.kind) {
    case "press":
      if (line.way === BY_CLOUD) return { words: say("line_hold_cut"), more: names.get(detail.holder) ?? null, tone: "" };
      return { words: pressWords(detail, say), more: null, tone: toneOf(detail) };
    case "answer":
      return { words: answerWords(detail, say), more: null, tone: toneOf(detail) };
    case "movement":
      return { words: movementWords(detail, say), more: null, tone: BAD.includes(detail.movement) ? "bad" : "" };
    case "moved_otherwise":
      return { words: say("line_moved_otherwise", { state: stateWord(detail.state, say) }), more: null, tone: "odd" };
    case "change":
      return changeWords(detail, say, { now, zone, names });
    default:
      if (isOfBox(line)) return { more: null, tone: "", ...BOX_LINES[line.kind](detail, say) };
      return {
        words: PLAIN.includes(line.kind) ? say(`line_${line.kind}`) : line.kind,
        more: moreOf(detail),
        tone: "",
      };
  }
}

// What a door box told by itself, or what was found about it.
const isOfBox = ({ kind }) => kind in BOX_LINES;

const moreOf = ({ device, contact }) => device ?? contact ?? null;
const toneOf = ({ state }) => (state === "UNKNOWN" ? "unsure" : BAD.includes(state) ? "bad" : "");
const stateWord = (state, say) => (DOOR_STATES.includes(state) ? say(`line_now_${state}`) : String(state));
const reasonWords = (reason, say) => (REASONS.includes(reason) ? ` · ${say(`line_because_${reason}`)}` : "");

function pressWords({ action, state, reason, seconds }, say) {
  const words = say(`line_pressed_${ASKED.includes(action) ? action : "press"}`);
  const asked = seconds ? `${words} · ${span(seconds * 1000)}` : words;
  const how =
    state === "REFUSED"
      ? ` · ${say("line_state_REFUSED")}`
      : state === "NOT_SENT"
        ? ` · ${say("line_state_NOT_SENT")}`
        : "";
  return `${asked}${how}${reasonWords(reason, say)}`;
}

function answerWords({ state, reason, coil }, say) {
  const word = STATES.includes(state) ? say(`line_state_${state}`) : String(state);
  return `${word}${coil == null ? "" : ` · ${took(coil, say.language)}`}${reasonWords(reason, say)}`;
}

function movementWords({ movement, done, moving }, say) {
  const ms = movement === "moved" ? (done ?? moving) : movement === "moving" ? moving : null;
  const word = MOVEMENTS.includes(movement) ? say(`line_${movement}`) : String(movement);
  return `${word}${ms == null ? "" : ` · ${took(ms, say.language)}`}`;
}

function changeWords({ what, edits = [], person }, say, told) {
  const words = WHATS.includes(what) ? say(`line_${what}`) : String(what);
  const named = person && told.names.get(person);
  const about = edits.map((edit) => editWords(edit, say, told)).filter(Boolean);
  return { words, more: [...new Set(named ? [named, ...about] : about)].join(" · ") || null, tone: "" };
}

// About whom or what: a name, the rule before and after.
function editWords({ kind, before, after }, say, { now, zone, names }) {
  const thing = after ?? before;
  if (kind === "grant") {
    const whose = names.get(thing.person ?? thing.group) ?? "";
    const rule = (grant) => accessWords(grant, say, { now, zone });
    if (!before || !after) return [whose, rule(thing)].filter(Boolean).join(": ");
    const [old, fresh] = [rule(before), rule(after)];
    const change = old === fresh ? say(after.suspended ? "line_suspended" : "line_as_before") : `${old} → ${fresh}`;
    return [whose, change].filter(Boolean).join(": ");
  }
  if (kind === "group_member")
    return [thing.person, thing.group]
      .map((id) => names.get(id))
      .filter(Boolean)
      .join(" · ");
  if (kind === "member" && before && after && before.role !== after.role)
    return `${thing.name}: ${say(`role_${before.role}`)} → ${say(`role_${after.role}`)}`;
  if (kind === "member" && before && after && before.suspended !== after.suspended)
    return `${thing.name}: ${say(after.suspended ? "line_suspended" : "line_resumed")}`;
  if (kind === "person") return null;
  const [old, fresh] = [before?.name, after?.name];
  return old && fresh && old !== fresh ? `${old} → ${fresh}` : (fresh ?? old ?? null);
}
