// Light or dark on this phone. Nobody but this phone is told.
import { LitElement, html } from "lit";
import { choice } from "../parts/fields.js";
import { formStyles } from "../parts/form-styles.js";
import { base } from "../styles.js";
import { THEMES, chooseTheme, chosenTheme } from "../theme.js";

class Theme extends LitElement {
  static properties = { say: { attribute: false } };

  static styles = [base, formStyles];

  render() {
    const { say } = this;
    return html`${choice(
      "theme",
      say("me_theme"),
      THEMES.map((theme) => [theme, say(`me_theme_${theme}`)]),
      { value: chosenTheme(), change: ({ target }) => chooseTheme(target.value) },
    )}`;
  }
}

customElements.define("io-theme", Theme);
