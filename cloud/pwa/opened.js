// What a link leads to, before anything is used up: to sign in, to be a guest, to ask for access. Only templates; what
// their events do is the app's business.
import { html } from "lit";

const SCREENS = {
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

export const opened = (kind, later, link) => later.shown(kind, () => SCREENS[kind](link), link.say);
