// Signed out: the ways back in. A code to her number or address, a passkey; and the link that whoever manages sends. Fires
// "signed-in".
import { LitElement, html, nothing } from "lit";
import { ask } from "../api.js";
import { gate } from "../gate-styles.js";
import { mark } from "../icons.js";
import "../more-texts.js";
import "../parts/code-form.js";
import { Doing } from "../parts/doing.js";
import { formStyles } from "../parts/form-styles.js";
import { possible, signInWithPasskey } from "../passkeys.js";
import { base } from "../styles.js";

class SignedOut extends LitElement {
  static properties = { ended: { type: Boolean }, say: { attribute: false } };

  static styles = [base, formStyles, gate];

  constructor() {
    super();
    this.doing = new Doing(this);
  }

  render() {
    const { say } = this;
    return html`<main>
      ${mark(64)}
      <div role="status">
        <h1>${say("signed_out_title")}</h1>
        ${this.ended ? html`<p class="detail">${say("signed_out_ended")}</p>` : nothing}
      </div>
      <io-code-form
        class="wide"
        .say=${say}
        .ask=${(contact) => ask("POST", "sign-in/code", { contact, language: say.language })}
        .check=${(body) => ask("POST", "sign-in/verify", body)}
        @proven=${this.#signedIn}
      ></io-code-form>
      ${
        possible()
          ? html`<button class="quiet wide" @click=${this.#passkey}>${say("sign_in_passkey")}</button>`
          : nothing
      }
      ${this.doing.told(say)}
      <p class="detail small">${say("signed_out_detail")}</p>
    </main>`;
  }

  async #passkey() {
    if (await this.doing.run(signInWithPasskey)) this.#signedIn();
  }

  #signedIn() {
    this.dispatchEvent(new Event("signed-in"));
  }
}

customElements.define("io-signed-out", SignedOut);
