// The look of forms and lists: fields with their names above, rows in a card, what went wrong.
import { css } from "lit";

export const formStyles = css`
  form,
  .form {
    display: grid;
    gap: 16px;
  }
  .field {
    display: grid;
    align-content: start;
    gap: 4px;
    min-width: 0;
    border: 0;
    margin: 0;
    padding: 0;
  }
  .field > span,
  legend,
  .name {
    padding: 0;
    color: var(--ink-2);
    font-size: var(--text);
    font-weight: 500;
  }
  legend {
    margin-bottom: 4px;
  }
  .hint {
    color: var(--ink-2);
    font-size: var(--small);
    text-wrap: pretty;
  }
  input:not([type="checkbox"], [type="radio"]),
  select,
  textarea {
    width: 100%;
    min-width: 0;
    min-height: 48px;
    padding: 8px 12px;
    border: 1px solid var(--ink-2);
    border-radius: var(--radius-button);
    background: var(--surface);
    color: var(--ink);
    font: inherit;
    font-variant-numeric: tabular-nums;
  }
  textarea {
    min-height: 96px;
    resize: vertical;
  }
  input::placeholder,
  textarea::placeholder {
    color: var(--ink-2);
    opacity: 1;
  }
  .check {
    display: flex;
    align-items: center;
    gap: 12px;
    min-height: var(--target);
    cursor: pointer;
  }
  input[type="checkbox"],
  input[type="radio"] {
    flex: none;
    width: 22px;
    height: 22px;
    margin: 0;
    accent-color: var(--accent);
  }
  input[type="time"]::-webkit-calendar-picker-indicator {
    display: none; /* it is typed, or picked by touching the field: the digits need the room */
  }
  summary {
    display: flex;
    align-items: center;
    gap: 8px;
    min-height: var(--target);
    font-size: var(--text);
    font-weight: 600;
    cursor: pointer;
  }
  summary::before {
    content: "";
    width: 7px;
    height: 7px;
    border: solid currentColor;
    border-width: 0 2px 2px 0;
    transform: rotate(-45deg);
    transition: transform var(--motion);
  }
  summary::-webkit-details-marker {
    display: none;
  }
  [open] > summary::before {
    transform: rotate(45deg);
  }
  [open] > summary {
    margin-bottom: 8px;
  }
  .back {
    justify-self: start;
    display: flex;
    align-items: center;
    gap: 8px;
    color: var(--ink-2);
    font-size: var(--text);
    font-weight: 600;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    align-items: center;
  }
  .row > button,
  .row > a {
    max-width: 100%;
    white-space: normal;
  }
  .two {
    display: grid;
    grid-template-columns: 1fr 1fr;
    gap: 4px 8px;
  }
  .two > .field {
    grid-row: span 3; /* name, control, hint: level with the neighbour's, however many lines each takes */
    grid-template-rows: subgrid;
  }
  .list {
    border: 1px solid var(--line);
    border-radius: var(--radius-card);
    background: var(--surface);
  }
  .list:not(:has(*)) {
    display: none; /* nothing in it: no box either */
  }
  .list > li + li {
    border-top: 1px solid var(--line);
  }
  .list > li:first-child > .item {
    border-top-left-radius: 13px;
    border-top-right-radius: 13px;
  }
  .list > li:last-child > .item {
    border-bottom-left-radius: 13px;
    border-bottom-right-radius: 13px;
  }
  .item {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 12px;
    width: 100%;
    min-height: 60px;
    padding: 8px 16px;
    text-align: left;
  }
  button.item:focus-visible {
    outline-offset: -3px;
  }
  .told:not(:has(*)) {
    position: absolute; /* empty, it takes no room */
  }
  .item > :first-child {
    min-width: 0;
    overflow-wrap: anywhere;
  }
  .sub,
  .plain {
    color: var(--ink-2);
    font-size: var(--text);
    text-wrap: pretty;
  }
  .tag {
    display: inline-block;
    padding: 1px 8px;
    border-radius: 99px;
    background: var(--idle);
    color: var(--ink-2);
    font-size: var(--small);
    font-weight: 500;
  }
  .tag.warn {
    background: var(--warn-soft);
    color: var(--warn);
  }
  .failed {
    padding: 12px 16px;
    border-radius: var(--radius-button);
    background: var(--danger-soft);
    color: var(--danger);
    font-size: var(--text);
    text-wrap: pretty;
  }
  .done {
    padding: 12px 16px;
    border-radius: var(--radius-button);
    background: var(--soft);
    color: var(--ink);
    font-size: var(--text);
    text-wrap: pretty;
  }
  .warned {
    padding: 12px 16px;
    border-radius: var(--radius-button);
    background: var(--warn-soft);
    color: var(--warn);
    font-size: var(--text);
    text-wrap: pretty;
  }
  .danger {
    color: var(--danger);
  }
  .stop {
    border-color: var(--danger);
    background: var(--danger);
    color: var(--surface);
  }
  [aria-disabled="true"] {
    opacity: 0.6;
    cursor: default;
  }
  .head {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: 8px 12px;
  }
  .part {
    font-size: var(--body);
    font-weight: 600;
  }
  .stack {
    display: grid;
    gap: 16px;
  }
`;
