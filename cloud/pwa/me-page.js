// The person herself: where she is signed in and how, her four digits, her language, what the log says of her, and the way
// out. Each part is an element of its own in me/. What is asked for here is not pushed.
import { LitElement, css, html, nothing } from "lit";
import { Refused, Unreachable, ask } from "./api.js";
import { pageTime } from "./clock.js";
import "./me/language.js";
import "./me/own-log.js";
import "./me/passkeys.js";
import "./me/pin.js";
import "./me/push.js";
import "./me/sessions.js";
import "./me/staff.js";
import "./me/theme.js";
import "./me/contact.js";
import { Later } from "./later.js";
import "./more-texts.js";
import { cloudTime } from "./store.js";
import { base } from "./styles.js";

class MePage extends LitElement {
  static properties = {
    session: { attribute: false },
    state: { attribute: false }, // of the session: another one with every push
    say: { attribute: false },
    me: { state: true },
    serving: { state: true }, // the pages of whoever works for the service that are shown: "host" | "maintain"
    sure: { state: true },
    failed: { state: true },
  };

  static styles = [
    base,
    css`
      :host {
        display: block;
      }
      .page {
        display: grid;
        gap: 24px;
        max-width: 592px;
        margin: 0 auto;
        padding: 4px 16px 24px;
      }
      h1 {
        padding: 12px 0 0;
        font-size: var(--large);
        font-weight: 600;
        line-height: 1.2;
        overflow-wrap: anywhere;
      }
      .failed {
        margin-top: 12px;
        color: var(--danger);
        font-size: var(--text);
      }
      .sure {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        margin-top: 12px;
      }
    `,
  ];

  constructor() {
    super();
    this.later = new Later(this);
  }

  connectedCallback() {
    super.connectedCallback();
    this.#load();
  }

  render() {
    const { say, session, me } = this;
    const { you, places } = session.state;
    const now = cloudTime(session.state, pageTime());
    const common = { session, me, now };
    if (this.serving) return this.later.shown(this.serving, () => this.#service(), say);
    return html`<div class="page">
      <h1>${you.name}</h1>
      ${me && !you.guest ? this.#contact(common, places) : nothing}
      <io-sessions .now=${now} .say=${say}></io-sessions>
      ${me && !you.guest ? this.#keys(common) : nothing}
      <io-push .you=${you} .say=${say}></io-push>
      ${me ? html`<io-language .me=${me} .say=${say}></io-language>` : nothing}
      <io-theme .say=${say}></io-theme>
      ${
        me?.staff?.length && !me.scope
          ? html`<io-staff
              .me=${me}
              .places=${places}
              .say=${say}
              @host=${() => (this.serving = "host")}
              @maintain=${() => (this.serving = "maintain")}
            ></io-staff>`
          : nothing
      }
      <io-own-log .session=${session} .say=${say}></io-own-log>
      <div>
        ${this.sure ? this.#areYouSure() : this.#wayOut()}
        <div role="status">${this.failed ? html`<p class="failed">${say("me_failed")}</p>` : nothing}</div>
      </div>
    </div>`;
  }

  #service() {
    const { say, session } = this;
    const back = () => (this.serving = null);
    if (this.serving === "host") return html`<io-host-page .say=${say} @back=${back}></io-host-page>`;
    return html`<io-maintain-page .session=${session} .state=${session.state} .say=${say} @back=${back}></io-maintain-page>`;
  }

  #contact({ me, session }, places) {
    return html`<io-contact
      .me=${me}
      .scope=${me.scope ? (places.find(({ id }) => id === me.scope)?.name ?? "") : null}
      .say=${this.say}
      @changed=${this.#load}
      @proven=${() => session.start()}
    ></io-contact>`;
  }

  #keys({ me, now }) {
    return html`<io-passkeys .me=${me} .now=${now} .say=${this.say} @changed=${this.#load}></io-passkeys>
      <io-pin .me=${me} .say=${this.say} @changed=${this.#load}></io-pin>`;
  }

  #wayOut() {
    return html`<button class="quiet" @click=${() => (this.sure = true)}>${this.say("me_sign_out")}</button>`;
  }

  #areYouSure() {
    const { say } = this;
    return html`<p>${say("me_sign_out_sure")}</p>
      <div class="sure">
        <button class="strong" @click=${this.#signOut}>${say("me_sign_out_yes")}</button>
        <button class="quiet" @click=${() => (this.sure = false)}>${say("me_stay")}</button>
      </div>`;
  }

  async #load() {
    try {
      this.me = await ask("GET", "me");
    } catch (error) {
      if (!(error instanceof Unreachable || error instanceof Refused)) throw error;
    }
  }

  #signOut() {
    this.dispatchEvent(new CustomEvent("sign-out", { detail: { failed: () => (this.failed = true) } }));
  }
}

customElements.define("io-me-page", MePage);
