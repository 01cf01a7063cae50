// Our drawings, as inline SVG with 1.75 px strokes: the door in its four shapes and the few signs of the app.
// No drawing carries a meaning alone: each stands beside its word, so all are hidden from screen readers.
import { html, svg } from "lit";

const drawn = (content, size = 20, width = 20) =>
  html`<svg
    viewBox="0 0 ${width} 20"
    width=${(size * width) / 20}
    height=${size}
    fill="none"
    stroke="currentColor"
    stroke-width="1.75"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    ${content}
  </svg>`;

const DOOR_WIDTH = 13; // a door is taller than wide; without air at its sides it stands flush under its name
const frame = svg`<rect x="1" y="2" width="11" height="16" rx="1.75" />`;

const DOORS = {
  closed: svg`<rect x="1" y="2" width="11" height="16" rx="1.75" fill="currentColor" />`,
  open: frame,
  moving: svg`${frame}
    <rect class="leaf" x="1" y="2" width="5.5" height="16" rx="1.75" fill="currentColor" stroke="none" />`,
  unknown: svg`<path d="M2.6 6.6a3.9 3.9 0 1 1 6 3.3c-1.4.9-2.1 1.7-2.1 3.1M6.5 17.2v.1" stroke-width="2.2" />`,
};

export const doorShape = (shape, size) => drawn(DOORS[shape], size, DOOR_WIDTH);

// The same four shapes as a picture, for a screen that has one door only.
const tallFrame = svg`<rect x="2" y="2" width="52" height="80" rx="5" />`;
const knob = (x) => svg`<circle cx=${x} cy="43" r="3" fill="var(--bg)" stroke="none" />`;

const PICTURES = {
  closed: svg`<rect x="2" y="2" width="52" height="80" rx="5" fill="currentColor" />${knob(44)}`,
  open: svg`${tallFrame}<path d="M3 3.5 21 12v66L3 80.5Z" fill="currentColor" />`,
  moving: svg`${tallFrame}
    <rect class="leaf wide" x="2" y="2" width="27" height="80" rx="5" fill="currentColor" stroke="none" />`,
  unknown: svg`<g stroke-dasharray="4 6">${tallFrame}</g>
    <path d="M20 35.5a8.5 8.5 0 1 1 13 7.2c-3.5 2.2-5 4-5 7.3M28 58v.1" />`,
};

export const doorPicture = (shape) =>
  html`<svg
    viewBox="0 0 56 84"
    width="56"
    height="84"
    fill="none"
    stroke="currentColor"
    stroke-width="2.5"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    ${PICTURES[shape]}
  </svg>`;

const SIGNS = {
  doors: svg`<rect x="4.5" y="2.5" width="11" height="15" rx="1.5" /><path d="M12 10v.6" />`,
  log: svg`<path d="M3.5 5h.1M3.5 10h.1M3.5 15h.1M7.5 5h9M7.5 10h9M7.5 15h6" />`,
  me: svg`<circle cx="10" cy="6.5" r="3.5" /><path d="M3.5 17c.8-3.4 3.3-5 6.5-5s5.7 1.6 6.5 5" />`,
  down: svg`<path d="m5.5 8 4.5 4.5L14.5 8" />`,
  search: svg`<circle cx="9" cy="9" r="5.5" /><path d="m13.2 13.2 3.8 3.8" />`,
  away: svg`<path d="M2.5 8a11 11 0 0 1 15 0M5.5 11.2a6.5 6.5 0 0 1 9 0M10 15.5v.1M3.5 16.5l13-13" />`,
  check: svg`<path d="m4 10.5 4 4 8-9" />`,
  back: svg`<path d="M16.5 10h-13M8.5 4.5 3 10l5.5 5.5" />`,
  right: svg`<path d="m8 5.5 4.5 4.5L8 14.5" />`,
  plus: svg`<path d="M10 4v12M4 10h12" />`,
  manage: svg`<path d="M3 6h8M15 6h2M3 14h2M9 14h8" /><circle cx="13" cy="6" r="2" /><circle cx="7" cy="14" r="2" />`,
  guests: svg`<circle cx="7.5" cy="7" r="3" /><path d="M2 16.5c.6-3 2.6-4.5 5.5-4.5s4.9 1.5 5.5 4.5M15.5 5v6M12.5 8h6" />`,
  alarm: svg`<path d="M10 3 18 16.5H2ZM10 8.2v3.6M10 14.2v.1" />`,
  cross: svg`<path d="m5.5 5.5 9 9M14.5 5.5l-9 9" />`,
};

export const sign = (name, size) => drawn(SIGNS[name], size);

// The mark of the app: a door leaf ajar, over its five steps.
export const mark = (size) =>
  html`<svg viewBox="0 0 64 64" width=${size} height=${size} aria-hidden="true">
    <rect width="64" height="64" rx="15" fill="var(--accent)" />
    <path
      d="M22 44V16.5a2.5 2.5 0 0 1 2.5-2.5h15a2.5 2.5 0 0 1 2.5 2.5V44"
      fill="none"
      stroke="var(--on-accent)"
      stroke-width="3.5"
      stroke-linecap="round"
    />
    <path d="M26 18.5 36.5 22v22H26z" fill="var(--on-accent)" />
    <circle cx="33.2" cy="33" r="1.4" fill="var(--accent)" />
    <path
      d="M13 51.5h3.6M21.6 51.5h3.6M30.2 51.5h3.6M38.8 51.5h3.6M47.4 51.5H51"
      stroke="var(--on-accent)"
      stroke-width="2.5"
      stroke-linecap="round"
    />
  </svg>`;
