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
  .split {
    display: grid;
    grid-template-columns: minmax(260px, 2fr) minmax(0, 3fr);
    gap: 24px;
    align-items: start;
  }
  .split > .stack {
    align-content: start;
  }
  .beside {
    position: sticky;
    top: 12px;
    max-height: calc(100dvh - 104px);
    overflow: hidden auto;
    padding: 20px;
    border: 1px solid var(--line);
    border-radius: var(--radius-card);
    background: var(--surface);
  }
  .item[aria-current] {
    background: var(--soft);
  }
  h2 .sub {
    font-weight: 400;
  }
  .item svg {
    flex: none;
  }
`;
