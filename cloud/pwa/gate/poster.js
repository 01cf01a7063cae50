// What the poster at a door leads to: who is not a person of the place yet asks to become one. Name and flat, then a number
// or address proven by a code; whoever manages decides. Fires "leave".
import { LitElement, html } from "lit";
import { Refused, ask } from "../api.js";
import { gate } from "../gate-styles.js";
import { mark } from "../icons.js";
import "../more-texts.js";
import "../parts/code-form.js";
import { Doing } from "../parts/doing.js";
import { commit, field, sent } from "../parts/fields.js";
import { formStyles } from "../parts/form-styles.js";
import { base } from "../styles.js";

const UNPROVEN = ["session", "scope", "role"]; // nobody is signed in here, or only for one place

class Poster extends LitElement {
  // step: who | proof | asked | ended
  static properties = { secret: {}, say: { attribute: false }, step: { state: true }, place: { state: true } };

  static styles = [base, formStyles, gate];

  constructor() {
    super();
    this.doing = new Doing(this);
    this.step = "who";
  }

  willUpdate(changed) {
    if (changed.has("secret")) this.#look();
  }

  render() {
    const { say, step } = this;
    return html`<main>
      ${mark(64)}
      <div role="status">
        <h1>${say(`poster_${step}_title`, { place: this.place ?? "" })}</h1>
        <p class="detail">${say(`poster_${step}_detail`)}</p>
      </div>
      ${{ who: () => this.#who(), proof: () => this.#proof() }[step]?.() ?? this.#out()}
    </main>`;
  }

  #who() {
    const { say } = this;
    return html`<form class="wide" @submit=${sent((who) => this.#ask(who))}>
      ${field("name", say("poster_name"), { required: true, autocomplete: "name", maxlength: 80 })}
      ${field("flat", say("poster_flat"), { hint: say("poster_flat_hint"), maxlength: 80 })} ${this.doing.told(say)}
      ${commit(say("poster_next"), this.doing)}
    </form>`;
  }

  #proof() {
    const { say, secret } = this;
    return html`<io-code-form
        class="wide"
        .say=${say}
        .ask=${(contact) => ask("POST", "sign-in/code", { contact, language: say.language, poster: secret })}
        .check=${(body) => ask("POST", "sign-in/verify", { ...body, language: say.language, poster: secret })}
        @proven=${() => this.#ask(this.who)}
      ></io-code-form>
      ${this.doing.told(say)}`;
  }

  #out() {
    return html`<button class="quiet" @click=${() => this.dispatchEvent(new Event("leave"))}>
      ${this.say("to_the_doors")}
    </button>`;
  }

  async #look() {
    const link = await this.doing.run(() => ask("POST", "links/look", { secret: this.secret }));
    if (link?.kind === "poster" && link.state !== "ended") this.place = link.place;
    else if (link || this.doing.failed?.reason !== "unreachable") this.step = "ended";
  }

  // Whoever is signed in has proven her number long ago.
  async #ask(who) {
    this.who = who;
    const { name, flat } = who;
    const done = await this.doing.run(async () => {
      try {
        await ask("POST", "asks", { poster: this.secret, name, flat });
        return "asked";
      } catch (error) {
        if (error instanceof Refused && this.step === "who" && UNPROVEN.includes(error.reason)) return "proof";
        throw error;
      }
    });
    if (done) this.step = done;
  }
}

customElements.define("io-poster", Poster);
