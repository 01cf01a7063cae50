// When the doors of a place are opened: by hour and weekday, of the last weeks, drawn and as a table. Asked for when it is
// opened, and again, not too often, when somebody has opened a door meanwhile.
import { LitElement, css, html, nothing } from "lit";
import { ask, placePath } from "../api.js";
import { pageTime } from "../clock.js";
import { shortDay } from "../format.js";
import "../glance-texts.js";
import { Doing } from "../parts/doing.js";
import { choice } from "../parts/fields.js";
import { formStyles } from "../parts/form-styles.js";
import { cloudTime } from "../store.js";
import { base } from "../styles.js";
import { HOURS, WEEKDAYS, facts, hours, sum, weekday } from "./figures.js";
import "./opens-chart.js";
import { pageStyles } from "./page-styles.js";

const WEEKS = [1, 4, 12];
const SELDOM = 0.1; // opens a day: below, the mean would read 0
const AGAIN_MS = 30_000; // a busy place has an open every few seconds: its habits do not change as fast

class FiguresPage extends LitElement {
  static properties = {
    data: { attribute: false },
    session: { attribute: false },
    state: { attribute: false }, // of the session: another one with every push
    say: { attribute: false },
    weeks: { state: true },
    door: { state: true }, // id; "": every door
    opens: { state: true }, // as the cloud counted them; null: on their way
  };

  static styles = [
    base,
    formStyles,
    pageStyles,
    css`
      .total {
        font-size: var(--large);
        font-weight: 600;
        line-height: 1.2;
        font-variant-numeric: tabular-nums;
      }
      .facts {
        display: grid;
        gap: 2px;
        font-size: var(--text);
      }
      .card {
        padding: 16px;
        border: 1px solid var(--line);
        border-radius: var(--radius-card);
        background: var(--surface);
      }
      .two,
      .card,
      details,
      .scroll {
        min-width: 0;
      }
      .scroll {
        overflow: auto hidden;
      }
      table {
        width: 100%;
        border-collapse: collapse;
        font-size: var(--small);
        font-variant-numeric: tabular-nums;
      }
      th,
      td {
        padding: 4px 2px;
        font-weight: 400;
        text-align: right;
      }
      th {
        color: var(--ink-2);
      }
      th[scope="row"] {
        text-align: left;
      }
      .none {
        color: var(--ink-2);
      }
      tbody tr,
      tfoot tr {
        border-top: 1px solid var(--line);
      }
      tfoot td,
      .all {
        font-weight: 600;
      }
    `,
  ];

