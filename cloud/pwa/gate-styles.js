// The look of the screens in front of the doors: one mark, one sentence, at most one button.
import { css } from "lit";

export const gate = css`
  :host {
    display: block;
  }
  main > * {
    flex: none;
  }
  main {
    display: flex;
    flex-direction: column;
    align-items: center;
    justify-content: center;
    gap: 16px;
    min-height: 100dvh;
    max-width: 400px;
    margin: 0 auto;
    padding: 32px 24px 12vh;
    text-align: center;
  }
  h1 {
    margin-top: 8px;
    font-size: var(--large);
    font-weight: 600;
    line-height: 1.2;
    letter-spacing: -0.015em;
    text-wrap: balance;
  }
  [role="status"] .detail {
    margin-top: 12px;
  }
  .detail {
    color: var(--ink-2);
    text-wrap: pretty;
  }
  .big {
    width: 100%;
    min-height: 64px;
    margin-top: 16px;
    font-size: 1.1875rem;
  }
  .failed {
    color: var(--danger);
    font-size: var(--text);
  }
  .wide {
    width: 100%;
    text-align: left;
  }
  .small {
    font-size: var(--text);
  }
`;
