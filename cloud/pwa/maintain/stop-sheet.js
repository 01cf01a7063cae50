// Before a roll-out is ended, or goes on although it has stopped itself: what that does, in words. Fires "yes" and "closed".
import { LitElement, html } from "lit";
import { commit } from "../parts/fields.js";
import { formStyles } from "../parts/form-styles.js";
import "../parts/sheet.js";
import { base } from "../styles.js";
import { boxes } from "./words.js";

const HAVE = ["soaking", "good"];
const AT_IT = ["offered", "loading", "written", "trial"];
const WITHOUT = ["waiting", "failed"];

class StopSheet extends LitElement {
  static properties = {
    verb: {}, // "abort" | "resume"
    found: { attribute: false }, // the roll-out
    doing: { attribute: false },
    busy: { type: Boolean },
    failed: { attribute: false },
    say: { attribute: false },
  };

  static styles = [base, formStyles];

  render() {
    const { busy, doing, found, say, verb } = this;
    const danger = verb === "abort";
    return html`<io-sheet
      .heading=${say(`updates_${verb}_of`, found)}
      .say=${say}
      @closed=${() => this.dispatchEvent(new Event("closed"))}
    >
      <form @submit=${this.#yes}>
        <ul class="stack">
          ${this.#words().map((words) => html`<li>${words}</li>`)}
        </ul>
        ${doing.told(say)} ${commit(say(busy ? "saving" : `updates_${verb}`), { busy, danger })}
      </form>
    </io-sheet>`;
  }

  #words() {
    const { found, say, verb } = this;
    if (verb === "resume") return [say("updates_resume_sure", { n: found.failures })];
    const count = (states) => states.reduce((sum, state) => sum + (found.units[state] ?? 0), 0);
    const told = (key, states) => (count(states) ? say(key, { boxes: boxes(count(states), say) }) : null);
    return [
      told("updates_abort_have", HAVE),
      told("updates_abort_going", AT_IT),
      told("updates_abort_waiting", WITHOUT),
      say("updates_abort_again"),
    ].filter(Boolean);
  }

  #yes(event) {
    event.preventDefault();
    this.dispatchEvent(new Event("yes"));
  }
}

customElements.define("io-stop-sheet", StopSheet);
