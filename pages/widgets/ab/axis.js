// Marks and colours of a spectrogram.

/**
 * Marks of a time axis: the beginning, round seconds, the end.
 * @param {number} start in s
 * @param {number} seconds how long it is
 * @returns {[string, number][]} words, and where along the axis they belong, 0 ... 1
 */
export function times(start, seconds) {
  const step = [0.1, 0.2, 0.5, 1, 2, 5, 10].find((size) => seconds / size <= 8) ?? 20;
  const digits = step < 1 ? 1 : 0;
  /** @type {[string, number][]} */
  const marks = [[start.toFixed(digits), 0]];
  for (let at = (Math.floor(start / step) + 1) * step; at < start + seconds - 0.6 * step; at += step) {
    if (at > start + 0.6 * step) marks.push([at.toFixed(digits), (at - start) / seconds]);
  }
  return [...marks, [`${(start + seconds).toFixed(1)} s`, 1]];
}

/** 256 colours [red, green, blue, opacity], even steps along the given hex ones. @param {string[]} stops */
export function colours(stops) {
  const known = stops.map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
  return Array.from({ length: 256 }, (_, value) => {
    const place = (value / 255) * (known.length - 1);
    const below = Math.min(known.length - 2, Math.floor(place));
    return [...[0, 1, 2].map((i) => known[below][i] + (place - below) * (known[below + 1][i] - known[below][i])), 255];
  });
}

/**
 * Paint a spectrogram, one pixel a cell.
 * @param {HTMLCanvasElement} canvas
 * @param {Uint8Array} cells row by row from the lowest band, which is painted at the bottom
 * @param {number} columns
 * @param {string[]} stops hex colours from 0 to 255
 */
export function paint(canvas, cells, columns, stops) {
  const rows = cells.length / columns;
  const table = colours(stops);
  const image = new ImageData(columns, rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      image.data.set(table[cells[row * columns + column]], 4 * ((rows - 1 - row) * columns + column));
    }
  }
  Object.assign(canvas, { width: columns, height: rows });
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}
