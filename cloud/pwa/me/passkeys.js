// Her passkeys: added, listed, removed; or why there can be none here. Fires "changed".
import { LitElement, html, nothing } from "lit";
import { ask } from "../api.js";
import { at } from "../format.js";
import { Doing } from "../parts/doing.js";
import { formStyles } from "../parts/form-styles.js";
import { addPasskey, possible } from "../passkeys.js";
import { base } from "../styles.js";
import { partStyles } from "./part-styles.js";

class Passkeys extends LitElement {
  static properties = { me: { attribute: false }, now: { type: Number }, say: { attribute: false } };

  static styles = [base, formStyles, partStyles];

  constructor() {
    super();
    this.doing = new Doing(this);
  }

  render() {
    const { me, say } = this;
    return html`<h2>${say("me_passkeys")}</h2>
      ${
        me.passkeys.length
          ? html`<ul class="list">
              ${me.passkeys.map((one) => this.#passkey(one))}
            </ul>`
          : nothing
      }
      ${this.#more()} ${this.doing.told(say)}`;
  }

  #more() {
    const { me, say } = this;
    if (me.scope) return html`<p class="plain">${say("me_passkeys_scope")}</p>`;
    if (!possible()) return html`<p class="plain">${say("me_passkeys_impossible")}</p>`;
    return html`<div class="row">
      <button class="quiet" aria-disabled=${this.doing.busy ? "true" : "false"} @click=${this.#add}>
        ${say("me_passkey_add")}
      </button>
      ${me.passkeys.length ? nothing : html`<p class="plain">${say("me_passkeys_detail")}</p>`}
    </div>`;
  }

  #passkey({ id, name, created, used }) {
    const { say, now } = this;
    const called = name || say("me_passkey_unnamed");
    return html`<li class="item">
      <div>
        <p>${called}</p>
        <p class="sub">
          ${used ? say("me_used", { at: at(used, now, say) }) : say("me_added", { at: at(created, now, say) })}
        </p>
      </div>
      <button class="quiet" aria-label=${say("me_remove_of", { what: called })} @click=${() => this.#remove(id)}>
        ${say("me_remove")}
      </button>
    </li>`;
  }

  #add() {
    this.#run(() => addPasskey(navigator.userAgentData?.platform || navigator.platform || ""));
  }

  #remove(id) {
    this.#run(() => ask("DELETE", `me/passkeys/${encodeURIComponent(id)}`));
  }

  async #run(what) {
    if ((await this.doing.run(what)) !== undefined) this.dispatchEvent(new Event("changed"));
  }
}

customElements.define("io-passkeys", Passkeys);
