// The root: which screen is shown. It holds the session, hands the state down and what people do up.
import { LitElement, html, nothing } from "lit";
import { Unreachable } from "./api.js";
import { appStyles } from "./app-styles.js";
import { pageTime } from "./clock.js";
import "./gate.js";
import "./home-page.js";
import { mark } from "./icons.js";
import { Later } from "./later.js";
import "./link-note.js";
import "./log-page.js";
import "./news-note.js";
import "./place-bar.js";
import { Session } from "./session.js";
import "./sign-in.js";
import { GRACE_MS, cloudTime, isLive } from "./store.js";
import { base } from "./styles.js";
import "./tabs.js";
import { chosenLanguage, speaker } from "./texts.js";

const LINK = /^#(sign-in|guest|ask)=(.+)$/;
const wide = matchMedia("(min-width: 900px)");

class IomandoApp extends LitElement {
  static properties = {
    page: { state: true },
    place: { state: true },
    link: { state: true }, // {kind, secret} of the link that was opened
    pressing: { state: true }, // {door, action, seconds, until} that waits for her four digits
    holding: { state: true }, // the door that she wants to hold open: until when?
  };

  static styles = [base, appStyles];

  constructor() {
    super();
    this.page = "doors";
    this.place = null; // the id of the one that is shown: their order changes; null: the first
    this.session = new Session();
    this.later = new Later(this);
    this.session.addEventListener("change", () => this.requestUpdate());
    wide.addEventListener("change", () => this.requestUpdate());
    addEventListener("hashchange", () => this.#readAddress());
    this.#readAddress();
    if (!this.link) this.session.start();
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
    if (this.link) return this.#opened(this.link, say);
    if (state.session === "out" || state.session === "ended")
      return this.later.shown("signed-out", () => this.#signedOut(state.session === "ended", say), say);
    if (state.session === "unknown") return this.#beforeAnything(state);
    return this.#signedIn(state, say);
  }

  // What a link leads to, before anything is used up.
  #opened({ kind, secret }, say) {
    if (kind === "sign-in")
      return html`<io-sign-in
        .session=${this.session}
        .secret=${secret}
        .say=${say}
        @signed-in=${this.#leaveLink}
        @spent=${this.#forgetLink}
        @leave=${this.#leaveLink}
      ></io-sign-in>`;
    if (kind === "ask")
      return this.later.shown(
        "poster",
        () => html`<io-poster .secret=${secret} .say=${say} @leave=${this.#startAnew}></io-poster>`,
        say,
      );
    return this.later.shown(
      "guest",
      () =>
        html`<io-guest-link
          .secret=${secret}
          .say=${say}
          @signed-in=${this.#startAnew}
          @spent=${this.#forgetLink}
          @leave=${this.#leaveLink}
        ></io-guest-link>`,
      say,
    );
  }

  #signedOut(ended, say) {
    return html`<io-signed-out ?ended=${ended} .say=${say} @signed-in=${() => this.session.start()}></io-signed-out>`;
  }

