// The service, for whoever runs it: how it is, and every door box. Reached from Me; fires "back".
import { LitElement, css, html, nothing } from "lit";
import "../box-texts.js";
import "../glance-texts.js";
import { sign } from "../icons.js";
import { formStyles } from "../parts/form-styles.js";
import { base } from "../styles.js";
import "./health.js";
import "./units.js";

const PARTS = ["health", "units"];

class HostPage extends LitElement {
  static properties = { say: { attribute: false }, part: { state: true } };

  static styles = [
    base,
    formStyles,
    css`
      :host {
        display: block;
      }
      .page {
        display: grid;
        gap: 16px;
        max-width: 920px;
        margin: 0 auto;
        padding: 4px 16px 32px;
      }
      h1 {
        font-size: var(--title);
        font-weight: 600;
      }
      nav {
        display: flex;
        gap: 8px;
      }
      [aria-current] {
        border-color: var(--accent);
        background: var(--soft);
        color: var(--accent);
      }
    `,
  ];

  constructor() {
    super();
    this.part = "health";
  }

  firstUpdated() {
    this.renderRoot.querySelector(".back").focus();
  }

  render() {
    const { part, say } = this;
    return html`<div class="page">
      <button class="back" @click=${() => this.dispatchEvent(new Event("back"))}>${sign("back")} ${say("host_back")}</button>
      <h1>${say("host")}</h1>
      <nav aria-label=${say("host")}>
        ${PARTS.map(
          (name) =>
            html`<button
              class="quiet"
              aria-current=${name === part ? "page" : nothing}
              @click=${() => (this.part = name)}
            >
              ${say(`host_${name}`)}
            </button>`,
        )}
      </nav>
      ${part === "health" ? html`<io-host-health .say=${say}></io-host-health>` : html`<io-host-units .say=${say}></io-host-units>`}
    </div>`;
  }
}

customElements.define("io-host-page", HostPage);
