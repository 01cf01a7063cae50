// The groups of a place: what they may open, who is in them. A person has the accesses of her groups.
import { LitElement, html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { ask, placePath } from "../api.js";
import { sign } from "../icons.js";
import { Doing } from "../parts/doing.js";
import { check, commit, field, sent } from "../parts/fields.js";
import { formStyles } from "../parts/form-styles.js";
import "../parts/sheet.js";
import { base } from "../styles.js";
import "./accesses.js";
import "./group-sheet.js";
import { sought } from "./names.js";
import { pageStyles } from "./page-styles.js";
import "./sure-sheet.js";

const SEARCH_FROM = 8;
const SHOWN = 200; // rows at once, those of the group first: of more, a few letters find the one

class GroupsPage extends LitElement {
  // act: "new" | "rename" | "remove" | {person, joins}
  static properties = {
    data: { attribute: false },
    session: { attribute: false },
    state: { attribute: false }, // of the session: another one with every push
    say: { attribute: false },
    group: { state: true },
    sought: { state: true },
    act: { state: true },
  };

  static styles = [base, formStyles, pageStyles];

  constructor() {
    super();
    this.sought = "";
    this.doing = new Doing(this);
  }

  get #path() {
    return placePath(this.data.place.id, "groups", ...(this.group ? [this.group] : []));
  }

  updated(changed) {
    if (!changed.has("group")) return;
    this.dispatchEvent(new CustomEvent("deep", { bubbles: true, detail: Boolean(this.group) }));
    if (this.group) this.renderRoot.querySelector(".back")?.focus();
  }

  render() {
    const group = this.data.groups.find(({ id }) => id === this.group);
    return html`${group ? this.#one(group) : this.#all()} ${this.act && (group || this.act === "new") ? this.#sheet(group) : nothing}`;
  }

  #all() {
    const { data, say } = this;
    const people = (id) => {
      const count = data.people.filter(({ groups }) => groups.includes(id)).length;
      return count === 1 ? say("groups_people_one") : say("groups_people", { count });
    };
    return html`<div class="head">
        <h2>${say("manage_groups")}</h2>
        <button class="strong" @click=${() => this.#open("new")}>${sign("plus", 18)} ${say("groups_new")}</button>
      </div>
      ${data.groups.length ? nothing : html`<p class="plain">${say("groups_none")}</p>`}
      <ul class="list">
        ${data.groups.map(
          ({ id, name }) =>
            html`<li>
              <button class="item" @click=${() => (this.group = id)}>
                <span
                  ><b>${name}</b><span class="sub"><br />${people(id)}</span></span
                >
                ${sign("right")}
              </button>
            </li>`,
        )}
      </ul>`;
  }

  #one(group) {
    const { data, say, session } = this;
    const all = sought(data, this.sought).filter(({ member }) => member.role !== "guest");
    const people = [
      ...all.filter(({ groups }) => groups.includes(group.id)),
      ...all.filter(({ groups }) => !groups.includes(group.id)),
    ];
    return html`<button class="back" @click=${() => (this.group = null)}>
        ${sign("back")} ${say("manage_groups")}
      </button>
      <h2>${group.name}</h2>
      <io-accesses
        .data=${data}
        .grants=${data.grants.filter((grant) => grant.group === group.id)}
        .holder=${{ group: group.id }}
        .name=${group.name}
        .session=${session}
        .state=${session.state}
        .say=${say}
      ></io-accesses>
      <fieldset class="field">
        <legend>${say("manage_people")}</legend>
        ${data.people.length >= SEARCH_FROM ? this.#search() : nothing}
        ${repeat(
          people.slice(0, SHOWN),
          ({ member }) => member.person,
          ({ member, groups }) =>
            check(member.person, [member.name, member.flat].filter(Boolean).join(" · "), {
              checked: groups.includes(group.id),
              change: ({ target }) => this.#join(member.person, target, groups.includes(group.id)),
            }),
        )}
        ${people.length > SHOWN ? html`<p class="plain">${say("people_others", { count: people.length - SHOWN })}</p>` : nothing}
      </fieldset>
      <div class="row">
        <button class="quiet" @click=${() => this.#open("rename")}>${say("groups_rename")}</button>
        <button class="quiet danger" @click=${() => this.#open("remove")}>${say("groups_remove")}</button>
      </div>`;
  }

  #search() {
    const { say } = this;
    return html`<input
      type="search"
      placeholder=${say("people_search")}
      aria-label=${say("people_search")}
      autocomplete="off"
      .value=${this.sought}
      @input=${({ target }) => (this.sought = target.value)}
    />`;
  }

  #sheet(group) {
    const { act, say } = this;
    if (act === "remove") return this.#remove(group);
    if (act.person) return this.#joining(group, act);
    return html`<io-sheet
      .heading=${act === "new" ? say("groups_new") : (group?.name ?? "")}
      .say=${say}
      @closed=${() => (this.act = null)}
    >
      ${this.#name(group)}
    </io-sheet>`;
  }

  #name(group) {
    const { act, say } = this;
    const send = ({ name }) =>
      act === "new" ? this.#do("POST", { name }) : this.#do("PATCH", { version: group.version, name });
    return html`<form @submit=${sent(send)}>
      ${field("name", say("groups_name"), { value: act === "new" ? "" : group.name, required: true, maxlength: 80 })}
      ${this.doing.told(say)} ${commit(say(this.doing.busy ? "saving" : "save"), this.doing)}
    </form>`;
  }

  #remove(group) {
    const { data, say } = this;
    return html`<io-sure-sheet
      .data=${data}
      .heading=${group.name}
      .words=${say("groups_remove_detail")}
      .what=${{ group: { id: group.id } }}
      .yes=${say("groups_remove")}
      danger
      .run=${() => ask("DELETE", placePath(data.place.id, "groups", group.id), { version: group.version })}
      .say=${say}
      @closed=${() => (this.act = null)}
    ></io-sure-sheet>`;
  }

  #joining(group, { person, joins }) {
    return html`<io-group-sheet
      .data=${this.data}
      .group=${group}
      .person=${person}
      ?joins=${joins}
      .say=${this.say}
      @closed=${() => (this.act = null)}
    ></io-group-sheet>`;
  }

  #open(act) {
    this.doing.clear();
    if (act === "new") this.group = null;
    this.act = act;
  }

  async #do(method, body) {
    if ((await this.doing.run(() => ask(method, this.#path, body))) !== undefined) this.act = null;
  }

  // Nothing has changed yet: the box shows what is, until it is pushed.
  #join(person, target, was) {
    target.checked = was;
    this.#open({ person, joins: !was });
  }
}

customElements.define("io-groups-page", GroupsPage);
