// The root: which screen is shown. It holds the session, hands the state down and what people do up.
import { LitElement, html, nothing } from "lit";
import { Unreachable } from "./api.js";
import { appStyles } from "./app-styles.js";
import { pageTime } from "./clock.js";
import "./gate.js";
import "./home-page.js";
import { mark } from "./icons.js";
import "./link-note.js";
import "./log-page.js";
import "./me-page.js";
import "./place-bar.js";
import { Session } from "./session.js";
import "./sign-in.js";
import { GRACE_MS, cloudTime, isLive } from "./store.js";
import { base } from "./styles.js";
import "./tabs.js";
import { chosenLanguage, speaker } from "./texts.js";

const SIGN_IN = /^#sign-in=(.+)$/;
const wide = matchMedia("(min-width: 900px)");

class IomandoApp extends LitElement {
  static properties = { page: { state: true }, place: { state: true }, secret: { state: true } };

  static styles = [base, appStyles];

  constructor() {
    super();
    this.page = "doors";
    this.place = 0;
    this.session = new Session();
    this.session.addEventListener("change", () => this.requestUpdate());
    wide.addEventListener("change", () => this.requestUpdate());
    addEventListener("hashchange", () => this.#readAddress());
    this.#readAddress();
    if (!this.secret) this.session.start();
  }

  get #say() {
    const language = chosenLanguage(this.session.state.you?.language, navigator.languages);
    if (language !== this.spoken?.language) this.spoken = speaker(language);
    return this.spoken;
  }

  updated() {
    document.documentElement.lang = this.spoken.language;
  }

  render() {
    const say = this.#say;
    const { state } = this.session;
    if (this.secret)
      return html`<io-sign-in
        .session=${this.session}
        .secret=${this.secret}
        .say=${say}
        @signed-in=${this.#leaveLink}
        @spent=${this.#forgetLink}
        @leave=${this.#leaveLink}
      ></io-sign-in>`;
    if (state.session === "out") return this.#gate("signed_out_title", "signed_out_detail");
    if (state.session === "ended") return this.#gate("signed_out_title", "signed_out_ended", "signed_out_detail");
    if (state.session === "unknown") return this.#beforeAnything(state);
    return this.#signedIn(state, say);
  }

  #gate(heading, ...details) {
    const say = this.#say;
    return html`<io-gate .heading=${say(heading)} .detail=${details.map((key) => say(key)).join(" ")}></io-gate>`;
  }

  #beforeAnything({ link }) {
    const waited = pageTime() - link.since;
    return waited > GRACE_MS ? this.#gate("unreachable", "unreachable_detail") : html`<div class="blank"></div>`;
  }

  #signedIn(state, say) {
    const t = pageTime();
    const pages = ["doors", ...(state.you.admin && !wide.matches ? ["log"] : []), "me"];
    const page = pages.includes(this.page) ? this.page : "doors";
    const place = Math.min(this.place, Math.max(0, state.places.length - 1));
    const zone = state.places[place]?.zone;
    return html`<div class="frame ${wide.matches ? "wide" : ""} ${isLive(state, t) ? "" : "past"}">
      <header>${page === "doors" ? this.#placeBar({ state, place, say }) : nothing}</header>
      <main>
        <io-link-note .state=${state} .t=${t} .zone=${zone} .say=${say}></io-link-note>
        <div role="status">${state.farewells.map((door) => this.#farewell(door, say))}</div>
        ${this.#page(page, { state, t, place, say })}
      </main>
      ${state.you.admin && wide.matches ? this.#logBeside(state, say) : nothing}
      ${this.#navigation({ state, pages, page, place, say })}
    </div>`;
  }

  #logBeside(state, say) {
    return html`<aside><io-log-page beside .state=${state} .say=${say}></io-log-page></aside>`;
  }

  #placeBar({ state, place, say }) {
    const here = wide.matches; // the others stand in the rail
    return html`<io-place-bar
      .places=${here ? state.places.slice(place, place + 1) : state.places}
      .place=${here ? 0 : place}
      .say=${say}
      @place=${this.#toPlace}
    ></io-place-bar>`;
  }

  // At the thumb; on a wide screen at the side, with the places below the pages.
  #navigation({ state, pages, page, place, say }) {
    const tabs = html`<io-tabs
      ?rail=${wide.matches}
      .pages=${pages}
      .page=${page}
      .say=${say}
      @page=${({ detail }) => (this.page = detail.page)}
    ></io-tabs>`;
    if (!wide.matches) return tabs;
    return html`<div class="rail">
      <p class="brand">${mark(28)} iomando</p>
      ${tabs}
      ${
        state.places.length > 1
          ? html`<io-place-bar
              rail
              .places=${state.places}
              .place=${page === "doors" ? place : -1}
              .say=${say}
              @place=${this.#toPlace}
            ></io-place-bar>`
          : nothing
      }
    </div>`;
  }

  #page(page, { state, t, place, say }) {
    if (page === "log") return html`<io-log-page class="scrolls" .state=${state} .say=${say}></io-log-page>`;
    if (page === "me")
      return html`<io-me-page
        class="scrolls"
        .you=${state.you}
        .now=${cloudTime(state, t)}
        .say=${say}
        @sign-out=${this.#signOut}
      ></io-me-page>`;
    if (!state.doors.length)
      return html`<div class="empty">
        <h2>${say("no_doors")}</h2>
        <p>${say("no_doors_detail")}</p>
      </div>`;
    return html`<io-home-page
      class="fills"
      .state=${state}
      .t=${t}
      .place=${place}
      .say=${say}
      @place=${this.#toPlace}
      @press=${({ detail }) => this.session.press(detail.door, detail.action)}
      @read=${({ detail }) => this.session.read(detail.key)}
    ></io-home-page>`;
  }

  #farewell({ id, name }, say) {
    return html`<div class="farewell">
      <p>${say("farewell", { door: name })}</p>
      <button class="quiet" @click=${() => this.session.readFarewell(id)}>${say("got_it")}</button>
    </div>`;
  }

  #toPlace({ detail }) {
    this.place = detail.index;
    this.page = "doors";
  }

  async #signOut({ detail }) {
    try {
      await this.session.signOut();
      this.page = "doors";
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      detail.failed();
    }
  }

  #readAddress() {
    const found = SIGN_IN.exec(location.hash);
    if (found) this.secret = decodeURIComponent(found[1]);
  }

  // The secret leaves the address bar and the history as soon as it has been used.
  #forgetLink() {
    history.replaceState(null, "", "/");
  }

  #leaveLink() {
    this.#forgetLink();
    this.secret = null;
    if (!this.session.begun) this.session.start();
  }
}

customElements.define("iomando-app", IomandoApp);
