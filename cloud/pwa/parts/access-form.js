// What somebody may open, and when: the one form for every access, of a person, a group, a guest, a request. It holds the
// draft; `value` is the draft as the cloud takes it. What else belongs to it is slotted. Fires "edited".
import { LitElement, css, html, nothing } from "lit";
import "../more-texts.js";
import "../rule-texts.js";
import { base } from "../styles.js";
import { instant, wallText } from "../zone-time.js";
import { always, draftOf, preset, tidy } from "./access.js";
import "./date-rows.js";
import { field } from "./fields.js";
import { formStyles } from "./form-styles.js";
import { ruleSentence } from "./rule-words.js";
import "./week-picker.js";

const PRESETS = ["always", "weekdays", "weekends", "evening", "until"];

class AccessForm extends LitElement {
  static properties = {
    access: { attribute: false }, // where the draft begins; another one begins it anew
    doors: { attribute: false }, // of the place: [{id, name}]
    who: {}, // whose it is, by name; may be left out
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
      .presets [aria-pressed="true"] {
        border-color: var(--accent);
        background: var(--soft);
        color: var(--accent);
        font-weight: 600;
      }
      details + details {
        margin-top: -16px;
      }
      .words {
        padding: 12px 16px;
        border-radius: var(--radius-button);
        background: var(--soft);
        font-variant-numeric: tabular-nums;
        text-wrap: pretty;
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
    const { say, draft } = this;
    const { hours } = draft;
    const limited = [draft.starts, draft.ends, draft.uses].some((limit) => limit !== null);
    return html`<div class="presets" role="group" aria-label=${say("access_presets")}>
        ${PRESETS.map((name) => this.#preset(name))}
      </div>
      ${this.#doors()}
      <fieldset class="field">
        <legend>${say("access_week")}</legend>
        <io-week-picker
          .windows=${hours.windows ?? null}
          .say=${say}
          @edited=${({ detail }) => this.#hours({ windows: detail.windows })}
        ></io-week-picker>
      </fieldset>
      <details ?open=${limited}>
        <summary>${say("access_limits")}</summary>
        <div class="form">${this.#limits()}</div>
      </details>
      <details>
        <summary>${say("access_exceptions")}</summary>
        <io-date-rows
          .hours=${hours}
          ?known=${this.holidays}
          .say=${say}
          @edited=${({ detail }) => this.#hours(detail)}
        ></io-date-rows>
      </details>
      <slot></slot>
      <p class="words" role="status">${this.#words()}</p>`;
  }

  #preset(name) {
    const { draft, now, say, zone } = this;
    const made = preset(name, wallText(now, zone).slice(0, 10), zone);
    const { hours, starts, ends, uses } = draft;
    const chosen = JSON.stringify({ hours, starts, ends, uses }) === JSON.stringify(made);
    return html`<button type="button" aria-pressed=${chosen ? "true" : "false"} @click=${() => this.#put(made)}>
      ${say(`access_preset_${name}`)}
    </button>`;
  }

  #words() {
    const { draft, who, say, now, zone } = this;
    const doors = this.doors.filter(({ id }) => draft.doors.includes(id)).map(({ name }) => name);
    return ruleSentence(draft, { who, doors }, say, { now, zone });
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
