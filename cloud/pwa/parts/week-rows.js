// The weekly hours as rows: on which days, from when to when. Fires "edited" {windows}; null: always.
import { LitElement, css, html } from "lit";
import { weekday } from "../hours.js";
import { sign } from "../icons.js";
import "../more-texts.js";
import { base } from "../styles.js";
import { formStyles } from "./form-styles.js";
import { newSpan, spanFields } from "./span-fields.js";

const DAYS = [0, 1, 2, 3, 4, 5, 6];

class WeekRows extends LitElement {
  static properties = { windows: { attribute: false }, say: { attribute: false } };

  static styles = [
    base,
    formStyles,
    css`
      :host {
        display: grid;
        gap: 12px;
      }
      fieldset {
        display: grid;
        gap: 8px;
        min-width: 0;
        margin: 0;
        padding: 12px;
        border: 1px solid var(--line);
        border-radius: var(--radius-button);
      }
      .days {
        display: grid;
        grid-template-columns: repeat(7, 1fr);
        gap: 3px;
      }
      .days button {
        min-width: 0;
        min-height: var(--target);
        border: 1px solid var(--line);
        border-radius: 10px;
        color: var(--ink-2);
        font-size: var(--text);
        font-weight: 600;
      }
      .days [aria-pressed="true"] {
        border-color: var(--accent);
        background: var(--accent);
        color: var(--on-accent);
      }
      .times {
        display: grid;
        grid-template-columns: 1fr var(--target);
        gap: 4px;
        align-items: end;
      }
      .gone {
        display: grid;
        place-items: center;
        width: var(--target);
        height: 48px;
        color: var(--ink-2);
      }
    `,
  ];

  render() {
    const { say, windows } = this;
    return html`${(windows ?? []).map((window, index) => this.#row(window, index))}
      <div>
        <button type="button" class="quiet" @click=${this.#add}>
          ${sign("plus", 18)} ${say(windows ? "access_more_hours" : "access_set_hours")}
        </button>
      </div>`;
  }

  #row(window, index) {
    const { say } = this;
    return html`<fieldset>
      <legend class="hidden">${say("access_hours_row", { number: index + 1 })}</legend>
      <div class="days">${DAYS.map((day) => this.#day(window, index, day))}</div>
      <div class="times">
        ${spanFields(window, say, (span) => this.#put(index, span))}
        <button
          type="button"
          class="gone"
          aria-label=${say("access_hours_gone", { number: index + 1 })}
          @click=${() => this.#put(index, null)}
        >
          ${sign("cross")}
        </button>
      </div>
    </fieldset>`;
  }

  #day(window, index, day) {
    const on = window.days.includes(day);
    const days = on ? window.days.filter((one) => one !== day) : [...window.days, day].sort();
    const name = weekday(day, this.say.language);
    return html`<button
      type="button"
      aria-pressed=${on ? "true" : "false"}
      aria-label=${weekday(day, this.say.language, "long")}
      @click=${() => this.#put(index, { ...window, days })}
    >
      ${name.slice(0, 2)}
    </button>`;
  }

  #add() {
    this.#tell([...(this.windows ?? []), { days: [0, 1, 2, 3, 4], ...newSpan }]);
  }

  #put(index, window) {
    const rest = this.windows.flatMap((one, at) => (at !== index ? [one] : window ? [window] : []));
    this.#tell(rest.length ? rest : null);
  }

  #tell(windows) {
    this.dispatchEvent(new CustomEvent("edited", { detail: { windows } }));
  }
}

customElements.define("io-week-rows", WeekRows);