  constructor() {
    super();
    this.weeks = 4;
    this.door = "";
    this.opens = null;
    this.doing = new Doing(this);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.later);
    this.later = null;
  }

  // Asked again on a new connection, too: what was opened meanwhile is not known.
  willUpdate() {
    const { data, session, weeks, door } = this;
    const wanted = [data.place.id, weeks, door].join();
    const news = [session.state.link.number, this.#newest()].join();
    if (this.wanted !== wanted) this.#load();
    else if (this.news !== news) this.#loadLater();
    Object.assign(this, { wanted, news });
  }

  #newest() {
    const doors = new Set(this.data.doors.map(({ door }) => door.id));
    return this.session.state.operations.find(({ door, state }) => state === "DONE" && doors.has(door))?.id;
  }

  render() {
    const { data, opens, say } = this;
    const doors = data.doors.map(({ door }) => [door.id, door.name]);
    const periods = WEEKS.map((weeks) => [String(weeks), say(`figures_weeks_${weeks}`)]);
    return html`<h2>${say("manage_figures")}</h2>
      <form class="two" @submit=${(event) => event.preventDefault()}>
        ${choice("weeks", say("figures_period"), periods, {
          value: String(this.weeks),
          change: ({ target }) => (this.weeks = Number(target.value)),
        })}
        ${choice("door", say("who_door"), [["", say("access_every_door")], ...doors], {
          value: this.door,
          change: ({ target }) => (this.door = target.value),
        })}
      </form>
      ${opens ? this.#figures(opens) : nothing}
      ${!opens && this.doing.busy ? html`<p class="plain" role="status">${say("loading")}</p>` : nothing}
      ${this.doing.told(say)}`;
  }

  #figures(opens) {
    const { say } = this;
    const found = facts(opens);
    const words = this.#words(opens, found);
    const total = say(opens.total === 1 ? "figures_total_one" : "figures_total", { n: this.#count(opens.total) });
    return html`<div class="facts" role="status">
        <p class="total">${total}</p>
        ${words.map((one) => html`<p>${one}</p>`)}
      </div>
      ${
        opens.total
          ? html`<io-opens-chart
                class="card"
                .cells=${opens.cells}
                .label=${[total, ...words].join(" ")}
                .say=${say}
              ></io-opens-chart>
              ${this.#table(opens)}`
          : nothing
      }
      <p class="hint">${say("figures_hint", { zone: opens.zone })}</p>`;
  }

  #words({ since, zone, days }, { perDay, peak, quiet }) {
    const { say, session } = this;
    const { language } = say;
    const at = shortDay(since, cloudTime(session.state, pageTime()), language, zone);
    if (!peak) return [say("figures_none", { at })];
    const digits = perDay < 10 && days > 1 ? 1 : 0;
    const a_day = perDay.toLocaleString(language, { maximumFractionDigits: digits });
    return [
      perDay < SELDOM ? null : say("figures_since", { at, n: a_day }),
      say("figures_peak", {
        day: weekday(peak.day, language, "long"),
        hours: hours(peak.hour),
        n: this.#count(peak.count),
      }),
      quiet ? say("figures_quiet", { hours: hours(quiet.from, quiet.to) }) : null,
    ].filter(Boolean);
  }

  #table({ cells }) {
    const { say } = this;
    const days = Array.from({ length: WEEKDAYS }, (_, day) => day);
    return html`<details>
      <summary>${say("figures_table")}</summary>
      <div class="scroll" tabindex="0" role="region" aria-label=${say("figures_table")}>
        <table>
          <thead>
            <tr>
              <th scope="col">${say("figures_hour")}</th>
              ${days.map((day) => html`<th scope="col">${weekday(day, say.language)}</th>`)}
              <th scope="col">${say("figures_all")}</th>
            </tr>
          </thead>
          <tbody>
            ${Array.from({ length: HOURS }, (_, hour) => this.#row(hour, days, cells))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">${say("figures_all")}</th>
              ${days.map((day) => html`<td>${this.#count(sum(cells[day]))}</td>`)}
              <td>${this.#count(sum(cells.flat()))}</td>
            </tr>
          </tfoot>
        </table>
      </div>
    </details>`;
  }

  #row(hour, days, cells) {
    const all = sum(days.map((day) => cells[day][hour]));
    return html`<tr>
      <th scope="row">${hours(hour).slice(0, 5)}</th>
      ${days.map((day) => html`<td class=${cells[day][hour] ? "" : "none"}>${this.#count(cells[day][hour])}</td>`)}
      <td class="all">${this.#count(all)}</td>
    </tr>`;
  }

  #count(n) {
    return n.toLocaleString(this.say.language);
  }

  #loadLater() {
    this.later ??= setTimeout(() => this.#load(), AGAIN_MS);
  }

  // A later question replaces this one; what was known stays on the screen meanwhile.
  async #load() {
    clearTimeout(this.later);
    this.later = null;
    if (!this.isConnected) return;
    this.number = (this.number ?? 0) + 1;
    const { number } = this;
    const query = new URLSearchParams({ days: this.weeks * WEEKDAYS, ...(this.door ? { door: this.door } : {}) });
    this.doing.busy = false;
    const opens = await this.doing.run(() => ask("GET", `${placePath(this.data.place.id, "opens")}?${query}`));
    if (opens && number === this.number) this.opens = opens;
  }
}

customElements.define("io-figures-page", FiguresPage);
