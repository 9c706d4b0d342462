// A curve as its values at even places in time, and as a few points.

export const CELLS = 1000; // values stand at 0 ... CELLS
const MOST = 64; // points that it is simplified to
const CLOSE = 0.003; // of the range: points are added until the curve is nowhere further from the drawn one

/** Ready-made curves over 0 ... 1, beside the straight one. @type {Record<string, (t: number) => number>} */
export const PRESETS = {
  "There and back": (t) => 1 - Math.abs(2 * t - 1),
  Step: (t) => (t > 0.5 ? 1 : 0),
  "Slow wave": (t) => (1 - Math.cos(6 * Math.PI * t)) / 2,
};

/**
 * Values of straight lines between points.
 * @param {number[][]} points [time in s, value], of ascending times
 * @param {number} duration in s
 */
export function sample(points, duration) {
  let next = 0;
  return Float64Array.from({ length: CELLS + 1 }, (_, i) => {
    const time = (i / CELLS) * duration;
    while (next < points.length && points[next][0] < time - 1e-4) next++;
    const [[t0, v0], [t1, v1]] = [points[Math.max(0, next - 1)], points[Math.min(next, points.length - 1)]];
    const value = t1 > t0 ? v0 + (v1 - v0) * Math.min(1, (time - t0) / (t1 - t0)) : v1;
    return Math.min(1, Math.max(0, value));
  });
}

/** Cells between which straight lines follow the values: the worst place gets a point, until all are close.
 * @param {Float64Array} values */
export function simplify(values) {
  const kept = [0, CELLS];
  while (kept.length < MOST) {
    let [worst, most, where] = [0, CLOSE, 0];
    for (let k = 1; k < kept.length; k++) {
      const [from, to] = [kept[k - 1], kept[k]];
      for (let i = from + 1; i < to; i++) {
        const off = Math.abs(values[i] - values[from] - ((values[to] - values[from]) * (i - from)) / (to - from));
        if (off > most) [worst, most, where] = [i, off, k];
      }
    }
    if (!worst) break;
    kept.splice(where, 0, worst);
  }
  return kept;
}

/** The points that are told: times rounded down, so that the last is not beyond the end.
 * @param {Float64Array} values @param {number} duration in s */
export function told(values, duration) {
  return simplify(values).map((i) => [
    Math.floor((i / CELLS) * duration * 1e4 + 1e-6) / 1e4,
    Math.round(values[i] * 1e4) / 1e4,
  ]);
}
