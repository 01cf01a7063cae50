// One roll-out, live: its waves, what fails against what would stop it, each door box; and what can be done about it.
import { LitElement, css, html, nothing } from "lit";
import { ask } from "../api.js";
import { pageTime } from "../clock.js";
import { moment } from "../format.js";
import { Doing } from "../parts/doing.js";
import { formStyles } from "../parts/form-styles.js";
import { cloudTime } from "../store.js";
import { base } from "../styles.js";
import { Asked } from "./asked.js";
import { bar } from "./bar.js";
import { maintainStyles } from "./maintain-styles.js";
import "./rollout-boxes.js";
import { stateTag } from "./state-tag.js";
import "./stop-sheet.js";
import { OPEN, boxes, haltedWords, wavesOf } from "./words.js";

const HOUR = 60; // minutes
const clock = (minute) => `${String(Math.floor(minute / HOUR)).padStart(2, "0")}:${String(minute % HOUR).padStart(2, "0")}`;

class Rollout extends LitElement {
  static properties = {
    rollout: { type: Number }, // its id
    session: { attribute: false },
    state: { attribute: false }, // of the session: another one with every push
    say: { attribute: false },
    sure: { state: true }, // null | "abort" | "resume": asked once more
  };

  static styles = [
    base,
    formStyles,
    maintainStyles,
    css`
      .waves {
        display: grid;
        gap: 12px;
      }
      .wave {
        display: grid;
        gap: 6px;
      }
      .wave .figures {
        display: flex;
        flex-wrap: wrap;
        justify-content: space-between;
        gap: 0 12px;
      }
      .now .name {
        color: var(--ink);
        font-weight: 600;
      }
      @container (min-width: 720px) {
        .columns {
          grid-template-columns: minmax(0, 2fr) minmax(0, 3fr);
        }
      }
    `,
  ];

  constructor() {
    super();
    this.asked = new Asked(this, () => `rollouts/${this.rollout}`);
    this.doing = new Doing(this);
  }

  render() {
    const { say } = this;
    const { failed, value: found } = this.asked;
    if (!found) return html`<p class="plain" role="status">${say(failed ? "page_missing" : "loading")}</p>`;
    return html`<div class="head">
        <h1>${found.version}</h1>
        ${stateTag(found.state, say)}
      </div>
      <div role="status" class="stack">${this.#stands(found)}</div>
      <div class="columns">
        <div class="stack">${this.#waves(found)} ${this.#acts(found)}</div>
        <io-rollout-boxes .each=${found.each} .now=${this.#now} .say=${say}></io-rollout-boxes>
      </div>
      ${this.sure ? this.#sheet(found) : nothing}`;
  }

  #stands({ state, why }) {
    const { say } = this;
    if (state === "halted")
      return html`<div class="failed">
        <p><b>${haltedWords(why, say)}</b></p>
        <p>${say("updates_halted_do")}</p>
      </div>`;
    return state === "paused" ? html`<p class="warned">${say("updates_paused_do")}</p>` : nothing;
  }

  #waves(found) {
    const { say } = this;
    const { counted, failures, hours, limit, started, state } = found;
    const at = moment(started, this.#now, say, Intl.DateTimeFormat().resolvedOptions().timeZone);
    const open = OPEN.includes(state);
    return html`<div class="card">
      <h2>${say("updates_waves")}</h2>
      <ol class="waves">
        ${wavesOf(found).map((wave) => this.#wave(wave, found.waves.length))}
      </ol>
      <p class=${counted ? "bad" : "figures"}>
        ${open ? say("updates_failures", { n: counted, limit }) : say("updates_failures_all", { n: failures })}
      </p>
      <p class="figures">
        ${say("updates_began", { at })}
        ${open ? (hours ? say("updates_hours", { from: clock(hours[0]), to: clock(hours[1]) }) : say("updates_hours_any")) : nothing}
      </p>
    </div>`;
  }

  #wave(wave, of) {
    const { say } = this;
    const told = ["good", "failed", "going"].filter((group) => wave[group]).map((group) => say(`updates_${group}`, { n: wave[group] }));
    return html`<li class="wave ${wave.now ? "now" : ""}" aria-current=${wave.now ? "step" : nothing}>
      <p class="figures">
        <span class="name">${say("updates_wave", { n: wave.n, of })} · ${boxes(wave.size, say)}</span>
        <span>${told.join(" · ") || say("updates_wave_not_yet")}</span>
      </p>
      ${bar(wave, wave.size)}
    </li>`;
  }

  #acts({ state, version }) {
    const { say } = this;
    if (!OPEN.includes(state)) return nothing;
    const button = (verb, kind, act) =>
      html`<button class=${kind} aria-disabled=${this.doing.busy ? "true" : "false"} @click=${act}>${say(`updates_${verb}`)}</button>`;
    return html`<div class="row" role="group" aria-label=${version}>
        ${state === "running" ? button("pause", "quiet", () => this.#tell("pause")) : nothing}
        ${state === "paused" ? button("resume", "strong", () => this.#tell("resume")) : nothing}
        ${state === "halted" ? button("resume", "quiet", () => this.#ask("resume")) : nothing}
        ${button("abort", "quiet danger", () => this.#ask("abort"))}
      </div>
      ${this.sure ? nothing : this.doing.told(say)}`;
  }

  #sheet(found) {
    const { doing, say, sure } = this;
    return html`<io-stop-sheet
      .verb=${sure}
      .found=${found}
      .doing=${doing}
      .busy=${doing.busy}
      .failed=${doing.failed}
      .say=${say}
      @yes=${() => this.#tell(sure)}
      @closed=${() => (this.sure = null)}
    ></io-stop-sheet>`;
  }

  #ask(verb) {
    this.doing.clear();
    this.sure = verb;
  }

  // What comes of it is pushed.
  async #tell(verb) {
    const done = await this.doing.run(() => ask("POST", `rollouts/${this.rollout}/${verb}`));
    if (done !== undefined) this.sure = null;
  }

  get #now() {
    return cloudTime(this.state, pageTime());
  }
}

customElements.define("io-rollout", Rollout);
