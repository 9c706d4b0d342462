// What the players share. It stands before the script of each, in one module with it.

const AHEAD_S = 0.03; // a loop is started this far ahead, so that it starts in step with the others
const SEAM_S = 0.005; // fade at both ends of a loop, so that its seam does not click
const FADE_MS = 150; // silence is reached long before the clock is stopped
const STILL_MS = 300; // keys rest this long before what they changed is reported
const STILL_FRAME_MS = 500; // between two updates where a person wants little motion
const ICONS = { Play: "M4 2l10 6-10 6z", Pause: "M3 2h4v12H3zM9 2h4v12H9z" };

/** A component's default export: an instance of Kind for each place on the page, closed when that leaves. */
function placed(selector, Kind) {
  const instances = new WeakMap();
  return ({ data, parentElement, setStateValue }) => {
    const root = parentElement.querySelector(selector);
    let instance = instances.get(parentElement);
    if (instance?.root !== root) {
      instance?.close();
      instance = new Kind(root);
      instances.set(parentElement, instance);
    }
    instance.report = setStateValue;
    if (data) instance.receive(data);
    return () => {
      instance.close();
      instances.delete(parentElement);
    };
  };
}

/**
 * Loops that run in step, and the button that starts and stops them all. A kind of it says whether it is `playable`,
 * starts the loops that are missing (`join`), gives each its gain (`settle`) and shows itself (`render`). What moves by
 * itself (`follow`) is called with every frame, what a hand has changed is told when it lets go (`commit`).
 */
class Loops {
  /** glide: time constant of every gain change in seconds. parts: hidden where the browser cannot play. */
  constructor(root, glide, parts) {
    this.root = root;
    this.glide = glide;
    this.playing = false;
    this.leaving = []; // loops that others replace, heard until those are ready
    this.stillness = window.matchMedia("(prefers-reduced-motion: reduce)");
    this.find("play", "verb", "icon", "where", "status");
    this.supported = typeof window.AudioContext === "function" && typeof window.OfflineAudioContext === "function";
    for (const part of parts) root.querySelector(part).hidden = !this.supported;
    root.querySelector(".missing").hidden = this.supported;
    this.play.addEventListener("click", () => this.toggle());
    root.addEventListener("keydown", (event) => this.key(event));
  }

  /** Make the parts of these classes properties of their names. */
  find(...names) {
    for (const name of names) this[name] = this.root.querySelector(`.${name}`);
  }

  /** A silent loop that starts at a time of the clock, so many seconds into its buffer. */
  loop(buffer, start, seconds) {
    const source = new AudioBufferSourceNode(this.context, { buffer, loop: true });
    const gain = new GainNode(this.context, { gain: 0 });
    source.connect(gain).connect(this.master);
    source.start(start, seconds);
    return { source, gain, start };
  }

  /** Let a loop fade out from a time of the clock on. */
  end({ source, gain }, time) {
    gain.gain.cancelScheduledValues(time);
    gain.gain.setTargetAtTime(0, time, this.glide);
    source.stop(time + 10 * this.glide);
  }

  silence() {
    for (const loop of this.leaving) this.end(loop, this.context.currentTime);
    this.leaving = [];
  }

  /** Must first be called in a click or a key press: browsers allow no sound before one. */
  async start() {
    if (this.playing || !this.playable()) return;
    this.playing = true;
    clearTimeout(this.pausing);
    if (!this.context) {
      this.context = new AudioContext({ latencyHint: "interactive", sampleRate: this.header.rate });
      this.master = new GainNode(this.context, { gain: 0 });
      this.master.connect(this.context.destination);
    }
    this.join();
    this.render();
    await this.context.resume();
    if (!this.playing) return;
    this.master.gain.setTargetAtTime(1, this.context.currentTime, this.glide);
    this.settle();
    this.animate();
  }

  stop() {
    if (!this.playing) return;
    this.playing = false;
    this.rest();
    this.master.gain.setTargetAtTime(0, this.context.currentTime, this.glide);
    this.pausing = setTimeout(() => this.context.suspend(), FADE_MS);
    this.render();
  }

  toggle() {
    if (this.playing) this.stop();
    else this.start();
  }

  /** Say on the button what it does; a sound that is heard under the hand alone has not been started by it. */
  label() {
    const verb = this.playing && !this.audition ? "Pause" : "Play";
    this.verb.textContent = verb;
    this.icon.setAttribute("d", ICONS[verb]);
    this.play.setAttribute("aria-pressed", this.playing);
    this.play.disabled = !this.playable() && !this.playing;
  }

  /** Hold and drag on a part to listen: `follow` gets every event on the way. */
  grip(part, follow) {
    part.addEventListener("pointerdown", (event) => {
      if (event.button || !this.header || part.classList.contains("held")) return;
      part.setPointerCapture(event.pointerId);
      part.classList.add("held");
      this.audition = !this.playing;
      this.start();
      follow(event);
    });
    part.addEventListener("pointermove", (event) => part.hasPointerCapture(event.pointerId) && follow(event));
    part.addEventListener("lostpointercapture", () => {
      part.classList.remove("held");
      if (this.audition) this.stop();
      this.audition = false;
      this.commit();
    });
  }

  animate() {
    this.rest();
    if (!this.playing) return;
    this.follow();
    const next = () => this.animate();
    if (this.stillness.matches) this.tick = setTimeout(next, STILL_FRAME_MS);
    else this.frame = requestAnimationFrame(next);
  }

  rest() {
    clearTimeout(this.tick);
    cancelAnimationFrame(this.frame);
  }

  close() {
    this.closed = true;
    this.playing = false;
    for (const timer of [this.later, this.pausing, this.resting]) clearTimeout(timer);
    this.rest();
    this.context?.close();
  }
}

/** Int16 samples as a buffer to loop. */
function looped(samples, rate) {
  const buffer = new AudioBuffer({ length: samples.length, sampleRate: rate, numberOfChannels: 1 });
  buffer.copyToChannel(Float32Array.from(samples, (sample) => sample / 32767), 0);
  return seamless(buffer);
}

/** The buffer, both its ends faded. */
function seamless(buffer) {
  const wave = buffer.getChannelData(0);
  const seam = Math.round(SEAM_S * buffer.sampleRate);
  for (let i = 0; i < seam; i++) {
    wave[i] *= i / seam;
    wave[wave.length - 1 - i] *= i / seam;
  }
  return buffer;
}

