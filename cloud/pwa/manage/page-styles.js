// The look of one page of those who manage: a heading, then what belongs together, one below the other.
import { css } from "lit";

export const pageStyles = css`
  :host {
    display: grid;
    gap: 16px;
    align-content: start;
  }
  h2 {
    font-size: var(--title);
    font-weight: 600;
    overflow-wrap: anywhere;
  }
  h3 {
    margin: 8px 0 0;
    color: var(--ink-2);
    font-size: var(--text);
    font-weight: 500;
  }
  .chevron {
    color: var(--ink-2);
  }
  .item svg {
    flex: none;
  }
`;
