// A place at a glance: what is wrong and what to do, how each door stands and its box is connected, who opened last. Only
// what was pushed; the boxes are asked for, for what a door does not tell: signal, data, network.
import { LitElement, html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { alarmsAt, doorsAt, opensAt, updatesAt } from "../alarm-views.js";
import { ask, placePath } from "../api.js";
import "../box-texts.js";
import { pageTime } from "../clock.js";
import { moment, seconds, shortDay, since, took } from "../format.js";
import "../glance-texts.js";
import { doorShape, sign } from "../icons.js";
import { summary, tone } from "../outcome.js";
import { Doing } from "../parts/doing.js";
import { formStyles } from "../parts/form-styles.js";
import { cloudTime, isLive } from "../store.js";
import { base } from "../styles.js";
import "./alarm-list.js";
import { glanceStyles } from "./glance-styles.js";
import { pageStyles } from "./page-styles.js";

const DOORS_SHOWN = 8;

class GlancePage extends LitElement {
  static properties = {
    data: { attribute: false },
    session: { attribute: false },
    state: { attribute: false }, // of the session: another one with every push
    say: { attribute: false },
    brief: { type: Boolean, reflect: true }, // over the menu of a phone: alarms, or that there are none
    boxes: { state: true }, // null: on their way
    every: { state: true }, // door is shown
  };

  static styles = [base, formStyles, pageStyles, glanceStyles];

  constructor() {
    super();
    this.boxes = null;
    this.doing = new Doing(this);
  }

  // Asked again on a new connection, too: what was pushed meanwhile is not known.
  willUpdate() {
    const { data, session } = this;
    const links = session.state.doors.filter(({ place }) => place === data.place.id).map(({ id, link }) => `${id} ${link}`);
    const alarms = session.state.alarms.map(({ id }) => id);
    const updates = updatesAt(session.state, data);
    const seen = [data.place.id, data.doors.length, session.state.link.number, updates, ...links, ...alarms].join();
    if (this.seen === seen) return;
    if (!this.seen?.startsWith(data.place.id)) this.boxes = null;
    this.seen = seen;
    if (!this.brief || alarms.length) this.#load();
  }

  async #load() {
    this.number = (this.number ?? 0) + 1;
    const { number } = this;
    this.doing.busy = false;
    const boxes = await this.doing.run(() => ask("GET", placePath(this.data.place.id, "boxes")));
    if (boxes && number === this.number) this.boxes = boxes;
  }

  render() {
    const { brief, data, say, session } = this;
    // a kept picture knows no alarms and no presses: that is not the same as none
    if (session.state.session !== "on") return html`<p class="plain" role="status">${say("loading")}</p>`;
    const t = pageTime();
    const now = cloudTime(session.state, t);
    const live = isLive(session.state, t);
    const world = { now, live, doors: doorsAt(session.state, data, this.boxes, now), alarms: alarmsAt(session.state, data.place.id) };
    const all = html`${this.#alarms(world)} ${this.#elsewhere()}`;
    if (brief) return all;
    return html`<h2 class=${world.alarms.length ? "hidden" : ""}>${say("manage_glance")}</h2>
      <div class="columns">
        <div class="stack">${all} ${world.alarms.length ? nothing : this.#opens(world)}</div>
        <div class="stack">${this.#doors(world)} ${world.alarms.length ? this.#opens(world) : nothing}</div>
      </div>`;
  }

  #alarms({ now, live, doors, alarms }) {
    const { say } = this;
    const past = live ? nothing : html`<p class="note">${this.#asOf()}</p>`;
    if (!alarms.length) return html`${this.#well(doors)} ${past}`;
    const open = alarms.filter(({ acknowledged }) => !acknowledged);
    const taken = alarms.filter(({ acknowledged }) => acknowledged);
    const words = say(open.length === 1 ? "glance_count_one" : "glance_count", { n: open.length });
    return html`${past}
    ${
      open.length
        ? html`<section aria-label=${words}>
            ${alarms.length > 1 ? html`<p class="count">${words}</p>` : nothing} ${this.#list(open, now, live)}
          </section>`
        : nothing
    }
    ${
      taken.length
        ? html`<section>
            <h3>${say("glance_taken")}</h3>
            ${this.#list(taken, now, live)}
          </section>`
        : nothing
    }`;
  }

  #list(alarms, now, live) {
    const { data, say } = this;
    const doors = data.doors.map(({ door }) => door);
    return html`<io-alarm-list
      .alarms=${alarms}
      .world=${{ place: data.place, doors, boxes: this.boxes }}
      .now=${now}
      .live=${live}
      .say=${say}
    ></io-alarm-list>`;
  }

  #asOf() {
    const { say, session, data } = this;
    const { zone } = data.place;
    const told = session.state.clock.now;
    const day = shortDay(told, cloudTime(session.state, pageTime()), say.language, zone);
    return say("glance_past", { time: `${day} ${seconds(told, say.language, zone)}`.trim() });
  }

  // Nothing to do. A box that fell silent just now is no alarm yet, and not well either.
  #well(doors) {
    const { say } = this;
    const lost = doors.filter(({ link }) => link !== "online");
    const well = doors.length > 0 && !lost.length;
    return html`<div class="well ${well ? "" : "not-yet"}" role="status">
      ${sign(lost.length ? "away" : "check", 24)}
      <div>
        <p class="state">${say(well ? "glance_well" : "glance_no_alarm")}</p>
        <p class="sub">${well ? say("glance_well_detail") : lost.length ? say("glance_not_yet", { n: lost.length }) : ""}</p>
      </div>
    </div>`;
  }

  #elsewhere() {
    const { data, say, session } = this;
    const { alarms, places } = session.state;
    const others = places
      .map(({ id, name }, index) => ({ id, name, index, n: alarmsAt({ alarms }, id).filter((one) => !one.acknowledged).length }))
      .filter(({ id, n }) => n && id !== data.place.id);
    if (!others.length) return nothing;
    return html`<ul class="list">
      ${others.map(
        ({ name, index, n }) =>
          html`<li>
            <button class="item" @click=${() => this.#fire("place", { index })}>
              <span><b>${name}</b></span>
              <span class="end warn">${say(n === 1 ? "glance_count_one" : "glance_count", { n })} ${sign("right")}</span>
            </button>
          </li>`,
      )}
    </ul>`;
  }

  #doors({ now, live, doors }) {
    const { say } = this;
    const shown = this.every ? doors : doors.slice(0, DOORS_SHOWN);
    return html`<section>
      <h3 id="doors">${say("glance_doors")}</h3>
      <ul class="list ${live ? "" : "past"}" aria-labelledby="doors">
        ${repeat(
          shown,
          ({ id }) => id,
          (door) => this.#door(door, now),
        )}
      </ul>
      ${doors.length ? nothing : html`<p class="plain">${say("doors_none")}</p>`}
      ${
        shown.length < doors.length
          ? html`<button class="quiet" @click=${() => (this.every = true)}>
              ${say("glance_doors_more", { n: doors.length })}
            </button>`
          : nothing
      }
    </section>`;
  }

  #door({ name, shape, state, stands, tags, alarming }, now) {
    const { say, data } = this;
    const { zone } = data.place;
    const when = stands ? since(stands, now, say, zone) : null;
    return html`<li class="door ${alarming}">
      <span class="shape ${shape}">${doorShape(shape)}</span>
      <span class="name">${name}</span>
      <span class="how">${[say(state), when].filter(Boolean).join(" ")}</span>
      ${tags.map(({ key, tone: kind, ...values }) => {
        const { at } = values;
        const words = say(key, { ...values, ...(at ? { since: since(at, now, say, zone), at: moment(at, now, say, zone) } : {}) });
        return html`<span class="tag ${kind}">${words}</span>`;
      })}
    </li>`;
  }

  #opens({ now }) {
    const { data, say, session } = this;
    const opens = opensAt(session.state, data.place.id);
    return html`<section>
      <h3 id="opens">${say("glance_opens")}</h3>
      ${
        opens.length
          ? html`<ul class="list" aria-labelledby="opens">
              ${repeat(
                opens,
                ({ id }) => id,
                (one) => this.#open(one, now),
              )}
            </ul>`
          : html`<p class="plain">${say("glance_opens_none")}</p>`
      }
      <button class="quiet" @click=${() => this.#fire("go", { section: "log" })}>${say("glance_log")}</button>
    </section>`;
  }

  #open(operation, now) {
    const { data, say } = this;
    const { zone } = data.place;
    const { key, ms } = summary(operation);
    const how = ms === null ? say(key) : say("took", { word: say(key), time: took(ms, say.language) });
    const day = shortDay(operation.asked, now, say.language, zone);
    const door = data.doors.find((one) => one.door.id === operation.door)?.door.name ?? say("log_unknown_door");
    return html`<li class="press ${tone(operation)}">
      <span class="name">${door}</span>
      <span class="time">${day} ${seconds(operation.asked, say.language, zone)}</span>
      <span class="who">${operation.person.name}</span>
      <span class="how">${how}</span>
    </li>`;
  }

  #fire(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
  }
}

customElements.define("io-glance-page", GlancePage);
