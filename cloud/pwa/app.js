// The root: which screen is shown. It holds the session, hands the state down and what people do up.
import { LitElement, html, nothing } from "lit";
import { read } from "./address.js";
import { Unreachable } from "./api.js";
import { appStyles } from "./app-styles.js";
import { pageTime } from "./clock.js";
import { changedLogs, farewells, navigation, noDoors, placeBar, unreachable } from "./frame.js";
import "./home-page.js";
import { Later } from "./later.js";
import { Habits, likelyPlace } from "./likely.js";
import "./link-note.js";
import { holdSheet, installNote, isLater, languageNote, laterPage, newsNote, oneDoor } from "./screens.js";
import { opened, pinSheet } from "./screens.js";
import { Session } from "./session.js";
import { GRACE_MS, cloudTime, isLive, isSettled } from "./store.js";
import { base } from "./styles.js";
import { chosenLanguage, isReady, speaker, want } from "./texts.js";
import { rememberLanguage, show } from "./theme.js";

const THROUGH_MS = 6000; // a success is shown for four seconds; then she has gone in
const wide = matchMedia("(min-width: 900px)");

class IomandoApp extends LitElement {
  static properties = {
    page: { state: true },
    place: { state: true },
    link: { state: true }, // {kind, secret} of the link that was opened
    alone: { state: true }, // the id of the only door that is shown
    pressing: { state: true }, // {door, action, seconds, until} that waits for her four digits
    holding: { state: true }, // the door that she wants to hold open: until when?
  };

  static styles = [base, appStyles];

  constructor() {
    super();
    this.page = "doors";
    this.place = null; // the id of the one that is shown: their order changes; null: the likely one
    this.session = new Session();
    this.later = new Later(this);
    this.habits = new Habits();
    this.session.addEventListener("change", () => this.#changed());
    wide.addEventListener("change", () => this.requestUpdate());
    addEventListener("hashchange", () => this.#readAddress());
    this.#readAddress();
    if (!this.link) this.session.start({ again: true });
    show();
  }

  get #say() {
    const { you } = this.session.state;
    const language = chosenLanguage(you?.language, you ? [] : navigator.languages);
    if (!isReady(language)) want(language).then(() => this.requestUpdate()); // meanwhile in the one that is here
    else if (language !== this.spoken?.language) this.spoken = speaker(language);
    this.spoken ??= speaker(document.documentElement.lang);
    return this.spoken;
  }

  #changed() {
    if (this.session.isOut) this.habits.forget();
    if (this.session.state.session !== "on") this.likely = undefined; // whoever comes next has other ways
    this.requestUpdate();
  }

  updated() {
    const { state } = this.session;
    document.documentElement.lang = this.spoken.language;
    if (state.you) rememberLanguage(this.spoken.language);
    if ((state.session !== "unknown" || this.link) && !this.keeping) this.keeping = this.#keepShell();
    if (state.link.number > 1 && isLive(state, pageTime())) this.worker?.ask();
  }

  // After the first picture: what the service worker fetches must not be in its way.
  async #keepShell() {
    const { Worker } = await import("./worker.js").catch(() => ({})); // the line went: the next visit keeps it
    if (!Worker) return;
    this.worker = new Worker({ idle: () => this.#isIdle(), go: (url) => location.assign(url) });
    await this.worker.start();
  }

  // Nothing is open, typed or on its way: a new page in place of this one loses nothing.
  #isIdle() {
    const { operations, presses } = this.session.state;
    const going = presses.length > 0 || operations.some((operation) => !isSettled(operation));
    return !going && !this.link && !this.pressing && !this.holding && this.page === "doors";
  }

  render() {
    const say = this.#say;
    const { state } = this.session;
    if (this.link) return opened(this.link.kind, this.later, this.#linked(say));
    if (state.session === "out" || state.session === "ended")
      return this.later.shown("signed-out", () => this.#signedOut(state.session === "ended", say), say);
    if (!state.you) return this.#beforeAnything(state, say);
    return this.#signedIn(state, say);
  }

  #linked(say) {
    const { session, link } = this;
    const { secret } = link;
    return { session, secret, say, anew: this.#startAnew, leave: this.#leaveLink, spent: this.#forgetLink };
  }

  #signedOut(ended, say) {
    return html`<io-signed-out ?ended=${ended} .say=${say} @signed-in=${() => this.session.start()}></io-signed-out>`;
  }

  #beforeAnything({ link }, say) {
    const waited = pageTime() - link.since;
    return waited > GRACE_MS ? unreachable(say) : html`<slot></slot>`; // what stands in index.html
  }

