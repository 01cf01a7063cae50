// The log of a place: pages that are asked for, with filters, and on top of them the lines that are pushed while one looks.
import { LitElement, css, html, nothing } from "lit";
import { ask, placePath } from "../api.js";
import { pageTime } from "../clock.js";
import { KINDS } from "../log-words.js";
import { Doing } from "../parts/doing.js";
import { choice, field, filled } from "../parts/fields.js";
import { formStyles } from "../parts/form-styles.js";
import "../parts/log-lines.js";
import { cloudTime } from "../store.js";
import { base } from "../styles.js";
import { dayBegins, dayEnds } from "../zone-time.js";
import { byName, namesOf } from "./names.js";
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
    const file = (kind) => `/api/v1/${placePath(id, `log.${kind}`)}`;
    return html`<h2>${say("manage_log")}</h2>
      ${this.#filters()}
      <io-log-lines
        .lines=${lines}
        .names=${namesOf(data)}
        .now=${cloudTime(session.state, pageTime())}
        .zone=${zone}
        .say=${say}
      ></io-log-lines>
      ${!lines.length && !this.doing.busy ? html`<p class="plain">${say("log_none")}</p>` : nothing}
      ${this.doing.told(say)}
      ${this.more ? html`<button class="quiet" @click=${this.#older}>${say("log_older")}</button>` : nothing}
      <div class="row">
        <a class="quiet" href=${file("csv")} download>${say("log_csv")}</a>
        <a class="quiet" href=${file("json")} download>${say("log_json")}</a>
      </div>
      <p class="hint">${say("log_chain")}</p>`;
  }

  #filters() {
    const { data, say } = this;
    const people = data.people.map(({ member }) => [member.person, member.name]).sort((a, b) => byName(a[1], b[1]));
    const doors = data.doors.map(({ door }) => [door.id, door.name]);
    const kinds = KINDS.map((kind) => [kind, say(`log_kind_${kind}`)]);
    return html`<details>
      <summary>${say("log_filter")}</summary>
      <form @change=${this.#choose} @submit=${(event) => event.preventDefault()}>
        <div class="two">
          ${choice("person", say("who_person"), [["", say("who_everybody")], ...people])}
          ${choice("door", say("who_door"), [["", say("access_every_door")], ...doors])}
        </div>
        ${choice("kind", say("log_kind"), [["", say("log_kind_all")], ...kinds])}
        <div class="two">
          ${field("since", say("log_since"), { type: "date" })} ${field("until", say("log_until"), { type: "date" })}
        </div>
      </form>
    </details>`;
  }

  #choose({ currentTarget }) {
    const { zone } = this.data.place;
    const { since, until, ...rest } = filled(currentTarget);
    this.filter = { ...rest, since: since && dayBegins(since, zone), until: until && dayEnds(until, zone) };
    this.asked = [];
    this.#load();
  }

  async #load(before = null) {
    const { filter } = this;
    const wanted = { ...filter, before, limit: PAGE };
    const query = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value !== null));
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
