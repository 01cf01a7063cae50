// What a person is told about her last press, and what she can do now. The region is live: a screen reader reads each
// change. It stays in the page, empty, when there is nothing to tell. Fires "again", "ask" (to be let in) and "read".
import { LitElement, css, html, nothing } from "lit";
import { contactLink } from "./contact-link.js";
import { at, since, took } from "./format.js";
import { doorHours } from "./hours.js";
import { heardBy, nextAccess, progress, remedies, sentence, summary } from "./outcome.js";
import { base } from "./styles.js";

const PARTS = { open: "part_opened", hold: "part_opened", release: "part_changed" };
const APPEARED_MS = 600; // a tap this soon was meant for what stood here before

class Told extends LitElement {
  // why: the key of the reason that was asked for by tapping a button that is off
  // asking: nothing | "asked" | "failed"
  // silent: the box is, and nobody has pressed: what to do instead
  static properties = {
    view: { attribute: false },
    say: { attribute: false },
    why: {},
    asking: {},
    silent: { type: Boolean },
  };

  static styles = [
    base,
    css`
      :host {
        display: block;
      }
      div[role="status"] > .text {
        margin-top: 12px;
      }
      .text {
        font-size: var(--text);
        text-wrap: pretty;
      }
      .way {
        margin-top: 4px;
        color: var(--ink-2);
        font-size: var(--text);
      }
      .remedies {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        margin-top: 12px;
      }
      .remedies > .strong,
      .remedies > .quiet {
        flex: 1 1 auto;
        padding: 0 12px;
      }
    `,
  ];

  willUpdate(changed) {
    if (changed.get("view")?.told !== this.view.told) this.appearedAt = performance.now();
  }

  render() {
    const { shown, told } = this.view;
    const key = told ?? (this.why || null);
    const silent = this.silent && !key;
    return html`<div role="status">${silent ? this.#instead() : this.#words(key)}</div>
      ${key && shown !== "going" && shown !== "note" ? this.#remedies(key) : nothing}
      ${silent ? html`<div class="remedies">${this.#contact(this.view.place.help)}</div>` : nothing}`;
  }

  #words(key) {
    const { attempt, door, shown } = this.view;
    const { say } = this;
    if (key)
      return html`<p class="text">${this.#sentence(key)}</p>
        ${this.#asked()} ${this.#otherWay(key)}`;
    if (shown === "going") return html`<p class="hidden">${door.name}: ${say(progress(attempt))}</p>`;
    if (shown !== "good") return nothing;
    const { key: word, ms } = summary(attempt);
    const text = ms === null ? say(word) : say("took", { word: say(word), time: took(ms, say.language) });
    return html`<p class="hidden">${door.name}: ${text}</p>`;
  }

  // Before she has pressed: her key, the other way in, whom to call.
  #instead() {
    const { say } = this;
    const { other_way: way, help } = this.view.place;
    return html`<p class="text">${say(help ? "silent_do" : "silent_do_alone")}</p>
      ${way ? html`<p class="way">${say("another_way", { way })}</p>` : nothing}`;
  }

  #asked() {
    if (!this.asking) return nothing;
    return html`<p class="text">${this.say(this.asking === "asked" ? "asked_to_be_let_in" : "ask_not_possible")}</p>`;
  }

  // Her hours themselves where they can be told, else when they begin again.
  #sentence(key) {
    const { grants, now, place } = this.view;
    const { say } = this;
    if (key === "refused_hours") {
      const hours = doorHours(grants, say, { now, zone: place.zone });
      if (hours && hours !== say("hours_always")) return say("refused_hours_are", { hours });
    }
    return say(key, this.#values());
  }

  #values() {
    const { attempt, door, now, place } = this.view;
    const heard = attempt ? heardBy(attempt, door) : null;
    const next = (attempt && nextAccess(attempt, door)) ?? door.may.next;
    return {
      since: heard ? since(heard, now, this.say, place.zone) : "",
      opened: this.say(PARTS[this.#action] ?? "part_moved"),
      at: next ? at(next, now, this.say, place.zone) : "",
    };
  }

  get #action() {
    return (this.view.attempt ?? this.view.door).action;
  }

  #otherWay(key) {
    const way = this.view.place.other_way;
    const locked = remedies(key).includes("help"); // who was refused is not led around the rule
    return way && locked ? html`<p class="way">${this.say("another_way", { way })}</p>` : nothing;
  }

  #remedies(key) {
    const { place, button, shown } = this.view;
    const { say } = this;
    const offered = remedies(key);
    const nothingElse = offered[0] === "help"; // then calling is what to do now
    const again = offered.includes("press") ? "press_again" : "try_again";
    // Not the opposite, if the door has moved since.
    const sameAgain = button.mode === "ready" && button.action === this.#action;
    const mayPress = sameAgain && (offered.includes("again") || offered.includes("press"));
    return html`<div class="remedies">
      ${mayPress ? html`<button class="strong" @click=${() => this.#fire("again")}>${say(again)}</button>` : nothing}
      ${offered.includes("help") ? this.#contact(place.help, nothingElse) : nothing}
      ${
        offered.includes("ask") && this.asking !== "asked"
          ? html`<button class="strong" @click=${() => this.#fire("ask")}>${say("ask_to_be_let_in")}</button>`
          : nothing
      }
      ${offered.includes("ask") && this.asking === "failed" ? this.#contact(place.help) : nothing}
      <button class="quiet" @click=${() => this.#fire("read")}>
        ${say(shown === "unsure" ? "i_have_looked" : "got_it")}
      </button>
    </div>`;
  }

  // A telephone number is called, an address is written to; anything else is read out as it stands.
  #contact(help, first = false) {
    if (!help) return nothing;
    const { contact, name } = help;
    const link = contactLink(contact);
    if (!link) return html`<p class="text">${name}: ${contact}</p>`;
    const call = link.startsWith("tel:") ? "call_for_help" : "ask_for_help";
    return html`<a class=${first ? "strong" : "quiet"} href=${link} title=${name}>${this.say(call)}</a>`;
  }

  #fire(name) {
    if (performance.now() - this.appearedAt < APPEARED_MS) return;
    this.dispatchEvent(new Event(name));
  }
}

customElements.define("io-told", Told);
