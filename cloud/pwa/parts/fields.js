// Fields of forms, as templates: a name above, the browser's own control, a hint below. They hold nothing: what is typed
// is read from the form (filled) or handed on at once. A name stands once in an element.
import { html, nothing } from "lit";

const below = (name, hint) => (hint ? html`<small class="hint" id="${name}-hint">${hint}</small>` : nothing);

export function field(name, label, { type = "text", value = "", hint = null, required = false, ...more } = {}) {
  return html`<div class="field">
    <label class="name" for=${name}>${label}</label>
    <input
      id=${name}
      name=${name}
      aria-describedby=${hint ? `${name}-hint` : nothing}
      type=${type}
      .value=${value ?? ""}
      ?required=${required}
      autocomplete=${more.autocomplete ?? "off"}
      inputmode=${more.inputmode ?? nothing}
      maxlength=${more.maxlength ?? nothing}
      min=${more.min ?? nothing}
      max=${more.max ?? nothing}
      step=${more.step ?? nothing}
      pattern=${more.pattern ?? nothing}
      placeholder=${more.placeholder ?? nothing}
      @input=${more.input ?? nothing}
      @change=${more.change ?? nothing}
    />
    ${below(name, hint)}
  </div>`;
}

export const area = (name, label, { value = "", hint = null, input = nothing } = {}) =>
  html`<div class="field">
    <label class="name" for=${name}>${label}</label>
    <textarea
      id=${name}
      name=${name}
      aria-describedby=${hint ? `${name}-hint` : nothing}
      rows="3"
      .value=${value ?? ""}
      @input=${input}
    ></textarea>
    ${below(name, hint)}
  </div>`;

// options: [[value, words], …]
export const choice = (name, label, options, { value = "", hint = null, change = nothing } = {}) =>
  html`<div class="field">
    <label class="name" for=${name}>${label}</label>
    <select id=${name} name=${name} aria-describedby=${hint ? `${name}-hint` : nothing} @change=${change}>
      ${options.map(([key, words]) => html`<option value=${key} ?selected=${key === value}>${words}</option>`)}
    </select>
    ${below(name, hint)}
  </div>`;

export const check = (name, label, { checked = false, change = nothing } = {}) =>
  html`<label class="check"
    ><input type="checkbox" name=${name} .checked=${checked} @change=${change} /><span>${label}</span></label
  >`;

export const commit = (words, { busy = false, danger = false } = {}) =>
  html`<button class="strong ${danger ? "stop" : ""}" type="submit" aria-disabled=${busy ? "true" : "false"}>
    ${words}
  </button>`;

// What stands in a form, by name; empty texts are null.
export function filled(form) {
  const values = {};
  for (const one of form.elements) {
    if (!one.name) continue;
    values[one.name] = one.type === "checkbox" ? one.checked : one.value.trim() || null;
  }
  return values;
}

// A handler of "submit" that hands on what was filled in.
export const sent = (then) => (event) => {
  event.preventDefault();
  then(filled(event.currentTarget));
};
