// Which steps are heard at a place among them, and how much of each.

/**
 * Linear weights of the steps around a place: those at the corners of the smallest box about it whose corners are all
 * there, or else the nearest one.
 * @param {number[]} place in columns and rows from the first step
 * @param {number[]} shape how many columns and rows the steps lie in
 * @param {Set<number>} steps those that are there, at least one
 * @returns {Map<number, number>} they add up to 1
 */
export function weigh([x, y], [columns, rows], steps) {
  const box = smallest([x, y], [columns, rows], steps);
  if (!box) return new Map([[nearest([x, y], columns, steps), 1]]);
  const { left, right, top, bottom } = box;
  /** @type {Map<number, number>} */
  const weights = new Map();
  for (const row of new Set([top, bottom])) {
    for (const column of new Set([left, right])) {
      const weight = share(x, left, right, column) * share(y, top, bottom, row);
      if (weight > 0) weights.set(row * columns + column, weight);
    }
  }
  return weights;
}

/** @param {number[]} place @param {number[]} shape @param {Set<number>} steps */
function smallest([x, y], [columns, rows], steps) {
  let best = null;
  let least = Infinity;
  const across = spans(x, columns);
  for (const [top, bottom] of spans(y, rows)) {
    for (const [left, right] of across) {
      const size = right - left + bottom - top;
      const corners = [[left, top], [right, top], [left, bottom], [right, bottom]];
      if (size >= least || !corners.every(([i, j]) => steps.has(j * columns + i))) continue;
      [best, least] = [{ left, right, top, bottom }, size];
    }
  }
  return best;
}

/** All [low, high] around a place. @param {number} at @param {number} size @returns {number[][]} */
function spans(at, size) {
  const pairs = [];
  for (let low = Math.floor(at + 1e-9); low >= 0; low--) {
    for (let high = Math.ceil(at - 1e-9); high < size; high++) pairs.push([low, high]);
  }
  return pairs;
}

/** @param {number[]} place @param {number} columns @param {Set<number>} steps */
function nearest([x, y], columns, steps) {
  const away = (/** @type {number} */ step) => Math.hypot((step % columns) - x, Math.floor(step / columns) - y);
  return [...steps].reduce((a, b) => (away(b) < away(a) ? b : a));
}

/** How much the end `to` of a span counts at a place in it.
 * @param {number} at @param {number} low @param {number} high @param {number} to */
function share(at, low, high, to) {
  if (low === high) return 1;
  return to === high ? (at - low) / (high - low) : (high - at) / (high - low);
}
