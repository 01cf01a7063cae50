// Which door boxes an upgrade of the service would never hear again: those of which it is not known that they speak the
// newest version of the wire.
import { LitElement, html, nothing } from "lit";
import { formStyles } from "../parts/form-styles.js";
import "../parts/long-list.js";
import { base } from "../styles.js";
import { Asked } from "./asked.js";
import { maintainStyles } from "./maintain-styles.js";

class ServiceUpgrade extends LitElement {
  static properties = {
    state: { attribute: false }, // of the session: another one with every push
    say: { attribute: false },
  };

  static styles = [base, formStyles, maintainStyles];

  constructor() {
    super();
    this.wires = new Asked(this, () => "wires");
  }

  render() {
    const { say } = this;
    const found = this.wires.value;
    if (!found) return nothing;
    const { each, units, wire } = found;
    const n = (each.length || units).toLocaleString(say.language);
    const values = { n, total: units.toLocaleString(say.language), wire };
    const key = each.length ? "updates_wires_some" : units ? "updates_wires_well" : "updates_wires_empty";
    return html`<section aria-label=${say("updates_service")}>
      <h2>${say("updates_service")}</h2>
      <p class=${each.length ? "warned" : "sub"}>${say(key, values)}</p>
      <io-long-list .items=${each} .id_of=${({ unit }) => unit} .row=${(box) => this.#row(box)} .signs=${[say]}></io-long-list>
    </section>`;
  }

  #row({ places, unit, wire }) {
    const { say } = this;
    const told = wire === null ? say("updates_wire_unknown") : say("updates_wire", { n: wire });
    return html`<li class="item">
      <span>${places.join(", ") || say("updates_no_place")}<br /><span class="sub">${unit}</span></span>
      <span class="tag warn">${told}</span>
    </li>`;
  }
}

customElements.define("io-service-upgrade", ServiceUpgrade);
