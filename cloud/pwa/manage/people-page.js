// The people of a place: found by a few letters, added by number in two taps, each opened for the rest; on a wide screen
// beside the list.
import { LitElement, html, nothing } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { ask, placePath } from "../api.js";
import { pageTime } from "../clock.js";
import { sign } from "../icons.js";
import "../parts/access-form.js";
import { always } from "../parts/access.js";
import { Doing } from "../parts/doing.js";
import { choice, commit, field } from "../parts/fields.js";
import { formStyles } from "../parts/form-styles.js";
import "../parts/invitation.js";
import "../parts/long-list.js";
import "../parts/sheet.js";
import { cloudTime } from "../store.js";
import { base } from "../styles.js";
import { roleOf, sought } from "./names.js";
import { pageStyles } from "./page-styles.js";
import "./person-page.js";

const LANGUAGES = [
  ["en", "English"],
  ["es", "Español"],
  ["ca", "Català"],
];
const SEARCH_FROM = 8;
const wide = matchMedia("(min-width: 1200px)");

class PeoplePage extends LitElement {
  static properties = {
    data: { attribute: false },
    session: { attribute: false },
    state: { attribute: false }, // of the session: another one with every push
    say: { attribute: false },
    about: { attribute: false }, // {person}: whose page to begin with
    sought: { state: true },
    person: { state: true }, // whose page is open
    adding: { state: true },
    invited: { state: true }, // {name, invitation}
  };

  static styles = [base, formStyles, pageStyles];

  constructor() {
    super();
    this.sought = "";
    this.doing = new Doing(this);
  }

  connectedCallback() {
    super.connectedCallback();
    this.person = this.about?.person ?? null;
    this.widened = () => this.requestUpdate();
    wide.addEventListener("change", this.widened);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    wide.removeEventListener("change", this.widened);
  }

  // Back in the list, whoever came by keyboard is where she left it.
  async updated(changed) {
    const before = changed.get("person");
    if (changed.has("person")) this.dispatchEvent(new CustomEvent("deep", { bubbles: true, detail: Boolean(this.person) }));
    if (!before || this.person) return;
    const list = this.renderRoot.querySelector("io-long-list");
    await list?.updateComplete;
    list?.focusOn(before);
  }

  render() {
    const { data, say } = this;
    const one = data.people.find(({ member }) => member.person === this.person);
    const sheets = html`${this.adding ? this.#form() : nothing} ${this.invited ? this.#invitation() : nothing}`;
    if (wide.matches)
      return html`<div class="split">
          <div class="stack">${this.#list()}</div>
          <div class="beside">${one ? this.#one(one) : html`<p class="plain">${say("people_choose")}</p>`}</div>
        </div>
        ${sheets}`;
    return this.person && one ? this.#one(one) : html`${this.#list()} ${sheets}`;
  }

  #one(one) {
    return keyed(
      one.member.person,
      html`<io-person-page
        .data=${this.data}
        .one=${one}
        .session=${this.session}
        .state=${this.session.state}
        .say=${this.say}
        ?beside=${wide.matches}
        @closed=${() => (this.person = null)}
      ></io-person-page>`,
    );
  }

  #list() {
    const { data, say } = this;
    const shown = sought(data, this.sought);
    return html`<div class="head">
        <h2>
          ${say("manage_people")}
          ${data.people.length >= SEARCH_FROM ? html`<span class="sub">${data.people.length}</span>` : nothing}
        </h2>
        <button class="strong" @click=${() => this.#add(true)}>${sign("plus", 18)} ${say("people_add")}</button>
      </div>
      ${data.people.length >= SEARCH_FROM ? this.#search() : nothing}
      <io-long-list
        .items=${shown}
        .id_of=${({ member }) => member.person}
        .row=${(person) => this.#row(person)}
        .signs=${[say, this.person]}
      ></io-long-list>
      ${shown.length ? nothing : html`<p class="plain" role="status">${say("people_no_match")}</p>`}`;
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

  #row({ member, contact, signed_in }) {
    const { say } = this;
    const tags = [
      member.role === "member" ? null : say(`role_${member.role}`),
      member.suspended ? say("people_suspended") : null,
      signed_in ? null : say("people_not_yet"),
    ].filter(Boolean);
    return html`<li>
      <button
        class="item"
        data-id=${member.person}
        aria-current=${member.person === this.person ? "true" : nothing}
        @click=${() => (this.person = member.person)}
      >
        <span>
          <b>${member.name}</b>${member.flat ? html` <span class="sub">· ${member.flat}</span>` : nothing}
          <span class="sub"><br />${contact ?? ""}</span>
          ${
            tags.length
              ? html`<span class="row tags">
                  ${tags.map((tag) => html`<span class="tag ${member.suspended ? "warn" : ""}">${tag}</span>`)}
                </span>`
              : nothing
          }
        </span>
        ${sign("right")}
      </button>
    </li>`;
  }

  #form() {
    const { data, say, session } = this;
    const owner = roleOf(data, session.state.you.id) === "owner";
    const roles = ["member", "admin", "owner"].map((role) => [role, say(`role_${role}`)]);
    return html`<io-sheet .heading=${say("people_add")} .say=${say} @closed=${() => this.#add(false)}>
      <form @submit=${this.#send}>
        ${field("contact", say("code_contact"), { required: true, hint: say("people_contact_hint"), maxlength: 320 })}
        ${field("name", say("people_name"), { required: true, maxlength: 80 })}
        <details>
          <summary>${say("people_more")}</summary>
          <div class="form">
            ${field("flat", say("poster_flat"), { maxlength: 80 })}
            ${choice("language", say("me_language"), LANGUAGES, { value: say.language })}
            ${owner ? choice("role", say("people_role"), roles, { value: "member" }) : nothing}
            <io-access-form
              .access=${always}
              .doors=${data.doors.map(({ door }) => door)}
              .zone=${data.place.zone}
              .now=${cloudTime(session.state, pageTime())}
              ?holidays=${data.holidays}
              .say=${say}
            ></io-access-form>
          </div>
        </details>
        <p class="hint">${say("people_add_hint")}</p>
        ${this.doing.told(say)} ${commit(say(this.doing.busy ? "saving" : "people_invite"), this.doing)}
      </form>
    </io-sheet>`;
  }

  #invitation() {
    const { data, say, session } = this;
    const { name, invitation } = this.invited;
    return html`<io-sheet .heading=${name} .say=${say} @closed=${() => (this.invited = null)}>
      <io-invitation
        .invitation=${invitation}
        .words=${say("people_link_for", { name, place: data.place.name })}
        .now=${cloudTime(session.state, pageTime())}
        .zone=${data.place.zone}
        .say=${say}
      ></io-invitation>
    </io-sheet>`;
  }

  #add(adding) {
    this.doing.clear();
    this.adding = adding;
  }

  async #send(event) {
    event.preventDefault();
    const form = event.currentTarget;
    const { contact, name, flat, language, role } = form.elements;
    const body = {
      contact: contact.value.trim(),
      name: name.value.trim(),
      flat: flat.value.trim() || null,
      language: language.value,
      role: role?.value ?? "member",
      access: form.querySelector("io-access-form").value,
    };
    const invitation = await this.doing.run(() => ask("POST", placePath(this.data.place.id, "people"), body));
    if (!invitation) return;
    this.adding = false;
    this.invited = { name: body.name, invitation };
  }
}

customElements.define("io-people-page", PeoplePage);
