// Whether somebody may enter, in words: with the reason, the next time, and the access that says so. Pure.
import { html } from "lit";
import { moment } from "../format.js";
import { accessWords } from "../hours.js";

const REASONS = ["access", "unit", "suspended", "hours", "uses", "ended"];

// {words, more: [sentences], allowed}
export function verdict({ allowed, reason, rule, next, until }, data, say, now) {
  const { zone } = data.place;
  const grant = data.grants.find(({ id }) => id === rule);
  const at = (ms) => moment(ms, now, say, zone);
  const why = REASONS.includes(reason) ? say(`who_because_${reason}`) : (reason ?? "");
  const more = [
    allowed && until ? say("hours_until", { at: at(until) }) : null,
    !allowed && next ? say("who_next", { at: at(next) }) : null,
    grant ? say("who_rule", { hours: accessWords(grant, say, { now, zone }) }) : null,
  ];
  return { allowed, words: allowed ? say("who_yes") : say("who_no", { why }), more: more.filter(Boolean) };
}

export const told = (heading, { allowed, words, more }) =>
  html`<li class="answer">
    <p>${heading}</p>
    <p class=${allowed ? "yes" : "no"}>${words}</p>
    ${more.map((one) => html`<p class="sub">${one}</p>`)}
  </li>`;
