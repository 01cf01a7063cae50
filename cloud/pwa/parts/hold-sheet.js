// Until when a door is to be held open: a few spans, or a time of day; nothing is sent before the button that says the end.
// Fires "chosen" {seconds} or {until}, and "closed".
import { LitElement, css, html, nothing } from "lit";
import { moment, span } from "../format.js";
import "../more-texts.js";
import { base } from "../styles.js";
import { commit } from "./fields.js";
import { formStyles } from "./form-styles.js";
import { latest, nextAt, possible, spans } from "./hold-times.js";
import "./sheet.js";

class HoldSheet extends LitElement {
  static properties = {
    door: { attribute: false },
    zone: {},
    now: { type: Number },
    live: { type: Boolean }, // otherwise nothing can be sent
    say: { attribute: false },
    chosen: { state: true }, // a span in ms, or "time"
    time: { state: true }, // of day, as typed
    told: { state: true }, // that this end cannot be
  };

  static styles = [
    base,
    formStyles,
    css`
      fieldset {
        display: grid;
        gap: 4px;
        margin: 0;
        padding: 0;
        border: 0;
      }
      .check {
        font-variant-numeric: tabular-nums;
      }
      .check .until {
        margin-left: auto;
        color: var(--ink-2);
        font-size: var(--text);
      }
      .time {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: 12px;
      }
      .time > input[type="time"] {
        width: auto;
        min-width: 112px;
      }
    `,
  ];

  constructor() {
    super();
    this.time = "";
  }

  willUpdate() {
    this.chosen ??= spans(this.now, this.door.may.until).at(0) ?? "time";
  }

  get #end() {
    return this.chosen === "time" ? nextAt(this.time, this.now, this.zone) : this.now + this.chosen;
  }

  render() {
    const { door, now, say } = this;
    const end = this.#end;
    const until = end === null ? null : this.#moment(end);
    return html`<io-sheet
      .heading=${say("hold_of", { door: door.name })}
      .say=${say}
      @closed=${() => this.dispatchEvent(new Event("closed"))}
    >
      <form @submit=${this.#choose}>
        <p class="sub">${say("hold_detail")}</p>
        <fieldset>
          <legend class="hidden">${say("hold_until_when")}</legend>
          ${spans(now, door.may.until).map((ms) => this.#span(ms))} ${this.#timeOfDay()}
        </fieldset>
        <div role="status" class="told">${this.told ? html`<p class="failed">${this.#limit()}</p>` : nothing}</div>
        ${commit(this.#label(until), { busy: !this.live })}
      </form>
    </io-sheet>`;
  }

  #label(until) {
    if (!this.live) return this.say("button_no_link");
    return until ? this.say("hold_until", { at: until }) : this.say("hold_begin");
  }

  #moment(ms) {
    return moment(ms, this.now, this.say, this.zone);
  }

  #span(ms) {
    return html`<label class="check">
      <input type="radio" name="end" .checked=${this.chosen === ms} @change=${() => this.#pick(ms)} />
      <span>${span(ms)}</span> <span class="until">${this.say("hours_until", { at: this.#moment(this.now + ms) })}</span>
    </label>`;
  }

  #timeOfDay() {
    const { say } = this;
    return html`<div class="time">
      <label class="check">
        <input type="radio" name="end" .checked=${this.chosen === "time"} @change=${() => this.#pick("time")} />
        <span>${say("hold_time")}</span>
      </label>
      <input
        type="time"
        aria-label=${say("hold_time")}
        .value=${this.time}
        @focus=${() => this.#pick("time")}
        @input=${this.#typed}
      />
    </div>`;
  }

  #limit() {
    return this.say("hold_limit", { at: this.#moment(latest(this.now, this.door.may.until)) });
  }

  #pick(chosen) {
    if (this.chosen === chosen) return;
    this.chosen = chosen;
    this.told = false;
  }

  #typed({ target }) {
    this.time = target.value;
    this.told = false;
  }

  #choose(event) {
    event.preventDefault();
    if (!this.live) return;
    const { now, door } = this;
    const end = this.#end;
    this.told = !possible(end, now, door.may.until);
    if (this.told) {
      if (this.chosen === "time") this.renderRoot.querySelector("[type=time]").focus();
      return;
    }
    const detail = this.chosen === "time" ? { until: end } : { seconds: this.chosen / 1000 };
    this.dispatchEvent(new CustomEvent("chosen", { detail }));
    this.renderRoot.querySelector("io-sheet").close();
  }
}

customElements.define("io-hold-sheet", HoldSheet);
