// One sound at a time, from its beginning, once; another one takes its place without a click.

import { PageAudio } from "../shared/page_audio.js";

const FADE_S = 0.004;
const LINGER_MS = 4000; // the clock runs on so long, so that the next sound comes at once
const PATIENCE_MS = 1500; // after which a sound that was asked for and has not begun is blocked

export class Shot {
  /**
   * @param {() => void} changed called when it begins, ends, or is held back
   * @param {() => void} again asks for the sound that the button plays
   */
  constructor(changed, again) {
    this.changed = changed;
    this.again = again;
    this.rate = 0;
    this.wanting = false;
    this.playing = false;
    this.playable = false;
    this.held = false;
    this.blocked = false;
    /** @type {AudioBuffer | null} one that waits for the clock */
    this.next = null;
    /** @type {{source: AudioBufferSourceNode, gain: GainNode} | null} */
    this.voice = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.lingering = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.patience = undefined;
    this.page = PageAudio.here();
    this.page.enter(this);
  }

  /** Whether a sound may come without a press: once one was heard. */
  get awake() {
    return this.page.unlocked;
  }

  /** Ask for the clock at once, as long as the press counts that it is for. @param {number} rate in Hz */
  wake(rate) {
    this.rate = rate;
    this.wanting = true;
    this.page.wake(rate);
    this.linger(); // it may never come
    clearTimeout(this.patience);
    this.patience = setTimeout(() => this.told(!this.page.running), PATIENCE_MS);
  }

  /** @param {AudioBuffer} buffer */
  play(buffer) {
    this.next = buffer;
    this.wake(buffer.sampleRate);
    this.turned();
  }

  toggle() {
    if (this.playing) this.stop();
    else this.again();
  }

  /** The page's clock has started or stopped. */
  turned() {
    const { context } = this.page;
    if (!this.page.running || !context) return this.voice ? this.ended(this.voice.source) : undefined;
    this.told(false);
    if (!this.next) return undefined;
    this.cease();
    const source = new AudioBufferSourceNode(context, { buffer: this.next });
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setTargetAtTime(1, context.currentTime, FADE_S / 3);
    source.connect(gain).connect(context.destination);
    source.onended = () => this.ended(source);
    source.start();
    this.voice = { source, gain };
    this.next = null;
    this.playing = true;
    return this.changed();
  }

  /** @param {boolean} blocked */
  told(blocked) {
    clearTimeout(this.patience);
    if (blocked === this.blocked) return;
    this.blocked = blocked;
    this.changed();
  }

  /** @param {AudioBufferSourceNode} source */
  ended(source) {
    if (this.voice?.source !== source) return;
    this.voice = null;
    this.rest();
  }

  stop() {
    this.cease();
    this.next = null;
    this.rest();
  }

  cease() {
    if (!this.voice || !this.page.context) return;
    const { source, gain } = this.voice;
    const now = this.page.context.currentTime;
    gain.gain.cancelScheduledValues(now);
    gain.gain.setTargetAtTime(0, now, FADE_S / 3);
    source.stop(now + 2 * FADE_S);
    this.voice = null;
  }

  rest() {
    this.playing = false;
    this.linger();
    this.changed();
  }

  /** Let the clock rest in a while, unless a sound plays or waits for it. */
  linger() {
    clearTimeout(this.lingering);
    this.lingering = setTimeout(() => {
      if (this.playing || this.next) return;
      this.wanting = false;
      this.page.rest();
    }, LINGER_MS);
  }

  close() {
    clearTimeout(this.lingering);
    clearTimeout(this.patience);
    this.cease();
    this.wanting = false;
    this.page.leave(this);
  }
}
