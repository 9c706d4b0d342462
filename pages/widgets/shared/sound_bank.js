// Loops that run in step: whoever uses the bank says how loud each is, and it gives the sound.

import { PageAudio } from "./page_audio.js";

const AHEAD_S = 0.03; // a loop is started this far ahead, so that it starts in step with the others
const GLIDE_S = 0.006; // time constant of every gain change: fast to the hand, slow enough not to click
const ENDED_S = 10 * GLIDE_S; // a loop that fades out is stopped so much later
const SOON_MS = 10; // between two looks at loops that are starting
const PATIENCE_MS = { held: 300, pressed: 1500 }; // after which a sound that was asked for and has not begun is blocked

/** @typedef {{source: AudioBufferSourceNode, gain: GainNode, start: number}} Voice */

/**
 * States: "paused" has no loop at all; "waiting" wants to play and has no clock yet; "playing" runs.
 */
export class SoundBank {
  /**
   * @param {(live: Set<string>) => Map<string, number>} weigh linear gain of each of the sounds that run; 0 where none
   * @param {() => void} changed called when the state, or what stands in its way, has changed
   */
  constructor(weigh, changed) {
    this.weigh = weigh;
    this.changed = changed;
    this.rate = 0;
    /** @type {Map<string, AudioBuffer>} */
    this.sounds = new Map();
    /** @type {string[]} */
    this.used = [];
    /** @type {Map<string, Voice>} */
    this.voices = new Map();
    /** @type {Set<Voice>} loops that others replace, heard until those run */
    this.leaving = new Set();
    /** @type {Set<Voice>} loops that fade out */
    this.ending = new Set();
    /** @type {"paused" | "waiting" | "playing"} */
    this.state = "paused";
    this.held = false; // heard only as long as a hand is on it
    this.blocked = false;
    this.offset = 0; // seconds from the beginning, while nothing runs
    this.origin = 0; // time of the clock at the beginning
    /** @type {AudioNode | null} */
    this.master = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.later = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.patience = undefined;
    this.page = PageAudio.here();
    this.page.enter(this);
  }

  get playing() {
    return this.state === "playing";
  }

  get wanting() {
    return this.state !== "paused";
  }

  get playable() {
    return PageAudio.supported && this.used.length > 0;
  }

  /** @returns {AudioContext} */
  get context() {
    if (!this.page.context) throw new Error("No sound was asked for yet");
    return this.page.context;
  }

  /** @param {string} id @param {AudioBuffer} buffer */
  load(id, buffer) {
    this.rate = buffer.sampleRate;
    this.sounds.set(id, buffer);
  }

  /** Forget all sounds but these. @param {(id: string) => boolean} kept */
  keep(kept) {
    for (const id of [...this.sounds.keys()]) if (!kept(id)) this.sounds.delete(id);
  }

  /** Let these sounds run, those of them that are here; others that run leave when these do.
   * @param {Iterable<string>} ids */
  use(ids) {
    this.used = [...ids].filter((id) => this.sounds.has(id));
    const used = new Set(this.used);
    for (const [id, voice] of this.voices) {
      if (used.has(id) && voice.source.buffer === this.sounds.get(id)) continue;
      this.leaving.add(voice);
      this.voices.delete(id);
    }
    this.join();
  }

  /** Play, as soon as the browser lets us: it may wait for a click, a key, or a finger that is lifted. */
  start() {
    if (!this.playable) return;
    if (this.state === "paused") this.wait();
    this.page.wake(this.rate);
    this.turned();
  }

  stop() {
    if (this.state === "paused") return;
    this.offset = this.position;
    this.state = "paused";
    this.rested();
    this.held = false;
    if (this.page.running) this.end(this.context.currentTime);
    else this.cut();
    this.page.rest();
    this.changed();
  }

  /** The button was pressed: also once more while the sound does not come, and while a hand is there. */
  toggle() {
    if (this.playing && !this.held) return this.stop();
    this.held = false;
    return this.start();
  }

  /** A hand is on the widget: hear it as long as it is, unless it is heard anyhow. */
  hold() {
    this.held = !this.wanting;
    this.start();
  }

  letGo() {
    if (this.held) this.stop();
  }

