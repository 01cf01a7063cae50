// When something is an alarm at a place, and whom to call then. Where alarms go besides the app is alerts-where.js.
import { LitElement, css, html, nothing } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { ask, placePath } from "../api.js";
import "../glance-texts.js";
import { Doing } from "../parts/doing.js";
import { commit, field, sent } from "../parts/fields.js";
import { formStyles } from "../parts/form-styles.js";
import { base } from "../styles.js";
import "./alerts-where.js";
import { pageStyles } from "./page-styles.js";

const MINUTE_S = 60;
const AWAY = { min: 2, max: 1440 }; // minutes
const AGAIN = { min: 5, max: 1440 };
const LEFT_OPEN = { min: 0.5, max: 1440, step: 0.5 };

const minutes = (seconds) => (seconds ? String(seconds / MINUTE_S) : "");
const seconds = (typed) => (typed === null ? null : Math.round(Number(typed) * MINUTE_S));

class AlertsForm extends LitElement {
  static properties = {
    data: { attribute: false },
    session: { attribute: false },
    state: { attribute: false }, // of the session: another one with every push
    say: { attribute: false },
    from: { state: true }, // the place as the form began with it
    saved: { state: true }, // "place" | "doors"
  };

  static styles = [
    base,
    formStyles,
    pageStyles,
    css`
      :host {
        container-type: inline-size;
      }
      .columns {
        display: grid;
        gap: 32px 24px;
        align-items: start;
      }
      @container (min-width: 760px) {
        .columns {
          grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
        }
      }
      .columns > .stack {
        gap: 32px;
      }
      .item input {
        flex: none;
        width: 104px;
      }
      fieldset {
        display: grid;
        gap: 12px;
        min-width: 0;
        margin: 0;
        padding: 0;
        border: 0;
      }
      legend {
        color: var(--ink);
        font-size: var(--body);
        font-weight: 600;
      }
    `,
  ];

  constructor() {
    super();
    this.doing = new Doing(this); // the times
    this.doors = new Doing(this);
  }

  // What somebody else changes is taken over; what is being typed here is not lost before it is saved.
  willUpdate(changed) {
    const touched = this.renderRoot?.querySelector("form.times")?.matches(":focus-within");
    if (changed.has("data") && !touched) this.from = this.data.place;
  }

  render() {
    const { data, from, say, session } = this;
    return html`<h2>${say("manage_alerts")}</h2>
      <div class="columns">
        <div class="stack">${keyed(from.version, this.#times(from))} <io-alerts-where
            .data=${data}
            .session=${session}
            .say=${say}
          ></io-alerts-where></div>
        ${this.#leftOpen()}
      </div>`;
  }

  #times(from) {
    const { say } = this;
    const number = { type: "number", inputmode: "decimal", required: true, step: 0.5 };
    return html`<form class="times" @submit=${sent((values) => this.#save(values))}>
      <fieldset>
        <legend>${say("alerts_when")}</legend>
        <div class="two">
          ${field("away_after", say("alerts_away_after"), {
            ...number,
            ...AWAY,
            value: minutes(from.away_after_s),
            hint: say("alerts_away_after_hint"),
          })}
          ${field("again", say("alerts_again"), {
            ...number,
            ...AGAIN,
            value: minutes(from.again_s),
            hint: say("alerts_again_hint"),
          })}
        </div>
      </fieldset>
      <fieldset>
        <legend>${say("alerts_installer")}</legend>
        ${field("installer_name", say("alerts_installer_name"), { value: from.installer_name, maxlength: 80 })}
        ${field("installer_contact", say("alerts_installer_contact"), {
          value: from.installer_contact,
          maxlength: 200,
        })}
      </fieldset>
      ${this.doing.told(say, this.saved === "place" ? say("alerts_saved") : null)}
      ${commit(say(this.doing.busy ? "saving" : "save"), this.doing)}
    </form>`;
  }

  #leftOpen() {
    const { data, say } = this;
    const doors = data.doors.map(({ door }) => door);
    const seen = doors.filter(({ sensor }) => sensor);
    const blind = doors.filter(({ sensor }) => !sensor);
    return html`<form @submit=${sent((values) => this.#saveDoors(values))}>
      <fieldset aria-describedby="left-open-hint">
        <legend>${say("alerts_left_open")}</legend>
        <small class="hint" id="left-open-hint">${say("alerts_left_open_hint")}</small>
        <ul class="list">
          ${seen.map((door) => keyed(`${door.id} ${door.version}`, this.#door(door)))}
        </ul>
        ${blind.map(({ name }) => html`<p class="plain">${say("alerts_no_sensor", { name })}</p>`)}
      </fieldset>
      ${this.doors.told(say, this.saved === "doors" ? say("alerts_saved") : null)}
      ${seen.length ? commit(say(this.doors.busy ? "saving" : "save"), this.doors) : nothing}
    </form>`;
  }

  #door({ id, name, left_open_s }) {
    const { say } = this;
    return html`<li class="item">
      <label for=${id}>${name}</label>
      <input
        id=${id}
        name=${id}
        type="number"
        inputmode="decimal"
        min=${LEFT_OPEN.min}
        max=${LEFT_OPEN.max}
        step=${LEFT_OPEN.step}
        aria-label=${say("alerts_left_open_of", { name })}
        .value=${minutes(left_open_s)}
      />
    </li>`;
  }

  async #save({ away_after, again, installer_name, installer_contact }) {
    this.saved = null;
    const times = { away_after_s: seconds(away_after), again_s: seconds(again) };
    const body = { version: this.from.version, ...times, installer_name, installer_contact };
    const done = await this.doing.run(() => ask("PATCH", placePath(this.data.place.id), body));
    if (done !== undefined) {
      this.saved = "place";
      this.from = this.data.place;
    } else if (this.doing.failed.reason === "conflict" && this.doing.failed.current) {
      this.from = this.doing.failed.current;
    }
  }

  // One after the other, only those that are others than before; the first that is refused ends it.
  async #saveDoors(values) {
    this.saved = null;
    for (const { door } of this.data.doors.filter(({ door: { sensor } }) => sensor)) {
      const left_open_s = seconds(values[door.id]);
      if (left_open_s === (door.left_open_s ?? null)) continue;
      const body = { version: door.version, left_open_s };
      const done = await this.doors.run(() => ask("PATCH", `doors/${encodeURIComponent(door.id)}`, body));
      if (done === undefined) return;
    }
    this.saved = "doors";
  }
}

customElements.define("io-alerts-form", AlertsForm);
