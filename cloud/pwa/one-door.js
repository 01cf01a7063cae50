// One door alone in the middle, as a shortcut on the phone's home screen or a notification leads to it. It shows; only a
// finger opens. Fires what its card fires, and "all" to see the others.
import { LitElement, css, html } from "lit";
import "./door-card.js";
import { base } from "./styles.js";
import { cardView } from "./view.js";

class OneDoor extends LitElement {
  static properties = {
    state: { attribute: false },
    t: { type: Number },
    door: { attribute: false },
    say: { attribute: false },
  };

  static styles = [
    base,
    css`
      :host {
        display: grid;
        grid-template: minmax(0, 1fr) auto / minmax(0, 440px);
        justify-content: center;
        padding: 4px 16px 12px;
        overflow: hidden auto;
      }
      .quiet {
        justify-self: center;
      }
    `,
  ];

  render() {
    return html`<io-door-card
        look="solo"
        .say=${this.say}
        .view=${cardView(this.state, this.door, this.t)}
        @press=${this.#pass}
        @hold=${this.#pass}
        @ask=${this.#pass}
        @read=${this.#pass}
      ></io-door-card>
      <button class="quiet" @click=${() => this.dispatchEvent(new Event("all"))}>${this.say("all_doors")}</button>`;
  }

  #pass(event) {
    this.dispatchEvent(new CustomEvent(event.type, { detail: event.detail }));
  }
}

customElements.define("io-one-door", OneDoor);
