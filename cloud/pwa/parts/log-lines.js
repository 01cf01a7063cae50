// Lines of a log as a list: when, which door, who, what. Shown to who manages, and to a person about herself.
import { LitElement, css, html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import "../box-texts.js";
import { seconds, shortDay } from "../format.js";
import { lineWords } from "../log-words.js";
import "../more-texts.js";
import { base } from "../styles.js";

class LogLines extends LitElement {
  static properties = {
    lines: { attribute: false },
    names: { attribute: false }, // id -> name, of people and groups
    now: { type: Number },
    zone: {},
    anonymous: { type: Boolean }, // all by the one who reads
    say: { attribute: false },
  };

  static styles = [
    base,
    css`
      :host {
        display: block;
      }
      li {
        display: grid;
        grid-template-columns: 1fr auto;
        gap: 0 12px;
        padding: 10px 0;
        border-top: 1px solid var(--line);
        font-size: var(--text);
      }
      li:first-child {
        border-top: 0;
      }
      .about {
        font-weight: 600;
      }
      .about,
      .more,
      .words {
        min-width: 0;
        overflow-wrap: anywhere;
      }
      .time,
      .who,
      .more {
        color: var(--ink-2);
        font-variant-numeric: tabular-nums;
      }
      .time {
        text-align: right;
      }
      .words,
      .more {
        grid-column: 1 / -1;
      }
      .bad .words {
        color: var(--danger);
        font-weight: 600;
      }
      .unsure .words,
      .odd .words {
        color: var(--warn);
        font-weight: 600;
      }
    `,
  ];

  render() {
    return html`<ol>
      ${repeat(
        this.lines,
        ({ place, n }) => `${place} ${n}`,
        (line) => this.#line(line),
      )}
    </ol>`;
  }

  #line(line) {
    const { say, now, zone } = this;
    const { words, more, tone } = lineWords(line, say, { now, zone, names: this.names ?? new Map() });
    const day = shortDay(line.at, now, say.language, zone);
    const who = this.anonymous ? null : line.who_name;
    const about = [line.door_name ?? (line.door ? say("log_unknown_door") : null), who].filter(Boolean).join(" · ");
    return html`<li class=${tone}>
      <span class="about">${about || say(line.detail?.unit ? "line_box" : "line_place")}</span>
      <span class="time">${day} ${seconds(line.at, say.language, zone)}</span>
      <span class="words">${words}</span>
      ${more ? html`<span class="more">${more}</span>` : nothing}
    </li>`;
  }
}

customElements.define("io-log-lines", LogLines);
