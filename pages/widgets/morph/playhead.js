// Thin lines over the film strip, one in each panel of a step that is heard.

// White with a dark edge is seen on every colour of the strip.
const LINE = "position: absolute; left: 0; width: 3px; background: #fff; box-shadow: 0 0 0 1px rgb(0 0 0 / 75%);";

/**
 * Plotly's layout as far as it tells where panels lie, in pixels.
 * @typedef {{_offset: number, _length: number, range: number[]}} Axis
 * @typedef {HTMLElement & {_fullLayout?: Record<string, Axis>}} Plot
 */

export class Playhead {
  constructor() {
    this.layer = document.createElement("div");
    this.layer.className = "morph-playhead";
    this.layer.setAttribute("aria-hidden", "true");
    this.layer.style.cssText = "position: absolute; inset: 0; overflow: hidden; pointer-events: none;";
  }

  /**
   * @param {{strip: string, side: number, labels: string[]}} header
   * @param {Map<number, number>} weights of the steps that are heard
   * @param {number} seconds where the loop is
   */
  show({ strip, side, labels }, weights, seconds) {
    const plot = /** @type {Plot | null} */ (document.querySelector(`.st-key-${CSS.escape(strip)} .js-plotly-plot`));
    const layout = plot?._fullLayout;
    const home = plot?.querySelector(".svg-container");
    const columns = side || labels.length + 2; // X A, the steps, X B
    const rows = layout ? Object.keys(layout).filter((name) => /^xaxis\d*$/.test(name)).length / columns : 0;
    if (!layout || !home || !(side ? rows === side : rows >= 1 && Number.isInteger(rows))) return this.remove();
    if (this.layer.parentNode !== home) home.append(this.layer); // Plotly may have drawn all anew
    const panels = [...weights].flatMap(([step, weight]) =>
      side ? [[step, weight]] : Array.from({ length: rows }, (_, row) => [row * columns + step + 1, weight]));
    const number = (/** @type {number} */ panel) => (panel ? `${panel + 1}` : ""); // the first has none
    this.layer.replaceChildren(...panels.map(([panel, weight]) => mark(layout, number(panel), weight, seconds)));
  }

  remove() {
    this.layer.remove();
  }
}

/** @param {Record<string, Axis>} layout @param {string} number @param {number} weight @param {number} seconds */
function mark(layout, number, weight, seconds) {
  const [x, y] = [layout[`xaxis${number}`], layout[`yaxis${number}`]];
  const along = (seconds - x.range[0]) / (x.range[1] - x.range[0]);
  const line = document.createElement("div");
  line.style.cssText = LINE;
  line.style.opacity = String(along >= 0 && along <= 1 ? weight : 0);
  line.style.top = `${y._offset}px`;
  line.style.height = `${y._length}px`;
  line.style.transform = `translateX(${x._offset + along * x._length - 1.5}px)`;
  return line;
}
