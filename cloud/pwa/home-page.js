// The doors, place by place: one pane each, swiped sideways; the likely door first. Sixty doors become rows with a search
// field. Fires "press", "hold", "ask" and "read" from the cards, and "place" {index} when another pane has come into view.
import { LitElement, css, html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import "./door-card.js";
import { sign } from "./icons.js";
import { likelyFirst } from "./likely.js";
import { cloudTime } from "./store.js";
import { base } from "./styles.js";
import { cardView, sameView } from "./view.js";

const CARDS_UP_TO = 6; // more doors than this are rows
const SEARCH_FROM = 12; // and from here a search field helps
const ROWS = 80; // drawn at first, twice what a desk shows
const MORE_ROWS = 16; // and with each frame of scrolling near their end: so many cost no frame
const AHEAD_PX = 1200;
const LOOKS_ANEW_MS = 5 * 60_000; // away for longer, she comes back for something else; before, nothing moves under her thumb

class HomePage extends LitElement {
  static properties = {
    state: { attribute: false },
    t: { type: Number },
    place: { type: Number }, // which pane is shown
    habits: { attribute: false }, // what she uses to press: see likely.js
    say: { attribute: false },
    sought: { state: true },
    drawn: { state: true }, // rows of each place
  };

  static styles = [
    base,
    css`
      :host {
        display: block;
        min-height: 0;
        height: 100%;
      }
      .panes {
        display: flex;
        height: 100%;
        overflow: auto hidden;
        scroll-snap-type: x mandatory;
        overscroll-behavior-x: contain;
        scrollbar-width: none;
      }
      .pane {
        container-type: inline-size;
        flex: 0 0 100%;
        min-width: 0;
        padding: 4px 16px 8px;
        overflow: hidden auto;
        overscroll-behavior-y: contain;
        scroll-snap-align: start;
        scroll-snap-stop: always;
      }
      .doors {
        display: grid;
        gap: 10px;
        max-width: 560px;
        margin: 0 auto;
      }
      @container (min-width: 640px) {
        .rows,
        .several {
          grid-template-columns: repeat(2, minmax(0, 1fr));
          align-items: start;
          max-width: 760px;
        }
        .rows > :not(io-door-card) {
          grid-column: 1 / -1;
        }
      }
      .rows {
        gap: 8px;
      }
      .rows io-door-card {
        content-visibility: auto;
        contain-intrinsic-height: auto 70px;
      }
      .alone {
        align-items: stretch;
        max-width: 440px;
        min-height: 100%;
      }
      label {
        display: flex;
        align-items: center;
        gap: 12px;
        min-height: 48px;
        padding: 0 16px;
        border: 1px solid var(--line);
        border-radius: var(--radius-button);
        background: var(--surface);
        color: var(--ink-2);
      }
      label:focus-within {
        outline: 3px solid var(--accent);
        outline-offset: 2px;
      }
      input {
        flex: 1;
        min-width: 0;
        height: 46px;
        border: 0;
        outline: 0;
        background: none;
        color: var(--ink);
      }
      input::placeholder {
        color: var(--ink-2);
        opacity: 1;
      }
      .none {
        padding: 24px 0;
        color: var(--ink-2);
        text-align: center;
      }
    `,
  ];

  constructor() {
    super();
    this.order = new Map(); // door id -> its rank, while she looks
    this.views = new Map(); // door id -> its view as it was last drawn
    this.drawn = ROWS;
    this.lookedAway = () => this.#lookedAway();
  }

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.lookedAway);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.lookedAway);
  }

  #lookedAway() {
    const now = Date.now();
    if (document.visibilityState === "hidden") this.hiddenAt = now;
    else if (now - (this.hiddenAt ?? now) > LOOKS_ANEW_MS) this.order.clear();
  }

  willUpdate(changed) {
    this.sameMoment = !changed.has("state") && !changed.has("t");
    if (!this.order.size) this.#putInOrder();
  }

  updated(changed) {
    if (changed.has("place")) this.#show(this.place);
    if (changed.has("drawn")) requestAnimationFrame(() => this.#reach(this.renderRoot.querySelectorAll(".pane")[this.place]));
  }

  // The next rows, before she has scrolled to the end of these.
  #reach(pane) {
    const left = pane ? pane.scrollHeight - pane.scrollTop - pane.clientHeight : Infinity;
    if (left < AHEAD_PX && this.drawn < this.state.doors.length) this.drawn += MORE_ROWS;
  }

  // A door that looks as it did is not drawn again, however often the clock ticks.
  #view(door) {
    const before = this.views.get(door.id);
    if (before && this.sameMoment) return before;
    const view = cardView(this.state, door, this.t);
    if (before && sameView(before, view)) return before;
    this.views.set(door.id, view);
    return view;
  }

  #putInOrder() {
    const { state, habits, t } = this;
    const ids = likelyFirst(state.doors, habits?.of(state) ?? [], cloudTime(state, t));
    ids.forEach((id, rank) => this.order.set(id, rank));
  }

  // A door that came meanwhile stands last.
  #ordered(doors) {
    const rank = ({ id }) => this.order.get(id) ?? this.order.size;
    return [...doors].sort((a, b) => rank(a) - rank(b));
  }

  render() {
    return html`<div class="panes" @scroll=${this.#scrolled}>
      ${repeat(
        this.state.places,
        ({ id }) => id,
        (place) => this.#pane(place),
      )}
    </div>`;
  }

  #pane(place) {
    const doors = this.#ordered(this.state.doors.filter((door) => door.place === place.id));
    if (!doors.length)
      return html`<section class="pane" aria-label=${place.name}>
        <p class="none">${this.say("no_doors_here")}</p>
      </section>`;
    const look = doors.length === 1 ? "solo" : doors.length > CARDS_UP_TO ? "row" : "card";
    const found = doors.length < SEARCH_FROM ? doors : doors.filter((door) => matches(door.name, this.sought ?? ""));
    return html`<section class="pane" aria-label=${place.name} @scroll=${({ currentTarget }) => this.#reach(currentTarget)}>
      <div class="doors ${{ solo: "alone", row: "rows", card: "several" }[look]}">
        ${doors.length >= SEARCH_FROM ? this.#search() : nothing}
        ${repeat(
          found.slice(0, this.drawn),
          ({ id }) => id,
          (door) => this.#card(look, this.#view(door)),
        )}
        ${found.length ? nothing : html`<p class="none">${this.say("no_match")}</p>`}
      </div>
    </section>`;
  }

  #card(look, view) {
    return html`<io-door-card
      look=${look}
      .say=${this.say}
      .view=${view}
      @press=${this.#pass}
      @hold=${this.#pass}
      @ask=${this.#pass}
      @read=${this.#pass}
    ></io-door-card>`;
  }

  #search() {
    return html`<label
      >${sign("search")}
      <input
        type="search"
        placeholder=${this.say("find_door")}
        aria-label=${this.say("find_door")}
        autocomplete="off"
        @input=${({ target }) => (this.sought = target.value)}
      />
    </label>`;
  }

  #pass(event) {
    this.dispatchEvent(new CustomEvent(event.type, { detail: event.detail }));
  }

  #scrolled({ currentTarget: panes }) {
    const index = Math.round(panes.scrollLeft / panes.clientWidth);
    const settled = Math.abs(panes.scrollLeft - index * panes.clientWidth) < 2;
    if (settled && index !== this.place) this.dispatchEvent(new CustomEvent("place", { detail: { index } }));
  }

  #show(index) {
    const panes = this.renderRoot.querySelector(".panes");
    const left = index * panes.clientWidth;
    if (Math.abs(panes.scrollLeft - left) < 2) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    panes.scrollTo({ left, behavior: calm ? "instant" : "smooth" });
  }
}

// Without accents and case, so that "garatge" finds "Garatge A" and "sotano" finds "Sótano".
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const matches = (name, sought) => plain(name).includes(plain(sought.trim()));

customElements.define("io-home-page", HomePage);
