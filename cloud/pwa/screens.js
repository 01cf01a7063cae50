// The screens that are loaded when they are first shown (later.js): what a link leads to, what is asked before a press, the
// pages beside the doors. Only templates; what their events do is the app's business.
import { html, nothing } from "lit";
import { cloudTime, isLive } from "./store.js";
import { otherLanguage } from "./texts.js";

// Before anything of a link is used up: to sign in, to be a guest, to ask for access.
const LINKS = {
  "sign-in": ({ session, secret, say, leave, spent }) =>
    html`<io-sign-in
      .session=${session}
      .secret=${secret}
      .say=${say}
      @signed-in=${leave}
      @spent=${spent}
      @leave=${leave}
    ></io-sign-in>`,
  guest: ({ secret, say, anew, leave, spent }) =>
    html`<io-guest-link
      .secret=${secret}
      .say=${say}
      @signed-in=${anew}
      @spent=${spent}
      @leave=${leave}
    ></io-guest-link>`,
  ask: ({ secret, say, anew }) => html`<io-poster .secret=${secret} .say=${say} @leave=${anew}></io-poster>`,
};

export const opened = (kind, later, link) => later.shown(kind, () => LINKS[kind](link), link.say);

// `pressing`: {door, …} that waits for the digits.
export function pinSheet(later, { state, pressing, say, pin, closed }) {
  const { name } = state.doors.find(({ id }) => id === pressing.door) ?? {};
  const sheet = () =>
    html`<io-pin-sheet .door=${name ?? ""} .say=${say} @pin=${pin} @closed=${closed}></io-pin-sheet>`;
  return later.shown("pin", sheet, say);
}

// Until when: asked before anything is sent. A door that went meanwhile is not held.
export function holdSheet(later, { state, holding, t, say, chosen, closed }) {
  const door = state.doors.find(({ id }) => id === holding);
  if (!door) return nothing;
  const sheet = () =>
    html`<io-hold-sheet
      .door=${door}
      .zone=${state.places.find(({ id }) => id === door.place)?.zone}
      .now=${cloudTime(state, t)}
      ?live=${isLive(state, t)}
      .say=${say}
      @chosen=${chosen}
      @closed=${closed}
    ></io-hold-sheet>`;
  return later.shown("hold", sheet, say);
}

// `place`: the one that is shown.
const PAGES = {
  me: ({ session, state, say, signOut }) =>
    html`<io-me-page
      class="scrolls"
      .session=${session}
      .state=${state}
      .say=${say}
      @sign-out=${signOut}
    ></io-me-page>`,
  guests: ({ session, state, place, say }) =>
    html`<io-guests-page
      class="scrolls"
      .session=${session}
      .state=${state}
      .place=${place?.id}
      .say=${say}
    ></io-guests-page>`,
  manage: ({ session, state, place, say, toPlace }) =>
    html`<io-manage-page
      class="fills"
      .session=${session}
      .state=${state}
      .place=${place?.id}
      .say=${say}
      @place=${toPlace}
    ></io-manage-page>`,
};

export const isLater = (page) => page in PAGES;

export const laterPage = (page, later, of) => later.shown(page, () => PAGES[page](of), of.say);

export const oneDoor = (later, { state, t, door, say, press, hold, ask, read, all }) =>
  later.quietly(
    "one-door",
    () =>
      html`<io-one-door
        class="fills"
        .state=${state}
        .t=${t}
        .door=${door}
        .say=${say}
        @press=${press}
        @hold=${hold}
        @ask=${ask}
        @read=${read}
        @all=${all}
      ></io-one-door>`,
  );

export const newsNote = (later, { state, t, say, read }) =>
  later.quietly(
    "news",
    () => html`<io-news-note .state=${state} .t=${t} .say=${say} @news-read=${read}></io-news-note>`,
  );

export const installNote = (later, say) =>
  later.quietly("install", () => html`<io-install-note .say=${say}></io-install-note>`);

// After a link was used: whoever sent it does not know which language her phone speaks.
export function languageNote(later, { you }) {
  const other = otherLanguage(you.language, navigator.languages);
  if (!other) return nothing;
  return later.quietly("language", () => html`<io-language-note .language=${other}></io-language-note>`);
}
