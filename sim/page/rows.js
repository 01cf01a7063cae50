// Each press: what the screens said beside what the bench saw; and how far the visitor is in her minute.
const AGREE = { true: ["true", "✓ true"], false: ["lie", "✗ a lie"], null: ["", "…"] };
const done = [false, false, false]; // of the three steps: what was seen once stays done

export function showRows({ rows, agreed, lies }) {
  document.getElementById("rows").replaceChildren(...rows.map(row));
  const score = document.getElementById("score");
  const count = agreed + lies;
  if (!count) return;
  score.dataset.lies = lies;
  score.textContent = `${count} ${count === 1 ? "press" : "presses"}, ${lies} ${lies === 1 ? "lie" : "lies"}`;
}

function row({ who, door, action, screen, bench, agree }) {
  const line = document.createElement("tr");
  const [kind, mark] = AGREE[agree];
  for (const text of [`${who}: ${action} ${door}`, screen, bench, mark]) {
    line.insertCell().textContent = text;
  }
  line.lastChild.className = kind;
  return line;
}

export function showSteps({ rows, acts }) {
  done[0] ||= rows.length > 0;
  done[1] ||= rows.some(({ agree }) => agree !== null);
  done[2] ||= Object.values(acts).some(({ on }) => on);
  const now = done.indexOf(false);
  ["press", "see", "break"].forEach((name, at) => {
    const step = document.getElementById(`step-${name}`);
    step.classList.toggle("done", done[at]);
    step.classList.toggle("now", at === now);
    step.querySelector("b").textContent = done[at] ? "✓" : at + 1;
  });
}
