// Sounds as buffers to be looped: both ends faded, so that the seam does not click.

const SEAM_S = 0.005;

/**
 * @param {Uint8Array<ArrayBuffer>} bytes Int16 samples
 * @param {number} rate in Hz
 * @returns {AudioBuffer}
 */
export function fromSamples(bytes, rate) {
  const samples = new Int16Array(bytes.buffer);
  const buffer = new AudioBuffer({ length: samples.length, sampleRate: rate, numberOfChannels: 1 });
  buffer.copyToChannel(Float32Array.from(samples, (sample) => sample / 32767), 0);
  return seamless(buffer);
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes a FLAC file
 * @param {number} rate in Hz
 * @returns {Promise<AudioBuffer>} rejected where the browser cannot read it
 */
export async function fromFlac(bytes, rate) {
  return seamless(await new OfflineAudioContext(1, 1, rate).decodeAudioData(bytes.buffer));
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes a FLAC file whose samples are whole numbers of steps; they stay as they are
 * @param {number} rate in Hz
 * @param {number} levels steps that full scale has
 * @returns {Promise<AudioBuffer>} its samples as they are; rejected where the browser cannot read it
 */
export async function restored(bytes, rate, levels) {
  const buffer = await new OfflineAudioContext(1, 1, rate).decodeAudioData(bytes.slice().buffer);
  const wave = buffer.getChannelData(0);
  for (let i = 0; i < wave.length; i++) wave[i] *= 32768 / levels;
  return buffer;
}

/** The same, to be looped. @param {Uint8Array<ArrayBuffer>} bytes @param {number} rate @param {number} levels */
export async function fromSteps(bytes, rate, levels) {
  return seamless(await restored(bytes, rate, levels));
}

/** @param {AudioBuffer} buffer */
function seamless(buffer) {
  const seam = Math.round(SEAM_S * buffer.sampleRate);
  for (let channel = 0; channel < buffer.numberOfChannels; channel++) {
    const wave = buffer.getChannelData(channel);
    for (let i = 0; i < seam; i++) {
      wave[i] *= i / seam;
      wave[wave.length - 1 - i] *= i / seam;
    }
  }
  return buffer;
}
