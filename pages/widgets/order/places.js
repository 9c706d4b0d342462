// Where in a row that may go over several lines something belongs.

/** @typedef {{left: number, right: number, top: number, bottom: number}} Box */

/**
 * How many boxes come before a point: all on the lines above, and on its own line those whose middle is left of it.
 * @param {number[]} point to the right and downwards
 * @param {Box[]} boxes in the order of the row
 */
export function placeAt([x, y], boxes) {
  return boxes.filter(({ left, right, top, bottom }) => bottom < y || (top <= y && (left + right) / 2 < x)).length;
}
