// How the door stands: shape, word, since when; until when or when it is hers to open; after a success, for a moment, the
// time it took. Only what was pushed.
import { LitElement, css, html, nothing } from "lit";
import { moment, since, took } from "./format.js";
import { doorHours } from "./hours.js";
import { doorPicture, doorShape } from "./icons.js";
import { summary } from "./outcome.js";
import { base } from "./styles.js";

const SHAPES = { open: "open", closed: "closed", opening: "moving", closing: "moving", unknown: "unknown" };
const SINCE_SHOWN_AFTER_MS = 60_000; // a door that opened just now needs no "since"
const UNTIL_SHOWN_MS = 24 * 3_600_000; // an access that ends in a month is no news at the door
const HOURS_SHOWN = 44; // signs; what is longer than two lines of a narrow card is told when she asks why

class DoorState extends LitElement {
  static properties = {
    view: { attribute: false },
    say: { attribute: false },
    large: { type: Boolean, reflect: true },
  };

  static styles = [
    base,
    css`
      :host {
        display: block;
        min-width: 0;
      }
      p {
        display: flex;
        align-items: flex-start;
        gap: 8px;
        color: var(--ink-2);
      }
      .word {
        color: var(--ink);
        font-weight: 500;
      }
      .text {
        min-width: 0;
        font-variant-numeric: tabular-nums;
      }
      .shape {
        padding-top: 2px;
      }
      :host([large]) p {
        flex-direction: column;
        align-items: center;
        gap: 16px;
        text-align: center;
      }
      :host([large]) .word {
        display: block;
        font-size: var(--large);
        font-weight: 600;
        line-height: 1.2;
        letter-spacing: -0.015em;
        text-wrap: balance;
      }
      :host([large]) .text::after {
        content: "\\200b"; /* the line below the word is always there: nothing moves when a time appears in it */
      }
      .more {
        display: inline-block;
      }
      :host([large]) .dot {
        display: none;
      }
      :host([large]) .wide {
        animation-name: pass-far;
      }
      .shape {
        color: var(--ink);
      }
      .open .shape,
      .moving .shape,
      .fresh .shape,
      .fresh .word {
        color: var(--accent);
      }
      .unknown .shape,
      .past .shape,
      .past .word {
        color: var(--ink-2);
      }
      .away .shape,
      .away .word {
        color: var(--warn);
      }
      .leaf {
        animation: pass 2.4s ease-in-out infinite alternate;
      }
      @keyframes pass-far {
        to {
          transform: translateX(25px);
        }
      }
      @keyframes pass {
        to {
          transform: translateX(5.5px);
        }
      }
    `,
  ];

  render() {
    const { door, live } = this.view;
    const away = door.link !== "online";
    const shape = away ? "unknown" : SHAPES[door.state];
    const { word, more, fresh } = away ? this.#away() : this.#standing();
    const kind = live ? (away ? "away" : shape) : "past";
    return html`<p class=${fresh ? "fresh" : kind}>
      <span class="shape">${this.large ? doorPicture(shape) : doorShape(shape)}</span>
      <span class="text"
        ><span class="word">${word}</span> ${this.#more((fresh || away ? null : this.#hours()) ?? more)}</span
      >
    </p>`;
  }

  #more(text) {
    if (!text) return nothing;
    return html`<span class="more"><span class="dot">· </span>${text}</span>`;
  }

  #away() {
    const { door, now, place } = this.view;
    const { say } = this;
    const word = door.heard
      ? say("silent_since", { since: since(door.heard, now, say, place.zone) })
      : say("never_heard");
    // On a card only what is out of the ordinary: four of them have to fit.
    const told = door.state !== "unknown" && (this.large || door.state !== "closed");
    return { word, more: told ? say("last_seen", { state: say(`was_${door.state}`) }) : null };
  }

  // "for you until 21:00", when that is soon; where it is not hers now, "for you Wed 18:00–20:00". One thing on a line: it
  // says more than since when the door is open.
  #hours() {
    const { door, grants, now, place } = this.view;
    const { allowed, reason, until } = door.may;
    if (allowed) {
      const soon = until && until - now < UNTIL_SHOWN_MS;
      return soon ? this.say("until_then", { at: moment(until, now, this.say, place.zone) }) : null;
    }
    const hours = reason === "hours" ? doorHours(grants, this.say, { now, zone: place.zone }) : null;
    return hours && hours.length <= HOURS_SHOWN ? this.say("for_you", { hours }) : null;
  }

  #standing() {
    const { door, now, place } = this.view;
    const { say } = this;
    const success = this.#success();
    if (success) return success;
    if (door.state === "unknown" && !door.sensor) return { word: say("state_no_sensor") };
    const long = door.state === "open" && door.since && now - door.since > SINCE_SHOWN_AFTER_MS;
    return { word: say(`state_${door.state}`), more: long ? since(door.since, now, say, place.zone) : null };
  }

  // After a success the time it took stands beside the word, as long as the word is what the door is now.
  #success() {
    const { door, shown, attempt } = this.view;
    if (shown !== "good" && shown !== "note") return null;
    const { key, ms } = summary(attempt);
    if (ms === null) return null;
    const words = key === "moved" ? `state_${door.state}` : key;
    if (words !== "switched" && words !== `state_${door.state}`) return null;
    return { word: this.say(words), more: took(ms, this.say.language), fresh: true };
  }
}

customElements.define("io-door-state", DoorState);
