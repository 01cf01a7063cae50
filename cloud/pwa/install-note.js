// Add to Home Screen, explained once: how this phone does it. Shown when she is through the door or looks at herself,
// never between her and a door. Put away, it does not come back.
import { LitElement, css, html, nothing } from "lit";
import "./more-texts.js";
import { base } from "./styles.js";

const KEY = "iomando.install"; // "told"

addEventListener("appinstalled", () => tell());

// A browser may refuse its storage: then it is told once a visit.
let told = false;
function tell() {
  told = true;
  try {
    localStorage.setItem(KEY, "told");
  } catch {
    return;
  }
}

function wasTold() {
  try {
    return told || localStorage.getItem(KEY) === "told";
  } catch {
    return told;
  }
}

// ios | android | null: at a desk, or where it is on the home screen already, there is nothing to explain.
export function phone({ agent, touches, standalone }) {
  if (standalone) return null;
  if (/iPhone|iPad|iPod/.test(agent) || (/Macintosh/.test(agent) && touches > 1)) return "ios";
  return /Android/.test(agent) ? "android" : null;
}

class InstallNote extends LitElement {
  static properties = { say: { attribute: false }, away: { state: true } };

  static styles = [
    base,
    css`
      section {
        display: grid;
        gap: 8px;
        max-width: 560px;
        margin: 0 auto 12px;
        padding: 12px 16px;
        border: 1px solid var(--line);
        border-radius: var(--radius-card);
        background: var(--surface);
        font-size: var(--text);
      }
      :host {
        display: block;
        padding: 0 16px;
      }
      h2 {
        font-weight: 600;
      }
      p {
        color: var(--ink-2);
        text-wrap: pretty;
      }
      .acts {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
    `,
  ];

  constructor() {
    super();
    this.came = () => this.requestUpdate();
  }

  connectedCallback() {
    super.connectedCallback();
    addEventListener("beforeinstallprompt", this.came);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    removeEventListener("beforeinstallprompt", this.came);
  }

  render() {
    const standalone = matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;
    const kind = phone({ agent: navigator.userAgent, touches: navigator.maxTouchPoints, standalone });
    if (!kind || this.away || wasTold()) return nothing;
    const { say } = this;
    const offer = globalThis.installOffer; // the browser's own question, where it has one: early.js keeps it
    return html`<section aria-labelledby="title">
      <h2 id="title">${say("install_title")}</h2>
      <p>${say(offer ? "install_offer" : `install_${kind}`)}</p>
      <div class="acts">
        ${offer ? html`<button class="strong" @click=${this.#add}>${say("install_add")}</button>` : nothing}
        <button class="quiet" @click=${this.#got}>${say("got_it")}</button>
      </div>
    </section>`;
  }

  #got() {
    tell();
    this.away = true;
  }

  // The browser asks; whatever she answers, it has been explained.
  async #add() {
    const asked = globalThis.installOffer;
    globalThis.installOffer = null;
    await asked.prompt();
    this.#got();
  }
}

customElements.define("io-install-note", InstallNote);
