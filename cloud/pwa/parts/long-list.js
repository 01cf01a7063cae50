// A list of however many rows: as many are drawn as have been scrolled to, and a push that does not concern it draws none
// again. `row(item)` gives an <li>; `signs`: what else a row shows, an array; another one draws the rows again.
import { LitElement, css, html, nothing } from "lit";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";
import { base } from "../styles.js";
import { formStyles } from "./form-styles.js";

const PAGE = 50; // rows: two screens of a phone
const AHEAD = "600px"; // drawn before they are scrolled to

class LongList extends LitElement {
  static properties = {
    items: { attribute: false },
    id_of: { attribute: false },
    row: { attribute: false },
    signs: { attribute: false },
    shown: { state: true },
  };

  static styles = [
    base,
    formStyles,
    css`
      :host {
        display: block;
      }
      .item[aria-current] {
        background: var(--soft);
      }
      .tags {
        gap: 4px;
        padding-top: 2px;
      }
      li {
        content-visibility: auto;
        contain-intrinsic-height: auto 60px;
      }
    `,
  ];

  constructor() {
    super();
    this.shown = PAGE;
    this.signs = [];
    this.seen = new IntersectionObserver((seen) => this.#reached(seen), { rootMargin: AHEAD });
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.seen.disconnect();
  }

  render() {
    const { id_of, items, row, shown } = this;
    return html`<ul class="list">
        ${guard([items, shown, ...this.signs], () => repeat(items.slice(0, shown), id_of, row))}
      </ul>
      ${items.length > shown ? html`<div class="below"></div>` : nothing}`;
  }

  updated() {
    this.seen.disconnect();
    const below = this.renderRoot.querySelector(".below");
    if (below) this.seen.observe(below);
  }

  #reached(seen) {
    if (seen.some(({ isIntersecting }) => isIntersecting)) this.shown += PAGE;
  }

  focusOn(id) {
    this.renderRoot.querySelector(`[data-id="${CSS.escape(id)}"]`)?.focus();
  }
}

customElements.define("io-long-list", LongList);
