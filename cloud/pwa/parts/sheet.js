// A sheet over the page: from below on a phone, in the middle of a wide screen. It keeps the focus, closes on Escape, on
// its cross and on a tap beside it, and gives the focus back. Fires "closed". Its content is slotted.
import { LitElement, css, html } from "lit";
import { sign } from "../icons.js";
import { base } from "../styles.js";

class Sheet extends LitElement {
  static properties = { heading: {}, say: { attribute: false } };

  static styles = [
    base,
    css`
      dialog {
        display: none;
        flex-direction: column;
        width: 100%;
        max-width: 560px;
        max-height: calc(100dvh - 32px);
        margin: auto auto 0;
        padding: 0;
        border: 1px solid var(--line);
        border-bottom: 0;
        border-radius: var(--radius-card) var(--radius-card) 0 0;
        background: var(--surface);
        color: var(--ink);
        box-shadow: var(--shadow);
        overflow: hidden;
      }
      dialog[open] {
        display: flex;
      }
      dialog::backdrop {
        background: var(--veil);
      }
      .top {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: 12px;
        padding: 8px 8px 8px 20px;
        border-bottom: 1px solid var(--line);
      }
      h2 {
        font-size: var(--body);
        font-weight: 600;
        overflow-wrap: anywhere;
      }
      .close {
        display: grid;
        place-items: center;
        width: var(--target);
        border-radius: 50%;
        color: var(--ink-2);
      }
      .content {
        padding: 16px 20px max(20px, env(safe-area-inset-bottom));
        overflow: hidden auto;
        overscroll-behavior: contain;
      }
      .content:focus-visible {
        outline-offset: -3px;
      }
      @media (min-width: 900px) {
        dialog {
          margin: auto;
          border-bottom: 1px solid var(--line);
          border-radius: var(--radius-card);
        }
      }
    `,
  ];

  render() {
    return html`<dialog aria-label=${this.heading} @click=${this.#outside} @close=${this.#closed}>
      <div class="top">
        <h2>${this.heading}</h2>
        <button class="close" aria-label=${this.say("close_sheet")} @click=${this.close}>${sign("cross")}</button>
      </div>
      <div class="content" tabindex="-1"><slot></slot></div>
    </dialog>`;
  }

  firstUpdated() {
    this.before = focused();
    this.#dialog.showModal();
  }

  // Taken away while it is open, as when what it was for is done: the browser gives the focus back on closing only.
  disconnectedCallback() {
    super.disconnectedCallback();
    if (this.#dialog?.open && this.before?.isConnected) this.before.focus();
  }

  get #dialog() {
    return this.renderRoot.querySelector("dialog");
  }

  close() {
    this.#dialog.close();
  }

  #outside({ target }) {
    if (target === this.#dialog) this.close();
  }

  #closed() {
    this.dispatchEvent(new Event("closed"));
  }
}

function focused() {
  let one = document.activeElement;
  while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
  return one;
}

customElements.define("io-sheet", Sheet);
