// Small readings of a place's data that several pages need. Pure: what is dear to make of five thousand people is made once
// for each data that is pushed, and remembered by it.

const collator = new Intl.Collator();

export const byName = (a, b) => collator.compare(a, b);

function once(make) {
  const made = new WeakMap();
  return (of) => {
    if (!made.has(of)) made.set(of, make(of));
    return made.get(of);
  };
}

// id -> what it is called, of people and groups, and of who asks to become one of them.
export const namesOf = once(
  ({ people, groups, requests }) =>
    new Map([
      ...requests.map(({ person, name }) => [person, name]),
      ...people.map(({ member }) => [member.person, member.name]),
      ...groups.map(({ id, name }) => [id, name]),
    ]),
);

const sorted = once((people) => people.toSorted((a, b) => byName(a.member.name, b.member.name)));

// Everybody by name.
export const peopleOf = ({ people }) => sorted(people);

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
const hasAccents = /[^\0-~]/;
const bare = (text) => (hasAccents.test(text) ? text.normalize("NFD").replace(/\p{M}/gu, "") : text);
const plain = (text) => bare(text).toLowerCase();

const haystack = once(({ member, contact }) => plain([member.name, member.flat, contact].filter(Boolean).join("\n")));

// Those people, by name, in whose name, flat or number these letters stand.
export function sought(data, letters) {
  const needle = plain(letters.trim());
  return needle ? peopleOf(data).filter((one) => haystack(one).includes(needle)) : peopleOf(data);
}

export const roleOf = ({ people }, person) => people.find(({ member }) => member.person === person)?.member.role;
