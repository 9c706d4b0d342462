// A Web Audio that runs by hand: `tick(seconds)` moves the clock, and every loop that lives is counted.

class Param {
  /** @param {number} value */
  constructor(value) {
    this.value = value;
    /** @type {[number, number][]} value and time of every change that was asked for */
    this.asked = [];
  }

  /** @param {number} value @param {number} time */
  setTargetAtTime(value, time) {
    this.asked.push([value, time]);
    this.value = value; // the glide is not played
  }

  cancelScheduledValues() {}
}

class Node {
  constructor() {
    this.connected = false;
  }

  /** @template To @param {To} to @returns {To} */
  connect(to) {
    this.connected = true;
    return to;
  }

  disconnect() {
    this.connected = false;
  }
}

class Gain extends Node {
  /** @param {Context} context @param {{gain?: number}} options */
  constructor(context, { gain = 1 } = {}) {
    super();
    this.context = context;
    this.gain = new Param(gain);
  }
}

export class Buffer {
  /** @param {{length: number, sampleRate: number, numberOfChannels?: number}} options */
  constructor({ length, sampleRate, numberOfChannels = 1 }) {
    this.sampleRate = sampleRate;
    this.numberOfChannels = numberOfChannels;
    this.duration = length / sampleRate;
    this.waves = Array.from({ length: numberOfChannels }, () => new Float32Array(length));
  }

  /** @param {Float32Array} wave @param {number} channel */
  copyToChannel(wave, channel) {
    this.waves[channel] = wave;
  }

  /** @param {number} channel */
  getChannelData(channel) {
    return this.waves[channel];
  }
}

/** All loops that were started; `live` of them neither ended nor were cut off. @type {Loop[]} */
export const loops = [];
export const live = () => loops.filter((loop) => loop.connected && !loop.over);

class Loop extends Node {
  /** @param {Context} context @param {{buffer: Buffer}} options */
  constructor(context, { buffer }) {
    super();
    this.context = context;
    this.buffer = buffer;
    this.over = false;
    this.stops = Infinity;
    /** @type {(() => void) | null} */
    this.onended = null;
    loops.push(this);
  }

  /** @param {number} when @param {number} offset */
  start(when, offset) {
    [this.when, this.offset] = [when, offset];
  }

  stop(when = 0) {
    this.stops = when;
  }

  /** @template To @param {To} to @returns {To} */
  connect(to) {
    this.to = to;
    return super.connect(to);
  }
}

export class Context extends EventTarget {
  /** @param {{sampleRate?: number}} options */
  constructor({ sampleRate = 0 } = {}) {
    super();
    this.sampleRate = sampleRate;
    this.currentTime = 0;
    this.outputLatency = 0;
    this.state = "suspended";
    this.destination = {};
    this.asked = 0;
    Context.last = this;
  }

  async resume() {
    this.asked += 1;
    if (Context.allowed) this.turn("running");
    else await new Promise(() => {});
  }

  async suspend() {
    this.turn("suspended");
  }

  async close() {
    this.turn("closed");
  }

  /** @returns {Buffer | Promise<Buffer>} */
  decodeAudioData() {
    throw new Error("nothing is decoded by hand");
  }

  /** @param {string} state */
  turn(state) {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new Event("statechange"));
  }

  /** The clock runs on, and loops whose time has come end. @param {number} seconds */
  tick(seconds) {
    this.currentTime += seconds;
    for (const loop of loops) {
      if (loop.over || loop.stops > this.currentTime) continue;
      loop.over = true;
      loop.onended?.();
    }
  }
}
/** Whether the browser lets sound begin. */
Context.allowed = true;
/** @type {Context} */
Context.last;

/** Put it where a browser has it. */
export function install() {
  const page = Object.assign(new EventTarget(), {});
  Object.assign(globalThis, {
    window: globalThis, document: page, AudioContext: Context, OfflineAudioContext: Context,
    AudioBufferSourceNode: Loop, GainNode: Gain, AudioBuffer: Buffer,
  });
  Object.defineProperty(globalThis, "navigator", { value: { audioSession: { type: "auto" } }, configurable: true });
  return page;
}
