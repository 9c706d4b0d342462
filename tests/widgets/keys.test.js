// Promise: keys act once, leave to the browser what is its own, and what they changed is told when they rest.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { keys, Rest } from "../../pages/widgets/shared/keys.js";

class Element extends EventTarget {
  constructor(kind = "div") {
    super();
    this.kind = kind;
  }

  matches(selector) {
    return selector.split(", ").includes(this.kind);
  }
}
globalThis.Element = /** @type {any} */ (Element);

/** Press a key in an element of a kind. */
function press(kind, key, more = {}) {
  const root = new Element(kind);
  const done = [];
  keys(/** @type {any} */ (root), (event) => (event.key === "x" ? undefined : () => done.push(event.key)));
  const event = Object.assign(new Event("keydown", { cancelable: true }), { key, ...more });
  root.dispatchEvent(event);
  return [done.join(), event.defaultPrevented];
}

test("a key that means something acts, and the browser does not", () => {
  assert.deepEqual(press("div", " "), [" ", true]);
  assert.deepEqual(press("div", "ArrowUp"), ["ArrowUp", true]);
  assert.deepEqual(press("div", "x"), ["", false]);
});

test("space is left to buttons, and control keys to the browser", () => {
  for (const kind of ["button", "summary", "[type=checkbox]"]) assert.deepEqual(press(kind, " "), ["", false]);
  assert.deepEqual(press("button", "ArrowUp"), ["ArrowUp", true]);
  assert.deepEqual(press("div", " ", { ctrlKey: true }), ["", false]);
  assert.deepEqual(press("div", "ArrowUp", { altKey: true }), ["", false]);
});

test("space that is held acts once and scrolls never; arrows go on", () => {
  assert.deepEqual(press("div", " ", { repeat: true }), ["", true]);
  assert.deepEqual(press("div", "ArrowUp", { repeat: true }), ["ArrowUp", true]);
});

test("what keys changed is told once, when they rest", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  let told = 0;
  const rest = new Rest(() => (told += 1));
  for (let i = 0; i < 5; i++) {
    rest.again();
    mock.timers.tick(200);
  }
  assert.deepEqual([told, rest.pending], [0, true]);
  mock.timers.tick(200);
  assert.deepEqual([told, rest.pending], [1, false]);
  rest.again();
  rest.cancel();
  mock.timers.tick(1000);
  assert.deepEqual([told, rest.pending], [1, false]);
  mock.timers.reset();
});
