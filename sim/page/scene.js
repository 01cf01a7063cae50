// The house as the bench sees it: doors where they are, relays that are on, frames that pass on the line.
const GARAGE_LIFT = 116; // of the drawing's units: a hand's breadth of the leaf stays to be seen
const STAIRWELL_TURN = 0.74; // how much narrower the open leaf looks
const PACKET_MS = 320;
const PRESS_MS = 380;
const STANDS = { 0: "closed", 1: "open" };
const MOVES = { 1: "opening", "-1": "closing" };
const SVG = "http://www.w3.org/2000/svg";
const still = matchMedia("(prefers-reduced-motion: reduce)");

export class Scene {
  constructor(section) {
    this.section = section;
    this.packets = section.querySelector("#packets");
    this.doors = new Map();
    this.acts = {};
  }

  show({ doors, box, acts }) {
    this.acts = acts;
    this.section.dataset.broken = Object.keys(acts).filter((name) => acts[name].on).join(" ");
    for (const door of doors) this.#door(door);
    const part = (id) => this.section.querySelector(id);
    part("#box").classList.toggle("dark", !box.power);
    part("#led-power").classList.toggle("on", box.power);
    part("#led-link").classList.toggle("on", box.power && box.linked);
    part("#led-relay").classList.toggle("on", doors.some(({ coil }) => coil));
    const words = doors.map((door) => `${door.name} ${stands(door)}`);
    words.push(box.power ? (box.linked ? "box online" : "box offline") : "box without power");
    const relays = doors.filter(({ coil }) => coil).map(({ name }) => name);
    words.push(relays.length ? `relay on: ${relays.join(", ")}` : "relays off");
    part("#seen").textContent = `Really: ${words.join(" · ")}`;
  }

  #door(door) {
    const group = this.section.querySelector(`#${door.name.toLowerCase()}`);
    group.classList.toggle("open", door.motion === 0 && door.at > 0);
    group.classList.toggle("moving", door.motion !== 0);
    group.classList.toggle("jammed", door.jammed);
    this.section.querySelector(`#coil-${door.name.toLowerCase()}`).classList.toggle("on", door.coil);
    const leaf = group.querySelector(".leaf");
    this.doors.get(door.name)?.cancel();
    const end = door.motion === 0 ? door.at : door.motion > 0 ? 1 : 0;
    const left_ms = Math.abs(end - door.at) * door.travel_s * 1000;
    const pose = (at) => ({
      transform: door.name === "Garage" ? `translateY(${-at * GARAGE_LIFT}px)` : `scaleX(${1 - at * STAIRWELL_TURN})`,
    });
    this.doors.set(door.name, leaf.animate([pose(door.at), pose(end)], { duration: left_ms, fill: "forwards" }));
  }

  // A frame on the line: from the broker to the box, or back; to where the line is cut.
  packet(way) {
    const top = way === "again" ? 64 : 38;
    const bottom = this.acts.network?.on ? 92 : 166;
    const [from, to] = way === "up" ? [bottom, top] : [top, bottom];
    this.#dot(way, [340, from], [340, to], PACKET_MS);
  }

  // A press, on its way from a phone.
  pressed(who) {
    const left = who === "Anna";
    this.#dot("press", [left ? 4 : 676, 22], [left ? 272 : 408, 22], PRESS_MS);
  }

  #dot(kind, [x, y], [toX, toY], duration) {
    if (still.matches) return;
    const dot = document.createElementNS(SVG, "circle");
    dot.setAttribute("r", "5.5");
    dot.setAttribute("class", kind);
    this.packets.append(dot);
    const at = (px, py) => ({ transform: `translate(${px}px, ${py}px)` });
    dot.animate([at(x, y), at(toX, toY)], { duration, easing: "ease-in-out", fill: "both" }).onfinish = () => dot.remove();
  }
}

const stands = ({ at, motion, jammed }) => `${MOVES[motion] ?? STANDS[at] ?? "half open"}${jammed ? ", jammed" : ""}`;
