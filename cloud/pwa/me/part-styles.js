// The look of one part of the page about oneself: its name above a card of rows.
import { css } from "lit";

export const partStyles = css`
  :host {
    display: block;
  }
  h2 {
    margin: 0 0 8px;
    color: var(--ink-2);
    font-size: var(--text);
    font-weight: 500;
  }
  .list + .row,
  .list + .quiet,
  .item + .row {
    margin-top: 12px;
  }
  [role="status"] > p {
    margin-top: 12px;
  }
  .device {
    overflow-wrap: anywhere;
  }
`;
