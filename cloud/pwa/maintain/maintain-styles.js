// The look of the pages of maintainers: cards of figures as pairs, bars, what stands beside a release.
import { css } from "lit";

export const maintainStyles = css`
  :host {
    display: grid;
    gap: 16px;
    align-content: start;
    container-type: inline-size;
  }
  h1 {
    font-size: var(--title);
    font-weight: 600;
    overflow-wrap: anywhere;
  }
  h2,
  h3 {
    margin: 0;
    font-size: var(--body);
    font-weight: 600;
    overflow-wrap: anywhere;
  }
  section,
  .card {
    display: grid;
    gap: 12px;
    min-width: 0;
  }
  section {
    margin-top: 8px;
  }
  .stack:not(:has(*)) {
    position: absolute; /* empty, it takes no room */
  }
  .card {
    padding: 16px;
    border: 1px solid var(--line);
    border-radius: var(--radius-card);
    background: var(--surface);
    font-size: var(--text);
  }
  .columns {
    display: grid;
    gap: 16px;
    align-items: start;
  }
  .columns > * {
    min-width: 0;
  }
  .notes {
    overflow-wrap: anywhere;
    white-space: pre-line;
  }
  dl {
    display: grid;
    gap: 6px;
    margin: 0;
  }
  dl > div {
    display: grid;
    grid-template-columns: minmax(112px, 34%) 1fr;
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
  .tag.well {
    background: var(--soft);
    color: var(--accent);
  }
  .tag.bad {
    background: var(--danger-soft);
    color: var(--danger);
  }
  .bad {
    color: var(--danger);
    font-weight: 600;
  }
  .figures {
    color: var(--ink-2);
    font-variant-numeric: tabular-nums;
  }
  .bar {
    display: block;
    width: 100%;
    height: 8px;
    border-radius: 4px;
  }
  .card > .strong,
  .card > .quiet {
    justify-self: start;
  }
`;
