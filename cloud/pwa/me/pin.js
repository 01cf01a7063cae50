// The four digits that are asked for at every open, if she wants them: set, changed, given up. Fires "changed".
import { LitElement, html, nothing } from "lit";
import { ask } from "../api.js";
import { Doing } from "../parts/doing.js";
import { commit, field, sent } from "../parts/fields.js";
import { formStyles } from "../parts/form-styles.js";
import "../parts/sheet.js";
import { base } from "../styles.js";
import { partStyles } from "./part-styles.js";

const DIGITS = { type: "password", inputmode: "numeric", pattern: "[0-9]{4}", maxlength: 4, required: true };

class Pin extends LitElement {
  // open: "set" | "clear"
  static properties = { me: { attribute: false }, say: { attribute: false }, open: { state: true } };

  static styles = [base, formStyles, partStyles];

  constructor() {
    super();
    this.doing = new Doing(this);
  }

  render() {
    const { me, say } = this;
    return html`<h2>${say("me_pin")}</h2>
      <div class="list">
        <div class="item">
          <p>${say(me.pin ? "me_pin_on" : "me_pin_off")}</p>
          <button class="quiet" @click=${() => this.#show("set")}>${say(me.pin ? "me_change" : "me_pin_set")}</button>
        </div>
      </div>
      ${
        me.pin
          ? html`<div class="row">
              <button class="quiet" @click=${() => this.#show("clear")}>${say("me_pin_clear")}</button>
            </div>`
          : nothing
      }
      ${this.open ? this.#sheet() : nothing}`;
  }

  #sheet() {
    const { me, say, open } = this;
    return html`<io-sheet .heading=${say("me_pin")} .say=${say} @closed=${() => (this.open = null)}>
      <form @submit=${sent((values) => this.#send(values))}>
        <p class="sub">${say(open === "set" ? "me_pin_detail" : "me_pin_clear_detail")}</p>
        ${me.pin ? field("old", say("me_pin_old"), DIGITS) : nothing}
        ${open === "set" ? field("pin", say("me_pin_new"), { ...DIGITS, autocomplete: "new-password" }) : nothing}
        ${this.doing.told(say)} ${commit(say(open === "set" ? "save" : "me_pin_clear"), this.doing)}
      </form>
    </io-sheet>`;
  }

  #show(open) {
    this.doing.clear();
    this.open = open;
  }

  async #send({ old = null, pin }) {
    const method = this.open === "set" ? "PUT" : "DELETE";
    const body = this.open === "set" ? { pin, old } : { old };
    if ((await this.doing.run(() => ask(method, "me/pin", body))) === undefined) return;
    this.open = null;
    this.dispatchEvent(new Event("changed"));
  }
}

customElements.define("io-pin", Pin);
