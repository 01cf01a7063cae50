// The buttons that break things and mend them. What is broken is what was pushed; a press only asks.
const SIGNS = {
  network: ["M6.5 5.5a2 2 0 1 1-3 2.6 2 2 0 0 1 3-2.6ZM6.5 14.5a2 2 0 1 1-3-2.6 2 2 0 0 1 3 2.6Z", "M6.8 8 17 14.5M6.8 12 17 5.5"],
  broker: ["M3.5 4.5h13v4h-13zM3.5 11.5h13v4h-13z", "M6 6.5h.1M6 13.5h.1M2.5 17.5l15-15"],
  jam: ["M5 17V3.5h8.5V17M2.5 17h15", "m11 17 5.5-7.5V17"],
  power: ["M7 2.5v4M13 2.5v4M5 6.5h10v2.8a5 5 0 0 1-10 0zM10 14.3v3.2"],
  replay: ["M4 10a6 6 0 1 1 1.8 4.3M4 17v-3.2h3.2", "M10 7v3.2l2.2 1.4"],
  hours: ["M17 10a7 7 0 1 1-14 0 7 7 0 0 1 14 0Z", "M10 6v4.2l2.8 1.6"],
};
const SVG = "http://www.w3.org/2000/svg";
const drawn = new Map();

export function drawActs(list, acts) {
  drawn.clear();
  list.replaceChildren(...acts.map((act) => item(act)));
}

function item({ name, title, undo, see }) {
  const button = document.createElement("button");
  const strong = document.createElement("strong");
  const words = document.createElement("span");
  const line = document.createElement("span");
  const said = Object.assign(document.createElement("span"), { className: "said" });
  button.type = "button";
  button.id = `act-${name}`;
  Object.assign(line, { className: "see", textContent: see });
  said.setAttribute("role", "status");
  strong.append(sign(name), words);
  words.className = "title";
  button.append(strong, line, said);
  button.onclick = () => fetch(`/acts/${name}`, { method: "POST" });
  drawn.set(name, { button, words, said, title, undo });
  const place = document.createElement("li");
  place.append(button);
  return place;
}

export function showActs(acts) {
  for (const [name, { on, said }] of Object.entries(acts)) {
    const one = drawn.get(name);
    one.button.setAttribute("aria-pressed", String(on));
    put(one.words, on ? one.undo : one.title);
    put(one.said, said ?? "");
    one.said.hidden = !said;
  }
}

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function sign(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  for (const d of SIGNS[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}
