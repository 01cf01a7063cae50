// Whom a change would let in and whom it would shut out, asked of the cloud before it is made; asked again when `what` is
// another one, a moment after the last touch. Nothing is decided here, and nothing is sent that changes anything.
import { LitElement, css, html, nothing } from "lit";
import { Refused, Unreachable, ask, placePath } from "../api.js";
import { formStyles } from "../parts/form-styles.js";
import "../rule-texts.js";
import { base } from "../styles.js";
import { doorNames, namesOf } from "./names.js";

const STILL_MS = 400; // after the last touch, the effect is looked at
const NAMED = 3; // people named at once; the others stand behind a tap
const LISTED = 200; // of them: of more it is said how many

class Effect extends LitElement {
  static properties = {
    data: { attribute: false },
    what: { attribute: false }, // as POST preview takes it; null: nothing is changed yet
    say: { attribute: false },
    looking: { state: true },
    effect: { state: true }, // as the cloud said; null: being looked at; "unknown"
  };

  static styles = [
    base,
    formStyles,
    css`
      :host {
        display: block;
      }
      .old > .done,
      .old > .warned {
        opacity: 0.55;
      }
      li {
        padding: 2px 0;
      }
      summary {
        font-weight: 500;
      }
      p + p,
      details {
        margin-top: 4px;
      }
    `,
  ];

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.waiting);
  }

  willUpdate() {
    const wanted = JSON.stringify(this.what);
    if (wanted === this.wanted) return;
    const first = this.wanted === undefined;
    this.wanted = wanted;
    this.looking = true; // what was found before stays in its place, dimmed: no button moves away under a finger
    if (!this.what) this.effect = null;
    clearTimeout(this.waiting);
    if (this.what) this.waiting = setTimeout(() => this.#look(wanted), first ? 0 : STILL_MS);
  }

  async #look(wanted) {
    let effect;
    try {
      effect = await ask("POST", placePath(this.data.place.id, "preview"), this.what);
    } catch (error) {
      if (!(error instanceof Unreachable || error instanceof Refused)) throw error;
      effect = "unknown"; // doing it will say why
    }
    if (this.wanted !== wanted) return;
    this.looking = false;
    this.effect = effect;
  }

  render() {
    const { effect, say, what } = this;
    if (!what) return html`<div role="status"></div>`;
    return html`<div role="status" class=${this.looking ? "old" : ""} aria-busy=${this.looking ? "true" : "false"}>
      ${effect && effect !== "unknown" ? this.#told(effect) : this.#plain(say)}
    </div>`;
  }

  #plain(say) {
    return html`<p class="hint">${say(this.effect ? "effect_unknown" : "effect_looking")}</p>`;
  }

  #told({ lets_in, shuts_out, now_in, now_out, days }) {
    const { say } = this;
    if (!lets_in.length && !shuts_out.length) return html`<p class="done">${say("effect_nothing", { days })}</p>`;
    return html`<div class=${shuts_out.length ? "warned" : "done"}>
      ${this.#side("effect_lets_in", lets_in)} ${this.#side("effect_shuts_out", shuts_out)}
      ${
        now_in.length || now_out.length
          ? html`<p>
              ${[
                now_in.length ? say("effect_now_in", { count: now_in.length }) : null,
                now_out.length ? say("effect_now_out", { count: now_out.length }) : null,
              ]
                .filter(Boolean)
                .join(" ")}
            </p>`
          : nothing
      }
    </div>`;
  }

  #side(key, people) {
    const { say } = this;
    if (!people.length) return nothing;
    const names = namesOf(this.data);
    const named = ({ person, doors }) => `${names.get(person) ?? person} (${doorNames(this.data, doors, say)})`;
    const count = people.length;
    if (count <= NAMED) return html`<p>${say(key, { count, people: people.map(named).join(", ") })}</p>`;
    return html`<details>
      <summary>${say(`${key}_many`, { count })}</summary>
      <ul>
        ${people.slice(0, LISTED).map((one) => html`<li>${named(one)}</li>`)}
        ${count > LISTED ? html`<li>${say("effect_more", { count: count - LISTED })}</li>` : nothing}
      </ul>
    </details>`;
  }
}

customElements.define("io-effect", Effect);
