// What is asked before a press is made: her four digits, and until when a door is to be held open. Only templates.
import { html, nothing } from "lit";
import { cloudTime, isLive } from "./store.js";

// `pressing`: {door, …} that waits for the digits.
export function pinSheet(later, { state, pressing, say, pin, closed }) {
  const { name } = state.doors.find(({ id }) => id === pressing.door) ?? {};
  const sheet = () =>
    html`<io-pin-sheet .door=${name ?? ""} .say=${say} @pin=${pin} @closed=${closed}></io-pin-sheet>`;
  return later.shown("pin", sheet, say);
}

// Until when: asked before anything is sent. A door that went meanwhile is not held.
export function holdSheet(later, { state, holding, t, say, chosen, closed }) {
  const door = state.doors.find(({ id }) => id === holding);
  if (!door) return nothing;
  const sheet = () =>
    html`<io-hold-sheet
      .door=${door}
      .zone=${state.places.find(({ id }) => id === door.place)?.zone}
      .now=${cloudTime(state, t)}
      ?live=${isLive(state, t)}
      .say=${say}
      @chosen=${chosen}
      @closed=${closed}
    ></io-hold-sheet>`;
  return later.shown("hold", sheet, say);
}
