// The weekly hours: a week to draw on, and the same as rows to read and turn. One row at a time is open. Fires "edited"
// {windows}; null: always.
import { LitElement, css, html } from "lit";
import "../more-texts.js";
import "../rule-texts.js";
import { base } from "../styles.js";
import "./week-bars.js";
import "./week-rows.js";
import { indexOf } from "./week.js";

class WeekPicker extends LitElement {
  static properties = { windows: { attribute: false }, say: { attribute: false }, open: { state: true } };

  static styles = [
    base,
    css`
      :host {
        display: grid;
        gap: 12px;
      }
      .hint {
        color: var(--ink-2);
        font-size: var(--small);
      }
    `,
  ];

  constructor() {
    super();
    this.open = -1;
  }

  render() {
    const { open, say, windows } = this;
    return html`<io-week-bars
        .windows=${windows}
        .chosen=${open}
        .say=${say}
        @edited=${this.#drawn}
        @chosen=${({ detail }) => this.#choose(detail.index)}
      ></io-week-bars>
      ${windows ? html`<p class="hint" aria-hidden="true">${say("week_hint")}</p>` : ""}
      <io-week-rows
        .windows=${windows}
        .open=${open}
        .say=${say}
        @opened=${({ detail }) => (this.open = detail.index)}
        @edited=${({ detail }) => this.#tell(detail.windows)}
      ></io-week-rows>`;
  }

  // What was drawn is the row that is open: there it is read, and turned to the quarter of an hour.
  #drawn({ detail }) {
    this.#tell(detail.windows);
    this.#choose(indexOf(detail.windows, detail.day, detail.minute));
  }

  #choose(index) {
    this.open = index;
  }

  #tell(windows) {
    this.dispatchEvent(new CustomEvent("edited", { detail: { windows } }));
  }
}

customElements.define("io-week-picker", WeekPicker);
