// What somebody may open, and when: the one form for every access, of a person, a group, a guest, a request. It holds the
// draft; `value` is the draft as the cloud takes it. Fires "edited".
import { LitElement, css, html, nothing } from "lit";
import { accessWords } from "../hours.js";
import "../more-texts.js";
import { base } from "../styles.js";
import { instant, wallText } from "../zone-time.js";
import { always, draftOf, preset, tidy } from "./access.js";
import "./date-rows.js";
import { field } from "./fields.js";
import { formStyles } from "./form-styles.js";
import { weekPicture } from "./week-picture.js";
import "./week-rows.js";

const PRESETS = ["always", "weekdays", "weekends", "evening", "until"];

class AccessForm extends LitElement {
  static properties = {
    access: { attribute: false }, // where the draft begins; another one begins it anew
    doors: { attribute: false }, // of the place: [{id, name}]
    zone: {},
    now: { type: Number },
    holidays: { type: Boolean }, // whether the place's are known
    say: { attribute: false },
    draft: { state: true },
  };

  static styles = [
    base,
    formStyles,
    css`
      :host {
        display: grid;
        gap: 20px;
      }
      .presets {
        display: flex;
        flex-wrap: wrap;
        gap: 6px;
      }
      .presets button {
        min-height: var(--target);
        padding: 0 14px;
        border: 1px solid var(--line);
        border-radius: 99px;
        font-size: var(--text);
        font-weight: 500;
      }
      .words {
        padding: 12px 16px;
        border-radius: var(--radius-button);
        background: var(--soft);
        font-variant-numeric: tabular-nums;
        text-wrap: pretty;
      }
      .week {
        display: grid;
        grid-template-columns: 28px 1fr;
        gap: 4px 4px;
        align-items: center;
        color: var(--ink-2);
        font-size: var(--small);
        line-height: 1.2;
      }
      .week svg {
        border-radius: 3px;
      }
      .scale {
        display: flex;
        justify-content: space-between;
        font-variant-numeric: tabular-nums;
      }
      .scale i {
        font-style: normal;
      }
    `,
  ];

  willUpdate(changed) {
    if (changed.has("access")) this.draft = draftOf(this.access ?? always);
  }

  get value() {
    return this.draft;
  }

  render() {
    const { say, draft, now, zone } = this;
    const { hours } = draft;
    return html`<div class="presets" role="group" aria-label=${say("access_presets")}>
        ${PRESETS.map(
          (name) =>
            html`<button type="button" @click=${() => this.#put(preset(name, wallText(now, zone).slice(0, 10), zone))}>
              ${say(`access_preset_${name}`)}
            </button>`,
        )}
      </div>
      ${this.#doors()}
      <fieldset class="field">
        <legend>${say("access_week")}</legend>
        <io-week-rows
          .windows=${hours.windows ?? null}
          .say=${say}
          @edited=${({ detail }) => this.#hours({ windows: detail.windows })}
        ></io-week-rows>
      </fieldset>
      ${this.#limits()}
      <details>
        <summary>${say("access_exceptions")}</summary>
        <io-date-rows
          .hours=${hours}
          ?known=${this.holidays}
          .say=${say}
          @edited=${({ detail }) => this.#hours(detail)}
        ></io-date-rows>
      </details>
      ${hours.windows ? weekPicture(hours.windows, say) : nothing}
      <p class="words" role="status">${this.#words()}</p>`;
  }

  #words() {
    const { draft, say, now, zone, doors } = this;
    const names = doors.filter(({ id }) => draft.doors.includes(id)).map(({ name }) => name);
    const where = names.length ? names.join(", ") : say("access_every_door");
    return `${where}: ${accessWords(draft, say, { now, zone })}`;
  }

  #doors() {
    const { say, doors, draft } = this;
    const every = !draft.doors.length;
    return html`<fieldset class="field">
      <legend>${say("access_doors")}</legend>
      <label class="check"
        ><input type="checkbox" .checked=${every} @change=${({ target }) => this.#every(target)} /><span
          >${say("access_every_door_new")}</span
        ></label
      >
      ${
        every
          ? nothing
          : doors.map(
              ({ id, name }) =>
                html`<label class="check"
                  ><input
                    type="checkbox"
                    .checked=${draft.doors.includes(id)}
                    @change=${({ target }) => this.#door(id, target)}
                  /><span>${name}</span></label
                >`,
            )
      }
    </fieldset>`;
  }

  #every(target) {
    this.#put({ doors: target.checked ? [] : this.doors.slice(0, 1).map(({ id }) => id) });
    target.checked = !this.draft.doors.length; // where there is no door yet, it is every door
  }

  // An access to no door is none: the last one stays checked.
  #door(id, target) {
    const others = this.draft.doors.filter((one) => one !== id);
    if (!target.checked && !others.length) target.checked = true;
    else this.#put({ doors: target.checked ? [...others, id] : others });
  }

  #limits() {
    const { say, draft, zone } = this;
    const shown = (ms) => (ms === null ? "" : wallText(ms, zone));
    const moment =
      (part) =>
      ({ target }) =>
        this.#put({ [part]: target.value ? instant(target.value, zone) : null });
    return html`${field("starts", say("access_starts"), {
      type: "datetime-local",
      value: shown(draft.starts),
      change: moment("starts"),
    })}
    ${field("ends", say("access_ends"), {
      type: "datetime-local",
      value: shown(draft.ends),
      change: moment("ends"),
      hint: say("access_zone", { zone }),
    })}
    ${field("uses", say("access_uses"), {
      type: "number",
      min: 0,
      max: 10_000,
      value: draft.uses === null ? "" : String(draft.uses),
      hint: say("access_uses_hint"),
      change: ({ target }) =>
        this.#put({ uses: target.value === "" ? null : Math.max(0, Math.floor(target.valueAsNumber)) }),
    })}`;
  }

  #hours(part) {
    this.#put({ hours: tidy({ ...this.draft.hours, ...part }) });
  }

  #put(part) {
    this.draft = { ...this.draft, ...part };
    this.dispatchEvent(new Event("edited"));
  }
}

customElements.define("io-access-form", AccessForm);
