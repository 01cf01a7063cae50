// One person at a place: how she is reached, what she may open, her groups, and everything that can be done about her.
// Fires "closed".
import { LitElement, html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { pageTime } from "../clock.js";
import { sign } from "../icons.js";
import { check } from "../parts/fields.js";
import { formStyles } from "../parts/form-styles.js";
import { cloudTime } from "../store.js";
import { base } from "../styles.js";
import "./accesses.js";
import "./group-sheet.js";
import { accessesOf } from "./names.js";
import { pageStyles } from "./page-styles.js";
import "./person-acts.js";
import "./why-now.js";

class PersonPage extends LitElement {
  static properties = {
    data: { attribute: false },
    one: { attribute: false }, // {member, contact, signed_in, groups}
    session: { attribute: false },
    state: { attribute: false }, // of the session: another one with every push
    say: { attribute: false },
    beside: { type: Boolean }, // the list stays beside it: no way back is needed
    joining: { state: true }, // {group, joins}: being looked at
  };

  static styles = [base, formStyles, pageStyles];

  firstUpdated() {
    this.renderRoot.querySelector(this.beside ? "h2" : ".back").focus();
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
    const back = html`<button class="back" @click=${() => this.dispatchEvent(new Event("closed"))}>
      ${sign("back")} ${say("manage_people")}
    </button>`;
    return html`${this.beside ? nothing : back}
      <div>
        <h2 tabindex="-1">${member.name}</h2>
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
      <io-why-now .data=${data} .one=${one} .now=${cloudTime(session.state, pageTime())} .say=${say}></io-why-now>
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
              change: ({ target }) => this.#join(group, target),
            }),
        )}
      </fieldset>
      ${
        this.joining
          ? html`<io-group-sheet
              .data=${data}
              .group=${this.joining.group}
              .person=${one.member.person}
              ?joins=${this.joining.joins}
              .say=${say}
              @closed=${() => (this.joining = null)}
            ></io-group-sheet>`
          : nothing
      }`;
  }

  // Nothing has changed yet: the box shows what is, until it is pushed.
  #join(group, target) {
    target.checked = this.one.groups.includes(group.id);
    this.joining = { group, joins: !target.checked };
  }
}

customElements.define("io-person-page", PersonPage);
