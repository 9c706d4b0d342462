// The points as a picture: a shape and a colour for each effect, for eyes that tell colours and for those that do not.

/** @import { View } from "./view.js" */

/** @type {Record<string, number>} */
const CORNERS = { square: 4, diamond: 4, "triangle-up": 3, hexagon: 6, star: 10, cross: 12, x: 12 };
/** @type {Record<string, number>} */
const TURNED = { square: 45, "triangle-up": 0, diamond: 0, hexagon: 30, star: 0, cross: 0, x: 45 };
const ARM = 0.42; // half the width of an arm of a cross, of its length
const INNER = 0.45; // radius of a star's inner corners

/**
 * @param {string} shape as Plotly calls it
 * @param {number} radius
 * @returns {Path2D} about the origin
 */
export function outlineOf(shape, radius) {
  const path = new Path2D();
  const count = CORNERS[shape];
  if (!count) {
    path.arc(0, 0, radius, 0, 2 * Math.PI);
    return path;
  }
  for (let corner = 0; corner < count; corner++) {
    const [length, turn] = at(shape, corner, count);
    const angle = (turn + TURNED[shape] - 90) * (Math.PI / 180);
    path.lineTo(radius * length * Math.cos(angle), radius * length * Math.sin(angle));
  }
  path.closePath();
  return path;
}

/** Where a corner is: how far, of the radius, and at which angle. @param {string} shape @param {number} corner
 * @param {number} count */
function at(shape, corner, count) {
  if (shape === "star") return [corner % 2 ? INNER : 1.15, 36 * corner];
  if (count !== 12) return [1.1, (360 / count) * corner];
  // A cross: of each arm's three corners two are at its end, one where it meets the next arm.
  const arm = 90 * Math.floor(corner / 3);
  const end = Math.atan(ARM) * (180 / Math.PI);
  if (corner % 3 === 2) return [ARM * Math.SQRT2, arm + 45];
  return [1.15 * Math.hypot(1, ARM), arm + (corner % 3 ? end : -end)];
}

/**
 * A mark as a picture, to be drawn thousands of times.
 * @param {string} shape @param {string} colour @param {string} edge @param {number} radius in pixels of the screen
 */
export function mark(shape, colour, edge, radius) {
  const picture = document.createElement("canvas");
  picture.width = picture.height = 2 * Math.ceil(1.3 * radius + 1);
  const ink = picture.getContext("2d");
  if (!ink) return picture;
  ink.translate(picture.width / 2, picture.height / 2);
  ink.fillStyle = colour;
  ink.strokeStyle = edge;
  ink.lineWidth = radius / 6;
  const path = outlineOf(shape, radius);
  ink.fill(path);
  ink.stroke(path);
  return picture;
}

/**
 * Draw all points; those that are not shown lie below, grey.
 * @param {HTMLCanvasElement} map
 * @param {{places: Float32Array, effect: Uint8Array, shown: Uint8Array}} points
 * @param {HTMLCanvasElement[]} marks one an effect, and one for points that are not shown
 * @param {View} view
 */
export function paint(map, { places, effect, shown }, marks, view) {
  const ink = map.getContext("2d");
  if (!ink) return;
  ink.clearRect(0, 0, map.width, map.height);
  const sharp = map.width / view.size[0];
  for (const pass of [0, 1]) {
    ink.globalAlpha = pass ? 0.85 : 0.25;
    for (let point = 0; point < effect.length; point++) {
      if (shown[point] !== pass) continue;
      const picture = pass ? marks[effect[point]] : marks[marks.length - 1];
      const [left, top] = view.seen(places[2 * point], places[2 * point + 1]);
      ink.drawImage(picture, left * sharp - picture.width / 2, top * sharp - picture.height / 2);
    }
  }
}
