// Her first minute: whoever added her chose a language, and her phone speaks another one. Asked once, in the phone's
// words; nothing changes unless she says so, and the page changes when the cloud has pushed it.
import { LitElement, css, html, nothing } from "lit";
import { ask } from "./api.js";
import "./more-texts.js";
import { Doing } from "./parts/doing.js";
import { formStyles } from "./parts/form-styles.js";
import { base } from "./styles.js";
import { isReady, speaker, want } from "./texts.js";

class LanguageNote extends LitElement {
  static properties = { language: {}, away: { state: true } };

  static styles = [
    base,
    formStyles,
    css`
      section {
        display: grid;
        gap: 8px;
        max-width: 560px;
        margin: 0 auto 12px;
        padding: 12px 16px;
        border: 1px solid var(--line);
        border-radius: var(--radius-card);
        background: var(--surface);
        font-size: var(--text);
      }
      :host {
        display: block;
        padding: 0 16px;
      }
      h2 {
        font-weight: 600;
      }
    `,
  ];

  constructor() {
    super();
    this.doing = new Doing(this);
  }

  render() {
    const { language } = this;
    if (this.away) return nothing;
    if (!isReady(language)) {
      want(language).then(() => this.requestUpdate());
      return nothing;
    }
    const say = speaker(language);
    return html`<section lang=${language} aria-labelledby="title">
      <h2 id="title">${say("language_offer")}</h2>
      <div class="row">
        <button class="strong" @click=${this.#take}>${say("language_take")}</button>
        <button class="quiet" @click=${() => (this.away = true)}>${say("language_leave")}</button>
      </div>
      ${this.doing.told(say)}
    </section>`;
  }

  #take() {
    this.doing.run(() => ask("PATCH", "me", { language: this.language }));
  }
}

customElements.define("io-language-note", LanguageNote);
