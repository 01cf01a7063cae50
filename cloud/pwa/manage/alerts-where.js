// Where the alarms of a place go besides the app. The addresses hold secrets: they are written here, all of them at once,
// and never shown again.
import { LitElement, css, html, nothing } from "lit";
import { ask, placePath } from "../api.js";
import "../glance-texts.js";
import { Doing } from "../parts/doing.js";
import { area, commit, sent } from "../parts/fields.js";
import { formStyles } from "../parts/form-styles.js";
import "../parts/sheet.js";
import { base } from "../styles.js";
import { roleOf } from "./names.js";

class AlertsWhere extends LitElement {
  static properties = {
    data: { attribute: false },
    session: { attribute: false },
    say: { attribute: false },
    alerts: { state: true }, // {count, kinds, former_owner}; null: on their way
    changing: { state: true },
    tried: { state: true }, // how the test went: [{kind, delivered}]
  };

  static styles = [
    base,
    formStyles,
    css`
      :host {
        display: grid;
        gap: 12px;
        justify-items: start;
      }
      h3 {
        margin: 0;
        font-size: var(--body);
        font-weight: 600;
      }
      [role="status"] {
        display: grid;
        gap: 8px;
      }
      textarea {
        font-family: ui-monospace, monospace;
        font-size: var(--text);
      }
    `,
  ];

  constructor() {
    super();
    this.alerts = null;
    this.tried = [];
    this.doing = new Doing(this);
  }

  connectedCallback() {
    super.connectedCallback();
    this.updateComplete.then(() => this.#load());
  }

  render() {
    const { alerts, say, tried } = this;
    const owner = this.#isOwner;
    const to = alerts && say("alerts_to", { n: alerts.count, kinds: alerts.kinds.join(", ") });
    return html`<h3>${say("alerts_where")}</h3>
      <p class="plain">${say("alerts_on_phones")}</p>
      ${alerts ? html`<p>${alerts.count ? to : say("alerts_none")}</p>` : nothing}
      ${alerts?.former_owner ? html`<p class="warned">${say("alerts_former")}</p>` : nothing}
      ${
        owner
          ? html`<div class="row">
              <button class="quiet" @click=${() => this.#change(true)}>${say("alerts_set")}</button>
              ${
                alerts?.count
                  ? html`<button
                      class="quiet"
                      aria-disabled=${this.doing.busy ? "true" : "false"}
                      @click=${() => this.#try()}
                    >
                      ${say("alerts_try")}
                    </button>`
                  : nothing
              }
            </div>`
          : html`<p class="hint">${say("alerts_owner")}</p>`
      }
      <div role="status">
        ${tried.map(
          ({ kind, delivered }) =>
            html`<p class=${delivered ? "done" : "failed"}>
              ${say(delivered ? "alerts_delivered" : "alerts_failed", { kind })}
            </p>`,
        )}
      </div>
      ${this.changing ? this.#sheet() : this.doing.told(say)}`;
  }

  #sheet() {
    const { say } = this;
    return html`<io-sheet .heading=${say("alerts_where")} .say=${say} @closed=${() => this.#change(false)}>
      <form @submit=${sent(({ urls }) => this.#setUrls(urls ?? ""))}>
        ${area("urls", say("alerts_urls"), { hint: say("alerts_urls_hint") })} ${this.doing.told(say)}
        ${commit(say(this.doing.busy ? "saving" : "save"), this.doing)}
        ${
          this.alerts?.count
            ? html`<button class="quiet" type="button" @click=${() => this.#setUrls("")}>
                ${say("alerts_clear")}
              </button>`
            : nothing
        }
      </form>
    </io-sheet>`;
  }

  get #isOwner() {
    return roleOf(this.data, this.session.state.you.id) === "owner";
  }

  #path(...rest) {
    return placePath(this.data.place.id, "alerts", ...rest);
  }

  async #load() {
    const alerts = await this.doing.run(() => ask("GET", this.#path()));
    if (alerts) this.alerts = alerts;
  }

  #change(changing) {
    this.doing.clear();
    this.tried = [];
    this.changing = changing;
  }

  async #setUrls(text) {
    const urls = text.split(/\s+/).filter(Boolean);
    const done = await this.doing.run(() => ask("PUT", this.#path(), { urls }));
    if (done === undefined) return;
    this.changing = false;
    this.#load();
  }

  async #try() {
    this.tried = [];
    const tried = await this.doing.run(() => ask("POST", this.#path("test")));
    if (tried) this.tried = tried;
  }
}

customElements.define("io-alerts-where", AlertsWhere);
