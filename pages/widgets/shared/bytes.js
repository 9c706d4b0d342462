// What the server sends: one line of JSON, then the parts whose sizes in bytes it lists under "parts".

/**
 * @param {Uint8Array} bytes
 * @returns {{header: any, parts: Uint8Array<ArrayBuffer>[]}} each a copy of its own, aligned for any numbers
 */
export function unpack(bytes) {
  const end = bytes.indexOf(10);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  let at = end + 1;
  const parts = header.parts.map((/** @type {number} */ size) => bytes.slice(at, (at += size)));
  if (at !== bytes.length) throw new RangeError(`${bytes.length - at} bytes are in no part`);
  return { header, parts };
}
