// The three looks of a door's card: a card among a few, the only door of a place, a row among many.
import { css } from "lit";

export const cardStyles = css`
  :host {
    display: block;
  }
  article {
    padding: 12px 16px; /* four cards fit a phone of 844 px with its notch and its home bar */
    border: 1px solid var(--line);
    border-radius: var(--radius-card);
    background: var(--surface);
    box-shadow: var(--shadow);
  }
  .head {
    position: relative;
    display: grid;
    grid-template-columns: minmax(0, 1fr);
  }
  .what {
    min-width: 0;
  }
  h2 {
    font-size: var(--title);
    font-weight: 600;
    line-height: 1.25;
    letter-spacing: -0.01em;
    overflow-wrap: anywhere;
  }
  .press {
    grid-column: 1 / -1;
    margin-top: 10px;
  }
  .details {
    position: absolute;
    top: -8px;
    right: -10px;
    display: grid;
    place-items: center;
    width: var(--target);
    border-radius: 50%;
    color: var(--ink-2);
  }
  .detailed h2 {
    padding-right: 40px; /* of the sign beside it; the line below has the whole width */
  }
  .details svg {
    transition: transform var(--motion);
  }
  .details[aria-expanded="true"] svg {
    transform: rotate(180deg);
  }
  io-receipt {
    margin-top: 12px;
  }
  .code {
    margin-top: 12px;
    color: var(--ink-2);
    font-size: var(--small);
    overflow-wrap: anywhere;
  }
  .note {
    color: var(--ink-2);
    font-size: var(--text);
    font-variant-numeric: tabular-nums;
  }
  .fault {
    margin-top: 8px;
    color: var(--warn);
    font-size: var(--text);
  }

  /* not live: the picture fades to what it is, a memory; its words stay readable */
  .past {
    border-style: dashed;
    background: none;
    box-shadow: none;
  }
  .past h2 {
    color: var(--ink-2);
  }

  :host([look="solo"]) {
    display: grid;
    min-height: 100%;
    --height: 128px;
    --half: 64px; /* of the button: its middle is the screen's */
  }
  :host([look="solo"]) article {
    display: flex;
    flex-direction: column;
    padding: 0;
    border: 0;
    background: none;
    box-shadow: none;
  }
  :host([look="solo"]) .head,
  :host([look="solo"]) .after {
    flex: 1 1 0;
    min-height: max-content;
  }
  :host([look="solo"]) .head {
    align-content: end;
  }
  :host([look="solo"]) .what {
    grid-column: 1 / -1;
    display: grid;
    justify-items: center;
    gap: 20px;
    text-align: center;
  }
  :host([look="solo"]) h2 {
    padding: 0;
    color: var(--ink-2);
  }
  :host([look="solo"]) .press {
    --label-size: var(--large);
    --off-size: var(--title);
    --button-radius: 24px;
    --hair: 3px;
    --hair-inset: 28px;
    --hair-low: 20px;
    margin-top: 32px;
    margin-bottom: calc(-1 * var(--half));
  }
  :host([look="solo"]) .details {
    top: auto;
    right: 0;
    bottom: calc(-1 * var(--half) - 56px);
    left: 0;
    margin: 0 auto;
  }
  :host([look="solo"]) .after::before {
    content: ""; /* padding would not be shared evenly with the upper half */
    display: block;
    height: calc(var(--half) + 16px);
  }
  :host([look="solo"]) .detailed .after::before {
    height: calc(var(--half) + 60px);
  }
  :host([look="solo"]) .slip {
    padding: 4px 16px 16px;
    border: 1px solid var(--line);
    border-radius: var(--radius-card);
    background: var(--surface);
    box-shadow: var(--shadow);
  }

  :host([look="solo"]) io-hold-note {
    display: grid;
    justify-items: center;
  }

  :host([look="row"]) article {
    padding: 8px 8px 8px 16px;
    box-shadow: none;
  }
  :host([look="row"]) .head {
    grid-template-columns: minmax(0, 1fr) auto minmax(96px, auto);
    gap: 0 8px;
    align-items: center;
  }
  :host([look="row"]) .details {
    position: static;
    margin-right: -8px;
  }
  :host([look="row"]) .press {
    --height: 52px;
    --label-size: var(--body);
    --off-size: var(--small);
    --hair-inset: 12px;
    --hair-low: 6px;
    grid-column: 3;
    max-width: 40vw;
    margin: 0;
  }
  :host([look="row"]) h2 {
    padding: 0;
    font-size: var(--body);
  }
  :host([look="row"]) .slip {
    padding: 0 8px 8px 0;
  }
`;
