// The log of a place: pages that are asked for, with filters, and on top of them the lines that are pushed while one looks.
import { LitElement, css, html, nothing } from "lit";
import { ask, placePath } from "../api.js";
import { pageTime } from "../clock.js";
import { KINDS } from "../log-words.js";
import { Doing } from "../parts/doing.js";
import { choice, field, filled } from "../parts/fields.js";
import { formStyles } from "../parts/form-styles.js";
import "../parts/log-lines.js";
import "../parts/person-choice.js";
import "../rule-texts.js";
import { cloudTime } from "../store.js";
import { base } from "../styles.js";
import { dayBegins, dayEnds, wallText } from "../zone-time.js";
import { namesOf } from "./names.js";
import { pageStyles } from "./page-styles.js";

const PAGE = 50;

// Whether a pushed line is one that the filter asks for.
export const fits = (line, { person, door, kind, since, until }) =>
  (!person || line.who === person) &&
  (!door || line.door === door) &&
  (!kind || line.kind === kind) &&
  (since === null || line.at >= since) &&
  (until === null || line.at < until);

// Newest first, each number once.
export function together(pushed, asked) {
  const newest = asked[0]?.n ?? -1;
  return [...pushed.filter(({ n }) => n > newest), ...asked];
}

const everything = { person: null, door: null, kind: null, since: null, until: null };

class PlaceLog extends LitElement {
  static properties = {
    data: { attribute: false },
    session: { attribute: false },
    state: { attribute: false }, // of the session: another one with every push
    say: { attribute: false },
    about: { attribute: false }, // {person, door}: what to show to begin with
    filter: { state: true },
    asked: { state: true },
    more: { state: true },
  };

  static styles = [
    base,
    formStyles,
    pageStyles,
    css`
      form {
        gap: 12px;
      }
    `,
  ];

  constructor() {
    super();
    this.filter = everything;
    this.asked = [];
    this.doing = new Doing(this);
  }

  get #pushed() {
    return this.session.state.logs[this.data.place.id] ?? { lines: [], gaps: 0 };
  }

  // Asked for when it is first shown, and again when pushed lines may have been missed.
  willUpdate() {
    if (this.about && this.filter === everything) this.filter = { ...everything, ...this.about };
    const seen = `${this.data.place.id} ${this.#pushed.gaps}`;
    if (this.seen === seen) return;
    this.seen = seen;
    this.#load();
  }

  render() {
    const { data, say, session } = this;
    const { zone, id } = data.place;
    const lines = together(
      this.#pushed.lines.filter((line) => fits(line, this.filter)),
      this.asked,
    );
    const file = (kind, query = "") => `/api/v1/${placePath(id, `log.${kind}`)}${query}`;
    const { limit, ...wanted } = this.#query();
    const these = new URLSearchParams(wanted).toString();
    return html`<div>
        <h2>${say("manage_log")}</h2>
        <p class="plain">${say("log_live")}</p>
      </div>
      ${this.#filters()}
      <io-log-lines
        .lines=${lines}
        .names=${namesOf(data)}
        .now=${cloudTime(session.state, pageTime())}
        .zone=${zone}
        leads
        .say=${say}
      ></io-log-lines>
      ${!lines.length && !this.doing.busy ? html`<p class="plain">${say("log_none")}</p>` : nothing}
      ${this.doing.told(say)}
      ${this.more ? html`<button class="quiet" @click=${this.#older}>${say("log_older")}</button>` : nothing}
      <div class="row">
        ${these ? html`<a class="quiet" href=${file("csv", `?${these}`)} download>${say("log_csv_these")}</a>` : nothing}
        <a class="quiet" href=${file("csv")} download>${say("log_csv")}</a>
        <a class="quiet" href=${file("json")} download>${say("log_json")}</a>
      </div>
      <p class="hint">${say("log_chain")}</p>`;
  }

  #filters() {
    const { data, say } = this;
    const { filter } = this;
    const { zone } = data.place;
    const day = (ms, before = 0) => (ms === null ? "" : wallText(ms - before, zone).slice(0, 10));
    const doors = data.doors.map(({ door }) => [door.id, door.name]);
    const kinds = KINDS.map((kind) => [kind, say(`log_kind_${kind}`)]);
    const count = Object.values(filter).filter((value) => value !== null).length;
    return html`<details ?open=${Boolean(this.about)}>
      <summary>${say("log_filter")}${count ? html` <span class="tag">${count}</span>` : nothing}</summary>
      <form @change=${this.#choose} @submit=${(event) => event.preventDefault()}>
        <div class="two">
          <io-person-choice
            .data=${data}
            .person=${filter.person}
            .label=${say("who_person")}
            .say=${say}
            @change=${(event) => event.stopPropagation()}
            @chosen=${({ detail }) => this.#put({ person: detail.person })}
          ></io-person-choice>
          ${choice("door", say("who_door"), [["", say("access_every_door")], ...doors], { value: filter.door ?? "" })}
        </div>
        ${choice("kind", say("log_kind"), [["", say("log_kind_all")], ...kinds], { value: filter.kind ?? "" })}
        <div class="two">
          ${field("since", say("log_since"), { type: "date", value: day(filter.since) })}
          ${field("until", say("log_until"), { type: "date", value: day(filter.until, 1) })}
        </div>
      </form>
    </details>`;
  }

  #choose({ currentTarget }) {
    const { zone } = this.data.place;
    const { since, until, ...rest } = filled(currentTarget);
    this.#put({ ...rest, since: since && dayBegins(since, zone), until: until && dayEnds(until, zone) });
  }

  #put(part) {
    this.filter = { ...this.filter, ...part };
    this.asked = [];
    this.#load();
  }

  #query(before = null) {
    const wanted = { ...this.filter, before, limit: PAGE };
    return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== null));
  }

  async #load(before = null) {
    const query = new URLSearchParams(this.#query(before));
    this.number = (this.number ?? 0) + 1;
    const { number } = this;
    this.doing.busy = false; // a later question replaces this one
    const page = await this.doing.run(() => ask("GET", `${placePath(this.data.place.id, "log")}?${query}`));
    if (!page || number !== this.number) return;
    this.asked = before === null ? page.lines : [...this.asked, ...page.lines];
    this.more = page.more;
  }

  #older() {
    this.#load(this.asked.at(-1)?.n);
  }
}

customElements.define("io-place-log", PlaceLog);
