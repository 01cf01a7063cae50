// Lines of a log as a list: when, which door, who, what. Shown to who manages, and to a person about herself. With `leads`
// a line is opened for what it leads to: fires "go" {section, about}.
import { LitElement, css, html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import "../box-texts.js";
import { seconds, shortDay } from "../format.js";
import { sign } from "../icons.js";
import { lineWords } from "../log-words.js";
import "../more-texts.js";
import "../rule-texts.js";
import { base } from "../styles.js";

class LogLines extends LitElement {
  static properties = {
    lines: { attribute: false },
    names: { attribute: false }, // id -> name, of people and groups
    now: { type: Number },
    zone: {},
    places: { attribute: false }, // place -> its name, where the lines are of several
    zones: { attribute: false }, // place -> its zone, where the lines are of several
    anonymous: { type: Boolean }, // all by the one who reads
    leads: { type: Boolean },
    open: { state: true }, // the line whose ways are shown
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
      .more,
      .ways {
        grid-column: 1 / -1;
      }
      .leads {
        position: relative;
        padding-right: 44px;
        cursor: pointer;
      }
      .toggle {
        position: absolute;
        top: 8px;
        right: 0;
      }
      .toggle button {
        display: grid;
        place-items: center;
        width: var(--target);
        color: var(--ink-2);
      }
      .toggle svg {
        transform: rotate(90deg);
      }
      .toggle [aria-expanded="true"] svg {
        transform: rotate(-90deg);
      }
      .ways {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        padding-top: 8px;
        cursor: default;
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
    const { say, now } = this;
    const zone = this.zones?.get(line.place) ?? this.zone;
    const { words, more, tone } = lineWords(line, say, { now, zone, names: this.names ?? new Map() });
    const day = shortDay(line.at, now, say.language, zone);
    const who = this.anonymous ? null : line.who_name;
    const about = [line.door_name ?? (line.door ? say("log_unknown_door") : null), who].filter(Boolean).join(" · ");
    const key = `${line.place} ${line.n}`;
    const leads = this.leads && (line.door || line.who);
    const opened = leads && this.open === key;
    return html`<li class="${tone} ${leads ? "leads" : ""}" @click=${() => leads && this.#toggle(key)}>
      <span class="about">${about || this.#place(line)}</span>
      <span class="time">${day} ${seconds(line.at, say.language, zone)}</span>
      <span class="words">${words}</span>
      ${more ? html`<span class="more">${more}</span>` : nothing}
      ${leads ? this.#ways(line, key, opened) : nothing}
    </li>`;
  }

  #toggle(key) {
    this.open = this.open === key ? null : key;
  }

  #place({ place, detail }) {
    return detail?.unit ? this.say("line_box") : (this.places?.get(place) ?? this.say("line_place"));
  }

  // A finger opens the whole line; for a keyboard and a screen reader there is a button.
  #ways(line, key, opened) {
    const { say } = this;
    const stop = (event) => event.stopPropagation();
    const refused = line.kind === "press" && line.detail?.state === "REFUSED";
    const about = { at: line.at, ...(line.door ? { door: line.door } : {}), ...(refused ? { person: line.who } : {}) };
    return html`<span class="toggle">
        <button
          aria-expanded=${opened ? "true" : "false"}
          aria-label=${say("line_more", { time: seconds(line.at, say.language, this.zone) })}
          @click=${(event) => {
            stop(event);
            this.#toggle(key);
          }}
        >
          ${sign("right", 16)}
        </button>
      </span>
      ${
        opened
          ? html`<span class="ways" @click=${stop}>
              ${
                line.door
                  ? html`<button class="quiet" @click=${() => this.#go("who", about)}>
                      ${say(refused ? "line_why" : "line_then")}
                    </button>`
                  : nothing
              }
              ${
                line.who && this.names?.has(line.who)
                  ? html`<button class="quiet" @click=${() => this.#go("people", { person: line.who })}>
                      ${say("line_person", { name: line.who_name })}
                    </button>`
                  : nothing
              }
            </span>`
          : nothing
      }`;
  }

  #go(section, about) {
    this.dispatchEvent(new CustomEvent("go", { bubbles: true, composed: true, detail: { section, about } }));
  }
}

customElements.define("io-log-lines", LogLines);
