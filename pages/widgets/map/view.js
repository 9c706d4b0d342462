// What part of the map is seen, and which point is where on the screen.

import { within } from "../shared/frame.js";

const MARGIN = 0.92; // of the field that the whole map fills
const CLOSEST = 12;

export class View {
  constructor() {
    this.zoom = 1;
    this.centre = [0.5, 0.5]; // of what is seen, on the map: 0 ... 1 to the right and upwards
    this.size = [0, 0]; // of the field, in pixels
  }

  /** Pixels that the map's side takes. */
  get scale() {
    return Math.min(...this.size) * MARGIN * this.zoom;
  }

  /** @param {number} x @param {number} y on the map @returns {[number, number]} pixels from the left and the top */
  seen(x, y) {
    const [width, height] = this.size;
    return [width / 2 + (x - this.centre[0]) * this.scale, height / 2 - (y - this.centre[1]) * this.scale];
  }

  /** @param {number} right @param {number} down in pixels */
  pan(right, down) {
    this.centre = [within(this.centre[0] - right / this.scale), within(this.centre[1] + down / this.scale)];
  }

  /** What is at a place of the field stays there. @param {number} times @param {number[]} place in pixels */
  closer(times, [left, top] = this.size.map((side) => side / 2)) {
    const zoom = Math.min(CLOSEST, Math.max(1, this.zoom * times));
    const [right, down] = [left - this.size[0] / 2, top - this.size[1] / 2];
    this.pan(-right, -down);
    this.zoom = zoom;
    this.pan(right, down);
    if (zoom === 1) this.centre = [0.5, 0.5];
  }

  /** Move so that a place of the map is seen. @param {number} x @param {number} y */
  reveal(x, y) {
    const [left, top] = this.seen(x, y);
    if (left < 0 || top < 0 || left > this.size[0] || top > this.size[1]) this.centre = [x, y];
  }
}

/**
 * The point nearest to a place on the screen, -1 where none is as near as `most` pixels.
 * @param {Float32Array} places two numbers a point, on the map
 * @param {Uint8Array} shown 1 for points that can be had
 * @param {View} view
 * @param {number[]} at in pixels
 * @param {number} most
 */
export function nearest(places, shown, view, [left, top], most) {
  let best = -1;
  let least = most ** 2;
  for (let point = 0; point < shown.length; point++) {
    if (!shown[point]) continue;
    const [x, y] = view.seen(places[2 * point], places[2 * point + 1]);
    const away = (x - left) ** 2 + (y - top) ** 2;
    if (away <= least) [best, least] = [point, away];
  }
  return best;
}

/**
 * The next point in a direction, within 45 degrees of it; the same one where there is none.
 * @param {Float32Array} places @param {Uint8Array} shown @param {number} from
 * @param {number[]} way to the right and upwards, one of them 0
 */
export function onward(places, shown, from, [right, up]) {
  let best = from;
  let least = Infinity;
  for (let point = 0; point < shown.length; point++) {
    if (!shown[point] || point === from) continue;
    const x = places[2 * point] - places[2 * from];
    const y = places[2 * point + 1] - places[2 * from + 1];
    const [along, aside] = [x * right + y * up, Math.abs(x * up) + Math.abs(y * right)];
    const away = along + 2 * aside; // what lies straight ahead is preferred
    if (along > 0 && aside <= along && away < least) [best, least] = [point, away];
  }
  return best;
}
