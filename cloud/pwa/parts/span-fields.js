// From and to of one span: two wheels, which every phone has for a choice of many. The end counts on past midnight, so that
// nobody has to know what an end before its beginning means.
import { html } from "lit";
import { clockTime } from "../hours.js";
import { DAY, STEP, begun, endOf } from "./week.js";

const QUARTERS = Array.from({ length: DAY / STEP }, (_, at) => at * STEP);
const endName = (minute) => (minute === DAY ? "24:00" : clockTime(minute % DAY));

const options = (minutes, chosen) =>
  minutes.map((minute) => html`<option value=${minute} .selected=${minute === chosen}>${endName(minute)}</option>`);

// A time that is no quarter of an hour is kept, and stands among them.
const sorted = (minutes, chosen) => [...new Set([...minutes, chosen])].sort((a, b) => a - b);

// change(span): with the same other fields. While the first wheel is turned, the end is reckoned from where it stood when
// the turning began: what is passed on the way leaves no trace.
export function spanFields(span, say, change) {
  const end = endOf(span);
  const last = span.starts === 0 ? DAY : span.starts + DAY - 1;
  const ends = sorted(
    QUARTERS.concat(QUARTERS.map((minute) => minute + DAY)).filter((minute) => minute > span.starts && minute <= last),
    end,
  );
  const nextDay = ends.filter((minute) => minute > DAY);
  const to = [say("access_to_time"), end > DAY ? say("week_next_day") : null].filter(Boolean).join(", ");
  return html`<div class="two">
    <div class="field">
      <span aria-hidden="true">${say("access_from_time")}</span>
      <select
        aria-label=${say("access_from_time")}
        @focus=${({ target }) => (target.origin = span)}
        @change=${({ target }) => change({ ...span, ...begun(target.origin ?? span, Number(target.value)) })}
      >
        ${options(sorted(QUARTERS, span.starts), span.starts)}
      </select>
    </div>
    <div class="field">
      <span aria-hidden="true">${to}</span>
      <select aria-label=${to} @change=${({ target }) => change({ ...span, ends: wrapped(Number(target.value)) })}>
        ${options(
          ends.filter((minute) => minute <= DAY),
          end,
        )}
        <optgroup label=${say("week_next_day")}>${options(nextDay, end)}</optgroup>
      </select>
    </div>
  </div>`;
}

const wrapped = (minute) => (minute > DAY ? minute - DAY : minute);

export const newSpan = { starts: 540, ends: 1020 }; // 09:00–17:00
