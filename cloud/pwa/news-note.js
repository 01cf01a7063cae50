// What somebody changed for the person who reads this, in words: read out at once (it stands in a live region), and stays until put away. Fires
// "news-read" {id}.
import { LitElement, css, html } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { accessWords } from "./hours.js";
import "./more-texts.js";
import { cloudTime } from "./store.js";
import { base } from "./styles.js";

const KINDS = ["given", "changed", "ended", "suspended", "resumed", "declined"];
const ROLES = ["owner", "admin", "member"];
const SHOWN = 3; // the latest; the others follow as these are put away

class NewsNote extends LitElement {
  static properties = { state: { attribute: false }, t: { type: Number }, say: { attribute: false } };

  static styles = [
    base,
    css`
      .note {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: 12px;
        max-width: 560px;
        margin: 0 auto 12px;
        padding: 8px 8px 8px 16px;
        border-radius: var(--radius-card);
        background: var(--soft);
        font-size: var(--text);
        font-variant-numeric: tabular-nums;
        text-wrap: pretty;
      }
      .notes {
        padding: 0 16px;
      }
    `,
  ];

  render() {
    const notes = this.state.news.map((note) => ({ ...note, words: this.#words(note) })).filter(({ words }) => words);
    return html`<div class="notes">
      ${repeat(
        notes.slice(-SHOWN),
        ({ id }) => id,
        ({ id, words }) =>
          html`<div class="note">
            <p>${words}</p>
            <button class="quiet" @click=${() => this.#read(id)}>${this.say("got_it")}</button>
          </div>`,
      )}
    </div>`;
  }

  // Null for what a later version may tell.
  #words({ kind, place, names, grant, role }) {
    const { say, state, t } = this;
    const here = state.places.find(({ id }) => id === place);
    if (kind === "role") return ROLES.includes(role) ? say(`news_role_${role}`, { place: here?.name ?? "" }) : null;
    if (!KINDS.includes(kind)) return null;
    const doors = names?.length ? names.join(", ") : say("news_every_door");
    if (kind === "resumed" && !grant) return say("news_resumed_again", { doors });
    const hours = grant ? accessWords(grant, say, { now: cloudTime(state, t), zone: here?.zone }) : say("hours_always");
    return say(`news_${kind}`, { doors, hours });
  }

  #read(id) {
    this.dispatchEvent(new CustomEvent("news-read", { detail: { id } }));
  }
}

customElements.define("io-news-note", NewsNote);
