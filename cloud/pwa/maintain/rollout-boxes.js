// The door boxes of a roll-out: found by group or by a few letters, however many they are.
import { LitElement, css, html, nothing } from "lit";
import { formStyles } from "../parts/form-styles.js";
import "../parts/long-list.js";
import { base } from "../styles.js";
import "./box-row.js";
import { maintainStyles } from "./maintain-styles.js";
import { GROUP_NAMES, found, groupOf, sorted } from "./words.js";

const SEARCH_FROM = 8;
const MINUTE_MS = 60_000; // times of a row are shown to the minute

class RolloutBoxes extends LitElement {
  static properties = {
    each: { attribute: false },
    now: { type: Number },
    say: { attribute: false },
    group: { state: true },
    sought: { state: true },
  };

  static styles = [
    base,
    formStyles,
    maintainStyles,
    css`
      [aria-pressed="true"] {
        border-color: var(--accent);
        background: var(--soft);
        color: var(--accent);
      }
      .row .quiet {
        padding: 0 12px;
        font-variant-numeric: tabular-nums;
      }
    `,
  ];

  constructor() {
    super();
    this.group = "all";
    this.sought = "";
  }

  // Kept while nothing of it has changed: a long list is drawn again for another one only.
  willUpdate(changed) {
    if (!["each", "group", "sought"].some((name) => changed.has(name))) return;
    const of = sorted(this.each).filter(({ state }) => this.group === "all" || groupOf(state) === this.group);
    this.shown = found(of, this.sought);
  }

  render() {
    const { each, now, say, shown } = this;
    return html`<h2>${say("updates_of")}</h2>
      <div class="row" role="group" aria-label=${say("updates_of")}>
        ${["all", ...GROUP_NAMES].map((name) => this.#filter(name))}
      </div>
      ${each.length >= SEARCH_FROM ? this.#search() : nothing}
      <io-long-list
        .items=${shown}
        .id_of=${({ unit }) => unit}
        .row=${(box) => html`<li><io-box-row .box=${box} .now=${now} .say=${say}></io-box-row></li>`}
        .signs=${[say, Math.floor(now / MINUTE_MS)]}
      ></io-long-list>
      ${shown.length ? nothing : html`<p class="plain" role="status">${say("updates_group_none")}</p>`}`;
  }

  #filter(name) {
    const { each, say } = this;
    const n = name === "all" ? each.length : each.filter(({ state }) => groupOf(state) === name).length;
    if (!n && name !== "all" && name !== this.group) return nothing;
    return html`<button class="quiet" aria-pressed=${name === this.group ? "true" : "false"} @click=${() => (this.group = name)}>
      ${say(`updates_group_${name}`)} ${n.toLocaleString(say.language)}
    </button>`;
  }

  #search() {
    const { say } = this;
    return html`<input
      type="search"
      placeholder=${say("updates_find")}
      aria-label=${say("updates_find")}
      autocomplete="off"
      .value=${this.sought}
      @input=${({ target }) => (this.sought = target.value)}
    />`;
  }
}

customElements.define("io-rollout-boxes", RolloutBoxes);
