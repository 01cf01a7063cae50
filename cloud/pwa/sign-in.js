// What a sign-in link shows: one button. Only its tap spends the link, so that a preview or a scanner cannot. Fires
// "signed-in", or "leave" when the link turned out to be of no use.
import { LitElement, html, nothing } from "lit";
import { Unreachable } from "./api.js";
import { gate } from "./gate-styles.js";
import { mark } from "./icons.js";
import "./more-texts.js";
import { base } from "./styles.js";

class SignIn extends LitElement {
  static properties = {
    session: { attribute: false },
    secret: {},
    say: { attribute: false },
    step: { state: true }, // ready | asking | failed | used
  };

  static styles = [base, gate];

  constructor() {
    super();
    this.step = "ready";
  }

  willUpdate(changed) {
    if (changed.has("secret")) this.step = "ready";
  }

  render() {
    const { say, step } = this;
    const used = step === "used";
    return html`<main>
      ${mark(64)}
      <h1>${say(used ? "sign_in_used" : "sign_in_title")}</h1>
      <p class="detail">${say(used ? "sign_in_used_detail" : "sign_in_detail")}</p>
      ${
        used
          ? html`<button class="quiet" @click=${() => this.dispatchEvent(new Event("leave"))}>
              ${say("to_the_doors")}
            </button>`
          : html`<button
              class="strong big"
              aria-disabled=${step === "asking" ? "true" : "false"}
              @click=${this.#signIn}
            >
              ${say(step === "asking" ? "sign_in_asking" : "sign_in_button")}
            </button>`
      }
      <div role="status">${step === "failed" ? html`<p class="failed">${say("sign_in_failed")}</p>` : nothing}</div>
    </main>`;
  }

  async #signIn() {
    if (this.step === "asking") return;
    this.step = "asking";
    try {
      const done = await this.session.signIn(this.secret);
      this.step = done ? "ready" : "used";
      this.dispatchEvent(new Event(done ? "signed-in" : "spent"));
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      this.step = "failed";
    }
  }
}

customElements.define("io-sign-in", SignIn);
