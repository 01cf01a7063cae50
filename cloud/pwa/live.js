// The websocket: opened, watched, dropped when silent, opened again with jitter. It hands over messages and the link's
// ups and downs, and knows nothing of doors. It never sends a thing twice and keeps nothing for later.
import { pageTime } from "./clock.js";

const SILENT_MS = 5000; // ticks come every second: after this the connection is dead, whatever the browser believes
const FIRST_MESSAGE_MS = 6000; // from opening to the first message
const FIRST_WAIT_MS = 300; // the longest wait before the first new attempt; doubles with each failure
const LONGEST_WAIT_MS = 8000;
const JUST_STARTED_MS = 1000; // coming back fires several events at once: one attempt serves them all
const RUSHED_WAIT_MS = 5000; // at least this after being told that we talk too much
const TOO_MANY_MESSAGES = 4429;

export class Live {
  // hello(): the first message, says how far we are. mayConnect(): false while nobody looks. onTry(): another attempt.
  constructor({ address, hello, onMessage, onDown, onTry = () => {}, mayConnect = () => true }) {
    Object.assign(this, { address, hello, onMessage, onDown, onTry, mayConnect });
    this.failures = 0;
    this.running = false;
  }

  start() {
    this.running = true;
    this.#connect();
  }

  stop() {
    this.running = false;
    this.#drop();
  }

  // The network or the person has come back: do not wait for the next attempt.
  nudge() {
    const now = pageTime();
    const alive =
      this.socket && (this.heard ? now - this.heardAt < SILENT_MS / 2 : now - this.startedAt < JUST_STARTED_MS);
    if (!this.running || alive) return;
    if (this.socket) this.#lost(undefined, false);
    this.failures = 0;
    this.#connect();
  }

  restart() {
    this.#lost(undefined, false);
    this.#connect();
  }

  // true when the socket took it. What is not taken is not kept.
  send(message) {
    if (!this.heard || this.socket.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  #connect() {
    clearTimeout(this.retry);
    if (this.socket || !this.mayConnect()) return;
    const socket = new WebSocket(this.address);
    this.socket = socket;
    this.startedAt = pageTime();
    this.heard = false;
    this.opened = false;
    this.#expect(FIRST_MESSAGE_MS);
    this.onTry();
    socket.onopen = () => {
      this.opened = true;
      socket.send(JSON.stringify(this.hello()));
    };
    socket.onmessage = ({ data }) => {
      this.heard = true;
      this.heardAt = pageTime();
      this.failures = 0;
      this.#expect(SILENT_MS);
      this.onMessage(JSON.parse(data));
    };
    socket.onclose = ({ code }) => this.#lost(code);
  }

  #expect(ms) {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.#lost(), ms);
  }

  #lost(code, again = true) {
    const { opened } = this;
    this.#drop();
    this.onDown({ code, opened });
    if (this.running && again) this.#connectLater(code);
  }

  #connectLater(code) {
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.failures);
    this.failures += 1;
    const least = code === TOO_MANY_MESSAGES ? RUSHED_WAIT_MS : 0;
    this.retry = setTimeout(() => this.#connect(), least + Math.random() * longest);
  }

  #drop() {
    clearTimeout(this.silence);
    clearTimeout(this.retry);
    if (!this.socket) return;
    this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
    this.socket.close();
    this.socket = null;
    this.heard = false;
  }
}
