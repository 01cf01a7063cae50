// A door that is held open: by whom, until when, and the end of it; and the way to begin it, for who may. The door box
// ends a hold by itself. Fires "hold" (an end is to be chosen) and "release".
import { LitElement, css, html, nothing } from "lit";
import { moment } from "./format.js";
import { base } from "./styles.js";

const MINUTE_MS = 60_000; // the end is told to the minute: it was chosen so

class HoldNote extends LitElement {
  static properties = {
    view: { attribute: false },
    say: { attribute: false },
    offered: { type: Boolean }, // show the way to begin, too
  };

  static styles = [
    base,
    css`
      :host {
        display: block;
      }
      .held {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: 12px;
        justify-self: stretch;
        margin-top: 12px;
        padding: 4px 4px 4px 16px;
        border-radius: var(--radius-button);
        background: var(--soft);
        font-size: var(--text);
        font-weight: 500;
      }
      .held p {
        min-width: 0;
        padding: 8px 0;
        font-variant-numeric: tabular-nums;
        overflow-wrap: anywhere;
        text-wrap: pretty;
      }
      .begin {
        margin-top: 12px;
      }
    `,
  ];

  render() {
    const { say } = this;
    const { door, hold } = this.view;
    if (door.hold)
      return html`<div class="held">
        <p>${this.#words()}</p>
        ${
          hold.mayEnd
            ? html`<button class="quiet" aria-label=${say("hold_end_of", { door: door.name })} @click=${this.#release}>
                ${say("hold_end")}
              </button>`
            : nothing
        }
      </div>`;
    if (!this.offered || !hold.mayBegin) return nothing;
    return html`<button class="quiet begin" aria-label=${say("hold_of", { door: door.name })} @click=${this.#begin}>
      ${say("hold_begin")}
    </button>`;
  }

  #words() {
    const { door, hold, now, place } = this.view;
    const { who, until } = door.hold;
    if (!who || !until) return this.say("held");
    const at = moment(Math.round(until / MINUTE_MS) * MINUTE_MS, now, this.say, place.zone);
    return this.say(hold.hers ? "held_by_you" : "held_by", { who, at });
  }

  #begin() {
    this.dispatchEvent(new Event("hold"));
  }

  #release() {
    this.dispatchEvent(new Event("release"));
  }
}

customElements.define("io-hold-note", HoldNote);
