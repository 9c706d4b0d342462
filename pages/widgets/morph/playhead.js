// Thin lines over the film strip, one in each panel of a step that is heard.

// White with a dark edge is seen on every colour of the strip.
const LINE = "position: absolute; top: 0; bottom: 0; width: 3px; margin-left: -1.5px; background: #fff; "
  + "box-shadow: 0 0 0 1px rgb(0 0 0 / 75%); pointer-events: none;";

export class Playhead {
  constructor() {
    /** @type {Map<HTMLElement, HTMLElement>} */
    this.lines = new Map(); // panel -> the line in it
  }

  /**
   * @param {string} strip key of the container whose panels say in data-step which step they show
   * @param {Map<number, number>} weights of the steps that are heard
   * @param {number} share of the loop that has been heard, 0 ... 1
   */
  show(strip, weights, share) {
    const panels = /** @type {NodeListOf<HTMLElement>} */ (
      document.querySelectorAll(`.st-key-${CSS.escape(strip)} [data-step]`));
    const heard = [...panels].filter((panel) => weights.get(Number(panel.dataset.step)));
    for (const panel of this.lines.keys()) if (!heard.includes(panel)) this.drop(panel);
    for (const panel of heard) {
      const line = this.lines.get(panel) ?? drawn(panel);
      this.lines.set(panel, line);
      line.style.opacity = String(weights.get(Number(panel.dataset.step)));
      line.style.left = `${100 * share}%`;
    }
  }

  /** @param {HTMLElement} panel that is heard no more, or has left the page */
  drop(panel) {
    this.lines.get(panel)?.remove();
    this.lines.delete(panel);
  }

  remove() {
    for (const panel of [...this.lines.keys()]) this.drop(panel);
  }
}

/** @param {HTMLElement} panel */
function drawn(panel) {
  const line = document.createElement("div");
  line.className = "morph-playhead";
  line.setAttribute("aria-hidden", "true");
  line.style.cssText = LINE;
  panel.append(line);
  return line;
}
