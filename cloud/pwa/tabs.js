// The pages of the app, at the thumb on a phone, at the side on a wide screen. Fires "page" {page}.
import { LitElement, css, html, nothing } from "lit";
import { sign } from "./icons.js";
import { base } from "./styles.js";

const MOST = 99; // beyond, nobody reads how many

class Tabs extends LitElement {
  static properties = {
    pages: { attribute: false },
    page: {},
    counts: { attribute: false }, // page -> how many things wait there
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
      .sign {
        position: relative;
      }
      .count {
        position: absolute;
        top: -6px;
        left: 14px;
        min-width: 18px;
        padding: 0 5px;
        border-radius: 99px;
        background: var(--danger);
        color: var(--surface);
        font-size: 0.6875rem;
        font-weight: 600;
        line-height: 18px;
        text-align: center;
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
          html` <button
            aria-label=${this.#named(page)}
            aria-current=${page === this.page ? "page" : nothing}
            @click=${() => this.#go(page)}
          >
            <span class="sign">${sign(page, 22)}${this.#count(page)}</span>
            <span>${this.say(`nav_${page}`)}</span>
          </button>`,
      )}
    </nav>`;
  }

  #count(page) {
    const n = this.counts?.[page];
    return n ? html`<span class="count" aria-hidden="true">${n > MOST ? `${MOST}+` : n}</span>` : nothing;
  }

  #named(page) {
    const n = this.counts?.[page];
    return n ? this.say("nav_waiting", { page: this.say(`nav_${page}`), n }) : nothing;
  }

  #go(page) {
    this.dispatchEvent(new CustomEvent("page", { detail: { page } }));
  }
}

customElements.define("io-tabs", Tabs);
