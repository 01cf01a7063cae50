// What needs no more than a yes, in a sheet: what it does in words, whom it lets in and shuts out, and one button. `run`
// does it; its answer is handed on. Fires "done" {answer} and "closed".
import { LitElement, html, nothing } from "lit";
import { Doing } from "../parts/doing.js";
import { commit } from "../parts/fields.js";
import { formStyles } from "../parts/form-styles.js";
import "../parts/sheet.js";
import { base } from "../styles.js";
import "./effect.js";

class SureSheet extends LitElement {
  static properties = {
    data: { attribute: false },
    heading: {},
    words: {}, // may be null
    what: { attribute: false }, // for the preview; null: it lets nobody in or out
    yes: {}, // on the button
    danger: { type: Boolean },
    run: { attribute: false },
    say: { attribute: false },
  };

  static styles = [base, formStyles];

  constructor() {
    super();
    this.doing = new Doing(this);
  }

  render() {
    const { data, danger, heading, say, what, words, yes } = this;
    return html`<io-sheet .heading=${heading} .say=${say} @closed=${() => this.dispatchEvent(new Event("closed"))}>
      <form @submit=${this.#send}>
        ${words ? html`<p>${words}</p>` : nothing}
        ${what ? html`<io-effect .data=${data} .what=${what} .say=${say}></io-effect>` : nothing}
        ${this.doing.told(say)} ${commit(this.doing.busy ? say("saving") : yes, { busy: this.doing.busy, danger })}
      </form>
    </io-sheet>`;
  }

  async #send(event) {
    event.preventDefault();
    const answer = await this.doing.run(this.run);
    if (answer === undefined) return;
    this.dispatchEvent(new CustomEvent("done", { detail: { answer } }));
    this.renderRoot.querySelector("io-sheet")?.close();
  }
}

customElements.define("io-sure-sheet", SureSheet);
