// The few rules that every element shares: box model, buttons, focus, what only a screen reader reads.
import { css } from "lit";

export const base = css`
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  h1,
  h2,
  p,
  ol,
  ul {
    margin: 0;
    padding: 0;
    font: inherit;
    list-style: none;
  }
  button,
  input {
    font: inherit;
    color: inherit;
  }
  button {
    min-height: var(--target);
    padding: 0;
    border: 0;
    background: none;
    cursor: pointer;
    touch-action: manipulation;
    -webkit-tap-highlight-color: transparent;
    user-select: none;
    -webkit-user-select: none;
  }
  :focus-visible {
    outline: 3px solid var(--accent);
    outline-offset: 2px;
  }
  svg {
    display: block;
    flex: none;
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .quiet,
  .strong {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 6px;
    min-height: var(--target);
    padding: 0 16px;
    border: 1px solid var(--line);
    border-radius: var(--radius-button);
    background: var(--surface);
    color: var(--ink);
    font-size: var(--text);
    font-weight: 600;
    text-align: center;
    text-decoration: none;
    white-space: nowrap;
    transition:
      transform var(--motion),
      background-color var(--motion);
  }
  .strong {
    border-color: var(--accent);
    background: var(--accent);
    color: var(--on-accent);
  }
  .quiet:active,
  .strong:active {
    transform: scale(0.98);
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation: none !important;
      transition: none !important;
    }
  }
`;
