// What whoever works for the service does: a host makes places, an installer puts doors in, a maintainer sends updates out.
// Shown to nobody else. Fires "host" and "maintain": their pages.
import { LitElement, html, nothing } from "lit";
import { ask } from "../api.js";
import { Doing } from "../parts/doing.js";
import { check, choice, commit, field, sent } from "../parts/fields.js";
import { formStyles } from "../parts/form-styles.js";
import "../parts/sheet.js";
import { base } from "../styles.js";
import { partStyles } from "./part-styles.js";

const DRIVES = ["open", "toggle", "open_close"];
const MOST_DOORS = 4; // of one door box

class Staff extends LitElement {
  // open: "place" | "door"
  static properties = {
    me: { attribute: false },
    places: { attribute: false },
    say: { attribute: false },
    open: { state: true },
    made: { state: true }, // what was made last: its name and id
  };

  static styles = [base, formStyles, partStyles];

  constructor() {
    super();
    this.doing = new Doing(this);
  }

  render() {
    const { me, say, open, made } = this;
    return html`<h2>${say("staff")}</h2>
      <div class="row">
        ${
          me.staff.includes("host")
            ? html`<button class="strong" @click=${() => this.dispatchEvent(new Event("host"))}>${say("staff_host")}</button>
                <button class="quiet" @click=${() => this.#show("place")}>${say("staff_place")}</button>`
            : nothing
        }
        ${
          me.staff.includes("maintainer")
            ? html`<button class="strong" @click=${() => this.dispatchEvent(new Event("maintain"))}>${say("staff_updates")}</button>`
            : nothing
        }
        ${
          me.staff.some((role) => role !== "maintainer")
            ? html`<button class="quiet" @click=${() => this.#show("door")}>${say("staff_door")}</button>`
            : nothing
        }
      </div>
      <div role="status">${made ? html`<p class="sub">${say("staff_made", made)}</p>` : nothing}</div>
      ${open ? this.#sheet() : nothing}`;
  }

  #sheet() {
    const { say, open } = this;
    return html`<io-sheet .heading=${say(`staff_${open}`)} .say=${say} @closed=${() => (this.open = null)}>
      <form @submit=${sent((values) => (open === "place" ? this.#makePlace(values) : this.#putIn(values)))}>
        ${open === "place" ? this.#placeFields() : this.#doorFields()} ${this.doing.told(say)}
        ${commit(say(this.doing.busy ? "saving" : "save"), this.doing)}
      </form>
    </io-sheet>`;
  }

  #placeFields() {
    const { say } = this;
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    return html`${field("name", say("staff_place_name"), { required: true, maxlength: 80 })}
    ${field("zone", say("staff_zone"), { required: true, value: here, maxlength: 60 })}
    ${field("owner", say("staff_owner"), { required: true, maxlength: 320 })}
    ${field("owner_name", say("staff_owner_name"), { required: true, maxlength: 80 })}`;
  }

  #doorFields() {
    const { say, places } = this;
    const numbers = [...Array(MOST_DOORS).keys()].map((number) => [String(number), String(number + 1)]);
    return html`${field("place", say("staff_place_id"), { required: true, value: places[0]?.id ?? "", maxlength: 40 })}
    ${field("name", say("staff_door_name"), { required: true, maxlength: 80 })}
    ${field("unit", say("staff_unit"), { required: true, pattern: "[0-9a-f]{8}", hint: say("staff_unit_hint") })}
    ${choice("number", say("staff_number"), numbers, { value: "0" })}
    ${choice(
      "drive",
      say("staff_drive"),
      DRIVES.map((drive) => [drive, say(`staff_drive_${drive}`)]),
      { value: "toggle" },
    )}
    ${check("sensor", say("staff_sensor"), { checked: true })}`;
  }

  #show(open) {
    this.doing.clear();
    this.made = null;
    this.open = open;
  }

  async #makePlace({ name, zone, owner, owner_name }) {
    const done = await this.doing.run(() => ask("POST", "places", { name, zone, owner, owner_name }));
    this.#done(done, name);
  }

  async #putIn({ place, name, unit, number, drive, sensor }) {
    const body = { name, unit, number: Number(number), drive, sensor };
    const done = await this.doing.run(() => ask("POST", `places/${encodeURIComponent(place)}/doors`, body));
    this.#done(done, name);
  }

  #done(done, name) {
    if (done === undefined) return;
    this.made = { name, id: done.id };
    this.open = null;
  }
}

customElements.define("io-staff", Staff);
