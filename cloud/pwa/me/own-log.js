// What the logs say of her, page by page, when she asks for it.
import { LitElement, html, nothing } from "lit";
import { ask } from "../api.js";
import { pageTime } from "../clock.js";
import { Doing } from "../parts/doing.js";
import { formStyles } from "../parts/form-styles.js";
import "../parts/log-lines.js";
import "../parts/sheet.js";
import { cloudTime } from "../store.js";
import { base } from "../styles.js";
import { partStyles } from "./part-styles.js";

const PAGE = 50;

class OwnLog extends LitElement {
  static properties = {
    session: { attribute: false },
    say: { attribute: false },
    open: { state: true },
    lines: { state: true },
    more: { state: true },
  };

  static styles = [base, formStyles, partStyles];

  constructor() {
    super();
    this.doing = new Doing(this);
    this.lines = [];
  }

  render() {
    const { say } = this;
    return html`<h2>${say("me_log")}</h2>
      <button class="quiet" @click=${this.#open}>${say("me_log_show")}</button>
      ${this.open ? this.#sheet() : nothing}`;
  }

  #sheet() {
    const { say, session } = this;
    const { state } = session;
    return html`<io-sheet .heading=${say("me_log")} .say=${say} @closed=${() => (this.open = false)}>
      <div class="stack">
        <io-log-lines
          anonymous
          .lines=${this.lines}
          .now=${cloudTime(state, pageTime())}
          .zone=${state.places[0]?.zone}
          .zones=${new Map(state.places.map(({ id, zone }) => [id, zone]))}
          .places=${new Map(state.places.map(({ id, name }) => [id, name]))}
          .say=${say}
        ></io-log-lines>
        ${!this.lines.length && !this.doing.busy ? html`<p class="plain">${say("me_log_empty")}</p>` : nothing}
        ${this.doing.told(say)}
        ${this.more ? html`<button class="quiet" @click=${this.#older}>${say("log_older")}</button>` : nothing}
      </div>
    </io-sheet>`;
  }

  #open() {
    this.open = true;
    this.lines = [];
    this.#older();
  }

  // Numbers belong to one place: across places it is time that goes back.
  async #older() {
    const last = this.lines.at(-1);
    const until = last ? `&until=${last.at + 1}` : "";
    const page = await this.doing.run(() => ask("GET", `me/log?limit=${PAGE}${until}`));
    if (!page) return;
    const known = new Set(this.lines.map(({ place, n }) => `${place} ${n}`));
    this.lines = [...this.lines, ...page.lines.filter(({ place, n }) => !known.has(`${place} ${n}`))];
    this.more = page.more;
  }
}

customElements.define("io-own-log", OwnLog);
