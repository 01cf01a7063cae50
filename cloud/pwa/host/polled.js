// Asks a call again and again while somebody looks: what it tells is pushed to nobody. A reactive controller; what was
// known stays, with its age.
import { Refused, Unreachable, ask } from "../api.js";

const EVERY_MS = 10_000;

export class Polled {
  constructor(host, path) {
    this.host = host;
    this.path = path; // () => what to ask
    this.value = null;
    this.failed = false;
    this.seen = () => document.visibilityState === "visible" && this.now();
    host.addController(this);
  }

  hostConnected() {
    document.addEventListener("visibilitychange", this.seen);
    this.now();
  }

  hostDisconnected() {
    document.removeEventListener("visibilitychange", this.seen);
    clearTimeout(this.timer);
    this.number = null; // what is on its way is for nobody
  }

  // Also when what to ask has changed: a later question replaces this one.
  async now() {
    clearTimeout(this.timer);
    this.number = (this.number ?? 0) + 1;
    const { number } = this;
    let value = null;
    try {
      value = await ask("GET", this.path());
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
    }
    if (number !== this.number) return;
    if (value) this.value = value;
    this.failed = !value;
    this.host.requestUpdate();
    this.timer = setTimeout(() => document.visibilityState === "visible" && this.now(), EVERY_MS);
  }
}
