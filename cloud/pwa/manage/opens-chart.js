// Opens by hour and weekday, drawn: a circle for each hour, as large as there were opens. Hours run down on a phone and
// across where there is room. Holds no figure of its own.
import { LitElement, css, html, nothing, svg } from "lit";
import { base } from "../styles.js";
import { HOURS, WEEKDAYS, circles, hours, weekday } from "./figures.js";

const NAMED_EVERY = 6; // hours
const SIDE = 36; // left of the first column, for the names of rows
const TOP = 24;
const END = 4;
const DOWN = { wide: 44, high: 18, most: 8.5 }; // of a cell, and the largest radius
const ACROSS = { wide: 27, high: 30, most: 12.5 };

class OpensChart extends LitElement {
  static properties = { cells: { attribute: false }, label: {}, say: { attribute: false } };

  static styles = [
    base,
    css`
      :host {
        display: block;
        container-type: inline-size;
      }
      svg {
        width: 100%;
        height: auto;
        overflow: visible;
      }
      .across {
        display: none;
      }
      @container (min-width: 560px) {
        .across {
          display: block;
        }
        .down {
          display: none;
        }
      }
      text {
        fill: var(--ink-2);
        font-size: 13px;
        font-variant-numeric: tabular-nums;
      }
      line {
        stroke: var(--line);
      }
      circle {
        fill: var(--accent);
      }
    `,
  ];

  render() {
    return html`${this.#drawn("down", DOWN)} ${this.#drawn("across", ACROSS)}`;
  }

  // The same picture twice, one of them shown: which way it runs is a question of width alone.
  #drawn(way, { wide, high, most }) {
    const down = way === "down";
    const [columns, rows] = down ? [WEEKDAYS, HOURS] : [HOURS, WEEKDAYS];
    const x = (column) => SIDE + column * wide;
    const y = (row) => TOP + row * high;
    const at = ({ day, hour }) => {
      const [column, row] = down ? [day, hour] : [hour, day];
      return { x: x(column) + wide / 2, y: y(row) + high / 2 };
    };
    const [width, height] = [x(columns) + END, y(rows) + END];
    return html`<svg class=${way} viewBox="0 0 ${width} ${height}" role="img" aria-label=${this.label}>
      ${down ? this.#namesDown(x, y, wide, width) : this.#namesAcross(x, y, high, height)}
      ${circles(this.cells).map((one) => this.#circle(one, at(one), most))}
    </svg>`;
  }

  #circle({ day, hour, count, r }, { x, y }, most) {
    const { language } = this.say;
    return svg`<circle cx=${x} cy=${y} r=${Math.max(1.5, r * most)}>
      <title>${weekday(day, language)} ${hours(hour)}: ${count}</title>
    </circle>`;
  }

  #namesDown(x, y, wide, width) {
    const { language } = this.say;
    return svg`${this.#days((day) => svg`<text x=${x(day) + wide / 2} y="14" text-anchor="middle">${weekday(day, language)}</text>`)}
      ${this.#everySix((hour) => svg`<line x1=${SIDE} x2=${width} y1=${y(hour)} y2=${y(hour)} />
        ${hour < HOURS ? svg`<text x=${SIDE - 10} y=${y(hour) + 13} text-anchor="end">${hour}</text>` : nothing}`)}`;
  }

  #namesAcross(x, y, high, height) {
    const { language } = this.say;
    return svg`${this.#days((day) => svg`<text x=${SIDE - 10} y=${y(day) + high / 2 + 4} text-anchor="end">${weekday(day, language)}</text>`)}
      ${this.#everySix((hour) => svg`<line x1=${x(hour)} x2=${x(hour)} y1=${TOP} y2=${height} />
        <text x=${x(hour)} y="14" text-anchor=${hour < HOURS ? "middle" : "end"}>${hour}</text>`)}`;
  }

  #days(draw) {
    return Array.from({ length: WEEKDAYS }, (_, day) => draw(day));
  }

  #everySix(draw) {
    return Array.from({ length: HOURS / NAMED_EVERY + 1 }, (_, step) => draw(step * NAMED_EVERY));
  }
}

customElements.define("io-opens-chart", OpensChart);
