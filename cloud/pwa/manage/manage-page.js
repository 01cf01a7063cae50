// What whoever manages a place can do there: a list of pages, one of them open. It asks for everything of the place once;
// from then on it is pushed.
import { LitElement, css, html, nothing } from "lit";
import { sign } from "../icons.js";
import "../manage-texts.js";
import "../more-texts.js";
import { formStyles } from "../parts/form-styles.js";
import { base } from "../styles.js";
import { alarmsAt } from "../alarm-views.js";
import "./alerts-form.js";
import "./boxes-page.js";
import "./doors-page.js";
import "./figures-page.js";
import "./glance-page.js";
import "./groups-page.js";
import "./log-page.js";
import "./people-page.js";
import "./place-page.js";
import "./requests-page.js";
import "./who-page.js";

// In the order of the menu: its words are manage_<name>. Every page gets data, session, state, say, and `about`: what it
// was opened for (by a "go" event), or null.
const PAGES = {
  glance: "io-glance-page",
  people: "io-people-page",
  requests: "io-requests-page",
  groups: "io-groups-page",
  doors: "io-doors-page",
  boxes: "io-boxes-page",
  who: "io-who-page",
  log: "io-place-log",
  figures: "io-figures-page",
  alerts: "io-alerts-form",
  place: "io-place-page",
};
const SECTIONS = Object.keys(PAGES);
const ALARMS = "#alarms"; // the address of a message on a lock screen
const AGAIN_MS = 3000;
const wide = matchMedia("(min-width: 900px)");

class ManagePage extends LitElement {
  static properties = {
    session: { attribute: false },
    state: { attribute: false }, // of the session: another one with every push
    place: {}, // id
    say: { attribute: false },
    section: { state: true },
    about: { state: true }, // what the section was opened for: {person, door, at, …}
    deep: { state: true }, // a page inside the section is open and has its own way back
  };

  static styles = [
    base,
    formStyles,
    css`
      :host {
        display: block;
        overflow: hidden auto;
      }
      .page {
        display: grid;
        gap: 12px;
        max-width: 592px;
        margin: 0 auto;
        padding: 4px 16px 32px;
      }
      .wide {
        grid-template-columns: 208px minmax(0, 1fr);
        gap: 24px;
        max-width: 1240px;
        padding-top: 12px;
      }
      .wide nav {
        align-self: start;
        position: sticky;
        top: 12px;
      }
      h1 {
        font-size: var(--title);
        font-weight: 600;
      }
      nav .item {
        min-height: 52px;
      }
      nav [aria-current] {
        color: var(--accent);
        font-weight: 600;
        background: var(--soft);
      }
      .count {
        min-width: 24px;
        padding: 1px 8px;
        border-radius: 99px;
        background: var(--accent);
        color: var(--on-accent);
        font-size: var(--small);
        font-weight: 600;
        text-align: center;
      }
      .count.glance {
        background: var(--danger);
        color: var(--surface);
      }
      .end {
        display: flex;
        align-items: center;
        gap: 8px;
        color: var(--ink-2);
      }
    `,
  ];

  connectedCallback() {
    super.connectedCallback();
    this.widened = () => this.requestUpdate();
    wide.addEventListener("change", this.widened);
    this.addressed = () => location.hash === ALARMS && this.#toAlarms();
    addEventListener("hashchange", this.addressed);
    this.addressed();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    wide.removeEventListener("change", this.widened);
    removeEventListener("hashchange", this.addressed);
    clearTimeout(this.again);
  }

  updated(changed) {
    if (changed.has("section") && !wide.matches) this.#follow(changed.get("section"));
    const known = this.session.state.managed[this.place];
    if (!this.#manages) return;
    if (!known?.failed) this.session.manage(this.place);
    else if (!this.again) this.again = setTimeout(() => this.#again(), AGAIN_MS);
  }

  // Whoever came by keyboard goes on where the page has changed.
  #follow(before) {
    if (this.section) this.renderRoot.querySelector(".back")?.focus();
    else if (before) this.renderRoot.querySelectorAll("nav .item")[SECTIONS.indexOf(before)]?.focus();
  }

  #again() {
    this.again = null;
    this.session.manage(this.place);
  }

  get #manages() {
    return this.session.state.you.manages.includes(this.place);
  }

  render() {
    const { say, session } = this;
    const known = session.state.managed[this.place];
    if (!this.#manages) return html`<div class="page"><p class="plain">${say("manage_not_here")}</p></div>`;
    if (!known?.data)
      return html`<div class="page">
        <p class="plain" role="status">${say(known?.failed ? "page_missing" : "loading")}</p>
      </div>`;
    const section = this.section ?? (wide.matches ? "glance" : null);
    const open = section ? this.#section(section, known.data) : nothing;
    if (wide.matches)
      return html`<div class="page wide" @go=${this.#go}>${this.#menu(known.data, section)} ${open}</div>`;
    if (!section)
      return html`<div class="page" @go=${this.#go}>
        <h1>${say("nav_manage")}</h1>
        <io-glance-page
          brief
          .data=${known.data}
          .session=${session}
          .state=${session.state}
          .say=${say}
        ></io-glance-page>
        ${known.data.second_owner ? html`<p class="warned">${say("manage_second_owner")}</p>` : nothing}
        ${this.#menu(known.data, section)}
      </div>`;
    return html`<div class="page" @go=${this.#go} @deep=${({ detail }) => (this.deep = detail)}>
      ${
        this.deep
          ? nothing
          : html`<button class="back" @click=${() => this.#open(null)}>${sign("back")} ${say("nav_manage")}</button>`
      }
      ${open}
    </div>`;
  }

  // From a lock screen: where the newest alarm is, if none is here.
  #toAlarms() {
    const { alarms, places } = this.session.state;
    if (alarms.length && !alarms.some(({ place }) => place === this.place)) {
      const detail = { index: places.findIndex(({ id }) => id === alarms[0].place) };
      this.dispatchEvent(new CustomEvent("place", { detail }));
    }
    this.#open("glance");
    history.replaceState(null, "", "/");
  }

  // From one page to another: {section, about}.
  #go({ detail }) {
    this.#open(detail.section, detail.about);
  }

  #menu(data, section) {
    const { say } = this;
    const waiting = data.requests.filter(({ state }) => state === "open").length;
    const alarms = alarmsAt(this.session.state, this.place).filter(({ acknowledged }) => !acknowledged).length;
    const counts = { requests: waiting, glance: alarms };
    const count = (name) => (counts[name] ? html`<span class="count ${name}">${counts[name]}</span>` : nothing);
    return html`<nav aria-label=${say("nav_manage")}>
      <ul class="list">
        ${SECTIONS.map(
          (name) =>
            html`<li>
              <button
                class="item"
                aria-current=${name === section ? "page" : nothing}
                @click=${() => this.#open(name)}
              >
                <span>${say(`manage_${name}`)}</span>
                <span class="end">${count(name)} ${sign("right")}</span>
              </button>
            </li>`,
        )}
      </ul>
    </nav>`;
  }

  // One element per open section; another section, or another question to it, is another element.
  #section(name, data) {
    const { about, place, say, session } = this;
    const shown = this.shown;
    if (shown?.name !== name || shown.about !== about || shown.place !== place)
      this.shown = { name, about, place, page: document.createElement(PAGES[name]) };
    return Object.assign(this.shown.page, { data, session, state: session.state, say, about });
  }

  #open(section, about = null) {
    this.deep = false;
    this.about = about;
    this.section = section;
  }
}

customElements.define("io-manage-page", ManagePage);
