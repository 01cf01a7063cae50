// The alarms of the places that somebody manages: a snapshot's, brought forward by the edits of kind "alarm". Pure; called
// by store.js only.

export const alarmsOf = ({ alarms = [] }) => sorted(alarms);

export function withAlarms(alarms, edits, manages = []) {
  const news = edits.filter(({ kind }) => kind === "alarm");
  const hers = alarms.filter(({ place }) => manages.includes(place));
  if (!news.length) return hers.length === alarms.length ? alarms : hers;
  const byId = new Map(hers.map((alarm) => [alarm.id, alarm]));
  for (const { key, thing } of news) {
    if (thing) byId.set(key, thing);
    else byId.delete(key);
  }
  return sorted([...byId.values()]);
}

// What nobody sees to first, of that what is urgent, then the newest.
const sorted = (alarms) => [...alarms].sort((a, b) => rank(a) - rank(b) || b.since - a.since);
const rank = (alarm) => (alarm.acknowledged ? 2 : isUrgent(alarm) ? 0 : 1);

const URGENT = ["left_open", "opened_otherwise", "away", "tamper", "door"];

export const isUrgent = ({ kind }) => URGENT.includes(kind);

// How many nobody sees to: of one place, or of all.
export const waiting = (alarms, of = null) =>
  alarms.filter(({ place, acknowledged }) => !acknowledged && (of === null || place === of)).length;
