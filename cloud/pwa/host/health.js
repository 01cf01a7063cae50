// How the service is: what is wrong and what to do, how the presses of the last day went, the machine it runs on.
import { LitElement, html, nothing } from "lit";
import { bytes, percent } from "../box-words.js";
import { seconds, span, took } from "../format.js";
import { sign } from "../icons.js";
import { formStyles } from "../parts/form-styles.js";
import { base } from "../styles.js";
import { hostStyles } from "./host-styles.js";
import { Polled } from "./polled.js";

const DAYS_WARN = 25; // of a certificate: ours renew themselves before

class HostHealth extends LitElement {
  static properties = { say: { attribute: false } };

  static styles = [base, formStyles, hostStyles];

  constructor() {
    super();
    this.polled = new Polled(this, () => "host/health");
  }

  render() {
    const { say } = this;
    const { value: health, failed } = this.polled;
    if (!health) return html`<p class="plain" role="status">${say(failed ? "page_missing" : "loading")}</p>`;
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    return html`<div role="status" class="stack">${this.#wrong(health)}</div>
      <div class="cards">${this.#presses(health)} ${this.#boxes(health)} ${this.#machine(health)} ${this.#certificates(health)}</div>
      <p class="age">${say("host_asof", { time: seconds(health.now, say.language, zone) })}</p>`;
  }

  #wrong({ wrong, disk_used, stepped_s }) {
    const { say } = this;
    const values = { share: percent(disk_used, say.language), seconds: Math.round(stepped_s) };
    if (!wrong.length) return html`<p class="well">${sign("check", 24)} ${say("host_well")}</p>`;
    return wrong.map((one) => html`<p class=${one === "broker" ? "failed" : "warned"}>${say(`host_wrong_${one}`, values)}</p>`);
  }

  #presses({ presses: { asked, opened, refused, failed, unknown, half_ms, most_ms } }) {
    const { say } = this;
    const ms = (value) => (value === null ? null : took(value, say.language));
    return this.#card("host_presses", [
      ["host_asked", this.#count(asked)],
      ["host_opened", this.#count(opened)],
      ["host_refused", this.#count(refused)],
      ["host_failed", this.#count(failed), failed ? "odd" : ""],
      ["host_unknown", this.#count(unknown), unknown ? "odd" : ""],
      ["host_half", ms(half_ms)],
      ["host_most", ms(most_ms)],
    ]);
  }

  #boxes({ online, away, never, places, people }) {
    return this.#card("host_boxes", [
      ["host_online", this.#count(online)],
      ["host_away", this.#count(away), away ? "odd" : ""],
      ["host_never", this.#count(never)],
      ["host_places", this.#count(places)],
      ["host_people", this.#count(people)],
    ]);
  }

  #machine({ now, since, disk_used, memory, apps, broker_up, restarts, version, python, sqlite }) {
    const { say } = this;
    const up = restarts ? say("host_broker_restarts", { n: restarts }) : say("host_broker_up");
    return this.#card("host_machine", [
      ["host_broker", broker_up ? up : say("host_broker_down"), broker_up ? "" : "bad"],
      ["host_disk", percent(disk_used, say.language)],
      ["host_memory", bytes(memory, say.language)],
      ["host_apps", this.#count(apps)],
      ["host_running", span(now - since)],
      ["host_versions", `iomando ${version} · Python ${python} · SQLite ${sqlite}`],
    ]);
  }

  #certificates({ certificates }) {
    const { say } = this;
    if (!certificates.length) return nothing;
    return this.#card(
      "host_certificates",
      certificates.map(({ name, days }) => [
        `host_certificate_${name}`,
        say("host_days", { n: this.#count(days) }),
        days < DAYS_WARN ? "odd" : "",
      ]),
    );
  }

  #card(heading, rows) {
    const { say } = this;
    return html`<section class="card">
      <h2>${say(heading)}</h2>
      <dl>
        ${rows
          .filter(([, value]) => value !== null)
          .map(
            ([key, value, kind = ""]) =>
              html`<div>
                <dt>${say(key)}</dt>
                <dd class=${kind}>${value}</dd>
              </div>`,
          )}
      </dl>
    </section>`;
  }

  #count(n) {
    return n.toLocaleString(this.say.language);
  }
}

customElements.define("io-host-health", HostHealth);
