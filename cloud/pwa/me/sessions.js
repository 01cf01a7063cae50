// Where she is signed in: each can be ended, or all but this one. Asked for, not pushed.
import { LitElement, html, nothing } from "lit";
import { Unreachable, ask, endSession, sessions } from "../api.js";
import { at } from "../format.js";
import { Doing } from "../parts/doing.js";
import { formStyles } from "../parts/form-styles.js";
import { base } from "../styles.js";
import { partStyles } from "./part-styles.js";

class Sessions extends LitElement {
  static properties = {
    now: { type: Number },
    say: { attribute: false },
    list: { state: true }, // null: being asked for; false: could not be had
  };

  static styles = [base, formStyles, partStyles];

  constructor() {
    super();
    this.list = null;
    this.doing = new Doing(this);
  }

  connectedCallback() {
    super.connectedCallback();
    this.#load();
  }

  render() {
    const { say } = this;
    return html`<h2>${say("me_sessions")}</h2>
      ${
        this.list
          ? html`<ul class="list">
              ${this.list.map((session) => this.#session(session))}
            </ul>`
          : nothing
      }
      ${this.list === false ? html`<p class="plain">${say("me_unavailable")}</p>` : nothing}
      ${
        this.list && this.list.length > 2
          ? html`<button class="quiet" @click=${() => this.#end(() => ask("DELETE", "sessions"))}>
              ${say("me_end_others")}
            </button>`
          : nothing
      }
      ${this.doing.told(say)}`;
  }

  #session({ id, device, used, current }) {
    const { say } = this;
    const name = device || say("me_unnamed");
    const end = html`<button
      class="quiet"
      aria-label=${say("me_end_of", { device: name })}
      @click=${() => this.#end(() => endSession(id))}
    >
      ${say("me_end")}
    </button>`;
    return html`<li class="item">
      <div>
        <p class="device">${name}</p>
        <p class="sub">${current ? say("me_this_device") : say("me_used", { at: at(used, this.now, say) })}</p>
      </div>
      ${current ? nothing : end}
    </li>`;
  }

  async #load() {
    try {
      this.list = (await sessions()) ?? false;
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      this.list = false;
    }
  }

  async #end(what) {
    if ((await this.doing.run(what)) !== undefined) await this.#load();
  }
}

customElements.define("io-sessions", Sessions);
