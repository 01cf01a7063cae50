// What can be done about one person: edited, let invite or hold open, suspended, a new link, a lost phone, a new number, a role, removed.
// Each says beforehand what it does at once.
import { LitElement, html, nothing } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { ask, placePath } from "../api.js";
import { pageTime } from "../clock.js";
import { sign } from "../icons.js";
import { Doing } from "../parts/doing.js";
import { check, choice, commit, field, sent } from "../parts/fields.js";
import { formStyles } from "../parts/form-styles.js";
import "../parts/invitation.js";
import "../parts/sheet.js";
import "./sure-sheet.js";
import "./effect.js";
import { cloudTime } from "../store.js";
import { base } from "../styles.js";
import { accessesOf, roleOf } from "./names.js";
import { pageStyles } from "./page-styles.js";

const ACTS = ["edit", "link", "lost", "contact", "role", "suspend", "remove"];
const OF_GUESTS = ["move", "end"];

class PersonActs extends LitElement {
  static properties = {
    data: { attribute: false },
    one: { attribute: false },
    session: { attribute: false },
    state: { attribute: false }, // of the session: another one with every push
    say: { attribute: false },
    act: { state: true },
    looks: { state: true }, // a change being filled in, for the preview; or null
    invitation: { state: true },
  };

  static styles = [base, formStyles, pageStyles];

  constructor() {
    super();
    this.doing = new Doing(this);
  }

  get #path() {
    return placePath(this.data.place.id, "people", this.one.member.person);
  }

  render() {
    const { data, one, session, say } = this;
    const owner = roleOf(data, session.state.you.id) === "owner";
    const acts = one.member.role === "guest" ? OF_GUESTS : ACTS.filter((act) => act !== "role" || owner);
    return html`<ul class="list">
        ${acts.map(
          (act) =>
            html`<li>
              <button class="item ${["remove", "end"].includes(act) ? "danger" : ""}" @click=${() => this.#open(act)}>
                <span>${say(this.#label(act))}</span>${sign("right")}
              </button>
            </li>`,
        )}
      </ul>
      ${this.act ? this.#sheet() : nothing} ${this.invitation ? this.#invited() : nothing}`;
  }

  #label(act) {
    return act === "suspend" && this.one.member.suspended ? "person_resume" : `person_${act}`;
  }

  #open(act) {
    this.doing.clear();
    this.looks = null;
    this.act = act;
  }

  #sheet() {
    const { act, say, one } = this;
    const form = { edit: this.#edit, contact: this.#contact, role: this.#role }[act];
    if (!form) return this.#sure();
    const heading = `${one.member.name}: ${say(this.#label(act))}`;
    return html`<io-sheet .heading=${heading} .say=${say} @closed=${() => (this.act = null)}>
      ${keyed(one.member.version, form.call(this))}
    </io-sheet>`;
  }

  #edit() {
    const { say, one } = this;
    const { member } = one;
    return html`<form
      @submit=${sent((values) => this.#do("PATCH", this.#path, { version: member.version, ...values }))}
    >
      ${field("name", say("people_name"), { value: member.name, required: true, maxlength: 80 })}
      ${field("flat", say("poster_flat"), { value: member.flat, maxlength: 80 })}
      ${check("may_invite", say("people_may_invite"), {
        checked: member.may_invite,
        change: ({ target }) => this.#looks("may_invite", target.checked, member.may_invite),
      })}
      ${check("may_hold", say("people_may_hold"), { checked: member.may_hold })} ${this.#effect()}
      ${this.#end("save")}
    </form>`;
  }

  #contact() {
    const { say, one } = this;
    return html`<form @submit=${sent((values) => this.#do("PUT", `${this.#path}/contact`, values))}>
      <p class="sub">${say("person_contact_detail", { contact: one.contact ?? "" })}</p>
      ${field("contact", say("me_new_contact"), { required: true, maxlength: 320 })} ${this.#end("person_contact")}
    </form>`;
  }

  #role() {
    const { say, one } = this;
    const roles = ["member", "admin", "owner"].map((role) => [role, say(`role_${role}`)]);
    return html`<form @submit=${sent((values) => this.#do("PUT", `${this.#path}/role`, values))}>
      <p class="sub">${say("person_role_detail")}</p>
      ${choice("role", say("people_role"), roles, {
        value: one.member.role,
        change: ({ target }) => this.#looks("role", target.value, one.member.role),
      })}
      ${this.#effect()} ${this.#end("save")}
    </form>`;
  }

  // What needs no more than a yes, with whom it lets in or shuts out.
  #sure() {
    const { act, say, one, data } = this;
    const { member } = one;
    const guests = data.people.filter((other) => other.member.host === member.person).length;
    const values = { name: member.name, accesses: accessesOf(data, one).length, guests };
    const calls = {
      link: ["POST", `${this.#path}/link`],
      lost: ["POST", `${this.#path}/lost`],
      suspend: ["PATCH", this.#path, { version: member.version, suspended: !member.suspended }],
      remove: ["DELETE", this.#path],
      move: ["POST", placePath(data.place.id, "guests", member.person, "move")],
      end: ["DELETE", placePath(data.place.id, "guests", member.person)],
    };
    const looks = { suspend: { suspended: !member.suspended }, remove: {}, end: {} }[act];
    const words = say(this.#label(act));
    return html`<io-sure-sheet
      .data=${data}
      .heading=${`${member.name}: ${words}`}
      .words=${say(`${this.#label(act)}_detail`, values)}
      .what=${looks ? { person: member.person, ...looks } : null}
      .yes=${words}
      ?danger=${["remove", "end", "lost"].includes(act)}
      .run=${() => ask(...calls[act])}
      .say=${say}
      @done=${({ detail }) => this.#done(detail.answer)}
      @closed=${() => (this.act = null)}
    ></io-sure-sheet>`;
  }

  // Whom a change would let in or shut out that is being filled in.
  #looks(field, value, was) {
    this.looks = value === was ? null : { person: this.one.member.person, becomes: { [field]: value } };
  }

  #effect() {
    const { data, looks, say } = this;
    return html`<io-effect .data=${data} .what=${looks} .say=${say}></io-effect>`;
  }

  #end(words) {
    const { say } = this;
    return html`${this.doing.told(say)} ${commit(say(this.doing.busy ? "saving" : words), this.doing)}`;
  }

  #invited() {
    const { data, one, say, session } = this;
    return html`<io-sheet .heading=${one.member.name} .say=${say} @closed=${() => (this.invitation = null)}>
      <io-invitation
        .invitation=${this.invitation}
        .words=${say("people_link_for", { name: one.member.name, place: data.place.name })}
        .now=${cloudTime(session.state, pageTime())}
        .zone=${data.place.zone}
        .say=${say}
      ></io-invitation>
    </io-sheet>`;
  }

  // Done: an answer with a link is shown; everything else is pushed.
  async #do(method, path, body) {
    const answer = await this.doing.run(() => ask(method, path, body));
    if (answer !== undefined) this.#done(answer);
  }

  #done(answer) {
    this.act = null;
    if (answer?.link) this.invitation = answer;
  }
}

customElements.define("io-person-acts", PersonActs);
