// The door boxes of a place: how each is connected, what it uses, what is wrong with it and what to do about that. Asked
// for, and asked for again when the link of one of its doors changes or an update has ended; a test that was asked for is waited for.
import { LitElement, html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { updatesAt } from "../alarm-views.js";
import { ask, placePath } from "../api.js";
import "../box-texts.js";
import { pageTime } from "../clock.js";
import { Doing } from "../parts/doing.js";
import { formStyles } from "../parts/form-styles.js";
import { cloudTime } from "../store.js";
import { base } from "../styles.js";
import "./box-card.js";
import { pageStyles } from "./page-styles.js";

const LOOK_AGAIN_MS = 1500; // while a test is under way
const GIVE_UP_MS = 20_000; // a door box has 12 s to answer

class BoxesPage extends LitElement {
  static properties = {
    data: { attribute: false },
    session: { attribute: false },
    state: { attribute: false }, // of the session: another one with every push
    say: { attribute: false },
    boxes: { state: true }, // null: on their way
    tests: { state: true }, // unit -> {asked: ms of the page's clock, before: when its last test was, words: null | key}
  };

  static styles = [base, formStyles, pageStyles];

  constructor() {
    super();
    this.boxes = null;
    this.tests = {};
    this.doing = new Doing(this);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.again);
  }

  // Asked again on a new connection, too: what was pushed meanwhile is not known.
  willUpdate() {
    const { data, session } = this;
    const doors = session.state.doors.filter(({ place }) => place === data.place.id);
    const links = doors.map(({ id, link }) => `${id} ${link}`);
    const seen = [data.place.id, data.doors.length, session.state.link.number, updatesAt(session.state, data), ...links].join();
    if (this.seen === seen) return;
    if (!this.seen?.startsWith(data.place.id)) this.boxes = null;
    this.seen = seen;
    this.#load();
  }

  render() {
    const { boxes, say } = this;
    return html`<h2>${say("manage_boxes")}</h2>
      ${repeat(
        boxes ?? [],
        ({ unit }) => unit,
        (box) => this.#card(box),
      )}
      ${boxes && !boxes.length ? html`<p class="plain">${say("box_none")}</p>` : nothing}
      ${!boxes && this.doing.busy ? html`<p class="plain" role="status">${say("loading")}</p>` : nothing}
      ${this.doing.told(say)}`;
  }

  #card(box) {
    const { data, session, say } = this;
    return html`<io-box-card
      .box=${box}
      .doors=${data.doors.map(({ door }) => door)}
      .now=${cloudTime(session.state, pageTime())}
      .zone=${data.place.zone}
      .path=${this.#path(box.unit)}
      .test=${this.tests[box.unit]?.words ?? null}
      .say=${say}
      @test=${() => this.#test(box)}
      @saved=${() => this.#load()}
    ></io-box-card>`;
  }

  #path(unit) {
    return placePath(this.data.place.id, "boxes", unit);
  }

  // A later question replaces this one; what was known stays on the screen meanwhile.
  async #load() {
    this.number = (this.number ?? 0) + 1;
    const { number } = this;
    this.doing.busy = false;
    const boxes = await this.doing.run(() => ask("GET", placePath(this.data.place.id, "boxes")));
    if (!boxes || number !== this.number) return;
    this.boxes = boxes;
    this.#judgeTests();
  }

  async #test({ unit, test }) {
    if (this.tests[unit]?.words === "box_testing") return;
    this.#note(unit, { asked: pageTime(), before: test?.at ?? 0, words: "box_testing" });
    const done = await this.doing.run(() => ask("POST", `${this.#path(unit)}/test`));
    if (done === undefined) this.#note(unit, { words: null });
    else this.#lookAgain();
  }

  #note(unit, test) {
    this.tests = { ...this.tests, [unit]: test };
  }

  #lookAgain() {
    clearTimeout(this.again);
    if (this.isConnected) this.again = setTimeout(() => this.#load(), LOOK_AGAIN_MS);
  }

  // A test is over when the box has a newer one, or when nobody has told for too long.
  #judgeTests() {
    for (const { unit, test } of this.boxes) {
      const waiting = this.tests[unit];
      if (waiting?.words !== "box_testing") continue;
      if ((test?.at ?? 0) > waiting.before) this.#note(unit, { words: null });
      else if (pageTime() - waiting.asked > GIVE_UP_MS) this.#note(unit, { words: "box_test_unheard" });
      else this.#lookAgain();
    }
  }
}

customElements.define("io-boxes-page", BoxesPage);
