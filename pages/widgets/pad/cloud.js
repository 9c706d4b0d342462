// The points of the map behind the pad, as a picture.

const GREY = 255; // colour number of a point that stands back

/**
 * places: axes numbers a point, 0 ... 65535 as far as the pad reaches; colour, effect: a number a point.
 * @typedef {object} Cloud
 * @property {string} version
 * @property {number} count
 * @property {number} axes
 * @property {Uint16Array} places
 * @property {Uint8Array} colour
 * @property {Uint8Array} effect
 * @property {string[]} palette
 * @property {string[]} effects
 * @property {string[]} names
 * @property {string | null} title
 * @property {string} low
 * @property {string} high
 */

/** Number of the effect whose point is nearest in all axes. @param {Cloud} cloud @param {number[]} here 0 ... 1 */
export function closest({ places, axes, count, effect }, here) {
  let best = 0;
  let least = Infinity;
  for (let point = 0; point < count; point++) {
    let away = 0;
    for (let axis = 0; axis < axes; axis++) away += (places[point * axes + axis] / 65535 - here[axis]) ** 2;
    if (away < least) [best, least] = [point, away];
  }
  return effect[best];
}

/**
 * Draw the points, those far from the slice faint.
 * @param {HTMLCanvasElement} map
 * @param {Cloud} cloud
 * @param {number[]} shown the two axes to the right and upwards
 * @param {number[]} others where the slice lies on each axis, 0 ... 1
 */
export function paint(map, cloud, [right, up], others) {
  const { places, axes, count, colour, palette } = cloud;
  const size = map.width;
  const away = distances(cloud, [right, up], others);
  const usual = median(away) || 1;
  const ink = map.getContext("2d");
  if (!ink) return;
  ink.clearRect(0, 0, size, size);
  const radius = (size / 640) * 2.2 + 0.6 * devicePixelRatio;
  // Grey points first, then from far to near, so that what counts lies on top.
  const grey = (/** @type {number} */ point) => Number(colour[point] === GREY);
  const order = Array.from({ length: count }, (_, i) => i).sort((a, b) => grey(b) - grey(a) || away[b] - away[a]);
  for (const point of order) {
    ink.globalAlpha = (grey(point) ? 0.25 : 0.8) * Math.max(0.15, Math.exp(-0.7 * (away[point] / usual) ** 2));
    ink.fillStyle = grey(point) ? "#888" : palette[colour[point]];
    ink.beginPath();
    const [x, y] = [right, up].map((axis) => (places[point * axes + axis] / 65535) * size);
    ink.arc(x, size - y, radius, 0, 2 * Math.PI);
    ink.fill();
  }
}

/** How far each point is from the slice. @param {Cloud} cloud @param {number[]} shown @param {number[]} others */
function distances({ places, axes, count }, [right, up], others) {
  return Float32Array.from({ length: count }, (_, point) => {
    let sum = 0;
    for (let axis = 0; axis < axes; axis++) {
      if (axis !== right && axis !== up) sum += (places[point * axes + axis] / 65535 - others[axis]) ** 2;
    }
    return Math.sqrt(sum / Math.max(1, axes - 2));
  });
}

/**
 * Where the effects' names belong: over the middle of their points.
 * @param {Cloud} cloud
 * @param {number[]} shown
 * @returns {{name: string, x: number, y: number}[]} 0 ... 1 from the left and from below
 */
export function middles({ places, axes, effect, names }, [right, up]) {
  return names.flatMap((name, number) => {
    const own = [...effect.keys()].filter((point) => effect[point] === number);
    if (!name || !own.length) return [];
    const middle = (/** @type {number} */ axis) => median(own.map((point) => places[point * axes + axis])) / 65535;
    return [{ name, x: middle(right), y: middle(up) }];
  });
}

/** @param {Iterable<number>} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
