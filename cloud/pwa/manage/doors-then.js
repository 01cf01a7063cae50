// How the doors stood at a moment that is over: what the log last said of each before it.
import { LitElement, css, html, nothing } from "lit";
import { moment, seconds } from "../format.js";
import "../box-texts.js";
import { lineWords } from "../log-words.js";
import { formStyles } from "../parts/form-styles.js";
import "../rule-texts.js";
import { base } from "../styles.js";
import { pageStyles } from "./page-styles.js";

const SHAPES = { open: "▯", closed: "▮", unknown: "?" };

class DoorsThen extends LitElement {
  static properties = {
    doors: { attribute: false }, // as GET then gives them
    names: { attribute: false },
    now: { type: Number },
    zone: {},
    say: { attribute: false },
  };

  static styles = [
    base,
    formStyles,
    pageStyles,
    css`
      li {
        padding: 12px 16px;
      }
      .shape {
        display: inline-block;
        width: 1.2em;
      }
    `,
  ];

  render() {
    const { doors, say } = this;
    if (!doors.length) return nothing;
    return html`<h3>${say("then_doors")}</h3>
      <ul class="list">
        ${doors.map((door) => this.#door(door))}
      </ul>`;
  }

  #door({ away, held, last, name, since, state }) {
    const { now, say, zone } = this;
    const at = since && moment(since, now, say, zone);
    const words = [
      since ? say(`then_${state}`, { at }) : say("then_unknown"),
      held ? say("then_held") : null,
      away ? say("then_away") : null,
    ].filter(Boolean);
    return html`<li>
      <p><b>${name}</b></p>
      <p><span class="shape" aria-hidden="true">${SHAPES[state]}</span>${words.join(" · ")}</p>
      ${last ? html`<p class="sub">${this.#last(last)}</p>` : nothing}
    </li>`;
  }

  #last(line) {
    const { names, now, say, zone } = this;
    const { words } = lineWords(line, say, { now, zone, names });
    const at = `${moment(line.at, now, say, zone)} ${seconds(line.at, say.language, zone).slice(-3)}`.replace(" :", ":");
    return [say("then_last", { at }), line.who_name, words].filter(Boolean).join(" · ");
  }
}

customElements.define("io-doors-then", DoorsThen);
