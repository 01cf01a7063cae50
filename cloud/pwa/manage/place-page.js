// The place itself: its name, clock and holidays, who helps when the door does not; its poster, and its owners.
import { LitElement, html, nothing } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { ask, placePath } from "../api.js";
import { Doing } from "../parts/doing.js";
import { area, choice, commit, field, filled, sent } from "../parts/fields.js";
import { formStyles } from "../parts/form-styles.js";
import "../parts/invitation.js";
import "../parts/sheet.js";
import { base } from "../styles.js";
import "./effect.js";
import { byName, roleOf } from "./names.js";
import { pageStyles } from "./page-styles.js";

const MATTERS = ["zone", "country", "region"]; // the others let nobody in or out

class PlacePage extends LitElement {
  static properties = {
    data: { attribute: false },
    session: { attribute: false },
    state: { attribute: false }, // of the session: another one with every push
    say: { attribute: false },
    from: { state: true }, // the place as the form began with it
    saved: { state: true },
    looks: { state: true }, // another clock or holidays being filled in, for the preview
    poster: { state: true },
    offering: { state: true },
  };

  static styles = [base, formStyles, pageStyles];

  constructor() {
    super();
    this.doing = new Doing(this);
    this.other = new Doing(this);
  }

  // What somebody else changes is taken over; what is being typed here is not lost before it is saved.
  willUpdate(changed) {
    const touched = this.renderRoot?.querySelector("form.place")?.matches(":focus-within");
    if (changed.has("data") && !touched) this.from = this.data.place;
  }

  render() {
    const { data, say } = this;
    return html`<h2>${say("manage_place")}</h2>
      ${data.second_owner ? html`<p class="warned">${say("manage_second_owner")}</p>` : nothing}
      ${keyed(this.from.version, this.#form())}
      <h3>${say("place_poster")}</h3>
      <p class="plain">${say("place_poster_detail")}</p>
      <div class="row">
        <button class="quiet" @click=${this.#newPoster}>${say("place_poster_make")}</button>
      </div>
      <h3>${say("place_owners")}</h3>
      ${this.#owners()} ${this.offering ? nothing : this.other.told(say)} ${this.poster ? this.#posterSheet() : nothing}
      ${this.offering ? this.#offerSheet() : nothing}`;
  }

  #form() {
    const { from, say } = this;
    const text = (name, more = {}) => field(name, say(`place_${name}`), { value: from[name], maxlength: 200, ...more });
    return html`<form class="place" @submit=${sent((values) => this.#save(values))} @change=${this.#look}>
      ${text("name", { required: true, maxlength: 80 })} ${text("address")}
      ${text("zone", { required: true, hint: say("place_zone_hint") })}
      <div class="two">
        ${text("country", { pattern: "[A-Z]{2}", maxlength: 2, hint: say("place_country_hint") })}
        ${text("region", { maxlength: 8, hint: say("place_region_hint") })}
      </div>
      ${text("help_name", { hint: say("place_help_hint") })} ${text("help_contact")}
      ${area("other_way", say("place_other_way"), { value: from.other_way, hint: say("place_other_way_hint") })}
      ${this.doing.told(say, this.saved ? say("place_saved") : null)}
      ${commit(say(this.doing.busy ? "saving" : "save"), this.doing)}
      <io-effect .data=${this.data} .what=${this.looks} .say=${say}></io-effect>
    </form>`;
  }

  #look({ currentTarget }) {
    const { from } = this;
    const now = filled(currentTarget);
    const changed = MATTERS.filter((name) => now[name] !== from[name]).map((name) => [name, now[name]]);
    this.looks = changed.length && now.zone ? { place: { version: from.version, ...Object.fromEntries(changed) } } : null;
  }

  #owners() {
    const { data, say, session } = this;
    const owners = data.people.filter(({ member }) => member.role === "owner").map(({ member }) => member.name);
    const mine = roleOf(data, session.state.you.id) === "owner";
    return html`<p>${owners.join(", ")}</p>
      ${
        mine
          ? html`<div class="row">
              <button class="quiet" @click=${() => (this.offering = true)}>${say("place_offer")}</button>
            </div>`
          : nothing
      }`;
  }

  #posterSheet() {
    const { data, say } = this;
    return html`<io-sheet .heading=${say("place_poster")} .say=${say} @closed=${() => (this.poster = null)}>
      <io-invitation
        .invitation=${this.poster}
        .words=${say("place_poster_words", { place: data.place.name })}
        .say=${say}
      ></io-invitation>
    </io-sheet>`;
  }

  #offerSheet() {
    const { data, say } = this;
    const others = data.people
      .filter(({ member }) => ["member", "admin"].includes(member.role) && !member.suspended)
      .map(({ member }) => [member.person, member.name])
      .sort((a, b) => byName(a[1], b[1]));
    return html`<io-sheet .heading=${say("place_offer")} .say=${say} @closed=${() => (this.offering = false)}>
      <form @submit=${sent((values) => this.#offer(values))}>
        <p class="sub">${say("place_offer_detail")}</p>
        ${choice("person", say("who_person"), others)} ${this.other.told(say)} ${commit(say("place_offer"), this.other)}
      </form>
    </io-sheet>`;
  }

  async #save(values) {
    this.saved = false;
    const { id } = this.data.place;
    const body = { version: this.from.version, ...values };
    const done = await this.doing.run(() => ask("PATCH", placePath(id), body));
    if (done !== undefined) {
      this.saved = true;
      this.looks = null;
      this.from = this.data.place;
    } else if (this.doing.failed.reason === "conflict" && this.doing.failed.current) {
      this.from = this.doing.failed.current;
    }
  }

  async #newPoster() {
    const poster = await this.other.run(() => ask("POST", placePath(this.data.place.id, "poster")));
    if (poster) this.poster = poster;
  }

  async #offer({ person }) {
    const done = await this.other.run(() => ask("POST", placePath(this.data.place.id, "ownership"), { person }));
    if (done !== undefined) this.offering = false;
  }
}

customElements.define("io-place-page", PlacePage);
