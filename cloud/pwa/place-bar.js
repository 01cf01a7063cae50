// The name of the place on top. With several places it opens their list, and dots say which one this is. Fires "place".
import { LitElement, css, html, nothing } from "lit";
import { sign } from "./icons.js";
import { base } from "./styles.js";

class PlaceBar extends LitElement {
  static properties = {
    places: { attribute: false },
    place: { type: Number },
    say: { attribute: false },
    rail: { type: Boolean },
  };

  static styles = [
    base,
    css`
      :host {
        display: block;
      }
      .bar {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: 12px;
        min-height: 52px;
        padding: 8px 16px 4px;
      }
      h1 {
        min-width: 0;
        font-size: var(--body);
        font-weight: 600;
        letter-spacing: -0.005em;
        overflow-wrap: anywhere;
      }
      h1 button {
        display: flex;
        align-items: center;
        gap: 4px;
        font-weight: 600;
        text-align: left;
      }
      .dots {
        display: flex;
        gap: 6px;
      }
      .dots i {
        width: 7px;
        height: 7px;
        border-radius: 50%;
        background: var(--line);
      }
      .dots .here {
        background: var(--ink-2);
      }
      dialog {
        width: min(420px, calc(100vw - 32px));
        max-height: 80dvh;
        margin: 64px auto auto;
        padding: 8px;
        border: 1px solid var(--line);
        border-radius: var(--radius-card);
        background: var(--surface);
        color: var(--ink);
        box-shadow: var(--shadow);
      }
      dialog::backdrop {
        background: var(--veil);
      }
      .list button {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: 12px;
        width: 100%;
        min-height: 48px;
        padding: 8px 12px;
        border-radius: 10px;
        text-align: left;
      }
      .list .here {
        background: var(--soft);
        color: var(--accent);
        font-weight: 600;
      }
      .rail {
        margin-top: 16px;
        padding: 16px 8px;
        border-top: 1px solid var(--line);
      }
      .rail button {
        min-height: 44px;
        font-size: var(--text);
      }
    `,
  ];

  render() {
    const { places, place, say } = this;
    const here = places[place];
    if (this.rail) return html`<div class="rail">${this.#list()}</div>`;
    if (places.length < 2) return html`<div class="bar"><h1>${here?.name ?? "iomando"}</h1></div>`;
    return html`<div class="bar">
        <h1>
          <button aria-haspopup="dialog" aria-label=${say("choose_place", { place: here.name })} @click=${this.#open}>
            ${here.name} ${sign("down")}
          </button>
        </h1>
        <span class="dots" aria-hidden="true"
          >${places.map((_, index) => html`<i class=${index === place ? "here" : ""}></i>`)}</span
        >
      </div>
      <dialog aria-label=${say("places")} @click=${this.#outside}>${this.#list()}</dialog>`;
  }

  #list() {
    return html`<ul class="list">
      ${this.places.map(
        ({ name }, index) =>
          html`<li>
            <button
              class=${index === this.place ? "here" : ""}
              aria-current=${index === this.place ? "true" : nothing}
              @click=${() => this.#choose(index)}
            >
              ${name}${index === this.place ? sign("check") : nothing}
            </button>
          </li>`,
      )}
    </ul>`;
  }

  get #dialog() {
    return this.renderRoot.querySelector("dialog");
  }

  #open() {
    this.#dialog.showModal();
  }

  #outside({ target }) {
    if (target === this.#dialog) this.#dialog.close();
  }

  #choose(index) {
    this.#dialog?.close();
    this.dispatchEvent(new CustomEvent("place", { detail: { index } }));
  }
}

customElements.define("io-place-bar", PlaceBar);
