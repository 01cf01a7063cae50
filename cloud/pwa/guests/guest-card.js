// One guest of hers: the link's state, its doors and hours, what was done with it. Fires "move" (to another phone) and
// "end", which is asked for twice.
import { LitElement, css, html, nothing } from "lit";
import { ago } from "../format.js";
import { accessWords } from "../hours.js";
import "../more-texts.js";
import { formStyles } from "../parts/form-styles.js";
import { base } from "../styles.js";

class GuestCard extends LitElement {
  static properties = {
    guest: { attribute: false }, // as GET me/guests has it
    place: { attribute: false }, // of hers: {name, zone}, or nothing
    named: { type: Boolean }, // say which place it is
    doors: { attribute: false }, // that she sees: [{id, name}]
    now: { type: Number },
    say: { attribute: false },
    ending: { state: true }, // she has asked for it once
  };

  static styles = [
    base,
    formStyles,
    css`
      :host {
        display: grid;
        gap: 4px;
        padding: 12px 16px;
      }
      b,
      .sub,
      .used {
        overflow-wrap: anywhere;
      }
      .row {
        margin-top: 8px;
      }
      .row > button {
        flex: 1 1 auto;
      }
      .used {
        color: var(--ink);
        font-size: var(--text);
        font-variant-numeric: tabular-nums;
      }
    `,
  ];

  render() {
    const { say, place, now } = this;
    const { name, state, grants } = this.guest;
    const rule = (grant) => `${doorNames(grant, this.doors, say)}: ${accessWords(grant, say, { now, zone: place?.zone })}`;
    return html`<div class="head">
        <p><b>${name}</b>${this.named && place ? ` · ${place.name}` : ""}</p>
        <span class="tag">${say(`guests_${state}`)}</span>
      </div>
      ${grants.map((grant) => html`<p class="sub">${rule(grant)}</p>`)} ${this.#used()}
      <div role="status">
        ${this.ending ? html`<p class="sub">${say("guests_end_sure", { name })}</p>` : nothing}
      </div>
      <div class="row">${this.ending ? this.#sure() : this.#acts()}</div>`;
  }

  // What became of the link: when it was last used, and at which door.
  #used() {
    const { say, now, place } = this;
    const { state, opened = 0, last, door } = this.guest;
    if (!opened) return state === "bound" ? html`<p class="used">${say("guests_not_opened")}</p>` : nothing;
    const where = this.doors.find(({ id }) => id === door)?.name ?? say("log_unknown_door");
    const told = { count: opened, at: ago(last, now, say, place?.zone), door: where };
    return html`<p class="used">${say(opened === 1 ? "guests_opened_once" : "guests_opened", told)}</p>`;
  }

  // The link stops working at once: not with the slip of a thumb.
  #sure() {
    const { say } = this;
    return html`<button class="quiet danger" @click=${() => this.#fire("end")}>${say("guests_end_yes")}</button>
      <button class="quiet" @click=${() => this.#mayEnd(false)}>${say("guests_keep")}</button>`;
  }

  #acts() {
    const { say } = this;
    const { name } = this.guest;
    return html`<button class="quiet" aria-label="${say("guests_move")}, ${name}" @click=${() => this.#fire("move")}>
        ${say("guests_move")}
      </button>
      <button class="quiet danger" aria-label="${say("guests_end")}, ${name}" @click=${() => this.#mayEnd(true)}>
        ${say("guests_end")}
      </button>`;
  }

  // The button that was pressed goes: the focus stays beside it.
  async #mayEnd(ending) {
    this.ending = ending;
    await this.updateComplete;
    this.renderRoot.querySelector(".row > :last-child").focus();
  }

  #fire(name) {
    this.ending = false;
    this.dispatchEvent(new Event(name));
  }
}

// The names of an access's doors, those that she sees.
export function doorNames({ doors }, known, say) {
  const names = known.filter(({ id }) => doors.includes(id)).map(({ name }) => name);
  return names.length ? names.join(", ") : say("access_every_door");
}

customElements.define("io-guest-card", GuestCard);
