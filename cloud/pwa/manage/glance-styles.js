// The look of a place at a glance: one column on a phone, what is wrong beside how it stands where there is room.
import { css } from "lit";

export const glanceStyles = css`
  :host {
    container-type: inline-size;
  }
  .columns {
    display: grid;
    gap: 24px;
    align-items: start;
  }
  @container (min-width: 760px) {
    .columns {
      grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
    }
  }
  section {
    display: grid;
    gap: 8px;
    justify-items: start;
    min-width: 0;
  }
  section > ul,
  section > io-alarm-list {
    justify-self: stretch;
  }
  .stack {
    min-width: 0;
  }
  h3 {
    margin: 0;
  }
  .count {
    color: var(--danger);
    font-size: var(--text);
    font-weight: 600;
  }
  .note {
    color: var(--ink-2);
    font-size: var(--small);
  }
  .well {
    display: flex;
    align-items: center;
    gap: 12px;
    padding: 16px;
    border-radius: var(--radius-card);
    background: var(--soft);
  }
  .well svg {
    color: var(--accent);
  }
  .well.not-yet {
    background: var(--idle);
  }
  .not-yet svg {
    color: var(--warn);
  }
  .state {
    font-size: var(--title);
    font-weight: 600;
    line-height: 1.25;
  }
  .end {
    display: flex;
    flex: none;
    align-items: center;
    gap: 8px;
    font-size: var(--text);
  }
  .warn {
    color: var(--warn);
    font-weight: 600;
  }
  .door,
  .press {
    display: grid;
    gap: 2px 12px;
    padding: 12px 16px;
    font-size: var(--text);
    font-variant-numeric: tabular-nums;
  }
  .door {
    grid-template-columns: 13px minmax(0, 1fr) auto;
    align-items: center;
  }
  .press {
    grid-template-columns: minmax(0, 1fr) auto;
  }
  .name {
    color: var(--ink);
    font-size: var(--text);
    font-weight: 600;
    overflow-wrap: anywhere;
  }
  .how,
  .time {
    color: var(--ink-2);
    text-align: right;
  }
  .who {
    min-width: 0;
    color: var(--ink-2);
    overflow-wrap: anywhere;
  }
  .tag {
    grid-column: 2 / -1;
    justify-self: start;
  }
  .shape.open,
  .shape.moving {
    color: var(--accent);
  }
  .shape.unknown,
  .past .shape {
    color: var(--ink-2);
  }
  .urgent .shape,
  .urgent .name {
    color: var(--danger);
  }
  .mild .name {
    color: var(--warn);
  }
  .past {
    opacity: 0.75;
  }
  .bad .how {
    color: var(--danger);
    font-weight: 600;
  }
  .unsure .how {
    color: var(--warn);
    font-weight: 600;
  }
`;
