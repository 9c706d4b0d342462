// Promise: where a chip is let go is where it belongs in the row, on whichever line.

import assert from "node:assert/strict";
import { test } from "node:test";

import { placeAt } from "../../pages/widgets/order/places.js";

const box = (left, top, width = 100) => ({ left, right: left + width, top, bottom: top + 40 });

test("in one line a chip comes behind those whose middle the hand has passed", () => {
  const row = [box(0, 0), box(130, 0, 60), box(220, 0)];
  const at = (x, y = 20) => placeAt([x, y], row);
  assert.deepEqual([-50, 49, 51, 159, 161, 269, 271, 999].map((x) => at(x)), [0, 0, 1, 1, 2, 2, 3, 3]);
});

test("of two lines all chips above come before, and none below", () => {
  const rows = [box(0, 0), box(130, 0), box(0, 50), box(130, 50)];
  assert.equal(placeAt([300, 20], rows), 2, "at the end of the first line");
  assert.equal(placeAt([10, 70], rows), 2, "at the beginning of the second");
  assert.equal(placeAt([100, 70], rows), 3);
  assert.equal(placeAt([300, -40], rows), 0, "above all");
  assert.equal(placeAt([0, 200], rows), 4, "below all");
});
