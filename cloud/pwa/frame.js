// What stands around the page: the place's name, the tabs or the rail, and what must be said above everything. Only
// templates; what their events do is the app's business.
import { html, nothing } from "lit";
import { waiting } from "./alarms.js";
import { mark } from "./icons.js";
import "./place-bar.js";
import "./tabs.js";

// `place`: the index of the one that is shown; on a wide screen the others stand in the rail.
export function placeBar({ wide, state, place, say, toPlace }) {
  return html`<io-place-bar
    .places=${wide ? state.places.slice(place, place + 1) : state.places}
    .place=${wide ? 0 : place}
    .say=${say}
    @place=${toPlace}
  ></io-place-bar>`;
}

// At the thumb; on a wide screen at the side, with the places below the pages.
export function navigation({ wide, state, pages, page, place, say, toPage, toPlace }) {
  const tabs = html`<io-tabs
    ?rail=${wide}
    .pages=${pages}
    .page=${page}
    .counts=${{ manage: waiting(state.alarms) }}
    .say=${say}
    @page=${toPage}
  ></io-tabs>`;
  if (!wide) return tabs;
  return html`<div class="rail">
    <p class="brand" aria-hidden="true">${mark(28)} iomando</p>
    ${tabs}
    ${
      state.places.length > 1
        ? html`<io-place-bar
            rail
            .places=${state.places}
            .place=${page === "me" ? -1 : place}
            .say=${say}
            @place=${toPlace}
          ></io-place-bar>`
        : nothing
    }
  </div>`;
}

// The kept head of a log is not in the log any more: nothing else on the screen matters as much to who manages it.
export function changedLogs({ places }, heads, say) {
  const wrong = places.filter(({ id }) => heads?.wrong(id));
  return html`<div role="alert">
    ${wrong.map(
      ({ id, name }) => html`<p class="alarm">${say("log_changed", { place: name, head: heads.wrong(id) })}</p>`,
    )}
  </div>`;
}

// Doors that went while they were shown.
export function farewells(doors, say, read) {
  return html`<div role="status">
    ${doors.map(
      ({ id, name }) =>
        html`<div class="farewell">
          <p>${say("farewell", { door: name })}</p>
          <button class="quiet" @click=${() => read(id)}>${say("got_it")}</button>
        </div>`,
    )}
  </div>`;
}

export const unreachable = (say) =>
  html`<main class="unreachable">
    ${mark(64)}
    <div role="status">
      <h1>${say("unreachable")}</h1>
      <p>${say("unreachable_detail")}</p>
    </div>
  </main>`;

// Whoever manages a place sees all its doors: if there are none, it has none.
export const noDoors = (say, { manages = [] }) =>
  html`<div class="empty">
    <h2>${say("no_doors")}</h2>
    <p>${say(manages.length ? "no_doors_manager" : "no_doors_detail")}</p>
  </div>`;
