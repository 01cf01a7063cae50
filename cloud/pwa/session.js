// What the app can do: wires the socket and the calls to the state, makes presses, signs in and out. It draws nothing:
// whoever renders listens to "change" and reads `state`.
import * as api from "./api.js";
import { pageTime } from "./clock.js";
import { forget, keep, lastPicture } from "./kept.js";
import { Live } from "./live.js";
import { TICK_MS, cloudTime, isLive, liveUntil, mayPress, pressUntil, reduce, start } from "./store.js";
import { quietEnds } from "./view.js";

const REDRAW_MS = 1000; // ages are shown in seconds
const SESSION_ENDED = 4401;
const PRESS_ID_BYTES = 18; // 24 characters of base64url
const ON_THE_WAY_S = 2;
const HOLD_LEAST_S = 60;
const READ_KEY = "iomando.read"; // failures that were read, so that a reload does not tell them again
const READ_KEPT = 20;

export class Session extends EventTarget {
  constructor() {
    super();
    this.state = { ...start, read: readBefore() };
    this.heads = null; // of the logs, once she turns out to manage a place
    this.live = new Live({
      address: `${location.origin.replace(/^http/, "ws")}/api/v1/live`,
      hello: () => ({ type: "watch", stream: this.state.stream, seen: this.state.n }),
      onMessage: (message) => this.#heard(message),
      onDown: (lost) => this.#down(lost),
      onTry: () => this.#askForTick(),
      mayConnect: () => document.visibilityState === "visible",
    });
    const back = () => document.visibilityState === "visible" && this.#back();
    for (const name of ["online", "pageshow"]) addEventListener(name, back);
    document.addEventListener("visibilitychange", back);
    addEventListener("pagehide", () => this.live.stop());
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.#keep());
    for (const name of ["error", "unhandledrejection"]) addEventListener(name, () => this.#doubtPicture());
    addEventListener("offline", () => this.#tell({ kind: "time" }));
  }

  get isOut() {
    return this.state.session === "out" || this.state.session === "ended";
  }

  // From nothing: whatever was shown belonged to whoever was signed in before. `again`: the page has been opened, by the
  // same person as far as this phone knows.
  start({ again = false } = {}) {
    this.begun = true; // before that, coming back to the page is no reason to connect
    this.live.stop();
    this.#tell({ kind: "starting" });
    const picture = again ? lastPicture() : null;
    if (picture) this.#tell({ kind: "kept", picture });
    else forget();
    this.live.start();
  }

  // One press: over the socket, or by POST while that is down and the cloud was heard just now. Otherwise it is not made.
  // `pin`: typed just now; the moment of the press is this one. `seconds` or `until`: how long a door is to be held open.
  async press(door, action, { pin, seconds, until } = {}) {
    const t = pageTime();
    if (!mayPress(this.state, t)) return;
    const press_id = newPressId();
    const at = Math.round(cloudTime(this.state, t));
    this.#tell({ kind: "pressed", press_id, door, action, at });
    const press = { press_id, door, action, at, ...(pin ? { pin } : {}), ...lasting(seconds, until, at) };
    if (this.live.send({ type: "press", ...press })) return;
    try {
      const reply = await api.press(press);
      if (reply) this.#tell({ kind: "message", message: { ...reply, type: "reply", press_id } });
      else this.#signedOut(true);
    } catch (error) {
      if (!(error instanceof api.Unreachable)) throw error; // did it arrive? the next snapshot knows
    }
  }

  read(key) {
    this.#tell({ kind: "read", key });
    keepRead(this.state.read.slice(-READ_KEPT));
  }

  // true when whoever manages the place has been told that she wants to be let in.
  async askToBeLetIn(door) {
    try {
      await api.ask("POST", `doors/${encodeURIComponent(door)}/ask`);
      return true;
    } catch (error) {
      if (!(error instanceof api.Unreachable || error instanceof api.Refused)) throw error;
      return false;
    }
  }

  readNews(id) {
    this.#tell({ kind: "news_read", id });
  }

  // Everything of a place that she manages, unless it is here already or on its way.
  async manage(place) {
    const known = this.state.managed[place];
    if (known?.since || (known?.data && !known.stale)) return;
    this.#tell({ kind: "managing", place });
    let data = null;
    try {
      data = await api.ask("GET", api.placePath(place));
    } catch (error) {
      if (!(error instanceof api.Unreachable || error instanceof api.Refused)) throw error;
    }
    this.#tell({ kind: "managed", place, data });
  }

  readFarewell(id) {
    this.#tell({ kind: "farewell_read", id });
  }

  // true, or false when the link is used or over; throws Unreachable when nothing is known to have happened.
  async signIn(secret) {
    const done = await api.signIn(secret);
    if (done) this.start();
    return done;
  }

  async signOut() {
    await api.signOut();
    this.#signedOut(false);
  }

  #back() {
    if (this.isOut || !this.begun) return;
    this.#tell({ kind: isLive(this.state, pageTime()) ? "time" : "returning" });
    if (this.live.running) this.live.nudge();
    else this.live.start();
  }

  #heard(message) {
    this.#tell({ kind: "message", message });
    if (this.state.lost || (message.type === "change" && hasStrangePlace(this.state))) this.#askForAll();
    else if (message.type === "snapshot" || message.type === "heads") this.#hearHeads();
    if (message.type === "snapshot") this.#keep();
  }

