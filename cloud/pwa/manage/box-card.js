// One door box: its link and since when, its signal, the last time it was without connection, what its data went for, its
// last self-test. What is wrong stands on top, with what to do. Fires "test" (now) and "saved".
import { LitElement, html, nothing, svg } from "lit";
import { ask } from "../api.js";
import { becauseWords, boxName, bytes, causeWords, dBm, percent, testWords, whatToDo, whyWords } from "../box-words.js";
import { moment, since, span, took } from "../format.js";
import { Doing } from "../parts/doing.js";
import { commit, field, sent } from "../parts/fields.js";
import { formStyles } from "../parts/form-styles.js";
import "../parts/sheet.js";
import { base } from "../styles.js";
import { boxStyles } from "./box-styles.js";

const ALARM_FROM = 0.8; // of the plan: from here the bar warns
const MB = 1_000_000;

class BoxCard extends LitElement {
  static properties = {
    box: { attribute: false },
    doors: { attribute: false }, // of the place
    now: { type: Number },
    zone: {},
    path: {}, // of its calls
    test: { attribute: false }, // null, or the key of what is told of a test that was asked for
    say: { attribute: false },
    planning: { state: true },
  };

  static styles = [base, formStyles, boxStyles];

  constructor() {
    super();
    this.doing = new Doing(this);
  }

