// What maintainers are shown: asked for once, and again when it was pushed that it has changed, or the line was away. Never
// more often than once a second, however much is pushed. A reactive controller; what was known stays while it is asked.
import { Refused, Unreachable, ask } from "../api.js";
import { pageTime } from "../clock.js";

const PACE_MS = 1000; // a list of a thousand door boxes is 300 kB
const AGAIN_MS = 3000; // after no answer
const PASSING = ["unreachable", "busy"]; // asking once more helps

export class Asked {
  // path(): what to ask. The host has `state`, of the session.
  constructor(host, path) {
    this.host = host;
    this.path = path;
    this.value = null;
    this.failed = null; // "unreachable", or the reason of a refusal
    host.addController(this);
  }

  hostUpdate() {
    const { link, rollouts } = this.host.state;
    const wanted = `${link.number} ${rollouts} ${this.path()}`;
    if (wanted === this.wanted) return;
    this.wanted = wanted;
    this.#soon();
  }

  hostDisconnected() {
    clearTimeout(this.timer);
    this.timer = null;
    this.wanted = null;
  }

  // What is asked already may be older than what was just pushed: it is asked once more, after that.
  #soon(waiting = Math.max(0, (this.last ?? -Infinity) + PACE_MS - pageTime())) {
    if (this.timer || this.asking) return;
    this.timer = setTimeout(() => this.#now(), waiting);
  }

  async #now() {
    const { wanted } = this;
    this.timer = null;
    this.asking = true;
    this.last = pageTime();
    try {
      this.value = await ask("GET", this.path());
      this.failed = null;
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      this.failed = error.reason ?? "unreachable";
    } finally {
      this.asking = false;
    }
    this.host.requestUpdate();
    if (this.wanted === null) return; // nobody is shown it any more
    if (PASSING.includes(this.failed)) this.#soon(AGAIN_MS);
    else if (this.wanted !== wanted) this.#soon();
  }
}
