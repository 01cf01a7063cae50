// Who is signed in here, on which other phones, and the way out. The list of sessions is asked for, not pushed.
import { LitElement, css, html, nothing } from "lit";
import { Unreachable, endSession, sessions } from "./api.js";
import { at } from "./format.js";
import { base } from "./styles.js";

class MePage extends LitElement {
  static properties = {
    you: { attribute: false },
    now: { type: Number },
    say: { attribute: false },
    list: { state: true }, // null: being asked for; false: could not be had
    sure: { state: true },
    failed: { state: true },
  };

  static styles = [
    base,
    css`
      :host {
        display: block;
        max-width: 592px;
        margin: 0 auto;
        padding: 4px 16px 24px;
      }
      h1 {
        padding: 12px 0 24px;
        font-size: var(--large);
        font-weight: 600;
        line-height: 1.2;
        overflow-wrap: anywhere;
      }
      h2 {
        margin: 0 0 8px;
        color: var(--ink-2);
        font-size: var(--text);
        font-weight: 500;
      }
      ul {
        margin-bottom: 24px;
        border: 1px solid var(--line);
        border-radius: var(--radius-card);
        background: var(--surface);
      }
      li {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: 12px;
        min-height: 60px;
        padding: 8px 16px;
      }
      li + li {
        border-top: 1px solid var(--line);
      }
      .device {
        overflow-wrap: anywhere;
      }
      .used {
        color: var(--ink-2);
        font-size: var(--text);
      }
      .plain {
        margin-bottom: 24px;
        color: var(--ink-2);
        font-size: var(--text);
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
    this.list = null;
  }

  connectedCallback() {
    super.connectedCallback();
    this.#load();
  }

  render() {
    const { say } = this;
    return html`<h1>${this.you.name}</h1>
      <h2>${say("me_sessions")}</h2>
      ${
        this.list
          ? html`<ul>
              ${this.list.map((session) => this.#session(session))}
            </ul>`
          : nothing
      }
      ${this.list === false ? html`<p class="plain">${say("me_unavailable")}</p>` : nothing}
      ${this.sure ? this.#areYouSure() : this.#wayOut()}
      <div role="status">${this.failed ? html`<p class="failed">${say("me_failed")}</p>` : nothing}</div>`;
  }

  #session({ id, device, used, current }) {
    const { say } = this;
    const name = device || say("me_unnamed");
    const end = html`<button
      class="quiet"
      aria-label=${say("me_end_of", { device: name })}
      @click=${() => this.#end(id)}
    >
      ${say("me_end")}
    </button>`;
    return html`<li>
      <div>
        <p class="device">${name}</p>
        <p class="used">${current ? say("me_this_device") : say("me_used", { at: at(used, this.now, say) })}</p>
      </div>
      ${current ? nothing : end}
    </li>`;
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
    await this.#reach(
      async () => (this.list = (await sessions()) ?? false),
      () => (this.list = false),
    );
  }

  async #end(id) {
    await this.#reach(async () => {
      await endSession(id);
      await this.#load();
    });
  }

  #signOut() {
    this.dispatchEvent(new CustomEvent("sign-out", { detail: { failed: () => (this.failed = true) } }));
  }

  async #reach(what, otherwise = () => (this.failed = true)) {
    try {
      this.failed = false;
      await what();
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      otherwise();
    }
  }
}

customElements.define("io-me-page", MePage);
