// How far a wave, or all of it, has come: a bar of what is good, under way and failed. Its words stand beside it.
import { html, svg } from "lit";

const WIDE = 100;
const PARTS = [
  ["good", "var(--accent)"],
  ["going", "url(#going)"],
  ["failed", "var(--danger)"],
];

// counts: {good, going, failed}; what is left of `size` waits.
export function bar(counts, size) {
  let from = 0;
  const parts = PARTS.map(([name, fill]) => {
    const width = size ? (WIDE * counts[name]) / size : 0;
    const part = svg`<rect x=${from} width=${width} height="8" fill=${fill} />`;
    from += width;
    return part;
  });
  return html`<svg class="bar" viewBox="0 0 ${WIDE} 8" preserveAspectRatio="none" aria-hidden="true">
    <defs>
      <pattern id="going" width="2" height="8" patternUnits="userSpaceOnUse">
        <rect width="2" height="8" fill="var(--soft)" />
        <rect width="1" height="8" fill="var(--accent)" />
      </pattern>
    </defs>
    <rect width=${WIDE} height="8" fill="var(--idle)" />
    ${parts}
  </svg>`;
}
