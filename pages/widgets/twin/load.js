// Data of a page that may have been opened as a file: scripts that call latentfx(), each loaded when it is needed.

const FIRST = 0x3000; // the letter of fifteen zeros
const BITS = 15;

/** Bytes as letters: how many, and a text. @typedef {[number, string]} Letters */
/** @typedef {{header: any, parts: Letters[]}} Content */

/** @type {Map<string, Promise<Content>>} by the name of the file */
const files = new Map();
/** @type {Map<string, (content: Content) => void>} */
const arrivals = new Map();

/** Let the scripts hand over what they hold. */
export function listen() {
  const page = /** @type {{latentfx?: (name: string, header: any, parts: Letters[]) => void}} */ (
    /** @type {unknown} */ (window));
  page.latentfx = (name, header, parts) => arrivals.get(name)?.({ header, parts });
}

/** @param {string} name @returns {Promise<Content>} rejected where the file is not there; the next call tries again */
export function load(name) {
  const known = files.get(name);
  if (known) return known;
  /** @type {Promise<Content>} */
  const coming = new Promise((done, failed) => {
    const script = document.createElement("script");
    let here = false;
    arrivals.set(name, (content) => {
      here = true;
      done(content);
    });
    script.src = `data/${name}.js`;
    script.onload = () => {
      script.remove();
      if (here) return;
      files.delete(name);
      failed(new Error(`data/${name}.js holds something else.`));
    };
    script.onerror = () => {
      script.remove();
      files.delete(name);
      failed(new Error(`data/${name}.js is not there.`));
    };
    document.head.append(script);
  });
  files.set(name, coming);
  return coming;
}

/** @param {Letters} letters */
export function bytesOf([size, text]) {
  const bytes = new Uint8Array(size);
  let [held, count, at] = [0, 0, 0];
  for (let i = 0; at < size; i++) {
    held = (held << BITS) | (text.charCodeAt(i) - FIRST);
    count += BITS;
    while (count >= 8 && at < size) {
      count -= 8;
      bytes[at++] = held >> count;
    }
    held &= (1 << count) - 1;
  }
  return bytes;
}
