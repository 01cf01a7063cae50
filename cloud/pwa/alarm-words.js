// What an alarm says in words: what is wrong, since when, what to do now, whom to call. Pure: keys of the catalogues from
// kinds and their details. A kind of a later version is told as one.
import { isUrgent } from "./alarms.js";
import { dBm, percent, testWords } from "./box-words.js";
import { contactLink } from "./contact-link.js";
import { span } from "./format.js";

const KINDS = ["left_open", "opened_otherwise", "away", "signal", "data", "test", "power", "tamper", "door"];
const FAULTS = ["coil", "sensor", "movement"]; // the worst first
const INSTALLERS = ["away", "power", "door", "test", "signal"]; // whom to call: the installer, or who helps at the door
const NETWORKS = ["wired", "wifi", "modem"];

// world: {place, doors: [{id, name}], boxes: as asked for, or null}
// → {title, act, more: [extra sentences], steps: [], call: {key, name, href} | null, urgent, name}
export function alarmWords(alarm, world, say) {
  const kind = keyOf(alarm);
  const values = { name: nameOf(alarm, world, say), ...valuesOf(alarm, say) };
  return {
    title: say(`alarm_${kind}`, values),
    act: say(`alarm_${kind}_do`, values),
    more: moreOf(alarm, world, say),
    steps: alarm.kind === "away" ? steps(alarm, world, say) : [],
    call: whomToCall(alarm, world.place),
    urgent: isUrgent(alarm),
  };
}

function keyOf({ kind, detail }) {
  if (!KINDS.includes(kind)) return "other";
  if (kind === "data" && detail.out) return "data_out";
  if (kind === "door") return `door_${FAULTS.find((fault) => (detail.faults ?? []).includes(fault)) ?? "movement"}`;
  return kind;
}

// The door, or the doors of the box: nobody knows boxes by their numbers.
function nameOf({ door, unit }, { doors, boxes }, say) {
  const of = boxes?.find((box) => box.unit === unit)?.doors ?? doors.filter((one) => one.unit === unit).map(({ id }) => id);
  const names = doors.filter(({ id }) => (door ? id === door : of.includes(id))).map(({ name }) => name);
  return names.join(", ") || say(door ? "log_unknown_door" : "box_unnamed", { unit });
}

function valuesOf({ kind, detail }, say) {
  return {
    kind,
    limit: detail.left_open_s ? span(detail.left_open_s * 1000) : "",
    share: percent(detail.share ?? 0.8, say.language),
    why: testWords(detail.why, say),
  };
}

function moreOf({ kind, detail }, { doors }, say) {
  const open = (detail.open ?? []).map((id) => doors.find((door) => door.id === id)?.name).filter(Boolean);
  return [
    detail.count > 1 ? say("alarm_times", { n: detail.count }) : null,
    detail.unrecorded ? say("line_opened_unrecorded") : null,
    open.length ? say("alarm_away_open", { names: open.join(", ") }) : null,
    kind === "signal" && detail.dbm ? [dBm(detail.before), dBm(detail.dbm)].filter(Boolean).join(" → ") : null,
  ].filter(Boolean);
}

// What can be tried at the door, before anybody is called: by how its box is connected.
function steps({ unit, detail }, { place, boxes }, say) {
  const network = boxes?.find((box) => box.unit === unit)?.network;
  const { installer_name, installer_contact } = place;
  const call = installer_contact
    ? say("alarm_step_call", { name: installer_name ?? "", contact: installer_contact })
    : say("alarm_step_nobody");
  return [
    detail.data_out ? say("alarm_step_data") : null,
    say("alarm_step_power"),
    say(`alarm_step_${NETWORKS.includes(network) ? network : "network"}`),
    say("alarm_step_again"),
    call,
  ].filter(Boolean);
}

function whomToCall({ kind }, place) {
  const installer = INSTALLERS.includes(kind);
  const [name, contact] = installer
    ? [place.installer_name, place.installer_contact]
    : [place.help_name, place.help_contact];
  const href = contact ? contactLink(contact) : null;
  if (!href) return installer ? { key: "alarm_name_installer", name: null, href: null } : null;
  return { key: href.startsWith("tel:") ? "alarm_call" : "alarm_write", name: name || contact, href };
}
