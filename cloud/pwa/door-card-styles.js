// The three looks of a door's card: a card among a few, the only door of a place, a row among many.
import { css } from "lit";

export const cardStyles = css`
  :host {
    display: block;
  }
  article {
    padding: 16px;
    border: 1px solid var(--line);
    border-radius: var(--radius-card);
    background: var(--surface);
    box-shadow: var(--shadow);
  }
  .head {
    display: grid;
    grid-template-columns: 1fr auto;
    gap: 0 8px;
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
    margin-top: 12px;
  }
  .details {
    display: grid;
    place-items: center;
    width: var(--target);
    margin: -6px -10px 0 0;
    border-radius: 50%;
    color: var(--ink-2);
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
    display: grid;
    grid-template-rows: minmax(max-content, 1fr) minmax(max-content, 1fr);
    padding: 0;
    border: 0;
    background: none;
    box-shadow: none;
  }
  :host([look="solo"]) .head {
    position: relative;
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
    position: absolute;
    right: 0;
    bottom: calc(-1 * var(--half) - 56px);
    left: 0;
    margin: 0 auto;
  }
  :host([look="solo"]) .after {
    padding-top: calc(var(--half) + 24px);
  }

  :host([look="row"]) article {
    padding: 8px 12px 8px 16px;
    box-shadow: none;
  }
  :host([look="row"]) .head {
    grid-template-columns: 1fr auto auto;
    align-items: center;
  }
  :host([look="row"]) .press {
    grid-column: auto;
    margin: 0;
  }
  :host([look="row"]) h2 {
    font-size: var(--body);
  }
`;
