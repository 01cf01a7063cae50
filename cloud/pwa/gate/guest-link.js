// What a guest's link shows before it is used: the place, its doors, when it will work. Only the tap on its one button
// binds it to this phone, so that a chat's preview cannot. Fires "signed-in", "spent" and "leave".
import { LitElement, css, html, nothing } from "lit";
import { Refused, Unreachable, ask } from "../api.js";
import { at, span } from "../format.js";
import { gate } from "../gate-styles.js";
import { accessWords } from "../hours.js";
import { mark } from "../icons.js";
import "../more-texts.js";
import { Doing } from "../parts/doing.js";
import { formStyles } from "../parts/form-styles.js";
import { base } from "../styles.js";

const SOON_MS = 24 * 3_600_000;

class GuestLink extends LitElement {
  static properties = {
    secret: {},
    say: { attribute: false },
    link: { state: true },
    here: { state: true }, // who is signed in on this phone and would be no longer
  };

  static styles = [
    base,
    formStyles,
    gate,
    css`
      dl {
        width: 100%;
        margin: 0;
        padding: 8px 16px;
        border: 1px solid var(--line);
        border-radius: var(--radius-card);
        background: var(--surface);
        text-align: left;
      }
      dl div {
        display: grid;
        grid-template-columns: minmax(72px, auto) 1fr;
        gap: 16px;
        padding: 8px 0;
      }
      dl div + div {
        border-top: 1px solid var(--line);
      }
      dt {
        color: var(--ink-2);
        font-size: var(--text);
      }
      dd {
        margin: 0;
        overflow-wrap: anywhere;
      }
    `,
  ];

  constructor() {
    super();
    this.doing = new Doing(this);
  }

  willUpdate(changed) {
    if (changed.has("secret")) this.#look();
  }

  render() {
    const { link, say } = this;
    if (!link)
      return html`<main>${mark(64)}${this.doing.failed ? this.#failed() : html`<p>${say("loading")}</p>`}</main>`;
    if (link.state !== "new") return this.#useless(link.state === "bound" ? "guest_bound" : "guest_ended");
    return html`<main>
      ${mark(64)}
      <h1>${say("guest_title", { place: link.place ?? "" })}</h1>
      <p class="detail">
        ${say(link.host ? "guest_detail" : "guest_detail_alone", { name: link.name ?? "", host: link.host })}
      </p>
      <dl>
        ${this.#line("guest_doors", link.doors.length ? link.doors.join(", ") : say("guest_all_doors"))}
        ${this.#line("guest_hours", this.#hours())} ${this.#line("guest_works", this.#works())}
      </dl>
      ${this.here ? html`<p class="warned">${say("guest_replaces", { name: this.here.name })}</p>` : nothing}
      <button class="strong big" aria-disabled=${this.doing.busy ? "true" : "false"} @click=${this.#use}>
        ${say(this.doing.busy ? "sign_in_asking" : "guest_use")}
      </button>
      ${this.doing.told(say)}
      <p class="detail small">${say("guest_once")}</p>
    </main>`;
  }

  #line(key, words) {
    return html`<div>
      <dt>${this.say(key)}</dt>
      <dd>${words}</dd>
    </div>`;
  }

  #hours() {
    const { hours, ends, uses, zone } = this.link;
    return accessWords({ hours, ends, uses }, this.say, { now: Date.now(), zone: zone ?? undefined });
  }

  #works() {
    const { say } = this;
    const { allowed, next, zone } = this.link;
    if (allowed) return say("guest_works_now");
    if (!next) return say("guest_works_never");
    const left = next - Date.now();
    const moment = at(next, Date.now(), say, zone ?? undefined);
    return say("guest_works_from", { at: moment, span: left < SOON_MS ? ` (${span(left)})` : "" });
  }

  #useless(key) {
    const { say } = this;
    return html`<main>
      ${mark(64)}
      <h1>${say(key)}</h1>
      <p class="detail">${say("guest_ask_host")}</p>
      <button class="quiet" @click=${() => this.#tell("leave")}>${say("to_the_doors")}</button>
    </main>`;
  }

  #failed() {
    const { say } = this;
    return html`${this.doing.told(say)} <button class="quiet" @click=${this.#look}>${say("try_again")}</button>`;
  }

  async #look() {
    this.link = null;
    const link = await this.doing.run(() => ask("POST", "links/look", { secret: this.secret }));
    if (link) this.#found(link);
    else if (this.doing.failed?.reason !== "unreachable") this.link = { state: "ended" };
  }

  async #found(link) {
    this.link = link;
    try {
      this.here = await ask("GET", "me");
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      this.here = null; // nobody, as far as anybody can tell
    }
  }

  async #use() {
    if (this.doing.busy) return;
    const done = await this.doing.run(() => ask("POST", "guest", { secret: this.secret }));
    if (done !== undefined) {
      this.#tell("signed-in");
    } else if (this.doing.failed.reason !== "unreachable") {
      this.link = { state: this.doing.failed.reason === "bound" ? "bound" : "ended" };
      this.#tell("spent");
    }
  }

  #tell(name) {
    this.dispatchEvent(new Event(name));
  }
}

customElements.define("io-guest-link", GuestLink);
