// The accesses of one person or group, in words; each opened in the editor, a new one given.
import { LitElement, css, html, nothing } from "lit";
import { pageTime } from "../clock.js";
import { accessWords } from "../hours.js";
import { sign } from "../icons.js";
import { formStyles } from "../parts/form-styles.js";
import { cloudTime } from "../store.js";
import { base } from "../styles.js";
import "./access-editor.js";
import { doorNames } from "./names.js";
import { pageStyles } from "./page-styles.js";

class Accesses extends LitElement {
  static properties = {
    data: { attribute: false },
    grants: { attribute: false },
    holder: { attribute: false }, // {person} or {group}
    name: {},
    session: { attribute: false },
    state: { attribute: false }, // of the session: another one with every push
    say: { attribute: false },
    open: { state: true }, // the access being edited, or "new"
  };

  static styles = [
    base,
    formStyles,
    pageStyles,
    css`
      .item {
        align-items: start;
      }
    `,
  ];

  render() {
    const { say, grants } = this;
    return html`<div class="head">
        <h3>${say("person_accesses")}</h3>
        <button class="quiet" @click=${() => (this.open = "new")}>${sign("plus", 18)} ${say("access_new")}</button>
      </div>
      ${
        grants.length
          ? html`<ul class="list">
              ${grants.map((grant) => this.#row(grant))}
            </ul>`
          : html`<p class="plain">${say("person_no_access")}</p>`
      }
      ${this.open ? this.#editor() : nothing}`;
  }

  #row(grant) {
    const { data, say, session } = this;
    const now = cloudTime(session.state, pageTime());
    const over = grant.ends !== null && grant.ends <= now;
    const tag = grant.suspended ? "people_suspended" : over ? "access_over" : null;
    return html`<li>
      <button class="item" @click=${() => (this.open = grant.id)}>
        <span>
          <b>${doorNames(data, grant.doors, say)}</b>
          ${grant.group && !this.holder.group ? html`<span class="tag">${grant.group_name}</span>` : nothing}
          ${tag ? html`<span class="tag warn">${say(tag)}</span>` : nothing}
          <span class="sub"><br />${accessWords(grant, say, { now, zone: data.place.zone })}</span>
          ${grant.note ? html`<span class="sub"><br />${grant.note}</span>` : nothing}
        </span>
        ${sign("right")}
      </button>
    </li>`;
  }

  #editor() {
    const { data, grants, holder, name, open, session, say } = this;
    const grant = grants.find(({ id }) => id === open) ?? null;
    if (!grant && open !== "new") return nothing; // it went while it was open
    const whose = grant?.group && !holder.group ? grant.group_name : name;
    return html`<io-access-editor
      .data=${data}
      .grant=${grant}
      .holder=${holder}
      .name=${whose}
      .session=${session}
      .state=${session.state}
      .say=${say}
      @closed=${() => (this.open = null)}
    ></io-access-editor>`;
  }
}

customElements.define("io-accesses", Accesses);