  #signedIn(state, say) {
    const t = pageTime();
    const pages = pagesOf(state.you);
    const page = pages.includes(this.page) ? this.page : "doors";
    this.likely ??= likelyPlace(state.doors, this.habits.of(state), cloudTime(state, t)) ?? "";
    const shown = this.#aloneOf(state)?.place ?? this.place ?? this.likely;
    const place = Math.max(
      0,
      state.places.findIndex(({ id }) => id === shown),
    );
    const zone = state.places[place]?.zone;
    const { session } = this;
    const around = { wide: wide.matches, state, place, say, toPlace: this.#toPlace };
    return html`<div class="frame on-${page} ${wide.matches ? "wide" : ""} ${isLive(state, t) ? "" : "past"}">
      <header>${page === "me" ? nothing : placeBar(around)}</header>
      <main>
        <io-link-note .state=${state} .t=${t} .zone=${zone} .say=${say}></io-link-note>
        <div role="status" aria-label=${say("news_label")}>${state.news.length ? this.#news(state, t, say) : nothing}</div>
        ${changedLogs(state, session.heads, say)} ${farewells(state.farewells, say, (id) => session.readFarewell(id))}
        ${this.arrived && page === "doors" ? languageNote(this.later, state) : nothing}
        ${this.#page(page, { state, t, place, say })} ${this.#mayBeTold(page) ? installNote(this.later, say) : nothing}
      </main>
      ${state.you.admin && wide.matches && page !== "manage" ? this.#logBeside(state, say) : nothing}
      ${navigation({ ...around, pages, page, toPage: this.#toPage })} ${this.pressing ? this.#pin(say) : nothing}
      ${this.holding ? this.#holdUntil(say) : nothing}
    </div>`;
  }

  #news(state, t, say) {
    return newsNote(this.later, { state, t, say, read: ({ detail }) => this.session.readNews(detail.id) });
  }

  // How to put the app on the home screen: when she is through a door, or looks at herself; the element knows whether.
  #mayBeTold(page) {
    return page === "me" || (page === "doors" && isThrough(this.session.state, pageTime()));
  }

  #pin(say) {
    const { door, action, ...held } = this.pressing;
    return pinSheet(this.later, {
      state: this.session.state,
      pressing: this.pressing,
      say,
      pin: ({ detail }) => this.session.press(door, action, { ...held, pin: detail.pin }),
      closed: () => (this.pressing = null),
    });
  }

  #holdUntil(say) {
    const door = this.holding;
    return holdSheet(this.later, {
      state: this.session.state,
      holding: door,
      t: pageTime(),
      say,
      chosen: ({ detail }) => this.#press({ detail: { door, action: "hold", ...detail } }),
      closed: () => (this.holding = null),
    });
  }

  #press = ({ detail: { door, action, ...held } }) => {
    const { state } = this.session;
    this.habits.note(state.you.id, door, cloudTime(state, pageTime()));
    if (this.session.state.you.pin) this.pressing = { door, action, ...held };
    else this.session.press(door, action, held);
  };

  #ask = async ({ detail: { door, told } }) => {
    told((await this.session.askToBeLetIn(door)) ? "asked" : "failed");
  };

  #logBeside(state, say) {
    return html`<aside>
      ${this.later.shown("log", () => html`<io-log-page beside .state=${state} .say=${say}></io-log-page>`, say)}
    </aside>`;
  }

  #page(page, { state, t, place, say }) {
    const { session, later } = this;
    const more = { signOut: (event) => this.#signOut(event), toPlace: this.#toPlace };
    if (isLater(page)) return laterPage(page, later, { session, state, place: state.places[place], say, ...more });
    if (!state.doors.length) return noDoors(say, state.you);
    const alone = this.#aloneOf(state);
    const did = {
      press: this.#press,
      hold: ({ detail }) => (this.holding = detail.door),
      ask: this.#ask,
      read: ({ detail }) => session.read(detail.key),
    };
    if (alone) return oneDoor(later, { state, t, door: alone, say, ...did, all: this.#showAll });
    return html`<io-home-page
      class="fills"
      .state=${state}
      .t=${t}
      .place=${place}
      .habits=${this.habits}
      .say=${say}
      @place=${this.#toPlace}
      @press=${did.press}
      @hold=${did.hold}
      @ask=${did.ask}
      @read=${did.read}
    ></io-home-page>`;
  }

  // A door that is not hers any more is not shown alone: then all are.
  #aloneOf({ doors }) {
    return doors.find(({ id }) => id === this.alone);
  }

  #toPage = ({ detail }) => {
    if (this.alone) this.#showAll();
    this.page = detail.page;
  };

  #toPlace = ({ detail }) => {
    if (this.alone) this.#showAll();
    this.place = this.session.state.places[detail.index]?.id ?? null;
    if (this.page === "me") this.page = "doors";
  };

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
    const { link, door, page } = read(location.hash);
    this.link = link ?? this.link;
    this.alone = door ?? null;
    this.page = page ?? this.page;
  }

  #showAll = () => {
    this.place = this.session.state.doors.find(({ id }) => id === this.alone)?.place ?? null;
    this.alone = null;
    this.#forgetLink();
  };

  // The secret leaves the address bar and the history as soon as it has been used.
  #forgetLink() {
    history.replaceState(null, "", "/");
  }

  #leaveLink = () => {
    this.#forgetLink();
    this.link = null;
    this.arrived = true;
    if (!this.session.begun) this.session.start({ again: true });
  };

  // Somebody else may be signed in now.
  #startAnew = () => {
    this.#forgetLink();
    this.link = null;
    this.arrived = true;
    this.session.start();
  };
}

// Her press of this visit has opened, and that has been shown.
const isThrough = ({ operations, learned, you }, t) =>
  operations.some(({ id, state, movement, person }) => {
    const since = learned[id]?.t ?? 0; // before this page: below 0
    const good = state === "DONE" && (movement === null || movement === "moved");
    return person.id === you.id && good && since > 0 && t - since > THROUGH_MS;
  });

const pagesOf = ({ manages = [], invites = [] }) => [
  "doors",
  ...(invites.length ? ["guests"] : []),
  ...(manages.length ? ["manage"] : []),
  "me",
];

customElements.define("iomando-app", IomandoApp);
