// The guests whom somebody has invited: a link each, with its doors and hours. Made, moved to another phone, ended. Asked
// for, and asked for again when what this page did has changed it.
import { LitElement, css, html, nothing } from "lit";
import { Refused, Unreachable, ask, placePath } from "./api.js";
import { pageTime } from "./clock.js";
import { accessWords } from "./hours.js";
import { sign } from "./icons.js";
import "./more-texts.js";
import "./parts/access-form.js";
import { always } from "./parts/access.js";
import { Doing } from "./parts/doing.js";
import { commit, field } from "./parts/fields.js";
import { formStyles } from "./parts/form-styles.js";
import "./parts/invitation.js";
import "./parts/sheet.js";
import { cloudTime } from "./store.js";
import { base } from "./styles.js";
import { dayEnds, wallText } from "./zone-time.js";

class GuestsPage extends LitElement {
  static properties = {
    session: { attribute: false },
    state: { attribute: false }, // of the session: another one with every push
    place: {},
    say: { attribute: false },
    guests: { state: true }, // null: on their way; false: could not be had
    making: { state: true },
    invited: { state: true }, // {name, invitation}
  };

  static styles = [
    base,
    formStyles,
    css`
      :host {
        display: block;
      }
      .page {
        display: grid;
        gap: 16px;
        max-width: 592px;
        margin: 0 auto;
        padding: 4px 16px 24px;
      }
      h1 {
        font-size: var(--title);
        font-weight: 600;
      }
      .guest {
        display: grid;
        gap: 8px;
        padding: 12px 16px;
      }
    `,
  ];

  constructor() {
    super();
    this.guests = null;
    this.doing = new Doing(this);
  }

  connectedCallback() {
    super.connectedCallback();
    this.#load();
  }

  // What was pushed of her own rights may have ended a guest's.
  willUpdate() {
    const { grants } = this.session.state;
    if (this.seen && this.seen !== grants) this.#load();
    this.seen = grants;
  }

  get #now() {
    return cloudTime(this.session.state, pageTime());
  }

  #placeOf(id) {
    return this.session.state.places.find((place) => place.id === id);
  }

  render() {
    const { say, guests } = this;
    const may = this.session.state.you.invites.includes(this.place);
    return html`<div class="page">
      <div class="head">
        <h1>${say("nav_guests")}</h1>
        ${
          may
            ? html`<button class="strong" @click=${() => this.#make(true)}>
                ${sign("plus", 18)} ${say("guests_invite")}
              </button>`
            : html`<p class="plain">${say("guests_not_here")}</p>`
        }
      </div>
      ${this.making || this.invited ? nothing : this.doing.told(say)}
      ${guests === false ? html`<p class="plain">${say("page_missing")}</p>` : nothing}
      ${guests?.length === 0 ? html`<p class="plain">${say("guests_none")}</p>` : nothing}
      ${
        guests?.length
          ? html`<ul class="list">
              ${guests.map((guest) => this.#guest(guest))}
            </ul>`
          : nothing
      }
      ${this.making ? this.#form() : nothing} ${this.invited ? this.#invitation() : nothing}
    </div>`;
  }

  #guest({ person, place, name, state, grants }) {
    const { say } = this;
    const where = this.#placeOf(place);
    const rule = (grant) => `${this.#doors(grant)}: ${accessWords(grant, say, { now: this.#now, zone: where?.zone })}`;
    return html`<li class="guest">
      <div class="head">
        <p><b>${name}</b>${this.session.state.places.length > 1 && where ? ` · ${where.name}` : ""}</p>
        <span class="tag">${say(`guests_${state}`)}</span>
      </div>
      ${grants.map((grant) => html`<p class="sub">${rule(grant)}</p>`)}
      <div class="row">
        <button
          class="quiet"
          aria-label="${say("guests_move")}, ${name}"
          @click=${() => this.#move(place, person, name)}
        >
          ${say("guests_move")}
        </button>
        <button class="quiet danger" aria-label="${say("me_end")}, ${name}" @click=${() => this.#end(place, person)}>
          ${say("me_end")}
        </button>
      </div>
    </li>`;
  }

  #doors({ doors }) {
    const names = this.session.state.doors.filter(({ id }) => doors.includes(id)).map(({ name }) => name);
    return names.length ? names.join(", ") : this.say("access_every_door");
  }

  #form() {
    const { say, session } = this;
    const here = this.#placeOf(this.place);
    const doors = session.state.doors.filter(({ place }) => place === this.place);
    return html`<io-sheet .heading=${say("guests_invite")} .say=${say} @closed=${() => this.#make(false)}>
      <form @submit=${this.#invite}>
        ${field("name", say("guests_name"), { required: true, maxlength: 80 })}
        <io-access-form
          .access=${this.making}
          .doors=${doors}
          .zone=${here.zone}
          .now=${this.#now}
          .say=${say}
        ></io-access-form>
        ${this.doing.told(say)} ${commit(say(this.doing.busy ? "saving" : "guests_make_link"), this.doing)}
      </form>
    </io-sheet>`;
  }

  #invitation() {
    const { say } = this;
    const { name, invitation } = this.invited;
    return html`<io-sheet .heading=${name} .say=${say} @closed=${() => (this.invited = null)}>
      <io-invitation
        .invitation=${invitation}
        .words=${say("guests_link_for", { name, place: this.#placeOf(this.place)?.name ?? "" })}
        .now=${this.#now}
        .zone=${this.#placeOf(this.place)?.zone}
        .say=${say}
      ></io-invitation>
    </io-sheet>`;
  }

  // A guest's access ends today unless something else is said.
  #make(making) {
    const here = this.#placeOf(this.place);
    this.doing.clear();
    this.making = making ? { ...always, ends: dayEnds(wallText(this.#now, here.zone).slice(0, 10), here.zone) } : null;
  }

  async #invite(event) {
    event.preventDefault();
    const form = event.currentTarget;
    const access = form.querySelector("io-access-form").value;
    const name = form.elements.name.value.trim();
    const body = { name, language: this.say.language, ...access };
    const invitation = await this.doing.run(() => ask("POST", placePath(this.place, "guests"), body));
    if (!invitation) return;
    this.making = null;
    this.invited = { name, invitation };
    await this.#load();
  }

  async #move(place, person, name) {
    const invitation = await this.doing.run(() => ask("POST", placePath(place, "guests", person, "move")));
    if (!invitation) return;
    this.invited = { name, invitation };
    await this.#load();
  }

  async #end(place, person) {
    const done = await this.doing.run(() => ask("DELETE", placePath(place, "guests", person)));
    if (done !== undefined) await this.#load();
  }

  async #load() {
    try {
      this.guests = await ask("GET", "me/guests");
    } catch (error) {
      if (!(error instanceof Unreachable || error instanceof Refused)) throw error;
      this.guests = this.guests || false;
    }
  }
}

customElements.define("io-guests-page", GuestsPage);
