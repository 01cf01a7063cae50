// What is wrong at a place, the most urgent first: each with since when, what to do now, whom to call, and "I see to it".
// Only what was pushed. Fires "go" {section}.
import { LitElement, html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { alarmWords } from "../alarm-words.js";
import { ask, placePath } from "../api.js";
import { at, since, span } from "../format.js";
import { sign } from "../icons.js";
import { Doing } from "../parts/doing.js";
import { formStyles } from "../parts/form-styles.js";
import { base } from "../styles.js";
import { alarmStyles } from "./alarm-styles.js";

const SHOWN = 10; // a broker that is down silences every box: the first ones tell it
const AT_DOOR = ["left_open", "opened_otherwise", "door"];
const SEEN = ["opened_otherwise", "tamper"]; // there is nothing to see to any more, once somebody knows

class AlarmList extends LitElement {
  static properties = {
    alarms: { attribute: false }, // of this place, as they are to be shown
    world: { attribute: false }, // {place, doors, boxes}: see alarm-words.js
    now: { type: Number },
    live: { type: Boolean },
    say: { attribute: false },
    every: { state: true },
    doings: { state: true }, // alarm id -> Doing: two may be on their way
  };

  static styles = [base, formStyles, alarmStyles];

  constructor() {
    super();
    this.doings = new Map();
  }

  render() {
    const { alarms, every, say } = this;
    const shown = every ? alarms : alarms.slice(0, SHOWN);
    const rest = alarms.length - shown.length;
    return html`<ul>
        ${repeat(
          shown,
          ({ id }) => id,
          (alarm) => this.#alarm(alarm),
        )}
      </ul>
      ${
        rest
          ? html`<button class="quiet" @click=${() => (this.every = true)}>${say("alarm_more", { n: rest })}</button>`
          : nothing
      }`;
  }

  #alarm(alarm) {
    const { now, say, world } = this;
    const told = alarmWords(alarm, world, say);
    const { zone } = world.place;
    const ago = span(Math.max(0, now - alarm.since));
    const when = SEEN.includes(alarm.kind)
      ? say("alarm_happened", { at: at(alarm.since, now, say, zone), span: ago })
      : say("alarm_for", { since: since(alarm.since, now, say, zone), span: ago });
    const doing = this.doings.get(alarm.id);
    return html`<li class=${alarm.acknowledged ? "taken" : told.urgent ? "urgent" : "mild"}>
      <div class="what">
        ${sign("alarm", 22)}
        <div>
          <h3>${told.title}</h3>
          <p class="when">${when}</p>
        </div>
      </div>
      <div>
        <p class="act">${told.act}</p>
        ${told.more.map((one) => html`<p class="more">${one}</p>`)}
      </div>
      <div class="row">${this.#take(alarm, told, doing)} ${this.#call(told.call)} ${this.#further(alarm)}</div>
      ${doing?.told(say) ?? nothing} ${told.steps.length ? this.#steps(told.steps) : nothing} ${this.#state(alarm)}
    </li>`;
  }

  #steps(steps) {
    return html`<details ?open=${this.alarms.length === 1 && !this.alarms[0].acknowledged}>
      <summary>${this.say("alarm_steps")}</summary>
      <ol>
        ${steps.map((step) => html`<li>${step}</li>`)}
      </ol>
    </details>`;
  }

  #take(alarm, { title }, doing) {
    const { live, say } = this;
    if (alarm.acknowledged) return nothing;
    const off = doing?.busy || !live;
    return html`<button
      class="strong"
      aria-label=${say("alarm_take_of", { alarm: title })}
      aria-disabled=${off ? "true" : "false"}
      @click=${() => off || this.#acknowledge(alarm)}
    >
      ${say(SEEN.includes(alarm.kind) ? "alarm_seen" : "alarm_take")}
    </button>`;
  }

  #call(call) {
    const { say } = this;
    if (!call) return nothing;
    if (call.href) return html`<a class="quiet" href=${call.href}>${say(call.key, { name: call.name })}</a>`;
    return html`<button class="quiet" @click=${() => this.#go("alerts")}>${say(call.key)}</button>`;
  }

  #further({ kind, door }) {
    const { say } = this;
    if (AT_DOOR.includes(kind) && door) return html`<a class="quiet" href="#door=${door}">${say("alarm_show_door")}</a>`;
    return html`<button class="quiet" @click=${() => this.#go("boxes")}>${say("alarm_show_box")}</button>`;
  }

  // Who sees to it, or when it is told again.
  #state({ acknowledged, acknowledged_by, again }) {
    const { now, say, world } = this;
    const { zone } = world.place;
    if (acknowledged) {
      const values = { who: acknowledged_by ?? "", since: since(acknowledged, now, say, zone) };
      return html`<p class="note">${say("alarm_taken", values)}</p>`;
    }
    if (!again || again <= now) return nothing;
    return html`<p class="note">${say("alarm_again", { at: at(again, now, say, zone) })}</p>`;
  }

  #go(section) {
    this.dispatchEvent(new CustomEvent("go", { bubbles: true, composed: true, detail: { section } }));
  }

  // What becomes of it is pushed.
  #acknowledge({ id, place }) {
    if (!this.doings.has(id)) this.doings.set(id, new Doing(this));
    return this.doings.get(id).run(() => ask("POST", placePath(place, "alarms", id, "acknowledge")));
  }
}

customElements.define("io-alarm-list", AlarmList);
