// Screens that are loaded when they are first shown, so that the doors are there sooner. A reactive controller.
import { html, nothing } from "lit";

const SCREENS = {
  "sign-in": () => import("./sign-in.js"),
  "one-door": () => import("./one-door.js"),
  install: () => import("./install-note.js"),
  language: () => import("./language-note.js"),
  news: () => import("./news-note.js"),
  log: () => import("./log-page.js"),
  "signed-out": () => import("./gate/signed-out.js"),
  guest: () => import("./gate/guest-link.js"),
  ask: () => import("./gate/poster.js"),
  pin: () => import("./parts/pin-sheet.js"),
  hold: () => import("./parts/hold-sheet.js"),
  guests: () => import("./guests-page.js"),
  me: () => import("./me-page.js"),
  host: () => import("./host/host-page.js"),
  maintain: () => import("./maintain/maintain-page.js"),
  manage: () => import("./manage/manage-page.js"),
};

const AGAIN_MS = 3000;

export class Later {
  constructor(host) {
    this.host = host;
    this.states = {}; // name -> "coming" | "here" | "missing"
    host.addController(this);
  }

  // The screen once it is here; until then, that it is on its way.
  shown(name, screen, say) {
    if (this.states[name] === "here") return screen();
    if (this.states[name] !== "coming") this.#load(name);
    return html`<p class="coming" role="status">${this.missed ? say("page_missing") : say("loading")}</p>`;
  }

  // The same, without a word while it is on its way.
  quietly(name, screen) {
    if (this.states[name] === "here") return screen();
    if (this.states[name] !== "coming") this.#load(name);
    return nothing;
  }

  async #load(name) {
    this.states[name] = "coming";
    try {
      await SCREENS[name]();
      this.states[name] = "here";
      this.missed = false;
    } catch {
      this.missed = true; // the browser says only that it did not come: the network, as a rule
      setTimeout(() => {
        this.states[name] = "missing";
        this.host.requestUpdate();
      }, AGAIN_MS);
    }
    this.host.requestUpdate();
  }
}
