// The page's own clock: milliseconds that never go back and also pass while the phone sleeps. It tells how old our
// picture is; the time of day never comes from here but from the cloud's `now`.

const ASLEEP_MS = 1000; // the wall clock ran this much further than the page's: the phone slept (or its clock was set)

let slept = 0;
let last = { page: performance.now(), wall: Date.now() };

export function pageTime() {
  const page = performance.now();
  const wall = Date.now();
  const missing = wall - last.wall - (page - last.page);
  if (missing > ASLEEP_MS) slept += missing;
  last = { page, wall };
  return page + slept;
}
