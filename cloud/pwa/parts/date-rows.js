// Single dates that are added or taken out, and what public holidays are: the exceptions to the week. Fires "edited" with
// the parts of the hours that have changed.
import { LitElement, css, html, nothing } from "lit";
import { sign } from "../icons.js";
import "../more-texts.js";
import { base } from "../styles.js";
import { choice } from "./fields.js";
import { formStyles } from "./form-styles.js";
import { newSpan, spanFields } from "./span-fields.js";

class DateRows extends LitElement {
  // known: whether the place's public holidays are
  static properties = { hours: { attribute: false }, known: { type: Boolean }, say: { attribute: false } };

  static styles = [
    base,
    formStyles,
    css`
      :host {
        display: grid;
        gap: 16px;
      }
      .date {
        display: grid;
        gap: 8px;
        margin-bottom: 8px;
        padding: 12px;
        border: 1px solid var(--line);
        border-radius: var(--radius-button);
      }
      .first {
        display: grid;
        grid-template-columns: 1fr var(--target);
        gap: 4px;
        align-items: center;
      }
      .gone {
        display: grid;
        place-items: center;
        width: var(--target);
        height: 48px;
        color: var(--ink-2);
      }
    `,
  ];

  render() {
    const { say, known } = this;
    const { holidays = "usual", added = [], removed = [] } = this.hours;
    const kinds = ["usual", "open", "closed", "own"].map((kind) => [kind, say(`access_holidays_${kind}`)]);
    return html`${
        known
          ? choice("holidays", say("access_holidays"), kinds, {
              value: holidays,
              change: ({ target }) => this.#holidays(target.value),
            })
          : html`<p class="plain">${say("access_holidays_unknown")}</p>`
      }
      ${holidays === "own" ? this.#own() : nothing}
      <div>
        <p class="name">${say("access_added")}</p>
        ${added.map((day, index) => this.#added(day, index))}
        ${this.#new("access_add_date", (date) => this.#tell({ added: [...added, { date, spans: [] }] }))}
      </div>
      <div>
        <p class="name">${say("access_removed")}</p>
        ${removed.map((date, index) => this.#removed(date, index))}
        ${this.#new("access_remove_date", (date) => this.#tell({ removed: [...removed, date] }))}
      </div>`;
  }

  #own() {
    const { say } = this;
    const { holiday_spans: spans = [] } = this.hours;
    return html`${spans.map((span, index) =>
      spanFields(span, say, (next) => this.#tell({ holiday_spans: spans.with(index, next) })),
    )}`;
  }

  #added({ date, spans = [] }, index) {
    const { say } = this;
    const { added } = this.hours;
    const put = (next) =>
      this.#tell({ added: added.flatMap((one, at) => (at === index ? (next ? [next] : []) : [one])) });
    return html`<div class="date">
      ${this.#first(date, "access_added", (changed) => put(changed && { date: changed, spans }))}
      <label class="check"
        ><input
          type="checkbox"
          .checked=${!spans.length}
          @change=${({ target }) => put({ date, spans: target.checked ? [] : [newSpan] })}
        /><span>${say("access_whole_day")}</span></label
      >
      ${spans.map((span, at) => spanFields(span, say, (next) => put({ date, spans: spans.with(at, next) })))}
    </div>`;
  }

  #removed(date, index) {
    const { removed } = this.hours;
    const put = (next) =>
      this.#tell({ removed: removed.flatMap((one, at) => (at === index ? (next ? [next] : []) : [one])) });
    return html`<div class="date">${this.#first(date, "access_removed", put)}</div>`;
  }

  #first(date, label, put) {
    const { say } = this;
    return html`<div class="first">
      <input
        type="date"
        required
        aria-label=${say(label)}
        .value=${date}
        @change=${({ target }) => target.value && put(target.value)}
      />
      <button type="button" class="gone" aria-label=${say("access_date_gone", { date })} @click=${() => put(null)}>
        ${sign("cross")}
      </button>
    </div>`;
  }

  // A date joins the list as soon as it is chosen, once.
  #new(label, add) {
    const { added = [], removed = [] } = this.hours;
    return html`<label class="field"
      ><span class="hint">${this.say(label)}</span>
      <input
        type="date"
        @change=${({ target }) => {
          const date = target.value;
          target.value = "";
          if (date && !removed.includes(date) && !added.some((day) => day.date === date)) add(date);
        }}
      />
    </label>`;
  }

  #holidays(holidays) {
    this.#tell({ holidays, holiday_spans: holidays === "own" ? [newSpan] : [] });
  }

  #tell(part) {
    this.dispatchEvent(new CustomEvent("edited", { detail: part }));
  }
}

customElements.define("io-date-rows", DateRows);
