// Promise: loops run only while something is heard, in step, and are as loud as their user says.

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { fromFlac } from "../../pages/widgets/shared/loop.js";
import { PageAudio } from "../../pages/widgets/shared/page_audio.js";
import { SoundBank } from "../../pages/widgets/shared/sound_bank.js";
import { Buffer, Context, install, live, loops } from "./fake_audio.js";

const page = install();
/** @type {SoundBank[]} */
let banks = [];

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  Context.allowed = true;
  loops.length = 0;
});

afterEach(() => {
  for (const one of banks) one.close();
  banks = [];
  mock.timers.reset();
});

function sound(seconds = 2) {
  return new Buffer({ length: seconds * 1000, sampleRate: 1000 });
}

/** A bank of sounds a, b, ... of which the first that runs is heard. */
function bank(names = "ab") {
  const made = new SoundBank((running) => new Map([[[...running][0], 1]]), () => {});
  banks.push(made);
  fill(made, names);
  return made;
}

function fill(made, names) {
  made.keep(() => false);
  for (const name of names) made.load(name, sound());
  made.use(names);
}

/** Let the clock run, and the timers with it. */
function run(seconds) {
  for (let ms = 0; ms < 1000 * seconds; ms += 5) {
    if (Context.last.state === "running") Context.last.tick(0.005);
    mock.timers.tick(5);
  }
}

const heard = (made) => [...made.voices].filter(([, { gain }]) => gain.gain.value > 0).map(([name]) => name);

test("nothing runs before a start, and nothing after a stop", () => {
  const made = bank();
  assert.equal(live().length, 0);
  made.start();
  run(0.1);
  assert.deepEqual(heard(made), ["a"]);
  assert.equal(live().length, 2);
  made.stop();
  run(0.3);
  assert.equal(live().length, 0);
  assert.equal(Context.last.state, "suspended");
});

test("eight new paths while paused leave no loop behind", () => {
  const made = bank();
  made.start();
  run(0.1);
  made.stop();
  run(0.01); // while the old loops still fade out
  for (let path = 0; path < 8; path++) fill(made, "abcdefghijk");
  run(0.3);
  assert.equal(live().length, 0);
  assert.equal(loops.length, 2);
});

test("a clock that is stopped from outside cuts the loops, and they come back with it in the same place", () => {
  const made = bank();
  made.start();
  run(0.53);
  Context.last.turn("interrupted");
  assert.equal(live().length, 0);
  assert.equal(made.playing, false);
  const place = made.position;
  assert.ok(Math.abs(place - 0.5) < 0.01);
  Context.last.turn("running");
  assert.ok(made.playing);
  assert.equal(loops.at(-1).offset, place);
});

test("where the browser never lets it play, it says so and does nothing", () => {
  Context.allowed = false;
  const made = bank();
  made.hold();
  run(0.2);
  assert.equal(made.blocked, false);
  run(0.2);
  assert.deepEqual([made.state, made.blocked, loops.length], ["waiting", true, 0]);
  const asked = mock.method(made, "settle").mock;
  run(5);
  assert.equal(asked.callCount(), 0);
  made.letGo();
  assert.deepEqual([made.state, made.blocked], ["paused", false]);
});

test("a finger that is lifted unlocks the page, and the next touch is heard", () => {
  Context.allowed = false;
  const made = bank();
  made.hold();
  made.letGo();
  Context.allowed = true;
  page.dispatchEvent(new Event("touchend"));
  assert.equal(Context.last.state, "running");
  run(0.3);
  assert.equal(Context.last.state, "suspended", "nobody plays");
  made.hold();
  run(0.1);
  assert.deepEqual(heard(made), ["a"]);
});

test("a gesture resumes whoever waits; it makes no clock for a mouse that never asked", () => {
  Context.last = /** @type {any} */ (undefined);
  const made = bank();
  page.dispatchEvent(new Event("click"));
  assert.equal(Context.last, undefined);
  Context.allowed = false;
  made.start();
  Context.allowed = true;
  page.dispatchEvent(new Event("keydown"));
  assert.ok(made.playing);
});

test("two banks share one clock, which closes with the last", () => {
  const [one, other] = [bank(), bank()];
  one.start();
  other.start();
  assert.equal(one.context, other.context);
  one.close();
  assert.equal(Context.last.state, "running");
  other.close();
  assert.equal(Context.last.state, "closed");
  banks = [];
});

test("one that pauses leaves the clock to the other", () => {
  const [one, other] = [bank(), bank()];
  one.start();
  other.start();
  one.stop();
  run(0.5);
  assert.equal(Context.last.state, "running");
  assert.equal(live().length, 2);
});

