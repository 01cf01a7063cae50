// Every door box of the service, what needs looking after first. A list of the cloud's making: it finds and it ends.
import { LitElement, html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { bytes, dBm, percent } from "../box-words.js";
import { seconds, span } from "../format.js";
import { check, field } from "../parts/fields.js";
import { formStyles } from "../parts/form-styles.js";
import { base } from "../styles.js";
import { hostStyles } from "./host-styles.js";
import { Polled } from "./polled.js";

const TYPED_MS = 250; // a pause in typing
const URGENT = ["tamper", "away", "coil", "sensor"];

class HostUnits extends LitElement {
  static properties = {
    say: { attribute: false },
    find: { state: true },
    wrong: { state: true },
  };

  static styles = [base, formStyles, hostStyles];

  constructor() {
    super();
    this.find = "";
    this.wrong = false;
    this.polled = new Polled(this, () => `host/units?${this.#query()}`);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.typing);
  }

  #query() {
    return new URLSearchParams({ ...(this.find ? { find: this.find } : {}), ...(this.wrong ? { wrong: "true" } : {}) });
  }

  render() {
    const { say } = this;
    const { value: found, failed } = this.polled;
    return html`<form class="form" @submit=${(event) => event.preventDefault()}>
        ${field("find", say("host_find"), { value: this.find, maxlength: 60, input: ({ target }) => this.#typed(target.value) })}
        ${check("wrong", say("host_only_wrong"), {
          checked: this.wrong,
          change: ({ target }) => this.#only(target.checked),
        })}
      </form>
      ${found ? this.#list(found) : html`<p class="plain" role="status">${say(failed ? "page_missing" : "loading")}</p>`}`;
  }

  #list({ units, now, found, total, wrong }) {
    const { say } = this;
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    return html`<p class=${wrong ? "odd" : ""} role="status">
        ${wrong ? say("host_count_wrong", { n: wrong, total }) : say("host_count_well", { total })}
      </p>
      <ul class="list">
        ${repeat(
          units,
          ({ unit }) => unit,
          (unit) => this.#unit(unit, now),
        )}
      </ul>
      ${units.length ? nothing : html`<p class="plain">${say("host_unit_none")}</p>`}
      <p class="age">
        ${units.length < found ? html`${say("host_found", { n: units.length, total: found })} · ` : nothing}
        ${say("host_asof", { time: seconds(now, say.language, zone) })}
      </p>`;
  }

  #unit({ unit, places, heard, firmware, network, signal, dbm, data, share, faults }, now) {
    const { say } = this;
    const more = [
      heard ? say("host_heard", { ago: span(Math.max(0, now - heard)) }) : null,
      network ? say(`box_${network}`) : null,
      signal && network !== "wired" ? [say(`box_signal_${signal}`), dBm(dbm)].filter(Boolean).join(" ") : null,
      network === "modem" && data ? bytes(data, say.language) + (share === null ? "" : ` (${percent(share, say.language)})`) : null,
      firmware ? say("host_firmware", { n: firmware }) : null,
    ].filter(Boolean);
    return html`<li class="unit">
      <span class="name">${places.map(({ name }) => name).join(", ") || say("host_unit_place_none")}</span>
      <span class="number">${unit}</span>
      ${
        faults.length
          ? html`<span class="faults"
              >${faults.map((fault) => html`<span class="tag ${URGENT.includes(fault) ? "danger" : "warn"}">${say(`host_fault_${fault}`)}</span>`)}</span
            >`
          : nothing
      }
      <span class="more">${more.join(" · ")}</span>
    </li>`;
  }

  #typed(text) {
    this.find = text.trim();
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.polled.now(), TYPED_MS);
  }

  #only(wrong) {
    this.wrong = wrong;
    this.polled.now();
  }
}

customElements.define("io-host-units", HostUnits);
