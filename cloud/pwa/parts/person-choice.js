// One person chosen from however many: a few letters, then a tap or the arrows. Nobody chosen: everybody. Fires "chosen"
// {person: id or null}.
import { LitElement, css, html, nothing } from "lit";
import { sign } from "../icons.js";
import { namesOf, sought } from "../manage/names.js";
import "../rule-texts.js";
import { base } from "../styles.js";
import { formStyles } from "./form-styles.js";

const OFFERED = 8; // at once: of more, another letter finds the one

class PersonChoice extends LitElement {
  static properties = {
    data: { attribute: false },
    person: {},
    label: {},
    say: { attribute: false },
    letters: { state: true }, // being typed; null: none
    at: { state: true }, // which offer the arrows have reached
  };

  static styles = [
    base,
    formStyles,
    css`
      :host {
        display: block;
      }
      .field {
        position: relative;
      }
      .offers {
        position: absolute;
        z-index: 3;
        top: 100%;
        right: 0;
        left: 0;
        margin-top: 4px;
        border: 1px solid var(--ink-2);
        border-radius: var(--radius-button);
        background: var(--surface);
        box-shadow: var(--shadow);
        overflow: hidden;
      }
      .offers li {
        display: flex;
        align-items: center;
        gap: 8px;
        min-height: var(--target);
        padding: 4px 12px;
        cursor: pointer;
      }
      .offers [aria-selected="true"] {
        background: var(--soft);
        color: var(--accent);
      }
      .none {
        position: absolute;
        right: 2px;
        bottom: 2px;
        display: grid;
        place-items: center;
        width: var(--target);
        color: var(--ink-2);
      }
    `,
  ];

  constructor() {
    super();
    this.letters = null;
    this.at = 0;
  }

  render() {
    const { data, label, letters, person, say } = this;
    const offers = this.#offers;
    const open = letters !== null;
    return html`<div class="field" @focusout=${this.#left}>
      <label class="name" for="who">${label}</label>
      <input
        id="who"
        role="combobox"
        autocomplete="off"
        spellcheck="false"
        aria-expanded=${offers.length ? "true" : "false"}
        aria-controls=${offers.length ? "offers" : nothing}
        aria-autocomplete="list"
        aria-activedescendant=${open && offers.length ? `offer-${this.at}` : nothing}
        placeholder=${say("who_everybody")}
        .value=${letters ?? (person ? (namesOf(data).get(person) ?? "") : "")}
        @input=${({ target }) => this.#type(target.value)}
        @keydown=${this.#key}
      />
      ${
        person && !open
          ? html`<button type="button" class="none" aria-label=${say("who_everybody")} @click=${() => this.#choose(null)}>
              ${sign("cross")}
            </button>`
          : nothing
      }
      ${
        offers.length
          ? html`<ul id="offers" role="listbox" aria-label=${label} class="offers">
              ${offers.map((one, index) => this.#offer(one, index))}
            </ul>`
          : nothing
      }
      <span class="hidden" role="status">
        ${open ? say(offers.length ? "choice_found" : "people_no_match", { count: offers.length }) : ""}
      </span>
    </div>`;
  }

  get #offers() {
    return this.letters === null ? [] : sought(this.data, this.letters).slice(0, OFFERED);
  }

  #offer({ member }, index) {
    return html`<li
      id="offer-${index}"
      role="option"
      aria-selected=${index === this.at ? "true" : "false"}
      @pointerdown=${(event) => event.preventDefault()}
      @click=${() => this.#choose(member.person)}
    >
      ${member.name}${member.flat ? html`<span class="sub">· ${member.flat}</span>` : nothing}
    </li>`;
  }

  #type(letters) {
    this.letters = letters;
    this.at = 0;
    if (!letters.trim() && this.person) this.#tell(null);
  }

  #key(event) {
    const offers = this.#offers;
    if (event.key === "ArrowDown" && this.letters === null) this.#type("");
    else if (event.key === "ArrowDown") this.at = Math.min(this.at + 1, offers.length - 1);
    else if (event.key === "ArrowUp") this.at = Math.max(0, this.at - 1);
    else if (event.key === "Enter" && offers[this.at]) this.#choose(offers[this.at].member.person);
    else if (event.key === "Escape" && this.letters !== null) this.letters = null;
    else return;
    event.preventDefault();
    event.stopPropagation(); // a sheet around it stays open
  }

  #left(event) {
    if (!event.currentTarget.contains(event.relatedTarget)) this.letters = null;
  }

  #choose(person) {
    this.letters = null;
    this.#tell(person);
  }

  #tell(person) {
    if (person === (this.person ?? null)) return;
    this.dispatchEvent(new CustomEvent("chosen", { detail: { person } }));
  }
}

customElements.define("io-person-choice", PersonChoice);
