// What is published and what is on its way, the keys, and whom an upgrade of the service would lose. Fires "show" {id} of a
// roll-out and "begin" with a release.
import { LitElement, html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { pageTime } from "../clock.js";
import { moment } from "../format.js";
import { sign } from "../icons.js";
import { formStyles } from "../parts/form-styles.js";
import { cloudTime } from "../store.js";
import { base } from "../styles.js";
import { Asked } from "./asked.js";
import { bar } from "./bar.js";
import { maintainStyles } from "./maintain-styles.js";
import "./release-card.js";
import "./service-upgrade.js";
import { stateTag } from "./state-tag.js";
import { OPEN, boxes, grouped, haltedWords } from "./words.js";

const SHOWN = 4; // releases and roll-outs of before; the others stand behind a tap

class UpdatesOverview extends LitElement {
  static properties = {
    state: { attribute: false }, // of the session: another one with every push
    say: { attribute: false },
    every: { state: true }, // release and roll-out is shown
  };

  static styles = [base, formStyles, maintainStyles];

  constructor() {
    super();
    this.releases = new Asked(this, () => "releases");
    this.rollouts = new Asked(this, () => "rollouts");
    this.keys = new Asked(this, () => "key-sets");
  }

  render() {
    const { say } = this;
    const [releases, rollouts] = [this.releases.value, this.rollouts.value];
    if (!releases || !rollouts) {
      const failed = this.releases.failed ?? this.rollouts.failed;
      return html`<h1>${say("updates")}</h1>
        <p class="plain" role="status">${say(failed ? "page_missing" : "loading")}</p>`;
    }
    const open = rollouts.find(({ state }) => OPEN.includes(state));
    return html`<h1>${say("updates")}</h1>
      <div role="status" class="stack">${open ? this.#onItsWay(open) : nothing}</div>
      ${releases.length ? this.#releases(releases, open) : this.#none()} ${this.#before(rollouts, open)} ${this.#keySets()}
      <io-service-upgrade .state=${this.state} .say=${say}></io-service-upgrade>`;
  }

  #onItsWay(rollout) {
    const { say } = this;
    const { id, state, units, version, wave, waves, why } = rollout;
    const counts = Object.fromEntries(["good", "going", "failed"].map((group) => [group, grouped(units, group)]));
    const total = Object.values(units).reduce((sum, n) => sum + n, 0) - (units.out ?? 0);
    const figures = [
      say("updates_wave", { n: wave, of: waves.length }),
      say("updates_have", { n: counts.good, total }),
      counts.going ? say("updates_going", { n: counts.going }) : null,
      counts.failed ? say("updates_failed", { n: counts.failed }) : null,
    ];
    return html`<div class="card">
      <div class="head">
        <h2>${version}</h2>
        ${stateTag(state, say)}
      </div>
      ${state === "halted" ? html`<p class="failed">${haltedWords(why, say)}</p>` : nothing} ${bar(counts, total)}
      <p class="figures">${figures.filter(Boolean).join(" · ")}</p>
      <button class="strong" aria-label="${say("updates_show")}, ${version}" @click=${() => this.#fire("show", { id })}>
        ${say("updates_show")}
      </button>
    </div>`;
  }

  #none() {
    const { say } = this;
    return html`<div class="card">
      <h2>${say("updates_none")}</h2>
      <p class="sub">${say("updates_none_do")}</p>
    </div>`;
  }

  #releases(releases, open) {
    const { say } = this;
    const shown = this.every ? releases : releases.slice(0, SHOWN);
    return html`<section aria-label=${say("updates_releases")}>
      <h2>${say("updates_releases")}</h2>
      ${repeat(
        shown,
        ({ counter }) => counter,
        (release) =>
          html`<io-release-card
            .release=${release}
            ?newest=${release === releases[0]}
            ?may=${release === releases[0] && !open}
            .now=${this.#now}
            .say=${say}
            @begin=${() => this.#fire("begin", release)}
          ></io-release-card>`,
      )}
      ${shown.length < releases.length ? this.#more(releases.length) : nothing}
    </section>`;
  }

  #more(n) {
    const { say } = this;
    return html`<div class="row">
      <button class="quiet" @click=${() => (this.every = true)}>${say("updates_more", { n })}</button>
    </div>`;
  }

  #before(rollouts, open) {
    const { say } = this;
    const others = rollouts.filter((rollout) => rollout !== open);
    const shown = this.every ? others : others.slice(0, SHOWN);
    if (!shown.length) return nothing;
    return html`<section aria-label=${say("updates_before")}>
      <h2>${say("updates_before")}</h2>
      <ul class="list">
        ${repeat(
          shown,
          ({ id }) => id,
          (rollout) => this.#over(rollout),
        )}
      </ul>
      ${shown.length < others.length ? this.#more(others.length) : nothing}
    </section>`;
  }

  #over({ id, state, started, units, version }) {
    const { say } = this;
    const failed = grouped(units, "failed");
    const more = [
      moment(started, this.#now, say, this.#zone),
      say("updates_good", { n: grouped(units, "good") }),
      failed ? say("updates_failed", { n: failed }) : null,
    ];
    return html`<li>
      <button class="item" @click=${() => this.#fire("show", { id })}>
        <span><b>${version}</b> ${stateTag(state, say)}<br /><span class="sub">${more.filter(Boolean).join(" · ")}</span></span>
        ${sign("right")}
      </button>
    </li>`;
  }

  #keySets() {
    const { say } = this;
    const sets = this.keys.value;
    if (!sets) return nothing;
    return html`<section aria-label=${say("updates_keys")}>
      <h2>${say("updates_keys")}</h2>
      ${
        sets.length
          ? html`<ul class="list">
              ${[...sets].reverse().map(
                ({ demo, keys, number, threshold }) =>
                  html`<li class="item">
                    <span
                      >${say("updates_key_set", { number, threshold, keys })}
                      ${demo ? html`<br /><span class="tag warn">${say("updates_key_demo")}</span>` : nothing}</span
                    >
                  </li>`,
              )}
            </ul>`
          : html`<p class="plain">${say("updates_keys_none")}</p>`
      }
    </section>`;
  }

  get #now() {
    return cloudTime(this.state, pageTime());
  }

  get #zone() {
    return Intl.DateTimeFormat().resolvedOptions().timeZone;
  }

  #fire(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

customElements.define("io-updates-overview", UpdatesOverview);
