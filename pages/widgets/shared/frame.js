// What a widget stands in: its place on the page, its parts, and the frames that it moves with.

const STILL_FRAME_MS = 500; // between two updates where a person wants little motion

/**
 * What a place on the page gives a widget: data to show, where it is, and a way to tell the server something.
 * @typedef {{data?: any, parentElement: ParentNode, setStateValue: Report}} Place
 * @typedef {(name: string, value: unknown) => void} Report
 * @typedef {{receive(data: any): unknown, close(): void}} Widget
 */

/**
 * A component's default export: a widget for each place on the page, closed when that leaves.
 * @param {string} selector the widget's outermost element
 * @param {new (root: HTMLElement, report: Report) => Widget} Kind
 * @returns {(place: Place) => () => void} may be called again with new data for the same place
 */
export function placed(selector, Kind) {
  /** @type {WeakMap<ParentNode, {root: HTMLElement, widget: Widget, report: Report}>} */
  const places = new WeakMap();
  return ({ data, parentElement, setStateValue }) => {
    const root = part(parentElement, selector, HTMLElement);
    let place = places.get(parentElement);
    if (place?.root !== root) {
      place?.widget.close();
      const made = { root, report: setStateValue };
      const widget = new Kind(root, (name, value) => made.report(name, value));
      place = Object.assign(made, { widget });
      places.set(parentElement, place);
    }
    place.report = setStateValue;
    if (data) place.widget.receive(data);
    return () => {
      places.get(parentElement)?.widget.close();
      places.delete(parentElement);
    };
  };
}

/**
 * The part of a widget that a selector names. TypeError where the page has none of this kind.
 * @template {Element} Kind
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
export function part(root, selector, kind) {
  const found = root.querySelector(selector);
  if (!(found instanceof kind)) throw new TypeError(`The widget has no part ${selector}`);
  return found;
}

/**
 * @param {number} share of a whole
 * @returns {number} within 0 ... 1
 */
export function within(share) {
  return Math.min(1, Math.max(0, share));
}

/** Calls back with every frame of the screen, or twice a second where a person wants little motion. */
export class Frames {
  /** @param {() => void} act */
  constructor(act) {
    this.act = act;
    this.stillness = window.matchMedia("(prefers-reduced-motion: reduce)");
    this.running = false;
    this.frame = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.tick = undefined;
  }

  /** @param {boolean} running */
  run(running) {
    if (running === this.running) return;
    this.running = running;
    clearTimeout(this.tick);
    cancelAnimationFrame(this.frame);
    if (running) this.next();
  }

  next() {
    this.act();
    const next = () => this.next();
    if (this.stillness.matches) this.tick = setTimeout(next, STILL_FRAME_MS);
    else this.frame = requestAnimationFrame(next);
  }
}
