// From and to of one span, as two fields of the browser; midnight as an end is the end of the day.
import { html } from "lit";
import { clockTime } from "../hours.js";

const DAY_MINUTES = 1440;

function minutes(text) {
  const found = /^(\d{2}):(\d{2})/.exec(text);
  return found ? Number(found[1]) * 60 + Number(found[2]) : null;
}

// change(span): a whole one; what is half typed is not handed on.
export function spanFields(span, say, change) {
  const take = (part) => (event) => {
    const read = minutes(event.target.value);
    if (read === null) return;
    const next = { ...span, [part]: part === "ends" && read === 0 ? DAY_MINUTES : read };
    change(next);
  };
  return html`<div class="two">
    <label class="field"
      ><span>${say("access_from_time")}</span>
      <input type="time" required .value=${clockTime(span.starts)} @change=${take("starts")} />
    </label>
    <label class="field"
      ><span>${say("access_to_time")}</span>
      <input type="time" required .value=${clockTime(span.ends % DAY_MINUTES)} @change=${take("ends")} />
    </label>
  </div>`;
}

export const isSpan = ({ starts, ends }) => starts !== ends;
export const newSpan = { starts: 540, ends: 1020 }; // 09:00–17:00
