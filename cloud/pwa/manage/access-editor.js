// One access in a sheet: edited, and before it is saved the cloud says whom it would let in and whom it would shut out.
// When somebody else was faster, the form begins again with the values as they are now. Fires "closed".
import { LitElement, html, nothing } from "lit";
import { Refused, Unreachable, ask, placePath } from "../api.js";
import { pageTime } from "../clock.js";
import "../parts/access-form.js";
import { always } from "../parts/access.js";
import { Doing } from "../parts/doing.js";
import { check, commit, field } from "../parts/fields.js";
import { formStyles } from "../parts/form-styles.js";
import "../parts/sheet.js";
import { cloudTime } from "../store.js";
import { base } from "../styles.js";
import { namesOf } from "./names.js";
import { pageStyles } from "./page-styles.js";

const STILL_MS = 400; // after the last touch, the effect is looked at
const NAMED = 3; // people named in the effect; of more, how many

class AccessEditor extends LitElement {
  static properties = {
    data: { attribute: false },
    grant: { attribute: false }, // null: a new one
    holder: { attribute: false },
    name: {},
    session: { attribute: false },
    state: { attribute: false }, // of the session: another one with every push
    say: { attribute: false },
    from: { state: true }, // what the form began with
    effect: { state: true },
    ending: { state: true },
  };

  static styles = [base, formStyles, pageStyles];

  constructor() {
    super();
    this.doing = new Doing(this);
  }

  connectedCallback() {
    super.connectedCallback();
    this.#begin(this.grant);
    this.#look();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.waiting);
  }

  #begin(grant) {
    this.from = grant ?? always;
    this.suspended = grant?.suspended ?? false;
    this.note = grant?.note ?? "";
    this.version = grant?.version;
  }

  render() {
    const { data, grant, name, say, session } = this;
    const heading = say(grant ? "access_of" : "access_new_of", { name });
    return html`<io-sheet .heading=${heading} .say=${say} @closed=${() => this.dispatchEvent(new Event("closed"))}>
      <form @submit=${this.#save}>
        <io-access-form
          .access=${this.from}
          .doors=${data.doors.map(({ door }) => door)}
          .zone=${data.place.zone}
          .now=${cloudTime(session.state, pageTime())}
          ?holidays=${data.holidays}
          .say=${say}
          @edited=${this.#lookSoon}
        ></io-access-form>
        ${field("note", say("access_note"), {
          value: this.note,
          maxlength: 200,
          input: ({ target }) => (this.note = target.value),
        })}
        ${
          grant
            ? check("suspended", say("access_suspended"), { checked: this.suspended, change: (e) => this.#suspend(e) })
            : nothing
        }
        ${this.#effect()} ${this.doing.told(say)}
        <div class="row">
          ${commit(say(this.doing.busy ? "saving" : grant ? "save" : "access_give"), this.doing)}
          ${
            grant
              ? html`<button class="quiet danger" type="button" @click=${this.#end}>
                  ${say(this.ending ? "access_end_sure" : "access_end")}
                </button>`
              : nothing
          }
        </div>
      </form>
    </io-sheet>`;
  }

  #suspend({ target }) {
    this.suspended = target.checked;
    this.#lookSoon();
  }

  // "Lets in 3, shuts out 1": with the names of the first few.
  #effect() {
    const { say, effect } = this;
    if (!effect) return html`<p class="hint" role="status">${say("effect_looking")}</p>`;
    if (effect === "unknown") return html`<p class="hint" role="status">${say("effect_unknown")}</p>`;
    const names = namesOf(this.data);
    const named = (list) => {
      const people = list.map(({ person }) => names.get(person) ?? "");
      return people.length > NAMED ? say("effect_people", { count: people.length }) : people.join(", ");
    };
    const { lets_in, shuts_out, days, now_out } = effect;
    const told = [
      lets_in.length ? say("effect_lets_in", { people: named(lets_in) }) : null,
      shuts_out.length ? say("effect_shuts_out", { people: named(shuts_out) }) : null,
      now_out.length ? say("effect_now_out", { count: now_out.length }) : null,
    ].filter(Boolean);
    const words = told.length ? told.join(" ") : say("effect_nothing", { days });
    return html`<p class=${shuts_out.length ? "warned" : "done"} role="status">${words}</p>`;
  }

  #lookSoon() {
    clearTimeout(this.waiting);
    this.effect = null;
    this.waiting = setTimeout(() => this.#look(), STILL_MS);
  }

  async #look() {
    await this.updateComplete;
    const change = this.#change();
    const what = this.grant
      ? { grant: this.grant.id, change: { version: this.version, ...change } }
      : { new: { ...this.holder, ...change } };
    this.asked = what;
    try {
      const effect = await ask("POST", placePath(this.data.place.id, "preview"), what);
      if (this.asked === what) this.effect = effect;
    } catch (error) {
      if (!(error instanceof Unreachable || error instanceof Refused)) throw error;
      if (this.asked === what) this.effect = "unknown"; // saving will say why
    }
  }

  #change() {
    const { value } = this.renderRoot.querySelector("io-access-form");
    return { ...value, note: this.note, suspended: this.suspended };
  }

  async #save(event) {
    event.preventDefault();
    const { grant, holder, data } = this;
    const change = this.#change();
    const done = await this.doing.run(() =>
      grant
        ? ask("PATCH", placePath(data.place.id, "grants", grant.id), { version: this.version, ...change })
        : ask("POST", placePath(data.place.id, "grants"), { ...holder, ...change }),
    );
    this.#ended(done);
  }

  async #end() {
    if (!this.ending) {
      this.ending = true;
      return;
    }
    const path = `${placePath(this.data.place.id, "grants", this.grant.id)}?version=${this.version}`;
    this.#ended(await this.doing.run(() => ask("DELETE", path)));
  }

  #ended(done) {
    if (done !== undefined) {
      this.renderRoot.querySelector("io-sheet").close();
    } else if (this.doing.failed.reason === "conflict" && this.doing.failed.current) {
      this.ending = false;
      this.#begin(this.doing.failed.current);
      this.#lookSoon();
    }
  }
}

customElements.define("io-access-editor", AccessEditor);
