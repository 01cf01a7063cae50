// Who asks: to become a person of the place, to be let in once, or to be made an owner. One tap each; pushed.
import { LitElement, css, html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { ask } from "../api.js";
import { pageTime } from "../clock.js";
import { span } from "../format.js";
import "../parts/access-form.js";
import { always } from "../parts/access.js";
import { Doing } from "../parts/doing.js";
import { commit } from "../parts/fields.js";
import { formStyles } from "../parts/form-styles.js";
import "../parts/sheet.js";
import "../rule-texts.js";
import { cloudTime } from "../store.js";
import { base } from "../styles.js";
import "./effect.js";
import { pageStyles } from "./page-styles.js";

const LOOKED_AT = 5; // requests whose effect is looked at in the list; of a later one when its access is chosen

class RequestsPage extends LitElement {
  static properties = {
    data: { attribute: false },
    session: { attribute: false },
    state: { attribute: false }, // of the session: another one with every push
    say: { attribute: false },
    choosing: { state: true }, // the request whose access is being chosen
    chosen: { state: true }, // the access in the form; null: not one that can be given
  };

  static styles = [
    base,
    formStyles,
    pageStyles,
    css`
      .request {
        display: grid;
        gap: 8px;
        padding: 12px 16px;
      }
    `,
  ];

  constructor() {
    super();
    this.doing = new Doing(this);
  }

  render() {
    const { data, say } = this;
    const open = data.requests.filter(({ state }) => state === "open").sort((a, b) => b.created - a.created);
    return html`<h2>${say("manage_requests")}</h2>
      ${this.choosing ? nothing : this.doing.told(say)}
      ${open.length ? nothing : html`<p class="plain">${say("requests_none")}</p>`}
      <ul class="list">
        ${repeat(
          open,
          ({ id }) => id,
          (request, at) => this.#request(request, at < LOOKED_AT),
        )}
      </ul>
      ${this.choosing ? this.#sheet() : nothing}`;
  }

  #request(request, looked) {
    const { data, say, session } = this;
    const { kind, name, flat, door, created, person, contact } = request;
    const where = data.doors.find((one) => one.door.id === door)?.door.name ?? "";
    const hers = person === session.state.you.id;
    const ago = span(cloudTime(session.state, pageTime()) - created);
    const called = data.people.find(({ member }) => member.person === person)?.member.name ?? name;
    return html`<li class="request">
      <p><b>${called}</b>${flat ? html` <span class="sub">· ${flat}</span>` : nothing}</p>
      ${contact ? html`<p class="sub">${contact}</p>` : nothing}
      <p class="sub">
        ${say(kind === "ownership" && hers ? "requests_ownership_yours" : `requests_${kind}`, { door: where })} ·
        ${say("requests_ago", { span: ago })}
      </p>
      ${kind === "access" ? html`<p class="sub">${say("requests_gives")}</p>` : nothing}
      ${looked && kind !== "ownership" ? this.#effect(request, this.#yes(request)) : nothing}
      ${kind === "ownership" && !hers ? nothing : this.#answers(request)}
    </li>`;
  }

  // What one tap gives: to who asks to be let in, the cloud gives just that.
  #yes = ({ kind }) => (kind === "access" ? { access: always } : {});

  // Whom it would let in, before it is done.
  #effect({ id }, given) {
    return html`<io-effect .data=${this.data} .what=${{ request: id, ...given }} .say=${this.say}></io-effect>`;
  }

  #answers(request) {
    const { say } = this;
    const yes = { access: "requests_approve", entry: "requests_let_in", ownership: "requests_accept" }[request.kind];
    const body = { granted: true, ...this.#yes(request) };
    return html`<div class="row">
      <button class="strong" aria-label="${say(yes)}, ${request.name}" @click=${() => this.#decide(request, body)}>
        ${say(yes)}
      </button>
      ${
        request.kind === "access"
          ? html`<button class="quiet" @click=${() => this.#choose(request)}>${say("requests_with_hours")}</button>`
          : nothing
      }
      <button
        class="quiet"
        aria-label="${say("requests_decline")}, ${request.name}"
        @click=${() => this.#decide(request, { granted: false })}
      >
        ${say("requests_decline")}
      </button>
    </div>`;
  }

  #sheet() {
    const { choosing, data, say, session } = this;
    return html`<io-sheet .heading=${choosing.name} .say=${say} @closed=${() => (this.choosing = null)}>
      <form @submit=${this.#approve}>
        <io-access-form
          .access=${always}
          .who=${choosing.name}
          .doors=${data.doors.map(({ door }) => door)}
          .zone=${data.place.zone}
          .now=${cloudTime(session.state, pageTime())}
          ?holidays=${data.holidays}
          .say=${say}
          @edited=${({ target }) => (this.chosen = target.value ?? null)}
        ></io-access-form>
        ${this.chosen ? this.#effect(choosing, { access: this.chosen }) : nothing} ${this.doing.told(say)} ${commit(say(this.doing.busy ? "saving" : "requests_approve"), this.doing)}
      </form>
    </io-sheet>`;
  }

  #choose(request) {
    this.doing.clear();
    this.choosing = request;
    this.chosen = always;
  }

  async #approve(event) {
    event.preventDefault();
    const access = event.currentTarget.querySelector("io-access-form").value;
    if (await this.#decide(this.choosing, { granted: true, access })) this.choosing = null;
  }

  async #decide({ id }, body) {
    return (await this.doing.run(() => ask("POST", `requests/${encodeURIComponent(id)}`, body))) !== undefined;
  }
}

customElements.define("io-requests-page", RequestsPage);
