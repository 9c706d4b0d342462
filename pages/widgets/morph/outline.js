// The waveform of a sound as a path.

const COLUMNS = 640; // as wide as the picture's viewBox

/**
 * @param {AudioBuffer} buffer
 * @returns {{path: string, top: number}} the path, 1 high on either side at full scale; top: the loudest sample
 */
export function outline(buffer) {
  const wave = buffer.getChannelData(0);
  const peaks = new Float32Array(COLUMNS);
  for (let i = 0; i < wave.length; i++) {
    const column = Math.floor((i / wave.length) * COLUMNS);
    peaks[column] = Math.max(peaks[column], Math.abs(wave[i]));
  }
  const half = (/** @type {number} */ sign) => [...peaks].map((peak, x) => `${x + 0.5} ${(sign * peak).toFixed(4)}`);
  const path = `M${half(1).join("L")}L${half(-1).reverse().join("L")}Z`;
  return { path, top: peaks.reduce((a, b) => Math.max(a, b)) };
}