  #gate(heading, detail) {
    const say = this.#say;
    return html`<io-gate .heading=${say(heading)} .detail=${say(detail)}></io-gate>`;
  }

  #beforeAnything({ link }) {
    const waited = pageTime() - link.since;
    return waited > GRACE_MS ? this.#gate("unreachable", "unreachable_detail") : html`<div class="blank"></div>`;
  }

  #signedIn(state, say) {
    const t = pageTime();
    const pages = pagesOf(state.you);
    const page = pages.includes(this.page) ? this.page : "doors";
    const place = Math.max(
      0,
      state.places.findIndex(({ id }) => id === this.place),
    );
    const zone = state.places[place]?.zone;
    return html`<div class="frame on-${page} ${wide.matches ? "wide" : ""} ${isLive(state, t) ? "" : "past"}">
      <header>${page === "me" ? nothing : this.#placeBar({ state, place, say })}</header>
      <main>
        <io-link-note .state=${state} .t=${t} .zone=${zone} .say=${say}></io-link-note>
        <io-news-note
          .state=${state}
          .t=${t}
          .say=${say}
          @news-read=${({ detail }) => this.session.readNews(detail.id)}
        ></io-news-note>
        ${this.#alarm(state, say)}
        <div role="status">${state.farewells.map((door) => this.#farewell(door, say))}</div>
        ${this.#page(page, { state, t, place, say })}
      </main>
      ${state.you.admin && wide.matches && page !== "manage" ? this.#logBeside(state, say) : nothing}
      ${this.#navigation({ state, pages, page, place, say })} ${this.pressing ? this.#pin(say) : nothing}
      ${this.holding ? this.#holdUntil(say) : nothing}
    </div>`;
  }

  // The kept head of a log is not in the log any more: nothing else on the screen matters as much to who manages it.
  #alarm({ places }, say) {
    const wrong = places.filter(({ id }) => this.session.heads.wrong(id));
    return html`<div role="alert">
      ${wrong.map(
        ({ id, name }) =>
          html`<p class="alarm">${say("log_changed", { place: name, head: this.session.heads.wrong(id) })}</p>`,
      )}
    </div>`;
  }

  #pin(say) {
    const { door, action, ...held } = this.pressing;
    const { name } = this.session.state.doors.find(({ id }) => id === door) ?? {};
    return this.later.shown(
      "pin",
      () =>
        html`<io-pin-sheet
          .door=${name ?? ""}
          .say=${say}
          @pin=${({ detail }) => this.session.press(door, action, { ...held, pin: detail.pin })}
          @closed=${() => (this.pressing = null)}
        ></io-pin-sheet>`,
      say,
    );
  }

  // Until when: asked before anything is sent. A door that went meanwhile is not held.
  #holdUntil(say) {
    const { state } = this.session;
    const door = state.doors.find(({ id }) => id === this.holding);
    if (!door) return nothing;
    const t = pageTime();
    return this.later.shown(
      "hold",
      () =>
        html`<io-hold-sheet
          .door=${door}
          .zone=${state.places.find(({ id }) => id === door.place)?.zone}
          .now=${cloudTime(state, t)}
          ?live=${isLive(state, t)}
          .say=${say}
          @chosen=${({ detail }) => this.#press({ detail: { door: door.id, action: "hold", ...detail } })}
          @closed=${() => (this.holding = null)}
        ></io-hold-sheet>`,
      say,
    );
  }

  #press({ detail: { door, action, ...held } }) {
    if (this.session.state.you.pin) this.pressing = { door, action, ...held };
    else this.session.press(door, action, held);
  }

  async #ask({ detail: { door, told } }) {
    told((await this.session.askToBeLetIn(door)) ? "asked" : "failed");
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
              .place=${page === "me" ? -1 : place}
              .say=${say}
              @place=${this.#toPlace}
            ></io-place-bar>`
          : nothing
      }
    </div>`;
  }

  #page(page, { state, t, place, say }) {
    if (page === "me")
      return this.later.shown(
        "me",
        () =>
          html`<io-me-page
            class="scrolls"
            .session=${this.session}
            .state=${state}
            .say=${say}
            @sign-out=${this.#signOut}
          ></io-me-page>`,
        say,
      );
    if (page === "guests")
      return this.later.shown(
        "guests",
        () =>
          html`<io-guests-page
            class="scrolls"
            .session=${this.session}
            .state=${state}
            .place=${state.places[place]?.id}
            .say=${say}
          ></io-guests-page>`,
        say,
      );
    if (page === "manage")
      return this.later.shown(
        "manage",
        () =>
          html`<io-manage-page
            class="fills"
            .session=${this.session}
            .state=${state}
            .place=${state.places[place]?.id}
            .say=${say}
          ></io-manage-page>`,
        say,
      );
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
      @press=${this.#press}
      @hold=${({ detail }) => (this.holding = detail.door)}
      @ask=${this.#ask}
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
    this.place = this.session.state.places[detail.index]?.id ?? null;
    if (this.page === "me") this.page = "doors";
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
    const found = LINK.exec(location.hash);
    if (found) this.link = { kind: found[1], secret: decodeURIComponent(found[2]) };
  }

  // The secret leaves the address bar and the history as soon as it has been used.
  #forgetLink() {
    history.replaceState(null, "", "/");
  }

  #leaveLink() {
    this.#forgetLink();
    this.link = null;
    if (!this.session.begun) this.session.start();
  }

  // Somebody else may be signed in now.
  #startAnew() {
    this.#forgetLink();
    this.link = null;
    this.session.start();
  }
}

const pagesOf = ({ manages = [], invites = [] }) => [
  "doors",
  ...(invites.length ? ["guests"] : []),
  ...(manages.length ? ["manage"] : []),
  "me",
];

customElements.define("iomando-app", IomandoApp);
