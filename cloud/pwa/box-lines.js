// What the log says of a door box in words: what it told by itself, and what was found about it. Pure: a detail in, keys of
// the catalogues out, by the kind of the line.
import { becauseWords, dBm, percent, testWords, whatToDo, whyWords } from "./box-words.js";
import { span } from "./format.js";

const BOOTS = ["power", "reset", "watchdog", "soft"];
const INPUTS = ["power", "tamper"];
const WRONG = ["left_open", "opened_otherwise", "away", "signal", "data", "test", "power", "tamper", "door"];
const ENDS = ["end", "released", "reset"];

const spanOf = (seconds) => span(seconds * 1000);
const fromTo = ({ before, after }) => [before, after].filter(Boolean).join(" → ") || null;

function online({ seconds, why }, say) {
  if (!seconds) return { words: say("line_box_online_plain") };
  const words = say("line_box_online", { span: spanOf(seconds), why: whyWords(why, say) });
  return { words, more: whatToDo(why, say) };
}

function booted({ cause }, say) {
  const known = BOOTS.includes(cause);
  const words = say("line_box_booted") + (known ? ` · ${say(`line_boot_${cause}`)}` : "");
  return { words, tone: cause === "watchdog" ? "odd" : "" };
}

function input({ input: which, alarm }, say) {
  if (!INPUTS.includes(which)) return { words: say("line_box") };
  return { words: say(`line_input_${which}_${alarm ? "alarm" : "well"}`), tone: alarm ? "bad" : "" };
}

const wrong = ({ what }, say) => ({ what: say(`line_wrong_${WRONG.includes(what) ? what : "other"}`) });

function updated({ version, release, away_s: away }, say) {
  const words = say("line_update", { version: version ?? release });
  return { words, more: away == null ? null : say("line_update_away", { span: spanOf(away) }) };
}

function notUpdated({ how, release, reason }, say) {
  const words = say(how === "reverted" ? "line_update_reverted" : "line_update_refused", { release });
  return { words, more: reason ? becauseWords(reason, say) : null, tone: "odd" };
}

// kind -> (detail, say) -> {words, more?, tone?}
export const BOX_LINES = {
  box_booted: booted,
  box_offline: ({ why }, say) => ({
    words: say("line_box_offline", { why: whyWords(why, say) }),
    more: whatToDo(why, say),
    tone: "odd",
  }),
  box_online: online,
  box_input: input,
  exit_opened: ({ reason }, say) =>
    reason ? { words: say("line_exit_declined"), tone: "odd" } : { words: say("line_exit_opened") },
  hold_began: (_, say) => ({ words: say("line_hold_began") }),
  hold_ended: ({ how }, say) => ({ words: say(ENDS.includes(how) ? `line_hold_ended_${how}` : "line_hold_ended") }),
  keepalive: ({ seconds }, say) => ({
    words: say("line_keepalive", { seconds }),
    more: say("line_keepalive_why"),
  }),
  records_lost: ({ n }, say) => ({ words: say("line_records_lost", { n }), tone: "odd" }),
  journal_began: (_, say) => ({ words: say("line_journal_began"), tone: "odd" }),
  opened_unrecorded: ({ operation }, say) => ({
    words: say("line_opened_unrecorded"),
    more: operation ?? null,
    tone: "bad",
  }),
  sim_changed: (detail, say) => ({ words: say("line_sim_changed"), more: fromTo(detail), tone: "odd" }),
  operator_changed: (detail, say) => ({ words: say("line_operator_changed"), more: fromTo(detail) }),
  modem_changed: (detail, say) => ({ words: say("line_modem_changed"), more: fromTo(detail), tone: "odd" }),
  signal_falling: ({ before, dbm }, say) => ({
    words: say("line_signal_falling"),
    more: fromTo({ before: dBm(before), after: dBm(dbm) }),
    tone: "odd",
  }),
  data_80: ({ share }, say) => ({
    words: say("line_data_80", { share: percent(share ?? 0.8, say.language) }),
    tone: "odd",
  }),
  self_test: ({ ok, why }, say) =>
    ok
      ? { words: say("line_self_test_ok") }
      : { words: `${say("line_self_test_failed")} · ${testWords(why, say)}`, tone: "bad" },
  update: updated,
  update_failed: notUpdated,
  alarm: (detail, say) => ({ words: say("line_alarm", wrong(detail, say)), tone: "bad" }),
  alarm_acknowledged: (detail, say) => ({ words: say("line_alarm_acknowledged", wrong(detail, say)) }),
  alarm_ended: (detail, say) => ({ words: say("line_alarm_ended", wrong(detail, say)) }),
};
