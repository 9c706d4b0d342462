// What a file holds as the widgets take it: the same line and parts that a server would have sent.

import { restored } from "../shared/loop.js";
import { bytesOf } from "./load.js";

/** @import { Content } from "./load.js" */

const FULL = 32767;

/**
 * @param {Content} content header.coded: [the first part that is a sound, steps of full scale of each sound's FLAC]
 * @returns {Promise<Uint8Array>} rejected where the browser cannot read FLAC
 */
export async function message({ header, parts }) {
  const [first, levels] = header.coded ?? [parts.length, []];
  const made = await Promise.all(parts.map((part, number) => {
    const bytes = bytesOf(part);
    return number < first ? bytes : samples(bytes, header.rate, levels[number - first]);
  }));
  const sizes = made.map(({ length }) => length);
  const line = new TextEncoder().encode(`${JSON.stringify({ ...header, parts: sizes })}\n`);
  const whole = new Uint8Array(sizes.reduce((sum, size) => sum + size, line.length));
  let at = line.length;
  whole.set(line);
  for (const bytes of made) {
    whole.set(bytes, at);
    at += bytes.length;
  }
  return whole;
}

/** Int16 samples of a FLAC file. @param {Uint8Array<ArrayBuffer>} bytes @param {number} rate @param {number} levels */
async function samples(bytes, rate, levels) {
  const wave = (await restored(bytes, rate, levels)).getChannelData(0);
  return new Uint8Array(Int16Array.from(wave, (sample) => Math.round(sample * FULL)).buffer);
}
