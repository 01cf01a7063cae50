// How one door box is with a release: its places, its state as shape and word, and why.
import { LitElement, css, html, svg } from "lit";
import { base } from "../styles.js";
import { boxWords, groupOf } from "./words.js";

const SHAPES = {
  good: svg`<path d="m4 10.5 4 4 8-9" />`,
  failed: svg`<path d="m5.5 5.5 9 9M14.5 5.5l-9 9" />`,
  going: svg`<circle cx="10" cy="10" r="6.5" /><path d="M10 3.5a6.5 6.5 0 0 1 0 13Z" fill="currentColor" />`,
  waiting: svg`<circle cx="10" cy="10" r="6.5" />`,
  out: svg`<path d="M4 10h12" />`,
};

class BoxRow extends LitElement {
  static properties = { box: { attribute: false }, now: { type: Number }, say: { attribute: false } };

  static styles = [
    base,
    css`
      :host {
        display: grid;
        grid-template-columns: 20px minmax(0, 1fr) auto;
        gap: 0 12px;
        align-items: baseline;
        min-height: 60px;
        padding: 8px 16px;
        font-size: var(--text);
        font-variant-numeric: tabular-nums;
      }
      svg {
        align-self: center;
      }
      b {
        font-weight: 600;
        overflow-wrap: anywhere;
      }
      .number {
        color: var(--ink-2);
        font-family: ui-monospace, monospace;
        font-size: var(--small);
      }
      .how {
        grid-column: 2 / -1;
        color: var(--ink-2);
        overflow-wrap: anywhere;
      }
      .state {
        font-weight: 500;
      }
      .good {
        color: var(--accent);
      }
      .failed {
        color: var(--danger);
      }
    `,
  ];

  render() {
    const { box, now, say } = this;
    const group = groupOf(box.state);
    const { words, more } = boxWords(box, say, { now, zone: Intl.DateTimeFormat().resolvedOptions().timeZone });
    return html`<svg
        class=${group}
        viewBox="0 0 20 20"
        width="18"
        height="18"
        fill="none"
        stroke="currentColor"
        stroke-width="1.75"
        stroke-linecap="round"
        stroke-linejoin="round"
        aria-hidden="true"
      >
        ${SHAPES[group]}
      </svg>
      <b>${box.places.join(", ") || say("updates_no_place")}</b>
      <span class="number">${box.unit}</span>
      <span class="how"><span class="state ${group}">${words}</span>${more ? ` · ${more}` : ""}</span>`;
  }
}

customElements.define("io-box-row", BoxRow);
