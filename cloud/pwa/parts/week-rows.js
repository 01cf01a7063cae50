// The weekly hours as rows of words; the one that is open shows its days and its two wheels. Fires "opened" {index} and
// "edited" {windows}; null: always.
import { LitElement, css, html, nothing } from "lit";
import { weekWords, weekday } from "../hours.js";
import { sign } from "../icons.js";
import "../more-texts.js";
import { base } from "../styles.js";
import { formStyles } from "./form-styles.js";
import { newSpan, spanFields } from "./span-fields.js";
import { joined } from "./week.js";

const DAYS = [0, 1, 2, 3, 4, 5, 6];

class WeekRows extends LitElement {
  static properties = { windows: { attribute: false }, open: { type: Number }, say: { attribute: false } };

  static styles = [
    base,
    formStyles,
    css`
      :host {
        display: grid;
        gap: 8px;
      }
      .row-of-hours {
        border: 1px solid var(--line);
        border-radius: var(--radius-button);
        overflow: hidden;
      }
      .row-of-hours.opened {
        border-color: var(--accent);
      }
      .words {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: 12px;
        width: 100%;
        padding: 8px 12px;
        font-variant-numeric: tabular-nums;
        text-align: left;
      }
      .words span {
        min-width: 0;
        overflow-wrap: anywhere;
      }
      .words svg {
        color: var(--ink-2);
        transform: rotate(90deg);
        transition: transform var(--motion);
      }
      .opened .words svg {
        transform: rotate(-90deg);
      }
      .words:focus-visible {
        outline-offset: -3px;
      }
      fieldset {
        display: grid;
        gap: 12px;
        min-width: 0;
        margin: 0;
        padding: 4px 12px 12px;
        border: 0;
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
    `,
  ];

  // Whoever came by keyboard goes on in the row that has come, or where the row was that has gone.
  updated(changed) {
    if (!changed.has("windows") || this.wanted === undefined) return;
    const rows = this.renderRoot.querySelectorAll(".words");
    (rows[this.wanted] ?? this.renderRoot.querySelector(".add")).focus();
    this.wanted = undefined;
  }

  render() {
    const { say, windows } = this;
    return html`${(windows ?? []).map((window, index) => this.#row(window, index))}
      <div class="row">
        <button type="button" class="quiet add" @click=${this.#add}>
          ${sign("plus", 18)} ${say(windows ? "access_more_hours" : "access_set_hours")}
        </button>
      </div>`;
  }

  #row(window, index) {
    const { say } = this;
    const opened = index === this.open;
    return html`<div class="row-of-hours ${opened ? "opened" : ""}">
      <button
        type="button"
        class="words"
        aria-expanded=${opened ? "true" : "false"}
        @click=${() => this.#opened(opened ? -1 : index)}
      >
        <span>${weekWords([window], say)}</span>${sign("right", 18)}
      </button>
      ${opened ? this.#fields(window, index) : nothing}
    </div>`;
  }

  #fields(window, index) {
    const { say } = this;
    return html`<fieldset>
      <legend class="hidden">${say("access_hours_row", { number: index + 1 })}</legend>
      <div class="days">${DAYS.map((day) => this.#day(window, index, day))}</div>
      ${spanFields(window, say, (next) => this.#put(index, next))}
      <div class="row">
        <button
          type="button"
          class="quiet danger"
          aria-label=${say("access_hours_gone", { number: index + 1 })}
          @click=${() => this.#remove(index)}
        >
          ${say("week_row_gone")}
        </button>
      </div>
    </fieldset>`;
  }

  // Hours on no day are none: the last day stays.
  #day(window, index, day) {
    const on = window.days.includes(day);
    const others = window.days.filter((one) => one !== day);
    const days = !on ? [...others, day].sort() : others.length ? others : window.days;
    return html`<button
      type="button"
      aria-pressed=${on ? "true" : "false"}
      aria-label=${weekday(day, this.say.language, "long")}
      @click=${() => this.#put(index, { ...window, days })}
    >
      ${weekday(day, this.say.language).slice(0, 2)}
    </button>`;
  }

  #add() {
    const windows = [...joined(this.windows ?? []), { days: this.windows ? [5, 6] : [0, 1, 2, 3, 4], ...newSpan }];
    this.wanted = windows.length - 1;
    this.#tell(windows);
    this.#opened(windows.length - 1);
  }

  // While a row is turned it keeps its place: rows are joined when something is drawn or added.
  #put(index, window) {
    this.#tell(this.windows.with(index, window));
  }

  #remove(index) {
    const rest = this.windows.toSpliced(index, 1);
    this.wanted = Math.max(0, index - 1);
    this.#opened(-1);
    this.#tell(rest.length ? rest : null);
  }

  #opened(index) {
    this.dispatchEvent(new CustomEvent("opened", { detail: { index } }));
  }

  #tell(windows) {
    this.dispatchEvent(new CustomEvent("edited", { detail: { windows } }));
  }
}

customElements.define("io-week-rows", WeekRows);
