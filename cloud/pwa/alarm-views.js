// What the glance shows of one place: its alarms, its doors with what is out of the ordinary, its last opens. Pure: the
// state as pushed and the boxes as asked for in, plain things to be drawn out.

import { isUrgent } from "./alarms.js";
import { span } from "./format.js";

const SHAPES = { open: "open", closed: "closed", opening: "moving", closing: "moving", unknown: "unknown" };
const OPENS_SHOWN = 6;
const OPENED = ["open", "press", "hold", "close"];
const UNDER_WAY = ["SENT", "ASKING"];
const MUCH = 0.8; // of a month's data
const UPDATES = ["update", "update_failed"];
const UPDATED_MS = 24 * 3_600_000; // how long it is told

export const alarmsAt = ({ alarms }, place) => alarms.filter((alarm) => alarm.place === place);

export const opensAt = ({ operations, doors }, place) => {
  const here = new Set(doors.filter((door) => door.place === place).map(({ id }) => id));
  return operations
    .filter(({ door, action, state }) => here.has(door) && OPENED.includes(action) && !UNDER_WAY.includes(state))
    .slice(0, OPENS_SHOWN);
};

// The number of the last line of its log that tells how an update ended, of those that were pushed.
export const updatesAt = ({ logs }, { place }) =>
  logs[place.id]?.lines.find(({ kind }) => UPDATES.includes(kind))?.n ?? 0;

// Those first with which something is.
export function doorsAt({ doors, alarms }, data, boxes, now) {
  const units = new Map(data.doors.map(({ door }) => [door.id, door.unit]));
  return doors
    .filter(({ place }) => place === data.place.id)
    .map((door) => {
      const unit = units.get(door.id);
      const box = boxes?.find((one) => one.unit === unit);
      const of = alarms.filter(({ door: id, unit: its }) => id === door.id || (its && its === unit));
      const alarming = urgency(of.filter(({ acknowledged }) => !acknowledged));
      return { ...standing(door), id: door.id, name: door.name, link: door.link, tags: tags(door, box, now), alarming };
    })
    .sort((a, b) => rank(a) - rank(b));
}

// "urgent", "mild" or nothing.
const urgency = (alarms) => (alarms.some(isUrgent) ? "urgent" : alarms.length ? "mild" : "");

const rank = ({ alarming, tags: found }) => (alarming === "urgent" ? 0 : alarming ? 1 : found.some(({ tone }) => tone) ? 2 : 3);

function standing({ state, since, sensor, link }) {
  if (link !== "online") return { shape: "unknown", state: "state_unknown", stands: null };
  if (!sensor) return { shape: "unknown", state: "state_no_sensor", stands: null };
  return { shape: SHAPES[state] ?? "unknown", state: `state_${state in SHAPES ? state : "unknown"}`, stands: since };
}

// Of its box only what somebody should know.
function tags({ link, heard }, box, now) {
  if (link === "never") return [{ key: "glance_link_never", tone: "" }];
  if (link === "away") return [{ key: "glance_link_away", tone: "warn", at: heard }];
  return [
    box && (box.signal === "weak" || box.signal === "none" || box.falling)
      ? { key: "glance_link_weak", tone: "warn" }
      : null,
    box?.data.share >= MUCH ? { key: "glance_link_data", tone: "warn", share: `${Math.round(box.data.share * 100)}%` } : null,
    box?.update && !box.update.reason && now - box.update.at < UPDATED_MS ? updated(box.update) : null,
  ].filter(Boolean);
}

const updated = ({ at, away_s: away }) =>
  away === null
    ? { key: "glance_updated", tone: "", at }
    : { key: "glance_updated_away", tone: "", at, span: span(away * 1000) };
