// The chain of stops of one attempt, each with its time; the one that failed is named. Only what was pushed.
import { LitElement, css, html } from "lit";
import { took } from "./format.js";
import { stopWords, stops, tone, waitedInVain } from "./outcome.js";
import { base } from "./styles.js";

class Receipt extends LitElement {
  static properties = { attempt: { attribute: false }, door: { attribute: false }, say: { attribute: false } };

  static styles = [
    base,
    css`
      :host {
        display: block;
        font-size: var(--text);
      }
      li {
        position: relative;
        display: grid;
        grid-template-columns: 12px 1fr auto;
        align-items: center;
        gap: 12px;
        min-height: 28px;
      }
      .time {
        color: var(--ink-2);
        font-variant-numeric: tabular-nums;
        text-align: right;
      }
      .dot {
        width: 10px;
        height: 10px;
        margin: 1px;
        border: 2px solid var(--accent);
        border-radius: 50%;
        background: var(--accent);
      }
      li + li::before {
        content: "";
        position: absolute;
        left: 5px;
        top: -8px;
        height: 16px;
        border-left: 2px solid var(--accent);
      }
      li.ahead,
      li.ahead + li {
        color: var(--ink-2);
      }
      li.ahead .dot {
        border-color: var(--line);
        background: none;
      }
      li.ahead::before {
        border-color: var(--line);
      }
      li.missed {
        color: var(--danger);
        font-weight: 600;
      }
      li.missed .dot {
        border-color: var(--danger);
        background: none;
      }
      li.missed::before {
        border-left: 2px dotted var(--danger);
      }
      .unsure li.missed {
        color: var(--warn);
      }
      .unsure li.missed .dot {
        border-color: var(--warn);
      }
      .unsure li.missed::before {
        border-color: var(--warn);
      }
    `,
  ];

  render() {
    const { attempt, door, say } = this;
    return html`<ol class=${tone(attempt)} aria-label=${say("receipt_of", { door: door.name })}>
      ${stops(attempt, door).map((stop) => this.#stop(stop))}
    </ol>`;
  }

  #stop(stop) {
    const { attempt, say } = this;
    const words = say(stopWords(stop, attempt), { seconds: waitedInVain(attempt) });
    const time = stop.ms === null ? "" : stop.name === "asked" ? "0" : took(stop.ms, say.language);
    return html`<li class=${stop.state}>
      <span class="dot"></span><span>${words}</span><span class="time">${time}</span>
    </li>`;
  }
}

customElements.define("io-receipt", Receipt);
