// The guests whom somebody has invited: a link each, with its doors and hours, and what was done with it. Made, moved to
// another phone, ended. Asked for, and asked for again when it was told that one of them came, or what this page did has
// changed it.
import { LitElement, css, html, nothing } from "lit";
import { Refused, Unreachable, ask, placePath } from "./api.js";
import { pageTime } from "./clock.js";
import { ago } from "./format.js";
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

const HOUR_MS = 3_600_000;
const LASTS = { today: null, hours: 2 * HOUR_MS, week: 7 * 24 * HOUR_MS }; // what most guests are let in for

class GuestsPage extends LitElement {
  static properties = {
    session: { attribute: false },
    state: { attribute: false }, // of the session: another one with every push
    place: {},
    say: { attribute: false },
    guests: { state: true }, // null: on their way; false: could not be had
    making: { state: true }, // where the form of a new one begins
    draft: { state: true }, // what stands in it now
    lasts: { state: true }, // which of LASTS it is
    ending: { state: true }, // the guest who would be ended
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
        gap: 4px;
        padding: 12px 16px;
      }
      .guest b,
      .sub {
        overflow-wrap: anywhere;
      }
      .guest .row {
        margin-top: 8px;
      }
      .used {
        color: var(--ink);
        font-size: var(--text);
        font-variant-numeric: tabular-nums;
      }
      .guest .row > button {
        flex: 1 1 auto;
      }
      .lasts {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      .lasts button {
        flex: 1 1 auto;
        padding: 0 12px;
        border: 1px solid var(--line);
        border-radius: 99px;
        font-size: var(--text);
        font-weight: 500;
      }
      .lasts [aria-pressed="true"] {
        border-color: var(--accent);
        background: var(--soft);
        color: var(--accent);
        font-weight: 600;
      }
      .what {
        padding: 12px 16px;
        border-radius: var(--radius-button);
        background: var(--soft);
        font-variant-numeric: tabular-nums;
        overflow-wrap: anywhere;
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
      details io-access-form {
        padding-top: 12px;
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
            ? html`<button class="strong" @click=${() => this.#make(true)}>
                ${sign("plus", 18)} ${say("guests_invite")}
              </button>`
            : html`<p class="plain">${say("guests_not_here")}</p>`
        }
      </div>
      ${this.making || this.invited ? nothing : this.doing.told(say)}
      ${guests === false ? html`<p class="plain">${say("page_missing")}</p>` : nothing}
      ${guests === null ? html`<p class="plain" role="status">${say("loading")}</p>` : nothing}
      ${guests?.length === 0 ? html`<div class="none">${sign("guests", 40)}<p>${say("guests_none")}</p></div>` : nothing}
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

  #guest(guest) {
    const { person, place, name, state, grants } = guest;
    const { say } = this;
    const where = this.#placeOf(place);
    const rule = (grant) => `${this.#doors(grant)}: ${accessWords(grant, say, { now: this.#now, zone: where?.zone })}`;
    return html`<li class="guest">
      <div class="head">
        <p><b>${name}</b>${this.session.state.places.length > 1 && where ? ` · ${where.name}` : ""}</p>
        <span class="tag">${say(`guests_${state}`)}</span>
      </div>
      ${grants.map((grant) => html`<p class="sub">${rule(grant)}</p>`)} ${this.#used(guest, where?.zone)}
      ${this.ending === person ? this.#sure(guest) : this.#acts(guest)}
    </li>`;
  }

  // What became of the link: when it was last used, and at which door.
  #used({ state, opened = 0, last, door }, zone) {
    const { say } = this;
    if (!opened) return state === "bound" ? html`<p class="used">${say("guests_not_opened")}</p>` : nothing;
    const where = this.session.state.doors.find(({ id }) => id === door)?.name ?? say("log_unknown_door");
    const at = ago(last, this.#now, say, zone);
    return html`<p class="used">
      ${say(opened === 1 ? "guests_opened_once" : "guests_opened", { count: opened, at, door: where })}
    </p>`;
  }

  // Her link stops working at once: not with the slip of a thumb.
  #sure({ person, place, name }) {
    const { say } = this;
    return html`<div role="status"><p class="sub">${say("guests_end_sure", { name })}</p></div>
      <div class="row">
        <button class="quiet danger" @click=${() => this.#end(place, person)}>${say("guests_end_yes")}</button>
        <button class="quiet" @click=${() => (this.ending = null)}>${say("guests_keep")}</button>
      </div>`;
  }

  #acts({ person, place, name }) {
    const { say } = this;
    return html`<div class="row">
        <button
          class="quiet"
          aria-label="${say("guests_move")}, ${name}"
          @click=${() => this.#move(place, person, name)}
        >
          ${say("guests_move")}
        </button>
        <button class="quiet danger" aria-label="${say("guests_end")}, ${name}" @click=${() => (this.ending = person)}>
          ${say("guests_end")}
        </button>
      </div>`;
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
        ${field("name", say("guests_name"), { required: true, maxlength: 80, autocomplete: "off" })}
        <div class="lasts" role="group" aria-label=${say("guests_lasts")}>
          ${Object.keys(LASTS).map(
            (lasts) =>
              html`<button
                type="button"
                aria-pressed=${this.lasts === lasts ? "true" : "false"}
                @click=${() => this.#last(lasts)}
              >
                ${say(`guests_lasts_${lasts}`)}
              </button>`,
          )}
        </div>
        <p class="what" role="status">
          ${this.#doors(this.draft)}: ${accessWords(this.draft, say, { now: this.#now, zone: here.zone })}
        </p>
        <details>
          <summary>${say("guests_more")}</summary>
          <io-access-form
            .access=${this.making}
            .doors=${doors}
            .zone=${here.zone}
            .now=${this.#now}
            .say=${say}
            @edited=${this.#edited}
          ></io-access-form>
        </details>
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
    this.doing.clear();
    this.making = this.draft = null;
    if (making) this.#last("today", always);
  }

  #last(lasts, draft = this.draft) {
    const { zone } = this.#placeOf(this.place);
    const minute = Math.ceil(this.#now / 60_000) * 60_000;
    const ends = lasts === "today" ? dayEnds(wallText(this.#now, zone).slice(0, 10), zone) : minute + LASTS[lasts];
    this.lasts = lasts;
    this.making = this.draft = { ...draft, ends };
  }

  // Whatever she has set herself is none of the three.
  #edited({ target }) {
    if (target.value.ends !== this.draft.ends || target.value.starts !== this.draft.starts) this.lasts = null;
    this.draft = target.value;
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
    this.ending = null;
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
