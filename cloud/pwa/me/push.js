// What this phone tells her of while the app is closed. The browser asks its question only once she has chosen something.
import { LitElement, css, html, nothing } from "lit";
import { Refused, Unreachable } from "../api.js";
import { Doing } from "../parts/doing.js";
import { formStyles } from "../parts/form-styles.js";
import { hindered, leave, pushed, take } from "../push.js";
import { base } from "../styles.js";
import { partStyles } from "./part-styles.js";

class Push extends LitElement {
  static properties = {
    you: { attribute: false },
    say: { attribute: false },
    wants: { state: true }, // null: not known yet
    why: { state: true }, // it is not told, as push.js says
    done: { state: true },
  };

  static styles = [
    base,
    formStyles,
    partStyles,
    css`
      label.item {
        justify-content: flex-start;
        cursor: pointer;
      }
      .list > p {
        padding: 12px 16px;
      }
      .sub {
        margin-top: 8px;
      }
    `,
  ];

  constructor() {
    super();
    this.doing = new Doing(this);
    this.wants = null;
  }

  connectedCallback() {
    super.connectedCallback();
    this.why = hindered();
    this.#load();
  }

  render() {
    const { say, why } = this;
    const settled = why === "install" || why === "none" || why === "denied";
    return html`<h2 id="push">${say("push")}</h2>
      ${settled ? html`<div class="list"><p>${say(`push_${why}`)}</p></div>` : this.#kinds()}
      ${this.#outcome()}`;
  }

  #kinds() {
    const { say, wants } = this;
    const { invites = [], manages = [] } = this.you;
    const kinds = [invites.length ? "guest_came" : null, "access_changed", "left_open", manages.length ? "alarms" : null];
    return html`<div role="group" aria-labelledby="push">
        <ul class="list">
          ${kinds.filter(Boolean).map(
            (kind) => html`<li>
              <label class="item">
                <input
                  type="checkbox"
                  name=${kind}
                  .checked=${wants?.includes(kind) ?? false}
                  aria-disabled=${wants === null || this.doing.busy ? "true" : "false"}
                  @click=${(event) => this.#choose(event, kind)}
                /><span>${say(`push_${kind}`)}</span>
              </label>
            </li>`,
          )}
        </ul>
      </div>
      <p class="sub">${say("push_detail")}</p>`;
  }

  #outcome() {
    const { say, why, done, doing } = this;
    const asked = why === "asked" || why === "failed" ? say(`push_${why}`) : null;
    const problem = doing.failed ? doing.words(say) : asked;
    return html`<div role="status" class="told">
      ${problem ? html`<p class="failed">${problem}</p>` : nothing}
      ${!problem && done ? html`<p class="done">${say(done)}</p>` : nothing}
    </div>`;
  }

  async #load() {
    try {
      this.wants = (await pushed()) ?? [];
    } catch (error) {
      if (!(error instanceof Unreachable || error instanceof Refused || error instanceof DOMException)) throw error;
      this.wants = []; // whatever is chosen now is what counts
    }
  }

  // A box changes when it is done, not when it is touched.
  async #choose(event, kind) {
    event.preventDefault();
    if (this.wants === null || this.doing.busy) return;
    this.done = null;
    const wants = this.wants.includes(kind) ? this.wants.filter((one) => one !== kind) : [...this.wants, kind];
    const what = wants.length ? () => take(wants) : leave;
    const why = await this.doing.run(what);
    if (why === undefined) return;
    this.why = why;
    if (why) return;
    this.wants = wants;
    this.done = wants.length ? "push_on" : "push_off";
  }
}

customElements.define("io-push", Push);
