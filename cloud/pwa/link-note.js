// Says that what is on the screen is no longer live, and how old it is. Empty while it is live.
import { LitElement, css, html, nothing } from "lit";
import { seconds, span } from "./format.js";
import { sign } from "./icons.js";
import { isLive } from "./store.js";
import { base } from "./styles.js";

class LinkNote extends LitElement {
  static properties = { state: { attribute: false }, t: { type: Number }, zone: {}, say: { attribute: false } };

  static styles = [
    base,
    css`
      :host {
        display: block;
      }
      .note {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 0 12px;
        margin: 0 16px 12px;
        padding: 12px 16px;
        border-radius: var(--radius-card);
        background: var(--warn-soft);
        color: var(--warn);
        font-size: var(--text);
      }
      b {
        font-weight: 600;
        font-variant-numeric: tabular-nums;
      }
      .why {
        grid-column: 2;
      }
      .age {
        white-space: nowrap;
        font-variant-numeric: tabular-nums;
      }
    `,
  ];

  render() {
    const { state, t } = this;
    return html`<div role="status">${isLive(state, t) ? nothing : this.#note()}</div>`;
  }

  #note() {
    const { state, t, say } = this;
    const time = seconds(state.clock.now, say.language, this.zone);
    // the age counts on every second: shown, but not read out each time
    return html`<div class="note">
      ${sign("away")}<b>${say("away_title", { time })}</b>
      <span class="why"
        >${say(navigator.onLine ? "away_cloud" : "away_phone")}
        <span class="age" aria-live="off">${say("away_age", { span: span(t - state.clock.t) })}</span></span
      >
    </div>`;
  }
}

customElements.define("io-link-note", LinkNote);
