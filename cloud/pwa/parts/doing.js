// What a form does with the cloud: one call at a time, told while it lasts, and why it was not done. A reactive
// controller; the words are the catalogue's.
import { html, nothing } from "lit";
import { Refused, Unreachable } from "../api.js";

const REASONS = [
  "conflict",
  "unknown",
  "last_owner",
  "member",
  "role",
  "full",
  "decided",
  "holidays",
  "invalid",
  "busy",
  "session",
  "scope",
  "code",
  "passkey",
  "pin",
  "pin_paused",
  "bound",
  "unavailable",
];

export class Doing {
  constructor(host) {
    this.host = host;
    this.busy = false;
    this.failed = null; // {reason, detail, current}
    host.addController(this);
  }

  hostConnected() {
    this.clear();
  }

  clear() {
    this.failed = null;
    this.host.requestUpdate();
  }

  // The answer of what(), or undefined when it was not done (then `failed` says why).
  async run(what) {
    if (this.busy) return undefined;
    this.busy = true;
    this.clear();
    try {
      return (await what()) ?? null;
    } catch (error) {
      if (error instanceof Unreachable) this.failed = { reason: "unreachable" };
      else if (error instanceof Refused) this.failed = error;
      else throw error;
      return undefined;
    } finally {
      this.busy = false;
      this.host.requestUpdate();
    }
  }

  words(say) {
    const { reason, detail } = this.failed;
    const key = reason === "malformed" ? "invalid" : reason;
    if (key === "unreachable") return say("cannot_unreachable");
    return REASONS.includes(key) ? say(`cannot_${key}`, { detail }) : say("cannot_other", { detail: detail ?? reason });
  }

  // The live region of the form: empty while there is nothing to say.
  told(say, done = null) {
    return html`<div role="status" class="told">
      ${this.failed ? html`<p class="failed">${this.words(say)}</p>` : nothing}
      ${!this.failed && done ? html`<p class="done">${done}</p>` : nothing}
    </div>`;
  }
}
