// The week as seven bars of 24 hours, for a thumb: drawn along to open a span, pulled at an edge, touched to choose what is
// there. Beside it the same stands as rows for everybody else: hidden from screen readers. Fires "edited" {windows, day,
// minute} and "chosen" {index}.
import { LitElement, html, svg } from "lit";
import { clockTime, weekday } from "../hours.js";
import { base } from "../styles.js";
import { weekStyles } from "./week-styles.js";
import { DAY, painted, pulled, tapped, weekParts } from "./week.js";

const SNAP = 30; // minutes: about as much as a thumb can aim at on a bar as wide as a phone
const EDGE_PX = 14; // this near to an edge it is the edge that is held
const STILL_PX = 6; // what moves less was a tap
const HOURS = [6, 12, 18];

const percent = (minute) => `${(minute / DAY) * 100}%`;
const snapped = (minute) => Math.min(DAY, Math.max(0, Math.round(minute / SNAP) * SNAP));

class WeekBars extends LitElement {
  static properties = {
    windows: { attribute: false }, // null: always
    chosen: { type: Number }, // the window whose row is open
    say: { attribute: false },
    held: { state: true }, // the finger: {day, x, from, part, edge, at, moved}
  };

  static styles = [base, weekStyles];

  render() {
    const shown = this.held?.moved ? this.#after(this.held) : this.windows;
    const bars = weekParts(shown ?? [{ days: [0, 1, 2, 3, 4, 5, 6], starts: 0, ends: DAY }]);
    return html`<div class="week ${this.windows ? "" : "always"}" aria-hidden="true">
      ${bars.map((parts, day) => this.#bar(parts, day))}
      <span></span><span class="scale"><i>0</i><i>6</i><i>12</i><i>18</i><i>24</i></span>
      ${this.held?.moved ? html`<span class="bubble">${this.#bubble()}</span>` : ""}
    </div>`;
  }

  #bar(parts, day) {
    const drawn = parts.map(({ from, to, index, tail, on }) => {
      const left = tail ? from - 40 : from; // its round end lies outside: it comes from the day before
      const width = (on ? to + 40 : to) - left;
      const chosen = index === this.chosen && this.windows && !this.held?.moved ? "chosen" : "";
      return svg`<rect class="open ${chosen}" x=${percent(left)} y="3" width=${percent(width)} height="22" rx="6" />`;
    });
    return html`<span class="day">${weekday(day, this.say.language).slice(0, 2)}</span>
      <svg
        class="bar"
        width="100%"
        height="28"
        @pointerdown=${(event) => this.#down(event, day)}
        @pointermove=${this.#move}
        @pointerup=${this.#up}
        @pointercancel=${() => (this.held = null)}
      >
        <rect class="closed" width="100%" y="3" height="22" rx="6" />
        ${HOURS.map((hour) => svg`<rect class="line" x=${percent(hour * 60)} y="3" width="1" height="22" />`)} ${drawn}
      </svg>`;
  }

  #minute({ clientX }, bar) {
    const { left, width } = bar.getBoundingClientRect();
    return ((clientX - left) / width) * DAY;
  }

  #down(event, day) {
    if (!this.windows || !event.isPrimary || event.button) return;
    const bar = event.currentTarget;
    const minute = this.#minute(event, bar);
    const near = (EDGE_PX / bar.getBoundingClientRect().width) * DAY;
    const parts = weekParts(this.windows)[day];
    const edges = parts.flatMap((part) => [
      ...(part.tail ? [] : [{ part, edge: "from", far: Math.abs(part.from - minute) }]),
      ...(part.on ? [] : [{ part, edge: "to", far: Math.abs(part.to - minute) }]),
    ]);
    const [edge] = edges.filter(({ far }) => far <= near).sort((a, b) => a.far - b.far);
    const part = parts.find(({ from, to }) => from <= minute && minute < to);
    this.held = { day, x: event.clientX, from: minute, at: minute, part, edge, moved: false };
    bar.setPointerCapture(event.pointerId);
  }

  #move(event) {
    if (!this.held) return;
    const moved = this.held.moved || Math.abs(event.clientX - this.held.x) > STILL_PX;
    this.held = { ...this.held, at: this.#minute(event, event.currentTarget), moved };
  }

  #up() {
    const { held } = this;
    this.held = null;
    if (!held) return;
    const part = held.part ?? held.edge?.part;
    if (!held.moved && part) this.dispatchEvent(new CustomEvent("chosen", { detail: { index: part.index } }));
    else if (!held.moved) this.#tell(tapped(this.windows, held.day, held.from), held.day, held.from);
    else this.#tell(this.#after(held), held.day, this.#middle(held));
  }

  #tell(windows, day, minute) {
    this.dispatchEvent(new CustomEvent("edited", { detail: { windows, day, minute } }));
  }

  #after({ day, from, at, edge, part }) {
    if (edge) return pulled(this.windows, day, edge.part, edge.edge, snapped(at));
    const [left, right] = [snapped(Math.min(from, at)), snapped(Math.max(from, at))];
    return part || left === right ? this.windows : painted(this.windows, day, left, right);
  }

  #middle({ from, at, edge }) {
    if (!edge) return (from + at) / 2;
    return (edge.part.from + edge.part.to) / 2;
  }

  #bubble() {
    const { from, at, edge } = this.held;
    if (edge) return clockTime(snapped(at));
    return `${clockTime(snapped(Math.min(from, at)))}–${clockTime(snapped(Math.max(from, at)))}`;
  }
}

customElements.define("io-week-bars", WeekBars);
