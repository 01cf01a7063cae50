// Her number or address: how she signs in, changed by proving the new one; and, where this sign-in is good for one place
// only, the way to all of hers. Fires "changed" and "proven".
import { LitElement, html, nothing } from "lit";
import { ask } from "../api.js";
import "../parts/code-form.js";
import { formStyles } from "../parts/form-styles.js";
import "../parts/sheet.js";
import { base } from "../styles.js";
import { partStyles } from "./part-styles.js";

class Contact extends LitElement {
  // scope: the name of the one place, or null
  static properties = { me: { attribute: false }, scope: {}, say: { attribute: false }, open: { state: true } };

  static styles = [base, formStyles, partStyles];

  render() {
    const { me, say, scope } = this;
    const contact = [me.phone, me.email].filter(Boolean).join(" · ");
    return html`<h2>${say("me_contact")}</h2>
      <div class="list">
        <div class="item">
          <div>
            <p>${contact || say("me_no_contact")}</p>
            ${scope === null ? nothing : html`<p class="sub">${say("me_scope", { place: scope })}</p>`}
          </div>
          <button class="quiet" @click=${() => (this.open = true)}>
            ${say(scope === null ? "me_change" : "me_confirm")}
          </button>
        </div>
      </div>
      ${this.open ? this.#sheet() : nothing}`;
  }

  #sheet() {
    const { say, scope } = this;
    const change = scope === null;
    return html`<io-sheet
      .heading=${say(change ? "me_new_contact" : "me_confirm_contact")}
      .say=${say}
      @closed=${() => (this.open = false)}
    >
      <io-code-form
        .say=${say}
        .ask=${(contact) =>
          change
            ? ask("POST", "me/contact", { contact })
            : ask("POST", "sign-in/code", { contact, language: say.language })}
        .check=${(body) => ask("POST", change ? "me/contact/verify" : "sign-in/verify", body)}
        @proven=${() => this.#proven(change)}
      ></io-code-form>
    </io-sheet>`;
  }

  #proven(change) {
    this.open = false;
    this.dispatchEvent(new Event(change ? "changed" : "proven"));
  }
}

customElements.define("io-contact", Contact);
