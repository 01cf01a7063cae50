// The chain of stops of one attempt, each with its time; the one that failed is named. Shows what was pushed, nothing else.
import { LitElement, css, html, nothing } from "lit";
import { took } from "./format.js";
import { givenUp, stopWords, stops, tone } from "./outcome.js";
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
        min-height: 30px;
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
        top: -9px;
        height: 18px;
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
      .code {
        margin-top: 8px;
        color: var(--ink-2);
        font-size: var(--small);
        overflow-wrap: anywhere;
      }
    `,
  ];

  render() {
    const { attempt, door, say } = this;
    const kind = tone(attempt);
    return html`<ol class=${kind} aria-label=${say("receipt_of", { door: door.name })}>
        ${stops(attempt, door).map((stop) => this.#stop(stop))}
      </ol>
      ${kind === "bad" || kind === "unsure" ? this.#code() : nothing}`;
  }

  #stop(stop) {
    const { attempt, door, say } = this;
    const words = say(stopWords(stop, attempt), { seconds: givenUp(attempt, door) });
    const time = stop.ms === null ? "" : stop.name === "asked" ? "0" : took(stop.ms, say.language);
    return html`<li class=${stop.state}><span class="dot"></span><span>${words}</span><span class="time">${time}</span></li>`;
  }

  #code() {
    const { state, reason, movement, id, press_id } = this.attempt;
    const code = [state, reason, movement, id ?? press_id].filter(Boolean).join(" · ");
    return html`<p class="code">${this.say("receipt_details")}: ${code}</p>`;
  }
}

customElements.define("io-receipt", Receipt);