  get #name() {
    return boxName(this.box, this.doors, this.say);
  }

  render() {
    return html`<article aria-labelledby="name">
        <div class="head">
          <h3 id="name">${this.#name}</h3>
          ${this.#link()}
        </div>
        ${this.#warnings().map((words) => html`<p class="warned">${words}</p>`)} ${this.#facts()} ${this.#data()}
        ${this.#selfTest()} ${this.#details()}
      </article>
      ${this.planning ? this.#plan() : nothing}`;
  }

  #link() {
    const { box, now, say, zone } = this;
    if (box.link === "online") return html`<span class="tag well">${say("box_online")}</span>`;
    if (box.link === "never") return html`<span class="tag">${say("box_never")}</span>`;
    const at = box.away_since ?? box.heard;
    return html`<span class="tag warn">${say("box_away", { since: at ? since(at, now, say, zone) : "" })}</span>`;
  }

  // What somebody has to look after, the most urgent first. Of one that is away the reason is known only when it is back.
  #warnings() {
    const { box, say } = this;
    const { data } = box;
    return [
      box.tampered ? say("box_tamper_alarm") : null,
      box.power_lost ? say("box_power_alarm") : null,
      data.probably_out ? say("box_out_of_data", { share: percent(data.share ?? 1, say.language) }) : null,
      box.link === "away" && !data.probably_out ? say("box_away_why") : null,
      box.journal_fault ? say("box_journal_fault") : null,
    ].filter(Boolean);
  }

  #facts() {
    const { box, say } = this;
    const rows = [
      ["box_network", this.#network()],
      ["box_signal", this.#signal()],
      ["box_updated", this.#updated()],
      ["box_outage", this.#outage()],
    ].filter(([, value]) => value);
    if (!rows.length) return nothing;
    return html`<dl>
        ${rows.map(
          ([key, value]) =>
            html`<div>
              <dt>${say(key)}</dt>
              <dd>${value}</dd>
            </div>`,
        )}
      </dl>
      ${box.outage ? html`<p class="hint">${whatToDo(box.outage.why, say)}</p>` : nothing}`;
  }

  #network() {
    const { box, say } = this;
    if (!box.network) return null;
    return [say(`box_${box.network}`), box.rat, box.operator, box.roaming ? say("box_roaming") : null]
      .filter(Boolean)
      .join(" · ");
  }

  #signal() {
    const { box, say } = this;
    if (!box.signal || box.network === "wired") return null;
    const words = [say(`box_signal_${box.signal}`), dBm(box.dbm)];
    const falling = box.falling ? html`<br /><span class="falling">${say("box_signal_falling")}</span>` : nothing;
    return html`${words.filter(Boolean).join(" · ")}${falling}`;
  }

  #outage() {
    const { box, now, say, zone } = this;
    if (!box.outage) return null;
    const { since: began, seconds, why } = box.outage;
    const values = { at: moment(began, now, say, zone), why: whyWords(why, say) };
    if (seconds === null) return say("box_outage_since", values);
    return say("box_outage_span", { ...values, span: span(seconds * 1000) });
  }

  #updated() {
    const { box, now, say, zone } = this;
    if (!box.update) return null;
    const { at, away_s: away, reason, version } = box.update;
    const values = { at: moment(at, now, say, zone), version };
    if (reason) return say("box_updated_failed", { ...values, why: becauseWords(reason, say) });
    return away === null ? say("box_updated_well", values) : say("box_updated_away", { ...values, span: span(away * 1000) });
  }

  #data() {
    const { data, network } = this.box;
    const { say } = this;
    if (network === "wired" || (!data.total && !data.plan_mb)) return nothing;
    const used = bytes(data.total, say.language);
    const plan = data.plan_mb ? bytes(data.plan_mb * MB, say.language) : null;
    return html`<section>
      <div class="pair">
        <h4>${say("box_data")}</h4>
        <span>${plan ? say("box_data_of", { used, plan }) : say("box_data_no_plan", { used })}</span>
      </div>
      ${data.share === null ? nothing : this.#bar(data.share)} ${data.causes.length ? this.#causes(data) : nothing}
      <button class="quiet" @click=${() => this.#setPlan(true)}>${say("box_plan_set")}</button>
    </section>`;
  }

  #bar(share) {
    const { say } = this;
    const words = percent(share, say.language);
    return html`<div class="bar ${share >= ALARM_FROM ? "much" : ""}">
      <svg viewBox="0 0 100 8" preserveAspectRatio="none" width="100%" height="8" role="img" aria-label=${words}>
        <rect width="100" height="8" fill="var(--idle)" />
        ${svg`<rect width=${Math.min(100, share * 100)} height="8" fill="currentColor" />`}
      </svg>
      <span aria-hidden="true">${words}</span>
    </div>`;
  }

  #causes({ causes }) {
    const { say } = this;
    const rows = causes.filter(({ up, down }) => up + down).sort((a, b) => b.up + b.down - a.up - a.down);
    return html`<details>
      <summary>${say("box_data_causes")}</summary>
      <table>
        <thead>
          <tr>
            <td></td>
            <th scope="col">${say("box_cause_up")}</th>
            <th scope="col">${say("box_cause_down")}</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ({ cause, up, down }) =>
              html`<tr>
                <th scope="row">${causeWords(cause, say)}</th>
                <td>${bytes(up, say.language)}</td>
                <td>${bytes(down, say.language)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </details>`;
  }

  #selfTest() {
    const { say } = this;
    const testing = this.test === "box_testing";
    return html`<section>
      <h4>${say("box_test")}</h4>
      <p role="status" class=${this.box.test?.ok === false && !this.test ? "bad" : ""}>
        ${this.test ? say(this.test) : this.#tested()}
      </p>
      <p class="hint">${say("box_test_hint")}</p>
      <button
        class="quiet"
        aria-label=${say("box_test_now_of", { name: this.#name })}
        aria-disabled=${testing ? "true" : "false"}
        @click=${() => this.dispatchEvent(new Event("test"))}
      >
        ${say("box_test_now")}
      </button>
    </section>`;
  }

  #tested() {
    const { box, now, say, zone } = this;
    if (!box.test) return say("box_test_never");
    const { at, ok, ms, why } = box.test;
    const when = moment(at, now, say, zone);
    if (ok) return say("box_test_ok", { at: when, time: took(ms ?? 0, say.language) });
    return say("box_test_failed", { at: when, why: testWords(why, say) });
  }

  #details() {
    const { box, say } = this;
    const rows = [
      ["box_unit", box.unit],
      ["box_firmware", box.firmware],
      ["box_iccid", box.iccid],
      ["box_imei", box.imei],
      ["box_keepalive", box.keepalive_s ? `${box.keepalive_s} s` : null],
      ["box_heap", box.heap_kb === null ? null : `${box.heap_kb} kB`],
      ["box_unsent", box.unsent],
    ].filter(([, value]) => value !== null);
    return html`<details>
      <summary>${say("box_details")}</summary>
      <dl>
        ${rows.map(
          ([key, value]) =>
            html`<div>
              <dt>${say(key)}</dt>
              <dd>${value}</dd>
            </div>`,
        )}
      </dl>
    </details>`;
  }

  #plan() {
    const { box, say } = this;
    const value = box.data.plan_mb ? String(box.data.plan_mb) : "";
    return html`<io-sheet
      .heading=${say("box_plan_of", { name: this.#name })}
      .say=${say}
      @closed=${() => this.#setPlan(false)}
    >
      <form @submit=${sent((values) => this.#save(values))}>
        ${field("plan_mb", say("box_plan"), {
          type: "number",
          min: 1,
          max: 1_000_000,
          step: 1,
          value,
          hint: say("box_plan_hint"),
        })}
        ${this.doing.told(say)} ${commit(say(this.doing.busy ? "saving" : "save"), this.doing)}
      </form>
    </io-sheet>`;
  }

  #setPlan(planning) {
    this.doing.clear();
    this.planning = planning;
  }

  async #save({ plan_mb }) {
    const body = { plan_mb: plan_mb === null ? null : Number(plan_mb) };
    const done = await this.doing.run(() => ask("PATCH", this.path, body));
    if (done === undefined) return;
    this.planning = false;
    this.dispatchEvent(new Event("saved"));
  }
}

customElements.define("io-box-card", BoxCard);
