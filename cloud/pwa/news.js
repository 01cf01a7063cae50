// What was changed for a person, kept until she has put it away. Pure; called by store.js only. The words are made in
// news-note.js, from names and hours as they were when it was told.

const KEPT_NEWS = 20; // newest last; who was away for a year does not want the year

// The notes after a change: {id, kind, place, names: of the doors, null: every door; grant, role}.
export function withNews(state, { n, news = [], doors = [], gone = [], grants = [] }) {
  const known = new Map([...state.doors, ...doors].map((door) => [door.id, door]));
  const notes = news
    .filter(({ kind }) => kind !== "guest") // shown where her guests are, not over her doors
    .filter((one) => !(one.kind === "ended" && one.doors?.length && one.doors.every((id) => gone.includes(id))))
    .map((one, index) => ({
      id: `${n}.${index}`,
      kind: one.kind,
      place: one.place,
      names: one.doors?.length ? one.doors.map((id) => known.get(id)?.name).filter(Boolean) : null,
      grant: [...grants, ...state.grants].find(({ id }) => id === one.grant) ?? null,
      role: one.role ?? null,
    }));
  const fresh = notes.filter(({ grant }) => grant).map(({ grant }) => grant.id);
  const before = state.news.filter(({ grant }) => !fresh.includes(grant?.id)); // only the latest word on one access
  return [...before, ...notes].slice(-KEPT_NEWS);
}
