// The state of a roll-out as a tag: a word and its colour.
import { html } from "lit";

const TONES = { running: "well", paused: "warn", halted: "bad", aborted: "", done: "well" };

export const stateTag = (state, say) =>
  html`<span class="tag ${TONES[state] ?? ""}">${say(`updates_state_${state in TONES ? state : "aborted"}`)}</span>`;
