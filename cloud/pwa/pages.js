// The pages beside the doors, each loaded when it is first shown. Only templates; what their events do is the app's
// business. `place`: the one that is shown.
import { html } from "lit";

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
