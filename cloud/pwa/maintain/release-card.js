// One published release: what it is, who signed it, where it runs and how well. Fires "begin".
import { LitElement, html, nothing } from "lit";
import { bytes, percent } from "../box-words.js";
import { moment } from "../format.js";
import { formStyles } from "../parts/form-styles.js";
import { base } from "../styles.js";
import { maintainStyles } from "./maintain-styles.js";
import { boxes } from "./words.js";

const TENTHS_ABOVE = 0.99; // from here on a tenth of a percent is the news

class ReleaseCard extends LitElement {
  static properties = {
    release: { attribute: false },
    newest: { type: Boolean },
    may: { type: Boolean }, // be sent out
    now: { type: Number },
    say: { attribute: false },
  };

  static styles = [base, formStyles, maintainStyles];

  render() {
    const { may, newest, release, say } = this;
    return html`<article class="card" aria-labelledby="version">
      <div class="head">
        <h3 id="version">${release.version}</h3>
        ${newest ? html`<span class="tag">${say("updates_newest")}</span>` : nothing}
      </div>
      ${release.notes ? html`<p class="notes">${release.notes}</p>` : nothing}
      <dl>
        ${this.#rows().map(
          ([key, value]) =>
            html`<div>
              <dt>${say(key)}</dt>
              <dd>${value}</dd>
            </div>`,
        )}
      </dl>
      ${
        may
          ? html`<button
              class="strong"
              aria-label=${say("updates_send_of", { version: release.version })}
              @click=${() => this.dispatchEvent(new Event("begin"))}
            >
              ${say("updates_send")}
            </button>`
          : nothing
      }
    </article>`;
  }

  #rows() {
    const { now, release, say } = this;
    const { boards, by_name: name, counter, key_set: keys, opens, packed, published, replaces, running } = release;
    const at = moment(published, now, say, Intl.DateTimeFormat().resolvedOptions().timeZone);
    return [
      ["updates_number", String(counter)],
      ["updates_published", name ? say("updates_by", { at, name }) : say("updates_by_command", { at })],
      ["updates_key_of", say("updates_key_number", { n: keys })],
      ["updates_boards", boards.join(", ") || say("updates_boards_every")],
      ["updates_replaces", say("updates_replaces_from", { n: replaces })],
      ["updates_size", bytes(packed, say.language)],
      ["updates_runs", boxes(running, say)],
      ["updates_well", this.#well()],
      ["updates_opens", opens.toLocaleString(say.language)],
    ];
  }

  #well() {
    const { release, say } = this;
    const { crash_free: share, units } = release;
    if (share === null) return say("updates_well_nobody");
    const digits = share < 1 && share >= TENTHS_ABOVE ? 1 : 0;
    const shown = digits
      ? new Intl.NumberFormat(say.language, { style: "percent", maximumFractionDigits: digits }).format(share)
      : percent(share, say.language);
    return say("updates_well_of", { share: shown, boxes: boxes(units, say) });
  }
}

customElements.define("io-release-card", ReleaseCard);
