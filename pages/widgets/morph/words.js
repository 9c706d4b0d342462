// A position in words.

/**
 * @param {number[]} at shares of the way, one on a line, right and down in a square
 * @param {number[]} place columns and rows from the first step
 * @param {number} count of the steps
 * @param {number} side of the square, 0 for a line
 */
export function words([x, y], place, count, side) {
  const percent = (/** @type {number} */ share) => `${Math.round(100 * share)} %`;
  if (!side) return `Step ${(place[0] + 1).toFixed(1).replace(".0", "")} of ${count}, ${percent(x)} of the path`;
  const [column, row] = place.map(Math.round);
  const shares = { A: (1 - x) * (1 - y), B: x * (1 - y), C: (1 - x) * y, D: x * y };
  const mix = Object.entries(shares).map(([letter, share]) => `${letter} ${percent(share)}`);
  return `Near step ${row * side + column + 1} of ${count}: ${mix.join(", ")}`;
}
