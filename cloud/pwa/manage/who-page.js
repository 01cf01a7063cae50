// "Who can enter at…?" and "why can't she?": asked of the cloud for a person or everybody, a door or all, at a moment as the
// place's clock shows it. A moment that is over is answered by the rules of then, and with how the doors stood.
import { LitElement, html, nothing } from "lit";
import { ask, placePath } from "../api.js";
import { pageTime } from "../clock.js";
import { moment } from "../format.js";
import { Doing } from "../parts/doing.js";
import { choice, commit, field, filled } from "../parts/fields.js";
import { formStyles } from "../parts/form-styles.js";
import "../parts/person-choice.js";
import "../rule-texts.js";
import { cloudTime } from "../store.js";
import { base } from "../styles.js";
import { instant, wallText } from "../zone-time.js";
import "./doors-then.js";
import { namesOf } from "./names.js";
import { pageStyles } from "./page-styles.js";
import { told, verdict } from "./verdict.js";
import { verdictStyles } from "./verdict-styles.js";

const MINUTE_MS = 60_000; // the field shows minutes: the one that is running is now, not the past
const SHOWN = 200; // answers at once: of more, a door or a person finds the one

class WhoPage extends LitElement {
  static properties = {
    data: { attribute: false },
    session: { attribute: false },
    state: { attribute: false }, // of the session: another one with every push
    say: { attribute: false },
    about: { attribute: false }, // {person, door, at}: what to ask to begin with
    person: { state: true },
    answer: { state: true }, // {at, person, answers, beyond, doors, names, rules}
  };

  static styles = [base, formStyles, pageStyles, verdictStyles];

  constructor() {
    super();
    this.person = null;
    this.doing = new Doing(this);
  }

  get #now() {
    return cloudTime(this.session.state, pageTime());
  }

  firstUpdated() {
    if (this.about) this.#ask();
  }

  willUpdate() {
    if (this.began) return;
    this.began = wallText(this.about?.at ?? this.#now, this.data.place.zone);
    this.person = this.about?.person ?? null;
  }

  render() {
    const { about, data, person, say } = this;
    const doors = data.doors.map(({ door }) => [door.id, door.name]);
    return html`<div>
        <h2>${say("manage_who")}</h2>
        <p class="plain">${say("who_detail")}</p>
      </div>
      <form @submit=${(event) => this.#send(event)}>
        <io-person-choice
          .data=${data}
          .person=${person}
          .label=${say("who_person")}
          .say=${say}
          @chosen=${({ detail }) => (this.person = detail.person)}
        ></io-person-choice>
        ${choice("door", say("who_door"), [["", say("access_every_door")], ...doors], { value: about?.door ?? "" })}
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
    const { at, beyond, doors, person, rules } = answer;
    const name = this.#name(person);
    const time = moment(at, this.#now, say, data.place.zone);
    const over = Boolean(doors);
    if (over && !rules) return html`<p class="plain">${say("then_nothing")}</p>`;
    return html`<h3 class="part">
        ${say(`who_told_${person ? "one" : "all"}${over ? "_then" : ""}`, { at: time, name })}
      </h3>
      ${beyond ? html`<p class="warned">${say("who_beyond")}</p>` : nothing}
      ${over ? html`<p class="plain">${say("then_rules")}</p>` : nothing} ${this.#people()}
      ${
        over
          ? html`<io-doors-then
              .doors=${doors}
              .names=${namesOf(data)}
              .now=${this.#now}
              .zone=${data.place.zone}
              .say=${say}
            ></io-doors-then>`
          : nothing
      }`;
  }

  #people() {
    const { answer, data, say } = this;
    const shown = answer.person ? answer.answers : answer.answers.filter(({ allowed }) => allowed);
    if (!shown.length) return html`<p class="plain">${say("who_nobody")}</p>`;
    const more = shown.length - SHOWN;
    return html`<ul class="list">
        ${shown.slice(0, SHOWN).map((one) => told(this.#heading(one), verdict(one, data, say, this.#now)))}
      </ul>
      ${more > 0 ? html`<p class="plain">${say("people_others", { count: more })}</p>` : nothing}`;
  }

  #heading({ person, door }) {
    const { answer, data } = this;
    const known = answer.doors?.find((one) => one.door === door) ?? data.doors.find((one) => one.door.id === door)?.door;
    const where = known?.name ?? "";
    return answer.person ? html`<b>${where}</b>` : html`<b>${this.#name(person)}</b> · ${where}`;
  }

  #name(person) {
    return namesOf(this.data).get(person) ?? this.answer.names?.[person] ?? "";
  }

  #send(event) {
    event.preventDefault();
    this.#ask();
  }

  async #ask() {
    const { data, person } = this;
    const { door, at } = filled(this.renderRoot.querySelector("form"));
    const when = this.about?.at && at === this.began ? this.about.at : instant(at, data.place.zone);
    const over = when < this.#now - MINUTE_MS;
    const query = new URLSearchParams({ at: String(when), ...(person ? { person } : {}), ...(door ? { door } : {}) });
    const path = `${placePath(data.place.id, over ? "then" : person ? "may" : "who")}?${query}`;
    const answer = await this.doing.run(() => ask("GET", path));
    if (!answer) return;
    this.answer = { ...answer, person };
    await this.updateComplete;
    this.renderRoot.querySelector(".part")?.scrollIntoView({ block: "start" }); // below the form on a phone
  }
}

customElements.define("io-who-page", WhoPage);
