// The latest operations and whose they were, for admins; as live as the doors. Only what was pushed.
import { LitElement, css, html } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { seconds, shortDay, took } from "./format.js";
import { summary, tone } from "./outcome.js";
import { base } from "./styles.js";

class LogPage extends LitElement {
  static properties = {
    state: { attribute: false },
    say: { attribute: false },
    beside: { type: Boolean }, // the doors, on a wide screen
  };

  static styles = [
    base,
    css`
      :host {
        display: block;
        padding: 4px 16px 24px;
      }
      h1,
      h2 {
        margin: 0 auto;
        max-width: 560px;
        padding: 12px 0;
        font-size: var(--title);
        font-weight: 600;
      }
      ol {
        max-width: 560px;
        margin: 0 auto;
      }
      li {
        display: grid;
        grid-template-columns: 1fr auto;
        gap: 0 12px;
        padding: 10px 0;
        border-top: 1px solid var(--line);
        font-size: var(--text);
      }
      .door {
        font-weight: 600;
        overflow-wrap: anywhere;
      }
      .time,
      .how,
      .who {
        font-variant-numeric: tabular-nums;
      }
      .time,
      .who {
        color: var(--ink-2);
      }
      .how,
      .time {
        text-align: right;
      }
      .bad .how {
        color: var(--danger);
        font-weight: 600;
      }
      .unsure .how {
        color: var(--warn);
        font-weight: 600;
      }
      .none {
        padding: 24px 0;
        color: var(--ink-2);
        text-align: center;
      }
    `,
  ];

  render() {
    const { state, say } = this;
    return html`${this.beside ? html`<h2>${say("log_title")}</h2>` : html`<h1>${say("log_title")}</h1>`}
    ${
      state.operations.length
        ? html`<ol>
            ${repeat(
              state.operations,
              ({ id }) => id,
              (one) => this.#row(one),
            )}
          </ol>`
        : html`<p class="none">${say("log_empty")}</p>`
    }`;
  }

  #row(operation) {
    const { state, say } = this;
    const door = state.doors.find(({ id }) => id === operation.door);
    const zone = state.places.find(({ id }) => id === door?.place)?.zone;
    const { key, ms } = summary(operation);
    const how = ms === null ? say(key) : say("took", { word: say(key), time: took(ms, say.language) });
    const day = shortDay(operation.asked, state.clock.now, say.language, zone);
    return html`<li class=${tone(operation)}>
      <span class="door">${door?.name ?? say("log_unknown_door")}</span>
      <span class="time">${day} ${seconds(operation.asked, say.language, zone)}</span>
      <span class="who">${operation.person.name}</span>
      <span class="how">${how}</span>
    </li>`;
  }
}

customElements.define("io-log-page", LogPage);
