// Everything of the places that somebody manages: asked for once, brought forward by the edits that are pushed. Pure;
// called by store.js only. A place here: {data: as the cloud gave it or null, since: edits heard while it is on its way
// (null: it is not), stale: pushes may have been missed, failed}.

const unknown = { data: null, since: null, stale: false, failed: false };

export function managing(places, place) {
  const known = places[place] ?? unknown;
  return { ...places, [place]: { ...known, since: [], failed: false } };
}

// The answer has come, or null: it has not. What was pushed meanwhile may be newer than the answer.
export function managed(places, place, data) {
  const known = places[place] ?? unknown;
  if (!data) return { ...places, [place]: { ...known, since: null, failed: true } };
  const now = (known.since ?? []).reduce(applied, data);
  return { ...places, [place]: { data: now, since: null, stale: false, failed: false } };
}

export function edited(places, edits) {
  return edits.reduce((before, edit) => {
    const known = before[edit.place];
    if (!known) return before;
    const since = known.since && [...known.since, edit];
    const data = known.data && applied(known.data, edit);
    return { ...before, [edit.place]: { ...known, since, data, stale: known.stale || asksAgain(known.data, edit) } };
  }, places);
}

export const stale = (places) =>
  Object.fromEntries(Object.entries(places).map(([place, known]) => [place, { ...known, stale: true }]));

// Only what she still manages stays.
export const forgotten = (places, manages = []) =>
  Object.fromEntries(Object.entries(places).filter(([place]) => manages.includes(place)));

// Whether holidays are known depends on the region: only the cloud knows.
const asksAgain = (data, { kind, thing }) =>
  kind === "place" && (data?.place.country !== thing?.country || data?.place.region !== thing?.region);

function applied(data, edit) {
  const next = put(data, edit);
  const owners = next.people.filter(({ member }) => member.role === "owner" && !member.suspended);
  return { ...next, second_owner: owners.length === 1 };
}

function put(data, { kind, key, thing }) {
  switch (kind) {
    case "place":
      return thing ? { ...data, place: newest(data.place, thing) } : data;
    case "door":
      return { ...data, doors: list(data.doors, key, thing && asDoor(data, thing), ({ door }) => door) };
    case "member":
      return { ...data, people: list(data.people, key, thing && asPerson(data, key, thing), ({ member }) => member) };
    case "person":
      return { ...data, people: withContact(data.people, key, thing) };
    case "group_member":
      return { ...data, people: inGroup(data.people, key, thing) };
    case "group":
      return { ...data, groups: list(data.groups, key, thing) };
    case "grant":
      return { ...data, grants: list(data.grants, key, thing) };
    case "request":
      return { ...data, requests: list(data.requests, key, thing) };
    default: // of a later version
      return data;
  }
}

const newest = (old, thing) => (old && old.version > thing.version ? old : thing);

// `of`: the part of an item that carries id and version. A member's id is her person's.
function list(items, key, thing, of = (item) => item) {
  const id = (item) => of(item).id ?? of(item).person;
  if (!thing) return items.filter((item) => id(item) !== key);
  const index = items.findIndex((item) => id(item) === key);
  if (index < 0) return [...items, thing];
  if ((of(items[index]).version ?? 0) > (of(thing).version ?? 0)) return items;
  return items.map((item, at) => (at === index ? thing : item));
}

function asDoor(data, thing) {
  if (thing.door) return thing;
  return { door: thing, pending: data.doors.find(({ door }) => door.id === thing.id)?.pending ?? false };
}

function asPerson(data, key, thing) {
  if (thing.member) return thing;
  const known = data.people.find(({ member }) => member.person === key);
  return { contact: null, signed_in: false, groups: [], ...known, member: thing };
}

function withContact(people, key, thing) {
  if (!thing) return people;
  if (thing.member) return list(people, key, thing, ({ member }) => member);
  const contact = thing.phone ?? thing.email ?? null;
  return people.map((one) => (one.member.person === key ? { ...one, contact } : one));
}

function inGroup(people, key, thing) {
  const [group, person] = thing ? [thing.group, thing.person] : key.split(" ");
  return people.map((one) => {
    if (one.member.person !== person) return one;
    const others = one.groups.filter((id) => id !== group);
    return { ...one, groups: thing ? [...others, group].sort() : others };
  });
}
