// The one big button: says what it will do, or why it cannot now. Fires "press" or, when it is off, "why". The hair
// segments on its lower edge are stops that were pushed; nothing here runs on a timer but the guard below.
import { LitElement, css, html } from "lit";
import { base } from "./styles.js";

const CHANGED_MS = 600; // a second tap of the same gesture must not land on a button that means something else by now

class OpenButton extends LitElement {
  static properties = {
    label: {},
    door: {}, // the door's name, for those who cannot see which card they are on
    mode: { reflect: true }, // ready | busy | waits (for the cloud; nothing has moved when it comes) | off
    doubtful: { type: Boolean, reflect: true }, // it may be pressed, and will hardly help
    action: {},
    filled: { type: Number },
    of: { type: Number },
  };

  static styles = [
    base,
    css`
      :host {
        display: block;
      }
      button {
        position: relative;
        width: 100%;
        min-height: var(--height, 64px);
        padding: 8px 16px;
        border-radius: var(--button-radius, var(--radius-button));
        background: var(--accent);
        color: var(--on-accent);
        font-size: var(--label-size, 1.1875rem);
        font-weight: 600;
        line-height: 1.2;
        letter-spacing: 0.005em;
        transition:
          background-color var(--motion),
          transform var(--motion);
      }
      :host([mode="ready"]) button:active,
      :host([mode="busy"]) button {
        background: var(--accent-pressed);
        transform: scale(0.985);
      }
      :host([mode="busy"]) button {
        cursor: progress;
      }
      :host([mode="waits"]) button,
      :host([mode="off"]) button {
        background: var(--idle);
        color: var(--ink-2);
        font-size: var(--off-size, var(--body));
        cursor: default;
      }
      :host([mode="ready"][doubtful]) button {
        background: var(--surface);
        color: var(--accent);
        box-shadow: inset 0 0 0 2px var(--accent);
      }
      :host([mode="ready"][doubtful]) button:active {
        background: var(--soft);
      }
      .hair {
        position: absolute;
        inset: auto var(--hair-inset, 16px) var(--hair-low, 9px);
        display: flex;
        gap: 4px;
      }
      .hair i {
        position: relative;
        flex: 1;
        height: var(--hair, 2px);
        border-radius: 2px;
        overflow: hidden;
        background: color-mix(in srgb, currentColor 26%, transparent);
      }
      .hair i::after {
        content: "";
        position: absolute;
        inset: 0;
        background: currentColor;
        transform: scaleX(0);
        transform-origin: left;
        transition: transform var(--motion);
      }
      .hair i.filled::after {
        transform: none;
      }
      :host([mode="off"]) .hair.none {
        visibility: hidden;
      }
      @media (forced-colors: active) {
        button {
          border: 2px solid ButtonText;
        }
      }
    `,
  ];

  willUpdate(changed) {
    const otherMeaning = changed.has("action") && changed.get("action") !== undefined;
    const backOn = changed.get("mode") === "off"; // and the page may have moved under the finger
    if (otherMeaning || backOn) this.changedAt = performance.now();
  }

  focus() {
    this.renderRoot.querySelector("button").focus({ preventScroll: true });
  }

  render() {
    const segments = Array.from(
      { length: this.of },
      (_, place) => html`<i class=${place < this.filled ? "filled" : ""}></i>`,
    );
    return html`<button
      aria-disabled=${this.mode === "ready" ? "false" : "true"}
      aria-label="${this.label}, ${this.door}"
      @click=${this.#clicked}
    >
      ${this.label}
      <span class="hair ${this.filled ? "" : "none"}" aria-hidden="true">${segments}</span>
    </button>`;
  }

  #clicked() {
    if (this.mode === "busy" || performance.now() - (this.changedAt ?? -Infinity) < CHANGED_MS) return;
    this.dispatchEvent(new Event(this.mode === "ready" ? "press" : "why"));
  }
}

customElements.define("io-open-button", OpenButton);
