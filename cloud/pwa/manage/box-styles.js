// The look of a door box's card: what is wrong on top, figures as pairs, the month's data as a bar with a table behind.
import { css } from "lit";

export const boxStyles = css`
  :host {
    display: block;
  }
  article {
    display: grid;
    gap: 16px;
    padding: 16px;
    border: 1px solid var(--line);
    border-radius: var(--radius-card);
    background: var(--surface);
    font-size: var(--text);
  }
  h3 {
    margin: 0;
    min-width: 0;
    font-size: var(--body);
    font-weight: 600;
    overflow-wrap: anywhere;
  }
  h4 {
    margin: 0;
    font-size: var(--text);
    font-weight: 600;
  }
  .well {
    background: var(--soft);
    color: var(--accent);
  }
  dl {
    display: grid;
    gap: 8px;
    margin: 0;
  }
  dl > div {
    display: grid;
    grid-template-columns: minmax(96px, 34%) 1fr;
    gap: 0 12px;
  }
  dt {
    color: var(--ink-2);
  }
  dd {
    margin: 0;
    min-width: 0;
    font-variant-numeric: tabular-nums;
    overflow-wrap: anywhere;
  }
  dl + .hint {
    margin-top: -8px;
  }
  section {
    display: grid;
    gap: 8px;
    justify-items: start;
    padding-top: 16px;
    border-top: 1px solid var(--line);
  }
  section > details,
  section > .pair,
  section > .bar {
    justify-self: stretch;
  }
  article > details {
    padding-top: 4px;
    border-top: 1px solid var(--line);
  }
  .pair,
  .bar {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 4px 12px;
    font-variant-numeric: tabular-nums;
  }
  .pair {
    flex-wrap: wrap;
  }
  .bar {
    color: var(--accent);
  }
  .bar svg {
    flex: 1 1 auto;
    border-radius: 4px;
  }
  .bar span {
    color: var(--ink-2);
  }
  .much,
  .much span,
  .falling {
    color: var(--warn);
  }
  .bad {
    color: var(--danger);
    font-weight: 600;
  }
  table {
    width: 100%;
    border-collapse: collapse;
    font-variant-numeric: tabular-nums;
  }
  th,
  td {
    padding: 6px 0 6px 12px;
    font-weight: 400;
    text-align: right;
  }
  th[scope="row"] {
    padding-left: 0;
    text-align: left;
  }
  th[scope="col"] {
    color: var(--ink-2);
  }
  tbody tr {
    border-top: 1px solid var(--line);
  }
`;
