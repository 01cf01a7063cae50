// One access in a sheet: edited, and before it is saved the cloud says whom it would let in and whom it would shut out.
// When somebody else was faster, the form begins again with the values as they are now. Fires "closed".
import { LitElement, html, nothing } from "lit";
import { ask, placePath } from "../api.js";
import { pageTime } from "../clock.js";
import "../parts/access-form.js";
import { always } from "../parts/access.js";
import { Doing } from "../parts/doing.js";
import { check, commit, field } from "../parts/fields.js";
import { formStyles } from "../parts/form-styles.js";
import "../parts/sheet.js";
import { cloudTime } from "../store.js";
import { base } from "../styles.js";
import "./effect.js";
import { pageStyles } from "./page-styles.js";

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
  }

  // Only now the form holds what it began with.
  async firstUpdated() {
    await this.renderRoot.querySelector("io-access-form").updateComplete;
    this.requestUpdate();
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
          .who=${name}
          .zone=${data.place.zone}
          .now=${cloudTime(session.state, pageTime())}
          ?holidays=${data.holidays}
          .say=${say}
          @edited=${this.#edited}
        >
          ${field("note", say("access_note"), {
            value: this.note,
            maxlength: 200,
            input: ({ target }) => (this.note = target.value),
          })}
          ${
            grant
              ? check("suspended", say("access_suspended"), {
                  checked: this.suspended,
                  change: (event) => this.#suspend(event),
                })
              : nothing
          }
        </io-access-form>
        <io-effect .data=${data} .what=${this.#what} .say=${say}></io-effect>
        ${this.doing.told(say)}
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

  #edited() {
    this.ending = false;
    this.requestUpdate();
  }

  #suspend({ target }) {
    this.suspended = target.checked;
    this.#edited();
  }

  // As the preview takes it: read from the form, so that it is what would be saved. A note lets nobody in.
  get #what() {
    const { note, ...change } = this.#change() ?? {};
    if (note === undefined) return null;
    if (this.ending) return { grant: this.grant.id };
    return this.grant
      ? { grant: this.grant.id, change: { version: this.version, ...change } }
      : { new: { ...this.holder, ...change } };
  }

  #change() {
    const form = this.renderRoot?.querySelector("io-access-form");
    return form?.value ? { ...form.value, note: this.note, suspended: this.suspended } : null;
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
      this.updateComplete.then(() => this.requestUpdate());
    }
  }
}

customElements.define("io-access-editor", AccessEditor);
