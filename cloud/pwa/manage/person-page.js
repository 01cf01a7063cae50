// One person at a place: how she is reached, what she may open, her groups, and everything that can be done about her.
// Fires "closed".
import { LitElement, html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { ask, placePath } from "../api.js";
import { sign } from "../icons.js";
import { Doing } from "../parts/doing.js";
import { check } from "../parts/fields.js";
import { formStyles } from "../parts/form-styles.js";
import { base } from "../styles.js";
import "./accesses.js";
import { accessesOf } from "./names.js";
import { pageStyles } from "./page-styles.js";
import "./person-acts.js";

class PersonPage extends LitElement {
  static properties = {
    data: { attribute: false },
    one: { attribute: false }, // {member, contact, signed_in, groups}
    session: { attribute: false },
    state: { attribute: false }, // of the session: another one with every push
    say: { attribute: false },
  };

  static styles = [base, formStyles, pageStyles];

  constructor() {
    super();
    this.doing = new Doing(this);
  }

  firstUpdated() {
    this.renderRoot.querySelector(".back").focus();
  }

  render() {
    const { data, one, session, say } = this;
    const { member, contact, signed_in } = one;
    const tags = [
      say(`role_${member.role}`),
      member.suspended ? say("people_suspended") : null,
      member.may_invite ? say("people_may_invite_tag") : null,
      member.may_hold ? say("people_may_hold_tag") : null,
      signed_in ? null : say("people_not_yet"),
    ].filter(Boolean);
    return html`<button class="back" @click=${() => this.dispatchEvent(new Event("closed"))}>
        ${sign("back")} ${say("manage_people")}
      </button>
      <div>
        <h2>${member.name}</h2>
        <p class="sub">${[member.flat, contact].filter(Boolean).join(" · ")}</p>
        <p class="row">${tags.map((tag) => html`<span class="tag">${tag}</span>`)}</p>
      </div>
      <io-accesses
        .data=${data}
        .grants=${accessesOf(data, one)}
        .holder=${{ person: member.person }}
        .name=${member.name}
        .session=${session}
        .state=${session.state}
        .say=${say}
      ></io-accesses>
      ${data.groups.length && member.role !== "guest" ? this.#groups() : nothing}
      <h3>${say("person_acts")}</h3>
      <io-person-acts
        .data=${data}
        .one=${one}
        .session=${session}
        .state=${session.state}
        .say=${say}
      ></io-person-acts>`;
  }

  #groups() {
    const { data, one, say } = this;
    return html`<fieldset class="field">
        <legend>${say("manage_groups")}</legend>
        ${repeat(
          data.groups,
          ({ id }) => id,
          (group) =>
            check(group.id, group.name, {
              checked: one.groups.includes(group.id),
              change: ({ target }) => this.#join(group.id, target),
            }),
        )}
      </fieldset>
      ${this.doing.told(say)}`;
  }

  async #join(group, target) {
    const path = placePath(this.data.place.id, "groups", group, "people", this.one.member.person);
    const done = await this.doing.run(() => ask(target.checked ? "PUT" : "DELETE", path));
    if (done === undefined) target.checked = this.one.groups.includes(group);
  }
}

customElements.define("io-person-page", PersonPage);
