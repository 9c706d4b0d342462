// Promise: a place on the page has one widget as long as it stands, and what moves stops moving when told.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Frames, part, placed, within } from "../../pages/widgets/shared/frame.js";

class HTMLElement {}
globalThis.HTMLElement = /** @type {any} */ (HTMLElement);

/** A place with a root in it, and all that happens to its widgets. */
function place() {
  const log = [];
  class Widget {
    constructor(root, report) {
      this.report = report;
      log.push("made");
    }

    receive(data) {
      log.push(data);
      this.report("seen", data);
    }

    close() {
      log.push("closed");
    }
  }
  const parent = { root: new HTMLElement(), querySelector: () => parent.root };
  const mount = placed(".x", Widget);
  const parentElement = /** @type {any} */ (parent);
  const show = (data, setStateValue = () => {}) => mount({ data, parentElement, setStateValue });
  return { log, parent, show };
}

test("new data goes to the widget that is there, and reports go to the last one who asked", () => {
  const { log, show } = place();
  const told = [];
  show("a", (name, value) => told.push(["first", name, value]));
  const leave = show("b", (name, value) => told.push(["second", name, value]));
  assert.deepEqual(log, ["made", "a", "b"]);
  assert.deepEqual(told, [["first", "seen", "a"], ["second", "seen", "b"]]);
  leave();
  leave();
  assert.deepEqual(log.slice(3), ["closed"]);
});

test("another root is another widget, and the former one closes", () => {
  const { log, parent, show } = place();
  show("a");
  parent.root = new HTMLElement();
  show("b");
  assert.deepEqual(log, ["made", "a", "closed", "made", "b"]);
});

test("a part that is missing is named", () => {
  const none = /** @type {any} */ ({ querySelector: () => null });
  assert.throws(() => part(none, ".handle", /** @type {any} */ (HTMLElement)), /no part \.handle/);
});

test("shares stay within the whole", () => {
  assert.deepEqual([-1, 0, 0.5, 2].map(within), [0, 0, 0.5, 1]);
});

test("frames come one after another, twice a second where little motion is wished, and end when told", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const still = { matches: false };
  let waiting = null;
  Object.assign(globalThis, {
    window: { matchMedia: () => still },
    requestAnimationFrame: (act) => (waiting = act),
    cancelAnimationFrame: () => (waiting = null),
  });
  let seen = 0;
  const frames = new Frames(() => (seen += 1));
  frames.run(true);
  frames.run(true);
  waiting();
  assert.equal(seen, 2);
  frames.run(false);
  assert.equal(waiting, null);
  still.matches = true;
  frames.run(true);
  for (let half = 0; half < 4; half++) mock.timers.tick(500);
  assert.equal(seen, 7);
  frames.run(false);
  mock.timers.tick(2000);
  assert.equal(seen, 7);
  mock.timers.reset();
});
