// Which nodes of a lattice are heard at a place, and how much of each. A node has the number row * (side + 1) + column.

const NEAR_EXACT = 0.25; // cells from the exact point within which its own sound fades into the lattice's

export const EXACT = "exact"; // the key of the point's own sound; a node's is its number

/**
 * Gains of the sounds that run: the point's own where it stands, else bilinear in the smallest cell that is there.
 * @param {number[]} at 0 ... 1 to the right and upwards
 * @param {{side: number, coarse: number}} lattice cells along a side, and along that of the largest cell
 * @param {Set<string>} live keys of the sounds that run
 * @param {number[]} exact where the point's own sound belongs
 * @returns {Map<string, number>}
 */
export function weigh(at, lattice, live, exact) {
  const [x, y] = at.map((place) => place * lattice.side);
  const weights = cell([x, y], lattice, live) ?? nearest([x, y], lattice.side, live);
  if (!live.has(EXACT)) return weights;
  const away = Math.hypot(x - exact[0] * lattice.side, y - exact[1] * lattice.side);
  const own = weights.size ? Math.max(0, 1 - away / NEAR_EXACT) : 1;
  for (const [key, weight] of weights) weights.set(key, weight * (1 - own));
  return weights.set(EXACT, own);
}

/** @param {number[]} place @param {{side: number, coarse: number}} lattice @param {Set<string>} live */
function cell([x, y], { side, coarse }, live) {
  const node = (/** @type {number} */ i, /** @type {number} */ j) => String(j * (side + 1) + i);
  for (let size = 1; size <= coarse; size *= 2) {
    const [i, j] = [x, y].map((place) => Math.min(side - size, Math.floor(place / size) * size));
    const [a, b] = [(x - i) / size, (y - j) / size];
    const corners = new Map([
      [node(i, j), (1 - a) * (1 - b)],
      [node(i + size, j), a * (1 - b)],
      [node(i, j + size), (1 - a) * b],
      [node(i + size, j + size), a * b],
    ]);
    if ([...corners.keys()].every((key) => live.has(key))) return corners;
  }
  return null;
}

/** @param {number[]} place @param {number} side @param {Set<string>} live @returns {Map<string, number>} */
function nearest([x, y], side, live) {
  let best = "";
  let least = Infinity;
  for (const key of live) {
    if (key === EXACT) continue;
    const away = Math.hypot((Number(key) % (side + 1)) - x, Math.floor(Number(key) / (side + 1)) - y);
    if (away < least) [best, least] = [key, away];
  }
  return new Map(best ? [[best, 1]] : []);
}
