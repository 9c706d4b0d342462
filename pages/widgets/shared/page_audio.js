// One audio clock for all widgets of a page: made when sound is first asked for, closed when the last widget leaves.

const PLACE = Symbol.for("latentfx.audio");
const FADED_MS = 150; // silence is reached long before the clock is stopped
const GESTURES = ["pointerup", "touchend", "keydown", "click"]; // what browsers allow sound after

/**
 * What plays on the page. rate: of its sounds in Hz, 0 before it knows. wanting: it plays or waits to. turned: called
 * when the clock starts or stops.
 * @typedef {{rate: number, wanting: boolean, turned(): void}} Source
 */

export class PageAudio {
  /** @returns {PageAudio} the page's own: each widget is a module of its own, and they share nothing but the window */
  static here() {
    const place = /** @type {{[PLACE]?: PageAudio}} */ (/** @type {unknown} */ (window));
    return (place[PLACE] ??= new PageAudio());
  }

  static get supported() {
    return typeof window.AudioContext === "function" && typeof window.OfflineAudioContext === "function";
  }

  constructor() {
    /** @type {Set<Source>} */
    this.sources = new Set();
    /** @type {AudioContext | null} */
    this.context = null;
    this.unlocked = false;
    this.leaving = false; // its clock is about to give way to another
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.resting = undefined;
    this.gesture = (/** @type {Event} */ event) => this.unlock(event);
  }

  get running() {
    return !this.leaving && this.context?.state === "running";
  }

  get wanted() {
    return [...this.sources].some(({ wanting }) => wanting);
  }

  /** @param {Source} source */
  enter(source) {
    if (!this.sources.size) for (const name of GESTURES) document.addEventListener(name, this.gesture, true);
    this.sources.add(source);
  }

  /** @param {Source} source */
  leave(source) {
    this.sources.delete(source);
    if (this.sources.size) {
      if (!this.wanted) this.rest();
      return;
    }
    for (const name of GESTURES) document.removeEventListener(name, this.gesture, true);
    clearTimeout(this.resting);
    this.context?.close();
    this.context = null;
    this.unlocked = false;
  }

  /** A finger's touch is no leave to play, its lifting is: that one is used, so that the next touch is heard at once.
   * @param {Event} event */
  unlock(event) {
    const touch = event.type === "touchend" || ("pointerType" in event && event.pointerType === "touch");
    const [known] = [...this.sources].filter(({ rate }) => rate);
    if (this.wanted || (touch && known && !this.unlocked)) this.resume(known?.rate);
  }

  /** Start the clock for a source that wants to be heard. Browsers may refuse, or wait for a gesture.
   * @param {number} rate in Hz, at which it has to run at least */
  wake(rate) {
    // On a phone whose mute switch is on, the sound of a player is heard all the same.
    const { audioSession } = /** @type {{audioSession?: {type: string}}} */ (navigator);
    if (audioSession) audioSession.type = "playback";
    this.resume(rate);
  }

  /** @param {number | undefined} rate */
  resume(rate) {
    clearTimeout(this.resting);
    if (this.context && rate && rate > this.context.sampleRate) this.renew(this.context);
    if (!this.context) {
      this.context = new AudioContext({ latencyHint: "interactive", sampleRate: rate });
      this.context.addEventListener("statechange", () => this.turned());
    }
    // Also a running clock: it may be about to be stopped. Where it is refused, it stays as it is.
    this.context.resume().catch(() => {});
  }

  /** A clock takes away what lies above half its rate: one that is too slow goes, and all wait where they are.
   * @param {AudioContext} context */
  renew(context) {
    this.leaving = true;
    for (const source of this.sources) source.turned();
    this.leaving = false;
    this.context = null;
    context.close();
  }

  turned() {
    if (this.running) this.unlocked = true;
    for (const source of this.sources) source.turned();
    if (this.running && !this.wanted) this.rest();
  }

  /** Stop the clock when all have faded out and none wants to be heard. */
  rest() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      if (!this.wanted) this.context?.suspend().catch(() => {});
    }, FADED_MS);
  }
}