  /** Go on from so many seconds after the beginning. @param {number} seconds */
  seek(seconds) {
    this.offset = seconds;
    if (!this.playing) return;
    const start = this.context.currentTime + AHEAD_S;
    this.end(start); // while the new ones fade in
    this.origin = start - seconds;
    this.join();
  }

  /** Seconds from the beginning to what is heard now; they count on from round to round. */
  get position() {
    if (!this.playing) return this.offset;
    return Math.max(0, this.context.currentTime - (this.context.outputLatency || 0) - this.origin);
  }

  /** Seconds from the beginning to what a change made now begins at: `position` and what is on its way to the ear. */
  get ahead() {
    return this.playing ? Math.max(0, this.context.currentTime + AHEAD_S - this.origin) : this.offset;
  }

  /** The page's clock has started or stopped. */
  turned() {
    if (this.page.running) {
      if (this.state !== "waiting") return;
      this.rested();
      this.state = "playing";
      this.origin = this.context.currentTime + AHEAD_S - this.offset;
      this.join();
    } else {
      this.offset = this.position;
      this.cut();
      if (this.state === "playing") this.wait();
    }
    this.changed();
  }

  wait() {
    this.state = "waiting";
    this.patience = setTimeout(() => {
      this.blocked = true;
      this.changed();
    }, this.held ? PATIENCE_MS.held : PATIENCE_MS.pressed);
  }

  rested() {
    clearTimeout(this.patience);
    clearTimeout(this.later);
    this.blocked = false;
  }

  /** Start a silent loop for each sound that has none yet, in step with those that run. */
  join() {
    if (!this.playing) return;
    const start = this.context.currentTime + AHEAD_S;
    for (const id of this.used) {
      const buffer = this.sounds.get(id);
      if (buffer && !this.voices.has(id)) this.voices.set(id, this.loop(buffer, start));
    }
    this.settle();
  }

  /** @param {AudioBuffer} buffer @param {number} start @returns {Voice} */
  loop(buffer, start) {
    const { context } = this;
    if (this.master?.context !== context) {
      this.master = new GainNode(context);
      this.master.connect(context.destination);
    }
    const source = new AudioBufferSourceNode(context, { buffer, loop: true });
    const gain = new GainNode(context, { gain: 0 });
    source.connect(gain).connect(this.master);
    source.start(start, Math.max(0, start - this.origin) % buffer.duration);
    return { source, gain, start };
  }

  /** Give every loop the gain that it shall have now; look again while some are starting. */
  settle() {
    if (!this.playing) return;
    clearTimeout(this.later);
    const now = this.context.currentTime;
    const live = new Set([...this.voices].filter(([, { start }]) => start <= now).map(([id]) => id));
    const starting = live.size < this.voices.size;
    if (starting) this.later = setTimeout(() => this.settle(), SOON_MS);
    if (!live.size) return;
    const gains = this.weigh(live);
    for (const [id, { gain }] of this.voices) {
      if (live.has(id)) gain.gain.setTargetAtTime(gains.get(id) ?? 0, now, GLIDE_S);
    }
    if (starting) return;
    for (const voice of this.leaving) this.fade(voice, now);
    this.leaving.clear();
  }

  /** Let all that runs fade out from a time of the clock on. @param {number} time */
  end(time) {
    for (const voice of [...this.voices.values(), ...this.leaving]) this.fade(voice, time);
    this.voices.clear();
    this.leaving.clear();
  }

  /** @param {Voice} voice @param {number} time */
  fade(voice, time) {
    const { source, gain } = voice;
    gain.gain.cancelScheduledValues(time);
    gain.gain.setTargetAtTime(0, time, GLIDE_S);
    source.stop(time + ENDED_S);
    source.onended = () => this.drop(voice);
    this.ending.add(voice);
  }

  /** End at once all that runs or fades out. */
  cut() {
    for (const voice of [...this.voices.values(), ...this.leaving, ...this.ending]) this.drop(voice);
    this.voices.clear();
    this.leaving.clear();
  }

  /** @param {Voice} voice */
  drop(voice) {
    const { source, gain } = voice;
    source.onended = null;
    source.stop();
    source.disconnect();
    gain.disconnect();
    this.ending.delete(voice);
  }

  close() {
    this.rested();
    this.state = "paused";
    this.cut();
    this.master?.disconnect();
    this.page.leave(this);
  }
}
