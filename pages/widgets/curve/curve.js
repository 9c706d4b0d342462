// A position over time, drawn over and told as a few points.

import { write } from "../shared/bar.js";
import { part, placed, within } from "../shared/frame.js";
import { grip, held, place } from "../shared/grip.js";
import { keys, Rest } from "../shared/keys.js";
import { CELLS, PRESETS, sample, told } from "./shape.js";

const STRIDE = 25; // cells between two places of the keyboard's cursor, and the reach of a change on each side

class Curve {
  /** @param {HTMLElement} root @param {import("../shared/frame.js").Report} report */
  constructor(root, report) {
    this.report = report;
    this.at = 0; // the keyboard's cursor, in cells
    this.duration = 0;
    this.peaks = "";
    /** @type {string[]} */
    this.letters = [];
    this.named = "";
    this.told = "";
    /** @type {Set<string>} what was told before, whose answers may still be on their way */
    this.former = new Set();
    this.values = new Float64Array();
    this.before = { values: this.values, at: 0 }; // as a hand found them
    /** @type {number[] | null} the place [cell, value] to which the hand has drawn */
    this.last = null;
    this.rest = new Rest(() => this.commit());
    this.root = root;
    this.where = part(root, ".where", HTMLElement);
    this.screen = part(root, ".screen", HTMLElement);
    this.outline = part(root, ".outline", SVGElement);
    this.line = part(root, ".line", SVGElement);
    this.cursor = part(root, ".cursor", HTMLElement);
    this.dot = part(root, ".dot", HTMLElement);
    this.seconds = part(root, ".seconds", HTMLElement);
    this.listen();
  }

  /** Take new data in; what somebody is drawing stays. Safe to call again with data already seen.
   * @param {{peaks: number[], duration_s: number, points: number[][], letters?: string[]}} data */
  receive({ peaks, duration_s: duration, points: given, letters }) {
    this.name(letters ?? ["A", "B"]);
    if (String(peaks) !== this.peaks || duration !== this.duration) {
      this.peaks = String(peaks);
      this.duration = duration;
      this.lay(peaks);
    }
    const drawn = held(this.screen) || this.rest.pending;
    if (String(given) === this.told) this.former.clear();
    if (!this.values.length || (!drawn && String(given) !== this.told && !this.former.has(String(given)))) {
      this.former.clear();
      this.told = String(given);
      this.values = sample(given, duration);
    }
    this.render();
  }

