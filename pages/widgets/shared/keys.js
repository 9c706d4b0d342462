// Keys of a widget, and the rest after them.

const STILL_MS = 300; // keys rest this long before what they changed is told

/**
 * Acts on keys that are pressed in a widget, without control keys. An act that returns false leaves the key to the
 * browser; space is left to buttons and check boxes, and acts once however long it is held.
 * @param {HTMLElement} root
 * @param {(event: KeyboardEvent) => (() => unknown) | undefined} act what a key does; undefined: nothing
 */
export function keys(root, act) {
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.composedPath()[0];
    if (event.key === " " && target instanceof Element && target.matches("button, summary, [type=checkbox]")) return;
    const done = act(event);
    if (!done) return;
    event.preventDefault();
    if (event.key !== " " || !event.repeat) done();
  });
}

/** Calls back when keys have rested for a while. */
export class Rest {
  /** @param {() => void} act */
  constructor(act) {
    this.act = act;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  get pending() {
    return this.timer !== undefined;
  }

  again() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.act();
    }, STILL_MS);
  }

  cancel() {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
