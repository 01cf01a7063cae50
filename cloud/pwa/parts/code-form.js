// A number or address, proven by the code that is sent to it. Fires "proven". Which calls it makes is said by who shows it.
import { LitElement, css, html } from "lit";
import "../more-texts.js";
import { base } from "../styles.js";
import { Doing } from "./doing.js";
import { commit, field, sent } from "./fields.js";
import { formStyles } from "./form-styles.js";

class CodeForm extends LitElement {
  static properties = {
    ask: { attribute: false }, // (contact) => {ticket}
    check: { attribute: false }, // ({ticket, code}) => null
    label: {},
    say: { attribute: false },
    ticket: { state: true },
    contact: { state: true },
  };

  static styles = [
    base,
    formStyles,
    css`
      .code {
        font-size: var(--title);
        letter-spacing: 0.3em;
        text-align: center;
      }
    `,
  ];

  constructor() {
    super();
    this.doing = new Doing(this);
  }

  updated(changed) {
    if (changed.has("ticket") && this.ticket) this.renderRoot.querySelector("input").focus();
  }

  render() {
    return this.ticket ? this.#codeAsked() : this.#contactAsked();
  }

  #contactAsked() {
    const { say } = this;
    return html`<form @submit=${sent(({ contact }) => this.#ask(contact))}>
      ${field("contact", this.label ?? say("code_contact"), {
        value: this.contact,
        required: true,
        autocomplete: "username",
        hint: say("code_contact_hint"),
        maxlength: 320,
      })}
      ${this.doing.told(say)} ${commit(say(this.doing.busy ? "code_sending" : "code_send"), this.doing)}
    </form>`;
  }

  #codeAsked() {
    const { say } = this;
    return html`<form @submit=${sent(({ code }) => this.#check(code))}>
      <p class="sub">${say("code_sent", { contact: this.contact })}</p>
      ${field("code", say("code_code"), {
        required: true,
        autocomplete: "one-time-code",
        inputmode: "numeric",
        pattern: "[0-9 ]{6,7}",
        maxlength: 7,
        input: ({ target }) => this.#typed(target),
      })}
      ${this.doing.told(say)} ${commit(say(this.doing.busy ? "code_checking" : "code_check"), this.doing)}
      <button class="quiet" type="button" @click=${this.#again}>${say("code_again")}</button>
    </form>`;
  }

  // The sixth digit is as good as the button.
  #typed(input) {
    if (/^\d{6}$/.test(input.value.replace(/\s/g, ""))) input.form.requestSubmit();
  }

  async #ask(contact) {
    const answer = await this.doing.run(() => this.ask(contact));
    if (answer === undefined) return;
    this.contact = contact;
    this.ticket = answer.ticket;
  }

  async #check(code) {
    const answer = await this.doing.run(() => this.check({ ticket: this.ticket, code: code.replace(/\s/g, "") }));
    if (answer !== undefined) this.dispatchEvent(new Event("proven"));
    else this.renderRoot.querySelector("input")?.select();
  }

  #again() {
    this.ticket = null;
    this.doing.clear();
  }
}

customElements.define("io-code-form", CodeForm);
