// The pages of the app, at the thumb on a phone, at the side on a wide screen. Fires "page" {page}.
import { LitElement, css, html, nothing } from "lit";
import { sign } from "./icons.js";
import { base } from "./styles.js";

class Tabs extends LitElement {
  static properties = {
    pages: { attribute: false },
    page: {},
    say: { attribute: false },
    rail: { type: Boolean, reflect: true },
  };

  static styles = [
    base,
    css`
      nav {
        display: flex;
        justify-content: space-around;
        padding: 4px 8px max(4px, env(safe-area-inset-bottom));
        border-top: 1px solid var(--line);
        background: var(--surface);
      }
      button {
        display: flex;
        flex: 1 1 0;
        flex-direction: column;
        align-items: center;
        justify-content: center;
        gap: 2px;
        max-width: 140px;
        min-height: 52px;
        border-radius: 10px;
        color: var(--ink-2);
        font-size: var(--small);
        font-weight: 500;
      }
      [aria-current] {
        color: var(--accent);
        font-weight: 600;
      }
      :host([rail]) nav {
        flex-direction: column;
        gap: 4px;
        border: 0;
        background: none;
      }
      :host([rail]) button {
        flex: none;
        flex-direction: row;
        justify-content: start;
        gap: 12px;
        max-width: none;
        min-height: 44px;
        padding: 0 12px;
        font-size: var(--text);
      }
      :host([rail]) [aria-current] {
        background: var(--soft);
      }
    `,
  ];

  render() {
    return html`<nav aria-label=${this.say("nav_label")}>
      ${this.pages.map(
        (page) =>
          html` <button aria-current=${page === this.page ? "page" : nothing} @click=${() => this.#go(page)}>
            ${sign(page, 22)}<span>${this.say(`nav_${page}`)}</span>
          </button>`,
      )}
    </nav>`;
  }

  #go(page) {
    this.dispatchEvent(new CustomEvent("page", { detail: { page } }));
  }
}

customElements.define("io-tabs", Tabs);
