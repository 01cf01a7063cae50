// One door: its name, how it stands, the button, and what became of the last press. Fires "press" {door, action}, "hold"
// {door} (an end is to be chosen), "ask" {door, told} (to be let in) and "read" {key}. Everything shown comes from its view
// (view.js).
import { LitElement, html, nothing } from "lit";
import { cardStyles } from "./door-card-styles.js";
import "./door-state.js";
import { moment, span } from "./format.js";
import "./hold-note.js";
import { sign } from "./icons.js";
import "./open-button.js";
import { sentence } from "./outcome.js";
import "./receipt.js";
import { attemptKey } from "./store.js";
import { base } from "./styles.js";
import "./told.js";

class DoorCard extends LitElement {
  static properties = {
    view: { attribute: false },
    say: { attribute: false },
    look: { reflect: true }, // card | solo (the only door) | row (one of many)
    unfolded: { state: true },
    asked: { state: true }, // she tapped a button that is off: say why
    asking: { state: true }, // to be let in: "asked" | "failed"
  };

  static styles = [base, cardStyles];

  willUpdate(changed) {
    if (!changed.has("view")) return;
    const before = changed.get("view");
    if (before?.button.mode !== this.view.button.mode || before?.button.key !== this.view.button.key)
      this.asked = this.asking = false;
    if (before?.attempt?.press_id !== this.view.attempt?.press_id) this.unfolded = undefined;
  }

  render() {
    const { door, live, attempt, shown, told, hold, pending } = this.view;
    const failed = shown === "bad" || shown === "unsure";
    const unfolded = failed || (this.unfolded ?? (shown === "going" && this.look === "solo"));
    const open = attempt && unfolded;
    const silent = live && door.link !== "online" && !shown; // said before anybody drives home
    const silentTold = silent && (this.look === "solo" || unfolded) && !this.#why();
    const slip = open || told || this.asked || silentTold;
    const foldable = !failed && (attempt || ((silent || hold.mayBegin) && this.look !== "solo"));
    return html`<article class="${live ? "" : "past"} ${foldable ? "detailed" : ""}" aria-labelledby="name">
      <div class="head">
        <div class="what">
          <h2 id="name">${door.name}</h2>
          <io-door-state .view=${this.view} .say=${this.say} ?large=${this.look === "solo"}></io-door-state>
          ${pending ? html`<p class="note">${this.say("pending")}</p>` : nothing}
        </div>
        ${foldable ? this.#details(unfolded) : nothing}
        <div class="press">${this.#button()}</div>
      </div>
      <div class="after">
        ${this.#faults()}
        <io-hold-note
          .view=${this.view}
          .say=${this.say}
          ?offered=${this.look === "solo" || unfolded}
          @hold=${this.#hold}
          @release=${() => this.#press("release")}
        ></io-hold-note>
        <div class=${slip ? "slip" : ""}>
          <io-told
            .view=${this.view}
            .say=${this.say}
            why=${this.#why() ?? ""}
            ?silent=${silentTold}
            asking=${this.asking || ""}
            @again=${() => this.#press(door.action)}
            @ask=${this.#ask}
            @read=${this.#read}
          ></io-told>
          ${open ? html`<io-receipt .attempt=${attempt} .door=${door} .say=${this.say}></io-receipt>` : nothing}
          ${failed ? this.#code() : nothing}
        </div>
      </div>
    </article>`;
  }

  // A sentence that came below the edge of the screen is brought into sight.
  async updated(changed) {
    const before = changed.get("view");
    if (!before || !this.view.told || before.told === this.view.told) return;
    const told = this.renderRoot.querySelector("io-told");
    await told.updateComplete;
    told.scrollIntoView({ block: "nearest" });
  }

  // What she asked to be told by a tap: why the button is off, or how that last press ended.
  #why() {
    const { attempt, button, door, shown } = this.view;
    if (this.asked) return button.why;
    return attempt && this.unfolded && !shown ? sentence(attempt, door) : null;
  }

  // Of an attempt its receipt, and what else can be asked of the door by who may.
  #details(open) {
    const { attempt, door } = this.view;
    return html`<button
      class="details"
      aria-expanded=${open ? "true" : "false"}
      aria-label=${this.say(attempt ? "receipt_of" : "more_of", { door: door.name })}
      @click=${() => (this.unfolded = !open)}
    >
      ${sign("down")}
    </button>`;
  }

  #button() {
    const { button, door } = this.view;
    return html`<io-open-button
      .label=${this.#label()}
      .door=${door.name}
      .action=${button.action}
      mode=${button.mode}
      ?doubtful=${button.doubtful}
      .filled=${button.filled}
      .of=${button.of}
      @press=${() => this.#press(button.action)}
      @why=${() => (this.asked = !this.asked)}
    ></io-open-button>`;
  }

  #label() {
    const { button, now, place } = this.view;
    const next = button.next ? { span: span(button.next - now), at: moment(button.next, now, this.say, place.zone) } : {};
    return this.say(button.key, next);
  }


  #faults() {
    return this.view.door.faults.map((fault) => html`<p class="fault">${this.say(`fault_${fault}`)}</p>`);
  }

  #code() {
    const { state, reason, movement, id, press_id } = this.view.attempt;
    const code = [state, reason, movement, id ?? press_id].filter(Boolean).join(" · ");
    return html`<p class="code">${this.say("receipt_details")}: ${code}</p>`;
  }

  #press(action) {
    this.dispatchEvent(new CustomEvent("press", { detail: { door: this.view.door.id, action } }));
  }

  #hold() {
    this.unfolded = undefined;
    this.dispatchEvent(new CustomEvent("hold", { detail: { door: this.view.door.id } }));
  }

  #ask() {
    const told = (asking) => (this.asking = asking);
    this.dispatchEvent(new CustomEvent("ask", { detail: { door: this.view.door.id, told } }));
  }

  #read() {
    const { attempt, shown } = this.view;
    this.renderRoot.querySelector("io-open-button").focus(); // what had the focus goes
    this.asked = this.asking = false;
    this.unfolded = undefined;
    if (shown) this.dispatchEvent(new CustomEvent("read", { detail: { key: attemptKey(attempt) } }));
  }
}

customElements.define("io-door-card", DoorCard);