  /** What the bottom and the top are called. @param {string[]} letters */
  name(letters) {
    if (String(letters) === this.named) return;
    this.named = String(letters);
    this.letters = letters;
    const [a, b] = letters;
    this.root.setAttribute("aria-label", `Position between ${a} and ${b} over time`);
    write(part(this.root, ".bottom", HTMLElement), `${a}, 0 %`);
    write(part(this.root, ".top", HTMLElement), `${b}, 100 %`);
    const shapes = { [`${a} to ${b}`]: (/** @type {number} */ t) => t, ...PRESETS };
    part(this.root, ".presets", HTMLElement).replaceChildren(...Object.entries(shapes).map(([name, shape]) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: name });
      button.addEventListener("click", () => this.take(shape));
      return button;
    }));
  }

  /** What changes with the clip only. @param {number[]} peaks */
  lay(peaks) {
    const half = (/** @type {number} */ sign) =>
      peaks.map((peak, i) => `${((i + 0.5) / peaks.length) * CELLS} ${50 + sign * 48 * peak}`);
    this.outline.setAttribute("d", `M${half(-1).join("L")}L${half(1).reverse().join("L")}Z`);
    this.seconds.replaceChildren(...[0, 0.25, 0.5, 0.75, 1].map((share) =>
      Object.assign(document.createElement("span"), { textContent: `${(share * this.duration).toFixed(2)} s` })));
  }

  /** @param {(t: number) => number} shape */
  take(shape) {
    this.values = Float64Array.from({ length: CELLS + 1 }, (_, i) => shape(i / CELLS));
    this.render();
    this.commit();
  }

  /** Straight from one place to another, each [cell, value]: what lay between is gone.
   * @param {number[]} start @param {number[]} end */
  draw(start, end) {
    const [[from, low], [to, high]] = start[0] > end[0] ? [end, start] : [start, end];
    const slope = (high - low) / Math.max(1, to - from);
    for (let i = from; i < to; i++) this.values[i] = low + slope * (i - from);
    this.values[to] = from === to ? end[1] : high;
    this.render();
  }

  commit() {
    const own = told(this.values, this.duration);
    if (String(own) === this.told) return;
    this.former.add(this.told);
    this.former.delete(String(own));
    this.told = String(own);
    this.values = sample(own, this.duration); // what is seen is what is told
    this.render();
    this.report("points", own);
  }

  listen() {
    const { screen } = this;
    /** @param {PointerEvent} event @returns {[number, number]} cell and value */
    const at = (event) => {
      const [x, y] = place(event, screen).map(within);
      return [Math.round(x * CELLS), 1 - y];
    };
    let moved = false;
    grip(screen, {
      take: () => {
        if (!this.values.length) return false;
        this.before = { values: this.values.slice(), at: this.at };
        [this.last, moved] = [null, false];
        return true;
      },
      follow: (event) => {
        const here = at(event);
        moved ||= this.last !== null && String(here) !== String(this.last);
        this.draw(this.last ?? here, here);
        this.last = here;
        [this.at] = here;
      },
      drop: () => {
        if (!moved && this.last) { // a click bends the curve there, as keys do; drawn, it would be a spike
          const [cell, value] = this.last;
          Object.assign(this, { values: this.before.values, at: cell });
          this.bend(value - this.values[cell]);
          this.rest.cancel();
        }
        this.commit();
      },
      cancel: () => {
        Object.assign(this, this.before);
        this.render();
      },
    });
    screen.addEventListener("pointermove", (event) => this.tell(...at(event)));
    screen.addEventListener("focus", () => this.render());
    keys(screen, (event) => this.key(event));
  }

  /** @param {KeyboardEvent} event */
  key({ key, shiftKey }) {
    if (!this.values.length) return undefined;
    const along = { ArrowRight: STRIDE, ArrowLeft: -STRIDE, Home: -CELLS, End: CELLS }[key];
    if (along) {
      return () => {
        this.at = Math.min(CELLS, Math.max(0, Math.round(this.at / STRIDE) * STRIDE + along));
        this.render();
        this.tell(this.at, this.values[this.at]);
      };
    }
    const up = { ArrowUp: 1, ArrowDown: -1 }[key];
    return up === undefined ? undefined : () => this.bend((up * (shiftKey ? 1 : 10)) / 100);
  }

  /** Move the value at the cursor, and those beside it the less the farther they are. @param {number} size */
  bend(size) {
    const change = within(this.values[this.at] + size) - this.values[this.at];
    for (let i = Math.max(0, this.at - STRIDE); i <= Math.min(CELLS, this.at + STRIDE); i++) {
      this.values[i] = within(this.values[i] + change * (1 - Math.abs(i - this.at) / STRIDE));
    }
    this.render();
    this.tell(this.at, this.values[this.at]);
    this.rest.again();
  }

  /** @param {number} cell @param {number} value */
  tell(cell, value) {
    write(this.where, this.words(cell, value));
  }

  /** @param {number} cell @param {number} value */
  words(cell, value) {
    const time = ((cell / CELLS) * this.duration).toFixed(2);
    return `${time} s, ${Math.round(100 * value)} % from ${this.letters.join(" to ")}`;
  }

  render() {
    this.line.setAttribute("d", `M${[...this.values].map((value, i) => `${i} ${100 - 100 * value}`).join("L")}`);
    const value = this.values[this.at];
    this.screen.setAttribute("aria-valuenow", String(Math.round(100 * value)));
    this.screen.setAttribute("aria-valuetext", this.words(this.at, value));
    this.cursor.style.left = this.dot.style.left = `${(this.at / CELLS) * 100}%`;
    this.dot.style.top = `${100 - 100 * value}%`;
  }

  close() {
    this.rest.cancel();
  }
}

export default placed(".curve", Curve);
