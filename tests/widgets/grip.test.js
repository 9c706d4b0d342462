// Promise: one finger, pen or mouse holds a part of a widget; another one beside it changes nothing.

import assert from "node:assert/strict";
import { test } from "node:test";

import { grip } from "../../pages/widgets/shared/grip.js";

class Part extends EventTarget {
  constructor() {
    super();
    const classes = new Set();
    this.classList = {
      add: (name) => classes.add(name), remove: (name) => classes.delete(name), contains: (name) => classes.has(name),
    };
    this.captured = new Set();
  }

  setPointerCapture(pointer) {
    this.captured.add(pointer);
  }

  hasPointerCapture(pointer) {
    return this.captured.has(pointer);
  }

  /** @param {string} kind @param {number} pointerId */
  send(kind, pointerId) {
    if (kind === "lostpointercapture") this.captured.delete(pointerId);
    this.dispatchEvent(Object.assign(new Event(kind), { pointerId, button: 0 }));
  }
}

function held() {
  const part = new Part();
  /** @type {string[]} */
  const said = [];
  grip(/** @type {any} */ (part), {
    take: () => void said.push("take"), drop: () => said.push("drop"), cancel: () => said.push("cancel"),
    follow: ({ pointerId }) => said.push(`follow ${pointerId}`),
  });
  return { part, said };
}

test("a hand takes, is followed, and lets go", () => {
  const { part, said } = held();
  for (const kind of ["pointerdown", "pointermove", "lostpointercapture", "pointermove"]) part.send(kind, 3);
  assert.deepEqual(said, ["take", "follow 3", "follow 3", "drop"]);
});

test("a second finger that comes, moves, scrolls or goes is not the hand's", () => {
  const { part, said } = held();
  part.send("pointerdown", 3);
  part.captured.add(4); // a browser captures what touches a child, and tells the parts around it
  for (const kind of ["pointerdown", "pointermove", "pointercancel", "lostpointercapture"]) part.send(kind, 4);
  assert.deepEqual(said, ["take", "follow 3"]);
  assert.ok(part.classList.contains("held"));
  part.send("pointermove", 3);
  part.send("lostpointercapture", 3);
  assert.deepEqual(said, ["take", "follow 3", "follow 3", "drop"]);
});

test("what a browser takes away is put back", () => {
  const { part, said } = held();
  for (const kind of ["pointerdown", "pointercancel", "lostpointercapture"]) part.send(kind, 3);
  assert.deepEqual(said, ["take", "follow 3", "cancel"]);
  for (const kind of ["pointerdown", "lostpointercapture"]) part.send(kind, 5);
  assert.deepEqual(said.slice(3), ["take", "follow 5", "drop"]);
});
