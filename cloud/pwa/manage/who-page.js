// "Who can enter at…?" and "why can't she?": asked of the cloud for a person or everybody, a door or all, at a moment as the
// place's clock shows it.
import { LitElement, css, html, nothing } from "lit";
import { ask, placePath } from "../api.js";
import { pageTime } from "../clock.js";
import { moment } from "../format.js";
import { accessWords } from "../hours.js";
import { Doing } from "../parts/doing.js";
import { choice, commit, field, sent } from "../parts/fields.js";
import { formStyles } from "../parts/form-styles.js";
import { cloudTime } from "../store.js";
import { base } from "../styles.js";
import { instant, wallText } from "../zone-time.js";
import { byName, namesOf } from "./names.js";
import { pageStyles } from "./page-styles.js";

const REASONS = ["access", "unit", "suspended", "hours", "uses", "ended"];

class WhoPage extends LitElement {
  static properties = {
    data: { attribute: false },
    session: { attribute: false },
    state: { attribute: false }, // of the session: another one with every push
    say: { attribute: false },
    answer: { state: true }, // {at, person, answers, beyond}
  };

  static styles = [
    base,
    formStyles,
    pageStyles,
    css`
      .answer {
        padding: 12px 16px;
      }
      .yes {
        color: var(--accent);
        font-weight: 600;
      }
      .no {
        color: var(--danger);
        font-weight: 600;
      }
    `,
  ];

  constructor() {
    super();
    this.doing = new Doing(this);
  }

  get #now() {
    return cloudTime(this.session.state, pageTime());
  }

  render() {
    const { data, say } = this;
    const people = data.people.map(({ member }) => [member.person, member.name]).sort((a, b) => byName(a[1], b[1]));
    const doors = data.doors.map(({ door }) => [door.id, door.name]);
    this.began ??= wallText(this.#now, data.place.zone);
    return html`<h2>${say("manage_who")}</h2>
      <form @submit=${sent((values) => this.#ask(values))}>
        ${choice("person", say("who_person"), [["", say("who_everybody")], ...people])}
        ${choice("door", say("who_door"), [["", say("access_every_door")], ...doors])}
        ${field("at", say("who_at"), {
          type: "datetime-local",
          required: true,
          value: this.began,
          hint: say("access_zone", { zone: data.place.zone }),
        })}
        ${this.doing.told(say)} ${commit(say(this.doing.busy ? "code_checking" : "who_ask"), this.doing)}
      </form>
      <div role="status" class="stack">${this.answer ? this.#answer() : nothing}</div>`;
  }

  #answer() {
    const { answer, data, say } = this;
    const names = namesOf(data);
    const told = answer.person ? answer.answers : answer.answers.filter(({ allowed }) => allowed);
    const time = moment(answer.at, this.#now, say, data.place.zone);
    return html`<p class="part">
        ${say(answer.person ? "who_told_one" : "who_told_all", { at: time, name: names.get(answer.person) ?? "" })}
      </p>
      ${answer.beyond ? html`<p class="warned">${say("who_beyond")}</p>` : nothing}
      ${
        told.length
          ? html`<ul class="list">
              ${told.map((one) => this.#one(one, names))}
            </ul>`
          : html`<p class="plain">${say("who_nobody")}</p>`
      }`;
  }

  #one({ person, door, allowed, reason, rule, next, until }, names) {
    const { answer, data, say } = this;
    const { zone } = data.place;
    const where = data.doors.find((one) => one.door.id === door)?.door.name ?? "";
    const grant = data.grants.find(({ id }) => id === rule);
    const at = (ms) => moment(ms, this.#now, say, zone);
    const why = REASONS.includes(reason) ? say(`who_because_${reason}`) : (reason ?? "");
    const more = [
      allowed && until ? say("hours_until", { at: at(until) }) : null,
      !allowed && next ? say("who_next", { at: at(next) }) : null,
      grant ? say("who_rule", { hours: accessWords(grant, say, { now: this.#now, zone }) }) : null,
    ];
    return html`<li class="answer">
      <p><b>${answer.person ? where : names.get(person)}</b>${answer.person ? nothing : ` · ${where}`}</p>
      <p class=${allowed ? "yes" : "no"}>${allowed ? say("who_yes") : say("who_no", { why })}</p>
      ${more.filter(Boolean).map((words) => html`<p class="sub">${words}</p>`)}
    </li>`;
  }

  async #ask({ person, door, at }) {
    const query = new URLSearchParams({
      at: String(instant(at, this.data.place.zone)),
      ...(person ? { person } : {}),
      ...(door ? { door } : {}),
    });
    const path = `${placePath(this.data.place.id, person ? "may" : "who")}?${query}`;
    const answer = await this.doing.run(() => ask("GET", path));
    if (answer) this.answer = { ...answer, person };
  }
}

customElements.define("io-who-page", WhoPage);
