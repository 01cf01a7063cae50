// The look of the pages of whoever runs the service: figures as pairs in cards, what is wrong on top.
import { css } from "lit";

export const hostStyles = css`
  :host {
    display: grid;
    gap: 16px;
    align-content: start;
    container-type: inline-size;
  }
  .cards {
    display: grid;
    gap: 16px;
    align-items: start;
  }
  @container (min-width: 640px) {
    .cards {
      grid-template-columns: 1fr 1fr;
    }
  }
  .card {
    display: grid;
    gap: 12px;
    min-width: 0;
    padding: 16px;
    border: 1px solid var(--line);
    border-radius: var(--radius-card);
    background: var(--surface);
    font-size: var(--text);
  }
  h2 {
    margin: 0;
    font-size: var(--body);
    font-weight: 600;
  }
  dl {
    display: grid;
    gap: 8px;
    margin: 0;
  }
  dl > div {
    display: flex;
    justify-content: space-between;
    gap: 12px;
  }
  dt {
    color: var(--ink-2);
  }
  dd {
    margin: 0;
    min-width: 0;
    font-weight: 500;
    font-variant-numeric: tabular-nums;
    text-align: right;
    overflow-wrap: anywhere;
  }
  .bad {
    color: var(--danger);
    font-weight: 600;
  }
  .odd {
    color: var(--warn);
    font-weight: 600;
  }
  .well {
    display: flex;
    align-items: center;
    gap: 12px;
    padding: 16px;
    border-radius: var(--radius-card);
    background: var(--soft);
    font-size: var(--title);
    font-weight: 600;
  }
  .well svg {
    color: var(--accent);
  }
  .age {
    color: var(--ink-2);
    font-size: var(--small);
    font-variant-numeric: tabular-nums;
  }
  .unit {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    gap: 2px 12px;
    padding: 12px 16px;
    font-size: var(--text);
    font-variant-numeric: tabular-nums;
  }
  .unit .name {
    color: var(--ink);
    font-size: var(--text);
    font-weight: 600;
    overflow-wrap: anywhere;
  }
  .unit .number,
  .unit .more {
    color: var(--ink-2);
  }
  .unit .number {
    font-family: ui-monospace, monospace;
  }
  .unit .more,
  .unit .faults {
    grid-column: 1 / -1;
  }
  .faults {
    display: flex;
    flex-wrap: wrap;
    gap: 4px;
  }
  .tag.danger {
    background: var(--danger-soft);
    color: var(--danger);
  }
`;
