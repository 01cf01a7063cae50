// Small readings of a place's data that several pages need. Pure.

export const now = ({ clock }, t) => clock.now + (t - clock.t);

// id -> what it is called, of people and groups.
export const namesOf = ({ people, groups }) =>
  new Map([...people.map(({ member }) => [member.person, member.name]), ...groups.map(({ id, name }) => [id, name])]);

export const doorNames = (data, ids, say) =>
  ids.length
    ? data.doors
        .filter(({ door }) => ids.includes(door.id))
        .map(({ door }) => door.name)
        .join(", ")
    : say("access_every_door");

// The accesses of a person: her own, then those that come with her groups.
export const accessesOf = ({ grants }, { member, groups }) => [
  ...grants.filter(({ person }) => person === member.person),
  ...grants.filter(({ group }) => group && groups.includes(group)),
];

// Without accents and case, so that "nuria" finds "Núria".
const plain = (text) => (text ?? "").normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

export const found = (sought, ...texts) => texts.some((text) => plain(text).includes(plain(sought.trim())));

export const byName = (a, b) => a.localeCompare(b);

export const roleOf = ({ people }, person) => people.find(({ member }) => member.person === person)?.member.role;
