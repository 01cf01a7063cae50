// The presses made on this page, until each is an operation that the cloud pushed. Pure; called by store.js only.
// A press is never repeated from here, whatever became of it.

export const TOO_OLD_MS = 5000; // the cloud refuses a press older than this on arrival
const MARGIN_MS = 1000; // for one that arrived at the last moment and is being recorded
export const ANSWER_MS = 12_000; // an operation's deadline: after this, silence is an outcome of its own

export function pressed(state, { t, press_id, door, action, at }) {
  const others = state.presses.filter((press) => press.door !== door);
  return [
    ...others,
    {
      press_id,
      door,
      action,
      asked: at,
      t,
      link: state.link.number,
      state: "ASKING",
      reason: null,
      next: null,
      replied: false,
    },
  ];
}

// The reply to a press is its operation's id (what becomes of it is pushed), or a refusal.
export function answered(presses, { press_id, refused }) {
  return presses.map((press) => {
    if (press.press_id !== press_id) return press;
    if (!refused) return { ...press, replied: true };
    return { ...press, state: "REFUSED", reason: refused.reason, next: refused.next ?? null };
  });
}

// What was pushed as an operation is no longer ours to tell about.
export function matched(presses, operations, you) {
  const mine = new Set(operations.filter(({ person }) => person.id === you.id).map(({ press_id }) => press_id));
  return presses.filter(({ press_id }) => !mine.has(press_id));
}

// `caughtUp`: the cloud has just told us everything. Then a press it does not know, made over an earlier connection and
// by now too old to be taken, has certainly not been recorded. Without that certainty, silence is only silence.
export function agePresses(state, t, caughtUp) {
  let changed = false;
  const aged = state.presses.map((press) => {
    const next = stateAt(press, t, caughtUp && state.link.number > press.link);
    if (next === press.state) return press;
    changed = true;
    return { ...press, state: next };
  });
  return changed ? aged : state.presses;
}

function stateAt(press, t, caughtUpSince) {
  const waiting = press.state === "ASKING" || press.state === "UNANSWERED";
  if (!waiting) return press.state;
  const age = t - press.t;
  if (caughtUpSince && !press.replied && age > TOO_OLD_MS + MARGIN_MS) return "LOST";
  return age > ANSWER_MS ? "UNANSWERED" : "ASKING";
}
