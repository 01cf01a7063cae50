// The look of a week in bars.
import { css } from "lit";

export const weekStyles = css`
  :host {
    display: block;
  }
  .week {
    position: relative;
    display: grid;
    grid-template-columns: 28px 1fr;
    gap: 4px;
    align-items: center;
    color: var(--ink-2);
    font-size: var(--small);
    line-height: 1.2;
  }
  .bar {
    border-radius: 6px;
    touch-action: pan-y; /* along the bar it is drawn, across it the page scrolls */
    cursor: crosshair;
  }
  .always .bar {
    cursor: default;
    touch-action: auto;
  }
  .closed {
    fill: var(--idle);
  }
  .line {
    fill: var(--surface);
  }
  .open {
    fill: var(--accent);
  }
  .always .open {
    opacity: 0.55;
  }
  .chosen {
    stroke: var(--ink);
    stroke-width: 2.5px;
  }
  .scale {
    display: flex;
    justify-content: space-between;
    font-variant-numeric: tabular-nums;
  }
  .scale i {
    font-style: normal;
  }
  .bubble {
    position: absolute;
    top: -34px;
    right: 0;
    padding: 4px 12px;
    border-radius: 99px;
    background: var(--ink);
    color: var(--surface);
    font-weight: 600;
    font-variant-numeric: tabular-nums;
    pointer-events: none;
  }
  @media (pointer: fine) {
    .bar:hover .closed {
      opacity: 0.8;
    }
  }
`;
