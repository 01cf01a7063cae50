// A new guest: a name and one tap for how long; doors and other hours behind a fold. Fires "made" {name, invitation}.
import { LitElement, css, html } from "lit";
import { ask, placePath } from "../api.js";
import { accessWords } from "../hours.js";
import "../more-texts.js";
import "../parts/access-form.js";
import { always } from "../parts/access.js";
import { Doing } from "../parts/doing.js";
import { commit, field } from "../parts/fields.js";
import { formStyles } from "../parts/form-styles.js";
import { base } from "../styles.js";
import { dayEnds, wallText } from "../zone-time.js";
import { doorNames } from "./guest-card.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const LASTS = { today: null, hours: 2 * HOUR_MS, week: 7 * 24 * HOUR_MS }; // what most guests are let in for

class GuestForm extends LitElement {
  static properties = {
    place: { attribute: false }, // {id, zone}
    doors: { attribute: false }, // of the place, that she sees
    now: { type: Number },
    say: { attribute: false },
    access: { state: true }, // where the folded form begins
    draft: { state: true }, // what stands in it now
    lasts: { state: true }, // which of LASTS that is, or null
  };

  static styles = [
    base,
    formStyles,
    css`
      :host {
        display: block;
      }
      .lasts {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      .lasts button {
        flex: 1 1 auto;
        padding: 0 12px;
        border: 1px solid var(--line);
        border-radius: 99px;
        font-size: var(--text);
        font-weight: 500;
      }
      .lasts [aria-pressed="true"] {
        border-color: var(--accent);
        background: var(--soft);
        color: var(--accent);
        font-weight: 600;
      }
      .what {
        padding: 12px 16px;
        border-radius: var(--radius-button);
        background: var(--soft);
        font-variant-numeric: tabular-nums;
        overflow-wrap: anywhere;
      }
      details io-access-form {
        padding-top: 12px;
      }
    `,
  ];

  constructor() {
    super();
    this.doing = new Doing(this);
  }

  willUpdate() {
    if (!this.draft) this.#last("today", always); // a guest's access ends today unless something else is said
  }

  render() {
    const { say, place, doors, now, draft } = this;
    const { zone } = place;
    return html`<form @submit=${this.#invite}>
      ${field("name", say("guests_name"), { required: true, maxlength: 80, autocomplete: "off" })}
      <div class="lasts" role="group" aria-label=${say("guests_lasts")}>
        ${Object.keys(LASTS).map(
          (lasts) =>
            html`<button
              type="button"
              aria-pressed=${this.lasts === lasts ? "true" : "false"}
              @click=${() => this.#last(lasts)}
            >
              ${say(`guests_lasts_${lasts}`)}
            </button>`,
        )}
      </div>
      <p class="what" role="status">${doorNames(draft, doors, say)}: ${accessWords(draft, say, { now, zone })}</p>
      <details>
        <summary>${say("guests_more")}</summary>
        <io-access-form
          .access=${this.access}
          .doors=${doors}
          .zone=${zone}
          .now=${now}
          .say=${say}
          @edited=${this.#edited}
        ></io-access-form>
      </details>
      ${this.doing.told(say)} ${commit(say(this.doing.busy ? "saving" : "guests_make_link"), this.doing)}
    </form>`;
  }

  #last(lasts, draft = this.draft) {
    const { zone } = this.place;
    const minute = Math.ceil(this.now / MINUTE_MS) * MINUTE_MS;
    const ends = lasts === "today" ? dayEnds(wallText(this.now, zone).slice(0, 10), zone) : minute + LASTS[lasts];
    this.lasts = lasts;
    this.access = this.draft = { ...draft, ends };
  }

  // Whatever she has set herself is none of the three.
  #edited({ target }) {
    const { starts, ends } = target.value;
    if (ends !== this.draft.ends || starts !== this.draft.starts) this.lasts = null;
    this.draft = target.value;
  }

  async #invite(event) {
    event.preventDefault();
    const name = event.currentTarget.elements.name.value.trim();
    const body = { name, language: this.say.language, ...this.draft };
    const invitation = await this.doing.run(() => ask("POST", placePath(this.place.id, "guests"), body));
    if (invitation) this.dispatchEvent(new CustomEvent("made", { detail: { name, invitation } }));
  }
}

customElements.define("io-guest-form", GuestForm);
