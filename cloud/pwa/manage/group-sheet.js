// Somebody is put into a group or taken out of it: first whom that lets in or shuts out. Fires "closed".
import { LitElement, html } from "lit";
import { ask, placePath } from "../api.js";
import { namesOf } from "./names.js";
import "./sure-sheet.js";

class GroupSheet extends LitElement {
  static properties = {
    data: { attribute: false },
    group: { attribute: false },
    person: {}, // id
    joins: { type: Boolean }, // or leaves
    say: { attribute: false },
  };

  render() {
    const { data, group, joins, person, say } = this;
    const key = joins ? "groups_put_in" : "groups_take_out";
    const path = placePath(data.place.id, "groups", group.id, "people", person);
    return html`<io-sure-sheet
      .data=${data}
      .heading=${say(`${key}_of`, { name: namesOf(data).get(person) ?? "", group: group.name })}
      .what=${{ group: { id: group.id, [joins ? "joins" : "leaves"]: person } }}
      .yes=${say(key)}
      .run=${() => ask(joins ? "PUT" : "DELETE", path)}
      .say=${say}
      @closed=${() => this.dispatchEvent(new Event("closed"))}
    ></io-sure-sheet>`;
  }
}

customElements.define("io-group-sheet", GroupSheet);