  async #hearHeads() {
    if (!this.state.you.manages?.length) return;
    try {
      const { Heads } = await import("./heads.js");
      this.heads ??= new Heads(() => this.dispatchEvent(new Event("change")));
    } catch {
      return; // it did not come: the next heads ask for it again
    }
    await this.heads.heard(this.state);
  }

  #keep() {
    keep(this.state, pageTime());
  }

  // A kept picture that cannot be drawn, of an older app maybe, must not be in the way of the true one.
  #doubtPicture() {
    if (this.state.session !== "unknown" || !this.state.you) return;
    forget();
    this.#tell({ kind: "starting" });
  }

  // While the socket is on its way: with the time from the cloud a press can go by POST. As long as it answers, once a
  // second; when it does not, the next attempt of the socket asks again.
  async #askForTick() {
    clearTimeout(this.nextTick);
    if (this.asking || isLive(this.state, pageTime()) || !(this.state.you || globalThis.firstTick)) return;
    this.asking = true;
    try {
      const told = await firstTickOr(api.tick);
      if (told === null) this.#signedOut(this.state.you !== null);
      else if (!this.state.you) return; // nothing to press yet
      else if (told.person !== this.state.you?.id) this.#otherPerson();
      else this.#tell({ kind: "ticked", ...told });
      const again = told && !isLive(this.state, pageTime()) && document.visibilityState === "visible";
      if (again) this.nextTick = setTimeout(() => this.#askForTick(), TICK_MS);
    } catch (error) {
      if (!(error instanceof api.Unreachable)) throw error;
    } finally {
      this.asking = false;
    }
  }

  // Somebody else has signed in on this phone: what is shown is not hers to see.
  #otherPerson() {
    if (!this.state.you) return;
    forget();
    this.#tell({ kind: "starting" });
  }

  // A change was lost, or a door of a place that we know nothing of came into view: only a snapshot helps.
  #askForAll() {
    this.state = { ...this.state, stream: null };
    this.live.restart();
  }

  async #down({ code, opened }) {
    this.#tell({ kind: "down" });
    if (code === SESSION_ENDED) this.#signedOut(this.state.you !== null);
    else if (!opened && navigator.onLine) await this.#stillSignedIn();
  }

  // A refused upgrade looks like a lost network to a page; an ordinary call can tell the two apart.
  async #stillSignedIn() {
    try {
      if ((await api.sessions()) === null) this.#signedOut(this.state.you !== null);
    } catch (error) {
      if (!(error instanceof api.Unreachable)) throw error;
    }
  }

  #signedOut(ended) {
    this.live.stop();
    forget();
    import("./push.js").then(({ drop }) => drop()).catch(() => {}); // the cloud pushes nothing more anyway
    this.#tell({ kind: "signed_out", ended });
  }

  #tell(event) {
    this.state = reduce(this.state, { t: pageTime(), ...event });
    this.#redrawLater();
    this.dispatchEvent(new Event("change"));
  }

  // The picture also changes by time alone: it stops being live, a success has been shown, an age grows.
  #redrawLater() {
    clearTimeout(this.redraw);
    if (this.isOut) return;
    const t = pageTime();
    const next = [liveUntil(this.state), pressUntil(this.state), ...quietEnds(this.state)].filter((moment) => moment > t);
    this.redraw = setTimeout(
      () => this.#tell({ kind: "time" }),
      Math.min(REDRAW_MS, ...next.map((moment) => moment - t + 1)),
    );
  }
}

// The first was asked for before any module was there (early.js); `t`: when it came.
async function firstTickOr(ask) {
  const first = globalThis.firstTick;
  globalThis.firstTick = null;
  const early = await first;
  if (!early) return ask();
  return early.status === 401 ? null : (early.told ?? ask());
}

// A hold until a moment is a little shorter: the press takes its time to the cloud, and must not end beyond it.
function lasting(seconds, until, at) {
  if (until) return { seconds: Math.max(HOLD_LEAST_S, Math.floor((until - at) / 1000) - ON_THE_WAY_S) };
  return seconds ? { seconds } : {};
}

const hasStrangePlace = ({ doors, places }) => doors.some((door) => !places.some(({ id }) => id === door.place));

function newPressId() {
  const bytes = crypto.getRandomValues(new Uint8Array(PRESS_ID_BYTES));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}

// A browser may refuse its storage; then a reload tells a read failure once more.
function readBefore() {
  try {
    return JSON.parse(localStorage.getItem(READ_KEY)) ?? [];
  } catch {
    return [];
  }
}

function keepRead(keys) {
  try {
    localStorage.setItem(READ_KEY, JSON.stringify(keys));
  } catch {
    return;
  }
}
