// The four digits that some people's presses need: typed on a pad as large as a thumb, or on a keyboard. Fires "pin" {pin}
// with the fourth, and "closed". Keeps nothing.
import { LitElement, css, html } from "lit";
import { sign } from "../icons.js";
import "../more-texts.js";
import { base } from "../styles.js";
import "./sheet.js";

const LENGTH = 4;
const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "", "0", "back"];

class PinSheet extends LitElement {
  static properties = { door: {}, say: { attribute: false }, typed: { state: true } };

  static styles = [
    base,
    css`
      .dots {
        display: flex;
        justify-content: center;
        gap: 16px;
        margin: 4px 0 20px;
      }
      .dots i {
        width: 16px;
        height: 16px;
        border: 2px solid var(--ink-2);
        border-radius: 50%;
      }
      .dots .typed {
        border-color: var(--accent);
        background: var(--accent);
      }
      .pad {
        display: grid;
        grid-template-columns: repeat(3, 1fr);
        gap: 8px;
        max-width: 320px;
        margin: 0 auto;
      }
      .pad button {
        display: grid;
        place-items: center;
        min-height: 64px;
        border: 1px solid var(--line);
        border-radius: var(--radius-button);
        font-size: var(--title);
        font-weight: 500;
        font-variant-numeric: tabular-nums;
      }
      .pad button:active {
        background: var(--soft);
      }
    `,
  ];

  constructor() {
    super();
    this.typed = "";
  }

  render() {
    const { say } = this;
    return html`<io-sheet
      .heading=${say("pin_for", { door: this.door })}
      .say=${say}
      @keydown=${this.#key}
      @closed=${() => this.dispatchEvent(new Event("closed"))}
    >
      <div class="dots" aria-hidden="true">
        ${Array.from({ length: LENGTH }, (_, place) => html`<i class=${place < this.typed.length ? "typed" : ""}></i>`)}
      </div>
      <p class="hidden" role="status">${say("pin_typed", { count: this.typed.length })}</p>
      <div class="pad">${KEYS.map((key) => this.#button(key))}</div>
    </io-sheet>`;
  }

  #button(key) {
    if (!key) return html`<span></span>`;
    if (key !== "back") return html`<button @click=${() => this.#type(key)}>${key}</button>`;
    return html`<button aria-label=${this.say("pin_back")} @click=${this.#back}>${sign("back", 24)}</button>`;
  }

  #key(event) {
    if (/^\d$/.test(event.key)) this.#type(event.key);
    else if (event.key === "Backspace") this.#back();
    else return;
    event.preventDefault();
  }

  #back() {
    this.typed = this.typed.slice(0, -1);
  }

  #type(digit) {
    if (this.typed.length === LENGTH) return;
    this.typed += digit;
    if (this.typed.length < LENGTH) return;
    this.dispatchEvent(new CustomEvent("pin", { detail: { pin: this.typed } }));
    this.renderRoot.querySelector("io-sheet").close();
  }
}

customElements.define("io-pin-sheet", PinSheet);
