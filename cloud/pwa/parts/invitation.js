// A ready link: as a picture for another phone's camera, to be shared, or copied. It is shown once, where it was made.
import { LitElement, css, html, nothing } from "lit";
import { at } from "../format.js";
import { base } from "../styles.js";
import "../more-texts.js";
import { formStyles } from "./form-styles.js";

class Invitation extends LitElement {
  static properties = {
    invitation: { attribute: false }, // {link, qr, expires?}
    words: {}, // what it is for, also the text that goes along when it is shared
    now: { type: Number },
    zone: {},
    say: { attribute: false },
    copied: { state: true },
  };

  static styles = [
    base,
    formStyles,
    css`
      :host {
        display: grid;
        gap: 16px;
      }
      img {
        width: min(240px, 100%);
        margin: 0 auto;
        padding: 12px;
        border-radius: var(--radius-card);
        background: var(--paper);
      }
      .link {
        padding: 12px;
        border: 1px solid var(--line);
        border-radius: var(--radius-button);
        background: var(--bg);
        font-size: var(--small);
        overflow-wrap: anywhere;
        user-select: all;
      }
      .row > * {
        flex: 1;
      }
    `,
  ];

  render() {
    const { invitation, say } = this;
    const { link, qr, expires } = invitation;
    return html`<p class="sub">${this.words}</p>
      <img src=${qr} alt=${say("link_picture")} width="240" height="240" />
      <p class="link">${link}</p>
      <div class="row">
        ${navigator.share ? html`<button class="strong" @click=${this.#share}>${say("link_share")}</button>` : nothing}
        <button class=${navigator.share ? "quiet" : "strong"} @click=${this.#copy}>${say("link_copy")}</button>
      </div>
      <div role="status">${this.copied === undefined ? nothing : this.#told()}</div>
      ${expires ? html`<p class="hint">${say("link_once", { at: at(expires, this.now, say, this.zone) })}</p>` : nothing}`;
  }

  #told() {
    const { say } = this;
    return html`<p class="hint">${say(this.copied ? "link_copied" : "link_not_copied")}</p>`;
  }

  async #share() {
    try {
      await navigator.share({ text: this.words, url: this.invitation.link });
    } catch (error) {
      if (error.name !== "AbortError") this.copied = false; // she changed her mind: nothing to say
    }
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.invitation.link);
      this.copied = true;
    } catch {
      this.copied = false;
    }
  }
}

customElements.define("io-invitation", Invitation);
