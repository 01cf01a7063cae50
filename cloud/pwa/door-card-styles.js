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
    align-content: end;
    align-items: start;
  }
  :host([look="solo"]) h2 {
    font-size: var(--large);
  }
  :host([look="solo"]) .press {
    --label-size: var(--large);
    --off-size: var(--title);
    --button-radius: 20px;
    margin-top: 24px;
    margin-bottom: -70px;
  }
  :host([look="solo"]) .after {
    padding-top: 86px;
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
