// Before a release is sent out: who is first, when, and what that will be: its waves, who fits this minute, who does not and
// why. Nothing is offered to anybody before the button. Fires "begun" {id}.
import { LitElement, css, html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { ask } from "../api.js";
import { Doing } from "../parts/doing.js";
import { choice, commit } from "../parts/fields.js";
import { formStyles } from "../parts/form-styles.js";
import "../parts/long-list.js";
import { base } from "../styles.js";
import { maintainStyles } from "./maintain-styles.js";
import { boxes, found, waitWords } from "./words.js";

const STILL_MS = 400; // after the last touch, it is looked at
const SEARCH_FROM = 8;

class RolloutBegin extends LitElement {
  static properties = {
    release: { attribute: false },
    state: { attribute: false }, // of the session: another one with every push
    say: { attribute: false },
    how: { state: true }, // "any" | "chosen"
    any_time: { state: true },
    canaries: { state: true }, // numbers of door boxes
    sought: { state: true },
    preview: { state: true }, // null: on its way
  };

  static styles = [
    base,
    formStyles,
    maintainStyles,
    css`
      .waves {
        display: grid;
        gap: 4px;
      }
      .pick {
        max-height: 60dvh; /* a thousand of them must not stand before the button */
        border-radius: var(--radius-card);
        overflow: hidden auto;
      }
      .now {
        gap: 0;
      }
      .now summary {
        font-weight: 500;
      }
      .old {
        opacity: 0.55;
      }
      fieldset {
        margin: 0;
        padding: 0;
        border: 0;
      }
      @container (min-width: 720px) {
        .columns {
          grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
        }
      }
    `,
  ];

  constructor() {
    super();
    Object.assign(this, { how: "any", any_time: false, canaries: [], sought: "", preview: null });
    this.doing = new Doing(this);
    this.looking = new Doing(this);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.waiting);
  }

  // Looked at again when something else is chosen, and when it was pushed that something has changed.
  willUpdate() {
    const { link, rollouts } = this.state;
    const wanted = JSON.stringify([this.#plan, link.number, rollouts]);
    if (wanted === this.wanted) return;
    const first = this.wanted === undefined;
    this.wanted = wanted;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.#look(wanted), first ? 0 : STILL_MS);
  }

  get #plan() {
    const plan = { release: this.release.counter };
    if (this.how === "chosen" && this.canaries.length) plan.canaries = this.canaries;
    if (this.any_time) plan.hours = null;
    return plan;
  }

  async #look(wanted) {
    const preview = await this.looking.run(() => ask("POST", "rollouts/preview", this.#plan));
    if (wanted !== this.wanted) {
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.#look(this.wanted), 0);
    } else if (preview) [this.preview, this.previewed] = [preview, wanted];
  }

  render() {
    const { preview, release, say } = this;
    return html`<h1>${say("updates_send_of", release)}</h1>
      <form @submit=${this.#send}>
        <div class="columns">
          <div class="stack">${this.#first()} ${this.#when()}</div>
          <div class="stack">
            ${preview ? this.#effect(preview) : this.#coming()} ${this.doing.told(say)}
            ${preview ? this.#button(preview) : nothing}
          </div>
        </div>
      </form>`;
  }

  #coming() {
    const { looking, say } = this;
    return looking.failed ? looking.told(say) : html`<p class="plain" role="status">${say("loading")}</p>`;
  }

  #first() {
    const { how, say } = this;
    const one = (name) =>
      html`<label class="check"
        ><input type="radio" name="how" .checked=${how === name} @change=${() => (this.how = name)} /><span
          >${say(`updates_first_${name}`)}</span
        ></label
      >`;
    return html`<fieldset>
      <legend>${say("updates_first")}</legend>
      ${one("any")} ${one("chosen")} ${how === "chosen" && this.preview ? this.#choose(this.preview) : nothing}
    </fieldset>`;
  }

  #choose({ each, first }) {
    const { canaries, say } = this;
    const takers = each.filter(({ takes }) => takes);
    const shown = found(takers, this.sought);
    const many = canaries.length > first;
    return html`<div class="stack">
      <p class=${many ? "bad" : "sub"} role="status">
        ${say(many ? "updates_chosen_too_many" : "updates_chosen", { n: canaries.length, most: first })}
      </p>
      ${
        takers.length >= SEARCH_FROM
          ? html`<input
              type="search"
              placeholder=${say("updates_find")}
              aria-label=${say("updates_find")}
              autocomplete="off"
              .value=${this.sought}
              @input=${({ target }) => (this.sought = target.value)}
            />`
          : nothing
      }
      <div class="pick">
        <io-long-list
          .items=${shown}
          .id_of=${({ unit }) => unit}
          .row=${(box) => this.#row(box)}
          .signs=${[say, canaries]}
        ></io-long-list>
      </div>
    </div>`;
  }

  #row({ places, reason, unit }) {
    const { canaries, say } = this;
    const change = ({ target }) =>
      (this.canaries = target.checked ? [...canaries, unit] : canaries.filter((one) => one !== unit));
    const more = [unit, reason ? waitWords(reason, say) : null].filter(Boolean).join(" · ");
    return html`<li>
      <label class="check item"
        ><span
          ><b>${places.join(", ") || say("updates_no_place")}</b><br /><span class="sub">${more}</span></span
        ><input type="checkbox" .checked=${canaries.includes(unit)} @change=${change}
      /></label>
    </li>`;
  }

  #when() {
    const { say } = this;
    const times = ["night", "any"].map((name) => [name, say(`updates_when_${name}`)]);
    return choice("when", say("updates_when"), times, {
      value: this.any_time ? "any" : "night",
      hint: say("updates_when_hint"),
      change: ({ target }) => (this.any_time = target.value === "any"),
    });
  }

  #effect({ each, limits, waves }) {
    const { release, say } = this;
    const takers = each.filter(({ takes }) => takes).length;
    const values = { n: takers.toLocaleString(say.language), total: each.length.toLocaleString(say.language) };
    const key = takers === 0 ? "updates_fit_none" : takers === 1 ? "updates_fit_one" : "updates_fit";
    return html`<div class="card ${this.previewed === this.wanted ? "" : "old"}">
      <p role="status"><b>${say(key, values)}</b></p>
      ${
        waves.length
          ? html`<ol class="waves">
              ${waves.map(
                (size, at) =>
                  html`<li>
                    ${say("updates_wave", { n: at + 1, of: waves.length })}:
                    <span class="figures">${say("updates_plan", { boxes: boxes(size, say), limit: limits[at] })}</span>
                  </li>`,
              )}
            </ol>`
          : nothing
      }
      ${this.#reasons(each)}
      ${release.boards.length ? html`<p class="sub">${say("updates_boards_told", { boards: release.boards.join(", ") })}</p>` : nothing}
    </div>`;
  }

  // How many could begin this minute, and why the others could not, most first.
  #reasons(each) {
    const { say } = this;
    const kinds = new Map();
    for (const box of each) {
      if (!kinds.has(box.reason)) kinds.set(box.reason, []);
      kinds.get(box.reason).push(box);
    }
    const rows = [...kinds].sort(([a, one], [b, other]) => (a === null ? -1 : b === null ? 1 : other.length - one.length));
    return html`<section class="now">
      <h2>${say("updates_now")}</h2>
      ${repeat(
        rows,
        ([reason]) => reason,
        ([reason, those]) => {
          const words = `${boxes(those.length, say)}: ${reason ? waitWords(reason, say) : say("updates_now_ready")}`;
          return html`<details>
            <summary>${words}</summary>
            <div class="pick" tabindex="0" role="group" aria-label=${words}>
              <io-long-list
                .items=${those}
                .id_of=${({ unit }) => unit}
                .row=${(box) => this.#named(box)}
                .signs=${[say]}
              ></io-long-list>
            </div>
          </details>`;
        },
      )}
    </section>`;
  }

  #named({ places, unit }) {
    return html`<li class="item">
      <span>${places.join(", ") || this.say("updates_no_place")}<br /><span class="sub">${unit}</span></span>
    </li>`;
  }

  #button({ first, waves }) {
    const { canaries, doing, how, say } = this;
    if (!waves.length) return nothing;
    const chosen = how === "chosen" ? canaries.length : waves[0];
    const busy = doing.busy || (how === "chosen" && (!chosen || chosen > first));
    const words = doing.busy ? say("saving") : say(chosen ? "updates_begin" : "updates_begin_nobody", { boxes: boxes(chosen, say) });
    return html`<div class="row">${commit(words, { busy })}</div>`;
  }

  async #send(event) {
    event.preventDefault();
    const { canaries, how, preview } = this;
    if (!preview || (how === "chosen" && (!canaries.length || canaries.length > preview.first))) return;
    const begun = await this.doing.run(() => ask("POST", "rollouts", this.#plan));
    if (begun) this.dispatchEvent(new CustomEvent("begun", { detail: { id: begun.id } }));
  }
}

customElements.define("io-rollout-begin", RolloutBegin);
