// Promise: what the widgets reckon with no screen: bytes, weights, curves, words and marks.

import assert from "node:assert/strict";
import { test } from "node:test";

import { colours, times } from "../../pages/widgets/ab/axis.js";
import { CELLS, PRESETS, sample, simplify, told } from "../../pages/widgets/curve/shape.js";
import { weigh as weighSteps } from "../../pages/widgets/morph/weights.js";
import { words } from "../../pages/widgets/morph/words.js";
import { closest, middles } from "../../pages/widgets/pad/cloud.js";
import { EXACT, weigh as weighNodes } from "../../pages/widgets/pad/lattice.js";
import { unpack } from "../../pages/widgets/shared/bytes.js";

const near = (a, b, within = 1e-9) => assert.ok(Math.abs(a - b) <= within, `${a} is not ${b}`);
const sum = (weights) => [...weights.values()].reduce((a, b) => a + b, 0);

test("bytes come apart into a header and parts that any numbers can be read from", () => {
  const parts = [[1, 2, 3], [4, 5]];
  const head = new TextEncoder().encode(`${JSON.stringify({ name: "é", parts: [3, 2] })}\n`);
  const { header, parts: taken } = unpack(Uint8Array.from([...head, ...parts.flat()]));
  assert.equal(header.name, "é");
  assert.deepEqual(taken.map((part) => [...part]), parts);
  assert.equal(new Int16Array(taken[1].buffer)[0], 4 + 256 * 5);
  assert.throws(() => unpack(Uint8Array.from([...head, 1, 2, 3, 4, 5, 6])), /1 bytes are in no part/);
});

test("on a line the two neighbours that are there are heard, by their distance", () => {
  const all = new Set([0, 1, 2, 3, 4]);
  assert.deepEqual(weighSteps([1, 0], [5, 1], all), new Map([[1, 1]]));
  const between = weighSteps([1.25, 0], [5, 1], all);
  near(between.get(1), 0.75);
  near(between.get(2), 0.25);
  assert.deepEqual(weighSteps([1, 0], [5, 1], new Set([0, 4])), new Map([[0, 0.75], [4, 0.25]]));
  assert.deepEqual(weighSteps([3, 0], [5, 1], new Set([0])), new Map([[0, 1]]), "or else the nearest");
});

test("in a square the corners of the smallest box that is there are heard", () => {
  const all = new Set(Array.from({ length: 9 }, (_, i) => i));
  const middle = weighSteps([0.5, 0.75], [3, 3], all);
  assert.deepEqual([...middle.keys()].sort(), [0, 1, 3, 4]);
  near(middle.get(4), 0.375);
  near(sum(middle), 1);
  const corners = weighSteps([0.5, 0.5], [3, 3], new Set([0, 2, 6, 8]));
  near(corners.get(0), 0.5625);
  near(sum(corners), 1);
});

test("a node alone is heard where it stands, and the cell's four in its middle", () => {
  const lattice = { side: 4, coarse: 2 };
  const every = new Set(Array.from({ length: 25 }, (_, i) => String(i)));
  near(weighNodes([0.5, 0.5], lattice, every, [0, 0]).get("12"), 1);
  for (const key of ["12", "13", "17", "18"]) near(weighNodes([0.625, 0.625], lattice, every, [0, 0]).get(key), 0.25);
  const coarse = new Set(["0", "2", "10", "12"]);
  for (const key of coarse) near(weighNodes([0.25, 0.25], lattice, coarse, [0, 0]).get(key), 0.25);
  assert.deepEqual(weighNodes([0.9, 0.9], lattice, new Set(["0", "18"]), [0, 0]), new Map([["18", 1]]));
});

test("the point's own sound is heard where it belongs, and fades into the nodes", () => {
  const lattice = { side: 4, coarse: 2 };
  const live = new Set([...Array.from({ length: 25 }, (_, i) => String(i)), EXACT]);
  near(weighNodes([0.3, 0.3], lattice, live, [0.3, 0.3]).get(EXACT), 1);
  const beside = weighNodes([0.3 + 0.125 / 4, 0.3], lattice, live, [0.3, 0.3]);
  near(beside.get(EXACT), 0.5);
  near(sum(beside), 1);
  near(weighNodes([0.8, 0.8], lattice, live, [0.3, 0.3]).get(EXACT), 0);
  near(weighNodes([0.8, 0.8], lattice, new Set([EXACT]), [0.3, 0.3]).get(EXACT), 1); // nothing else is there
});

test("a curve is told as few points that it can be drawn from again", () => {
  for (const [name, shape] of Object.entries(PRESETS)) {
    const values = Float64Array.from({ length: CELLS + 1 }, (_, i) => shape(i / CELLS));
    const points = told(values, 4.5);
    assert.ok(points.length <= 64, name);
    assert.equal(points[0][0], 0);
    assert.equal(points.at(-1)[0], 4.5);
    const again = sample(points, 4.5);
    const step = name === "Step";
    for (let i = 0; i <= CELLS; i++) {
      if (step && Math.abs(i - CELLS / 2) < 3) continue;
      near(again[i], values[i], 0.01);
    }
  }
  assert.deepEqual(simplify(new Float64Array(CELLS + 1)), [0, CELLS], "a straight line needs its ends");
});

test("wild values stay within their bounds", () => {
  const values = sample([[0, -3], [1, 5], [2, 0.5]], 2);
  assert.ok(Math.min(...values) >= 0);
  assert.ok(Math.max(...values) <= 1);
  const noise = Float64Array.from({ length: CELLS + 1 }, (_, i) => Math.abs(Math.sin(i * i)));
  const times_s = told(noise, 3).map(([time]) => time);
  assert.equal(times_s.length, 64);
  assert.ok(times_s.every((time, i) => !i || time > times_s[i - 1]));
});

test("a position is told in words", () => {
  assert.equal(words([0.25], [2.5, 0], 11, 0), "Step 3.5 of 11, 25 % of the path");
  assert.equal(words([1], [10, 0], 11, 0), "Step 11 of 11, 100 % of the path");
  assert.equal(words([0, 1], [0, 2], 9, 3), "Near step 7 of 9: A 0 %, B 0 %, C 100 %, D 0 %");
});

test("the nearest point in all axes gives its effect, and names stand over the middle of theirs", () => {
  const cloud = {
    version: "1", count: 3, axes: 3, palette: [], effects: ["x", "y"], names: ["X", ""], title: null, low: "", high: "",
    places: Uint16Array.from([0, 0, 0, 65535, 65535, 65535, 0, 0, 65535]),
    colour: new Uint8Array(3), effect: Uint8Array.from([0, 0, 1]),
  };
  assert.equal(closest(cloud, [0.1, 0.1, 0.9]), 1);
  assert.equal(closest(cloud, [0.9, 0.9, 0.9]), 0);
  assert.deepEqual(middles(cloud, [0, 1]), [{ name: "X", x: 1, y: 1 }]);
});

test("marks of time are round, ascending and not crowded; colours go from the first to the last", () => {
  for (const [start, seconds] of [[0, 2], [1.25, 5.46], [0, 0.4], [30, 61]]) {
    const marks = times(start, seconds);
    const places = marks.map(([, share]) => share);
    assert.ok(places.every((share, i) => !i || share > places[i - 1]));
    assert.deepEqual([places[0], places.at(-1)], [0, 1]);
    assert.ok(marks.length <= 10);
  }
  const table = colours(["#000000", "#804020", "#ffffff"]);
  assert.deepEqual([table[0], table[255]], [[0, 0, 0, 255], [255, 255, 255, 255]]);
  assert.equal(table.length, 256);
});
