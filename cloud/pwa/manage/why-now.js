// Why somebody can or cannot open each door now: asked of the cloud when her page is opened, and again whenever something of
// the place has changed; and the way to the same question about another time.
import { LitElement, html, nothing } from "lit";
import { Refused, Unreachable, ask, placePath } from "../api.js";
import { formStyles } from "../parts/form-styles.js";
import "../rule-texts.js";
import { base } from "../styles.js";
import { pageStyles } from "./page-styles.js";
import { told, verdict } from "./verdict.js";
import { verdictStyles } from "./verdict-styles.js";

const SHOWN = 6; // doors: of more, those she may not open first, and a way to all

class WhyNow extends LitElement {
  static properties = {
    data: { attribute: false },
    one: { attribute: false },
    now: { type: Number },
    say: { attribute: false },
    answer: { state: true }, // as the cloud gave it; null: not yet
  };

  static styles = [base, formStyles, pageStyles, verdictStyles];

  willUpdate(changed) {
    const turned = this.answer?.answers.some(({ until, next }) => [until, next].some((at) => at && at <= this.now));
    if (changed.has("data") || (turned && !this.asking)) this.#ask();
  }

  async #ask() {
    const { place } = this.data;
    const asking = ask("GET", `${placePath(place.id, "may")}?${new URLSearchParams({ person: this.one.member.person })}`);
    this.asking = asking;
    try {
      const answer = await asking;
      if (this.asking === asking) this.answer = answer;
    } catch (error) {
      if (!(error instanceof Unreachable || error instanceof Refused)) throw error;
    } finally {
      if (this.asking === asking) this.asking = null;
    }
  }

  render() {
    const { answer, data, now, one, say } = this;
    if (!answer || !data.doors.length) return nothing;
    const names = new Map(data.doors.map(({ door }) => [door.id, door.name]));
    const shown = answer.answers.toSorted((a, b) => a.allowed - b.allowed).slice(0, SHOWN);
    return html`<div class="head">
        <h3>${say("why_now")}</h3>
        <button class="quiet" @click=${() => this.#go()}>${say("why_when")}</button>
      </div>
      <ul class="list">
        ${shown.map((each) => told(html`<b>${names.get(each.door) ?? ""}</b>`, verdict(each, data, say, now)))}
      </ul>
      ${answer.answers.length > SHOWN ? html`<p class="plain">${say("why_more", { count: answer.answers.length - SHOWN, name: one.member.name })}</p>` : nothing}`;
  }

  #go() {
    const detail = { section: "who", about: { person: this.one.member.person } };
    this.dispatchEvent(new CustomEvent("go", { bubbles: true, composed: true, detail }));
  }
}

customElements.define("io-why-now", WhyNow);