test("one that leaves while it plays leaves no clock running for those that are silent", () => {
  const [first, silent] = [bank(), bank("c")];
  first.start();
  run(0.2);
  assert.equal(Context.last.state, "running");
  first.close();
  run(1);
  assert.equal(Context.last.state, "suspended");
  assert.ok(!PageAudio.here().wanted);
  silent.start();
  run(0.2);
  assert.equal(Context.last.state, "running");
});

test("keys go forward from where a change would be heard, however long sound is on its way", () => {
  const made = bank("a");
  made.start();
  run(0.5);
  Context.last.outputLatency = 0.2;
  let before = made.ahead;
  for (let i = 0; i < 6; i++) {
    made.seek(made.ahead + 0.05);
    run(0.035);
    assert.ok(made.ahead > before + 0.05, `${made.ahead} is not after ${before}`);
    before = made.ahead;
  }
  assert.ok(made.position < before - 0.2);
  made.stop();
  assert.equal(made.ahead, made.offset);
});

test("sounds that others replace are heard until those run", () => {
  const made = bank();
  made.start();
  run(0.1);
  const [old] = loops;
  fill(made, "cd");
  assert.equal(old.to.gain.value, 1);
  run(0.02);
  assert.equal(old.to.gain.value, 1, "the new ones start in 30 ms");
  run(0.03);
  assert.deepEqual(heard(made), ["c"]);
  assert.equal(old.to.gain.value, 0);
  run(0.1);
  assert.equal(live().length, 2);
});

test("sounds that are kept run on when others come between them", () => {
  const made = bank("ac");
  made.start();
  run(0.1);
  made.load("b", sound());
  made.use(["a", "b", "c"]);
  run(0.1);
  assert.equal(loops.length, 3);
  const [first, , late] = loops;
  const inside = (loop) => (Context.last.currentTime - loop.when + loop.offset) % 2;
  assert.ok(Math.abs(inside(first) - inside(late)) < 1e-9, "in step");
});

test("pause, seek, play: nothing of the old place is heard", () => {
  const made = bank();
  made.start();
  run(0.5);
  made.stop();
  run(0.3);
  made.seek(1.25);
  const before = loops.length;
  made.start();
  assert.deepEqual(live().map(({ offset }) => offset), [1.25, 1.25]);
  assert.equal(live().length, loops.length - before);
});

test("seeking while it plays fades the old place out as the new one begins", () => {
  const made = bank();
  made.start();
  run(0.5);
  const [old] = loops;
  made.seek(1.5);
  const fresh = loops.at(-1);
  assert.deepEqual(old.to.gain.asked.at(-1), [0, fresh.when]);
  assert.equal(fresh.offset, 1.5);
});

test("the button asks again while the sound does not come, and makes a held sound stay", () => {
  Context.allowed = false;
  const made = bank();
  made.toggle();
  made.toggle();
  assert.equal(made.state, "waiting");
  assert.equal(Context.last.asked, 2);
  Context.last.turn("running");
  made.stop();
  Context.allowed = true;
  made.hold();
  made.toggle();
  made.letGo();
  assert.ok(made.playing);
});

test("the mute switch of a phone does not silence it", () => {
  navigator.audioSession.type = "auto";
  bank().start();
  assert.equal(navigator.audioSession.type, "playback");
});

test("the page's clock is found again by another module", () => {
  const made = bank();
  assert.equal(PageAudio.here(), made.page);
});

test("a clock that is too slow for a sound gives way to one that is not, and what plays goes on there", () => {
  const slow = bank();
  slow.start();
  run(1);
  const fast = bank("");
  fast.load("a", new Buffer({ length: 88_200, sampleRate: 44_100, numberOfChannels: 2 }));
  fast.use("a");
  assert.equal(Context.last.sampleRate, 1000);
  const before = slow.position;
  fast.start();
  run(0.1);
  assert.equal(Context.last.sampleRate, 44_100);
  assert.deepEqual([heard(slow), heard(fast)], [["a"], ["a"]]);
  assert.ok(live().every((loop) => loop.context === Context.last && loop.to.context === Context.last));
  assert.ok(Math.abs(slow.position - before - 0.1) < 0.1, String(slow.position));
});

test("every channel is faded at the seam", async () => {
  const flac = new Buffer({ length: 44_100, sampleRate: 44_100, numberOfChannels: 2 });
  for (const wave of flac.waves) wave.fill(1);
  mock.method(Context.prototype, "decodeAudioData", () => flac);
  const { waves } = await fromFlac(new Uint8Array(4), 44_100);
  for (const wave of waves) assert.deepEqual([wave[0], wave.at(-1), wave[22_050]], [0, 0, 1]);
});
