// The screens in front of the doors that need no answer: signed out, connecting, cannot be reached, no doors yet.
import { LitElement, html } from "lit";
import { gate } from "./gate-styles.js";
import { mark } from "./icons.js";
import { base } from "./styles.js";

class Gate extends LitElement {
  static properties = { heading: {}, detail: {} };

  static styles = [base, gate];

  render() {
    return html`<main>
      ${mark(64)}
      <div role="status">
        <h1>${this.heading}</h1>
        <p class="detail">${this.detail}</p>
      </div>
    </main>`;
  }
}

customElements.define("io-gate", Gate);
