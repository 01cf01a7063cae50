// The look of alarms: one card each, urgent ones in the colour of danger, those that somebody sees to without any.
import { css } from "lit";

export const alarmStyles = css`
  :host {
    display: grid;
    gap: 12px;
  }
  ul {
    display: grid;
    gap: 12px;
  }
  ul > li {
    display: grid;
    gap: 12px;
    padding: 16px;
    border: 1px solid var(--line);
    border-left: 4px solid var(--ink-2);
    border-radius: var(--radius-card);
    background: var(--surface);
    font-size: var(--text);
  }
  ul > .urgent {
    border-left-color: var(--danger);
  }
  ul > .mild {
    border-left-color: var(--warn);
  }
  .what {
    display: flex;
    align-items: flex-start;
    gap: 12px;
    min-width: 0;
  }
  .what svg {
    margin-top: 3px;
    color: var(--ink-2);
  }
  .urgent .what svg,
  .urgent h3 {
    color: var(--danger);
  }
  .mild .what svg,
  .mild h3 {
    color: var(--warn);
  }
  h3 {
    margin: 0;
    font-size: var(--title);
    font-weight: 600;
    line-height: 1.25;
    letter-spacing: -0.01em;
    overflow-wrap: anywhere;
    text-wrap: pretty;
  }
  .taken h3 {
    font-size: var(--body);
  }
  .when,
  .note {
    color: var(--ink-2);
    font-variant-numeric: tabular-nums;
  }
  .note {
    font-size: var(--small);
  }
  .act {
    font-size: var(--body);
    text-wrap: pretty;
  }
  .more {
    margin-top: 4px;
  }
  .taken .act {
    font-size: var(--text);
  }
  ol {
    display: grid;
    gap: 8px;
    padding-left: 1.4em;
    list-style: decimal;
  }
  ol > li {
    text-wrap: pretty;
  }
`;
