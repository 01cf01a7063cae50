// A week drawn as seven bars of 24 hours with the open spans filled; one that runs past midnight goes on in the next bar.
// The same stands beside it in words: hidden from screen readers.
import { html, svg } from "lit";
import { weekday } from "../hours.js";
import { weekBars } from "./access.js";

export const weekPicture = (windows, say) =>
  html`<div class="week" aria-hidden="true">
    ${weekBars(windows).map(
      (parts, day) =>
        html`<span>${weekday(day, say.language).slice(0, 2)}</span>
          <svg viewBox="0 0 1440 10" preserveAspectRatio="none" width="100%" height="10">
            <rect width="1440" height="10" fill="var(--idle)" />
            ${parts.map(([from, to]) => svg`<rect x=${from} width=${to - from} height="10" fill="var(--accent)" />`)}
          </svg>`,
    )}
    <span></span><span class="scale"><i>0</i><i>6</i><i>12</i><i>18</i><i>24</i></span>
  </div>`;
