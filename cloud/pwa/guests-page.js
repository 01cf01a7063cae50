// The guests whom somebody has invited, a card each. Asked for, and asked for again when it was told that one of them came,
// or what this page did has changed them.
import { LitElement, css, html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { Refused, Unreachable, ask, placePath } from "./api.js";
import { pageTime } from "./clock.js";
import "./guests/guest-card.js";
import "./guests/guest-form.js";
import { sign } from "./icons.js";
import "./more-texts.js";
import { Doing } from "./parts/doing.js";
import { formStyles } from "./parts/form-styles.js";
import "./parts/invitation.js";
import "./parts/sheet.js";
import { cloudTime } from "./store.js";
import { base } from "./styles.js";

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
      .none {
        display: grid;
        justify-items: center;
        gap: 16px;
        padding: 48px 24px;
        color: var(--ink-2);
        text-align: center;
        text-wrap: pretty;
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

  // What was pushed of her own rights may have ended a guest's; and one of them may have come.
  willUpdate() {
    const { grants, visits } = this.session.state;
    const { seen } = this;
    if (seen && (seen.grants !== grants || seen.visits !== visits)) this.#load();
    this.seen = { grants, visits };
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
            ? html`<button class="strong" @click=${() => (this.making = true)}>
                ${sign("plus", 18)} ${say("guests_invite")}
              </button>`
            : html`<p class="plain">${say("guests_not_here")}</p>`
        }
      </div>
      ${this.invited ? nothing : this.doing.told(say)}
      ${guests === null ? html`<p class="plain" role="status">${say("loading")}</p>` : nothing}
      ${guests === false ? html`<p class="plain">${say("page_missing")}</p>` : nothing}
      ${guests?.length === 0 ? html`<div class="none">${sign("guests", 40)}<p>${say("guests_none")}</p></div>` : nothing}
      ${
        guests?.length
          ? html`<ul class="list">
              ${repeat(
                guests,
                ({ person }) => person,
                (guest) => html`<li>${this.#guest(guest)}</li>`,
              )}
            </ul>`
          : nothing
      }
      ${this.making ? this.#form() : nothing} ${this.invited ? this.#invitation() : nothing}
    </div>`;
  }

  #guest(guest) {
    const { doors, places } = this.session.state;
    return html`<io-guest-card
      .guest=${guest}
      .place=${this.#placeOf(guest.place)}
      ?named=${places.length > 1}
      .doors=${doors}
      .now=${this.#now}
      .say=${this.say}
      @move=${() => this.#move(guest)}
      @end=${() => this.#end(guest)}
    ></io-guest-card>`;
  }

  #form() {
    const { say, session } = this;
    return html`<io-sheet .heading=${say("guests_invite")} .say=${say} @closed=${() => (this.making = false)}>
      <io-guest-form
        .place=${this.#placeOf(this.place)}
        .doors=${session.state.doors.filter(({ place }) => place === this.place)}
        .now=${this.#now}
        .say=${say}
        @made=${this.#made}
      ></io-guest-form>
    </io-sheet>`;
  }

  #invitation() {
    const { say } = this;
    const { name, invitation, place } = this.invited;
    const where = this.#placeOf(place);
    return html`<io-sheet .heading=${name} .say=${say} @closed=${() => (this.invited = null)}>
      <io-invitation
        .invitation=${invitation}
        .words=${say("guests_link_for", { name, place: where?.name ?? "" })}
        .now=${this.#now}
        .zone=${where?.zone}
        .say=${say}
      ></io-invitation>
    </io-sheet>`;
  }

  #made({ detail }) {
    this.making = false;
    this.invited = { ...detail, place: this.place };
    this.#load();
  }

  async #move({ place, person, name }) {
    const invitation = await this.doing.run(() => ask("POST", placePath(place, "guests", person, "move")));
    if (!invitation) return;
    this.invited = { name, invitation, place };
    await this.#load();
  }

  async #end({ place, person }) {
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
