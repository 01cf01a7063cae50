// Says that what is on the screen is not live, how old it is, and since when nobody answers. Empty while it is live.
import { LitElement, css, html, nothing } from "lit";
import { seconds, shortDay, since, span } from "./format.js";
import { sign } from "./icons.js";
import { cloudTime, isConnecting, isLive, mayPress, pictureTime } from "./store.js";
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
      /* while it may be over in a moment nothing moves under a thumb: it lies over the page's lower edge */
      .soon {
        position: fixed;
        inset: auto 0 calc(72px + env(safe-area-inset-bottom));
        z-index: 1;
        width: fit-content;
        max-width: calc(100% - 32px);
        margin: 0 auto;
        border: 1px solid var(--line);
        background: var(--surface);
        color: var(--ink-2);
        box-shadow: var(--shadow);
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
    const { state, t, say, zone } = this;
    const { now, t: told } = pictureTime(state);
    const day = shortDay(now, cloudTime(state, t), say.language, zone);
    const time = `${day} ${seconds(now, say.language, zone)}`.trim();
    // the age counts on every second: shown, but not read out each time
    return html`<div class="note ${mayPress(state, t) || (navigator.onLine && isConnecting(state, t)) ? "soon" : ""}">
      ${sign("away")}
      <p>
        <b>${say("away_title", { time })}</b>
        <span class="age" aria-live="off">· ${say("away_age", { span: span(t - told) })}</span>
      </p>
      <p class="why">${this.#why()}</p>
    </div>`;
  }

  // A picture from an earlier visit says nothing of since when: then it is since this page began to ask.
  #why() {
    const { state, t, say, zone } = this;
    if (mayPress(state, t)) return say("away_old");
    if (navigator.onLine && isConnecting(state, t)) return say("away_connecting");
    const lost = state.link.number === 0 ? cloudTime(state, state.asked) : pictureTime(state).now;
    return say(navigator.onLine ? "away_cloud" : "away_phone", { since: since(lost, cloudTime(state, t), say, zone) });
  }
}

customElements.define("io-link-note", LinkNote);
