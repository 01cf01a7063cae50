// Releases of the door boxes' program, for maintainers: what is published, how one is sent out, and how that goes. Reached
// from Me; fires "back". What is shown is asked for again when it was pushed that it has changed.
import { LitElement, css, html } from "lit";
import "../box-texts.js";
import { sign } from "../icons.js";
import "../more-texts.js";
import { formStyles } from "../parts/form-styles.js";
import { base } from "../styles.js";
import "./begin.js";
import "./overview.js";
import "./rollout.js";
import "./texts.js";

class MaintainPage extends LitElement {
  static properties = {
    session: { attribute: false },
    state: { attribute: false }, // of the session: another one with every push
    say: { attribute: false },
    view: { state: true }, // null: everything; {rollout: id}; {begin: a release}
  };

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
      .page > * {
        min-width: 0;
      }
    `,
  ];

  constructor() {
    super();
    this.view = null;
  }

  updated(changed) {
    if (changed.has("view")) this.renderRoot.querySelector(".back").focus();
  }

  render() {
    const { say, view } = this;
    return html`<div class="page">
      <button class="back" @click=${this.#back}>${sign("back")} ${say(view ? "updates" : "updates_to_me")}</button>
      ${this.#shown()}
    </div>`;
  }

  #shown() {
    const { say, session, state, view } = this;
    if (view?.rollout)
      return html`<io-rollout .rollout=${view.rollout} .session=${session} .state=${state} .say=${say}></io-rollout>`;
    if (view?.begin)
      return html`<io-rollout-begin
        .release=${view.begin}
        .state=${state}
        .say=${say}
        @begun=${({ detail }) => (this.view = { rollout: detail.id })}
      ></io-rollout-begin>`;
    return html`<io-updates-overview
      .state=${state}
      .say=${say}
      @show=${({ detail }) => (this.view = { rollout: detail.id })}
      @begin=${({ detail }) => (this.view = { begin: detail })}
    ></io-updates-overview>`;
  }

  #back() {
    if (this.view) this.view = null;
    else this.dispatchEvent(new Event("back"));
  }
}

customElements.define("io-maintain-page", MaintainPage);
