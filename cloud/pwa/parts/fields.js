// Fields of forms, as templates: a name above, the browser's own control, a hint below. They hold nothing: what is typed
// is read from the form (filled) or handed on at once.
import { html, nothing } from "lit";

export function field(name, label, { type = "text", value = "", hint = null, required = false, ...more } = {}) {
  return html`<label class="field"
    ><span>${label}</span>
    <input
      name=${name}
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
    ${hint ? html`<small class="hint">${hint}</small>` : nothing}
  </label>`;
}

export const area = (name, label, { value = "", hint = null, input = nothing } = {}) =>
  html`<label class="field"
    ><span>${label}</span>
    <textarea name=${name} rows="3" .value=${value ?? ""} @input=${input}></textarea>
    ${hint ? html`<small class="hint">${hint}</small>` : nothing}
  </label>`;

// options: [[value, words], …]
export const choice = (name, label, options, { value = "", hint = null, change = nothing } = {}) =>
  html`<label class="field"
    ><span>${label}</span>
    <select name=${name} @change=${change}>
      ${options.map(([key, words]) => html`<option value=${key} ?selected=${key === value}>${words}</option>`)}
    </select>
    ${hint ? html`<small class="hint">${hint}</small>` : nothing}
  </label>`;

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
