// The doors of a place: what they are called, how long they travel, how the box drives them; and what it has not taken yet.
import { LitElement, html, nothing } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { ask } from "../api.js";
import { sign } from "../icons.js";
import { Doing } from "../parts/doing.js";
import { choice, commit, field, sent } from "../parts/fields.js";
import { formStyles } from "../parts/form-styles.js";
import "../parts/sheet.js";
import { base } from "../styles.js";
import { pageStyles } from "./page-styles.js";
import "./sure-sheet.js";

const DRIVES = ["open", "toggle", "open_close"];
const MINUTE_S = 60;

class DoorsPage extends LitElement {
  static properties = {
    data: { attribute: false },
    session: { attribute: false },
    state: { attribute: false }, // of the session: another one with every push
    say: { attribute: false },
    door: { state: true }, // as the form began with it
    installs: { state: true }, // whether she may take doors out, too
    sure: { state: true }, // the door that is to be taken out: being looked at
  };

  static styles = [base, formStyles, pageStyles];

  constructor() {
    super();
    this.doing = new Doing(this);
  }

  render() {
    const { data, say } = this;
    return html`<h2>${say("manage_doors")}</h2>
      <ul class="list">
        ${data.doors.map(({ door, pending }) => this.#row(door, pending))}
      </ul>
      ${data.doors.length ? nothing : html`<p class="plain">${say("doors_none")}</p>`}
      ${this.door && !this.sure ? this.#sheet() : nothing} ${this.sure ? this.#wayOut(this.sure) : nothing}`;
  }

  #row(door, pending) {
    const { say } = this;
    const details = [
      say(`doors_drive_${door.drive}`),
      say("doors_travels", { seconds: door.travel_s }),
      door.left_open_s ? say("doors_left_open", { minutes: Math.round(door.left_open_s / MINUTE_S) }) : null,
    ];
    return html`<li>
      <button class="item" @click=${() => this.#open(door)}>
        <span>
          <b>${door.name}</b> ${pending ? html`<span class="tag warn">${say("pending")}</span>` : nothing}
          <span class="sub"><br />${details.filter(Boolean).join(" · ")}</span>
        </span>
        ${sign("right")}
      </button>
    </li>`;
  }

  #sheet() {
    const { door, say } = this;
    return html`<io-sheet .heading=${door.name} .say=${say} @closed=${() => (this.door = null)}>
      <div class="stack">
        <div class="row">
          <button class="quiet" @click=${() => this.#go("who", { door: door.id })}>${say("doors_who")}</button>
          <button class="quiet" @click=${() => this.#go("log", { door: door.id })}>${say("doors_log")}</button>
        </div>
        ${keyed(door.version, this.#form(door))}
      </div>
    </io-sheet>`;
  }

  // Another version is another form: nothing that was typed for the old one stays.
  #form(door) {
    const { say } = this;
    const number = { type: "number", required: true };
    return html`<form @submit=${sent((values) => this.#save(values))}>
      ${field("name", say("doors_name"), { value: door.name, required: true, maxlength: 80 })}
      ${choice(
        "drive",
        say("doors_drive"),
        DRIVES.map((drive) => [drive, say(`doors_drive_${drive}`)]),
        { value: door.drive },
      )}
      ${field("travel_s", say("doors_travel_s"), {
        ...number,
        min: 0.5,
        max: 300,
        step: 0.5,
        value: String(door.travel_s),
        hint: say("doors_travel_hint"),
      })}
      ${field("pulse_ms", say("doors_pulse_ms"), {
        ...number,
        min: 100,
        max: 5000,
        step: 50,
        value: String(door.pulse_ms),
        hint: say("doors_pulse_hint"),
      })}
      ${field("left_open", say("doors_left_open_min"), {
        type: "number",
        min: 0.5,
        max: 1440,
        step: 0.5,
        value: door.left_open_s ? String(door.left_open_s / MINUTE_S) : "",
        hint: say("doors_left_open_hint"),
      })}
      <p class="hint">${say("doors_pending_hint")}</p>
      ${this.doing.told(say)}
      <div class="row">
        ${commit(say(this.doing.busy ? "saving" : "save"), this.doing)}
        ${
          this.installs
            ? html`<button class="quiet danger" type="button" @click=${() => (this.sure = door)}>
                ${say("doors_take_out")}
              </button>`
            : nothing
        }
      </div>
    </form>`;
  }

  #wayOut(door) {
    const { data, say } = this;
    return html`<io-sure-sheet
      .data=${data}
      .heading=${`${door.name}: ${say("doors_take_out")}`}
      .words=${say("doors_take_out_sure")}
      .what=${{ door: door.id }}
      .yes=${say("doors_take_out")}
      danger
      .run=${() => ask("DELETE", `doors/${encodeURIComponent(door.id)}`, { version: door.version })}
      .say=${say}
      @done=${() => (this.door = null)}
      @closed=${() => (this.sure = null)}
    ></io-sure-sheet>`;
  }

  #go(section, about) {
    this.dispatchEvent(new CustomEvent("go", { bubbles: true, composed: true, detail: { section, about } }));
  }

  #open(door) {
    this.doing.clear();
    this.sure = null;
    this.door = door;
    if (this.installs === undefined) this.#ask();
  }

  // Whether she works for the service: only then doors are hers to take out.
  async #ask() {
    const me = await ask("GET", "me").catch(() => null);
    this.installs = Boolean(me && !me.scope && me.staff?.some((role) => role === "host" || role === "installer"));
  }

  async #save({ name, drive, travel_s, pulse_ms, left_open }) {
    const body = {
      version: this.door.version,
      name,
      drive,
      travel_s: Number(travel_s),
      pulse_ms: Number(pulse_ms),
      left_open_s: left_open === null ? null : Math.round(Number(left_open) * MINUTE_S),
    };
    const done = await this.doing.run(() => ask("PATCH", `doors/${encodeURIComponent(this.door.id)}`, body));
    if (done !== undefined) this.door = null;
    else if (this.doing.failed.reason === "conflict" && this.doing.failed.current)
      this.door = this.doing.failed.current;
  }
}

customElements.define("io-doors-page", DoorsPage);
