// The language she is spoken to in: here, and in what is sent to her. The page changes when the cloud has pushed it.
import { LitElement, html } from "lit";
import { ask } from "../api.js";
import { Doing } from "../parts/doing.js";
import { choice } from "../parts/fields.js";
import { formStyles } from "../parts/form-styles.js";
import { base } from "../styles.js";

const LANGUAGES = [
  ["en", "English"],
  ["es", "Español"],
  ["ca", "Català"],
];

class Language extends LitElement {
  static properties = { me: { attribute: false }, say: { attribute: false } };

  static styles = [base, formStyles];

  constructor() {
    super();
    this.doing = new Doing(this);
  }

  render() {
    const { me, say } = this;
    return html`${choice("language", say("me_language"), LANGUAGES, {
      value: me.language,
      change: ({ target }) => this.doing.run(() => ask("PATCH", "me", { language: target.value })),
    })}
    ${this.doing.told(say)}`;
  }
}

customElements.define("io-language", Language);
