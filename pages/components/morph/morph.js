// Looped sounds that all start together; a position on the path only moves their gains.

const GLIDE_S = 0.012; // time constant of every gain change: fast to the hand, slow enough not to click
const AHEAD_S = 0.03; // a source is started this far ahead, so that it starts in step with the others
const SEAM_S = 0.005; // fade at both ends of a loop, so that its seam does not click
const STILL_MS = 300; // keys rest this long before their position is reported
const COLUMNS = 640; // peaks kept of each waveform
const ICONS = { Play: "M4 2l10 6-10 6z", Pause: "M3 2h4v12H3zM9 2h4v12H9z" };

const players = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".morph");
  let player = players.get(parentElement);
  if (player?.root !== root) {
    player?.close();
    player = new Player(root);
    players.set(parentElement, player);
  }
  player.report = setStateValue;
  if (data) player.receive(...unpack(data));
  return () => {
    player.close();
    players.delete(parentElement);
  };
}

/** One line of JSON, then the Int16 samples of each sound it lists as sent. */
function unpack(bytes) {
  const end = bytes.indexOf(10);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  const samples = new Int16Array(bytes.slice(end + 1).buffer);
  return [header, header.sent.map((step, i) => [step, samples.subarray(i * header.samples, (i + 1) * header.samples)])];
}

class Player {
  constructor(root) {
    this.root = root;
    this.sounds = new Map(); // step -> AudioBuffer
    this.peaks = new Map(); // step -> loudest sample of each column
    this.voices = new Map(); // step -> {source, gain, start}
    this.leaving = []; // voices of the version before, heard until the new ones are
    this.playing = false;
    this.stillness = window.matchMedia("(prefers-reduced-motion: reduce)");
    for (const name of ["play", "verb", "icon", "where", "status", "wave", "track", "nodes", "handle"]) {
      this[name] = root.querySelector(`.${name}`);
    }
    this.supported = typeof window.AudioContext === "function";
    for (const part of [".bar", ".wave", ".track", ".ends", ".hint"]) root.querySelector(part).hidden = !this.supported;
    root.querySelector(".missing").hidden = this.supported;
    if (!this.supported) return;
    this.listen();
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.wave);
  }

  /** Take new data in; position and playing stay as they are. Safe to call again with data already seen. */
  receive(header, sent) {
    if (!this.supported) return;
    this.position ??= header.position;
    if (this.header?.version !== header.version) this.release();
    this.header = header;
    for (const [step, samples] of sent) {
      if (!this.sounds.has(step)) this.sounds.set(step, this.buffer(samples, header.rate));
    }
    if (this.context) this.voice();
    this.render();
    const steps = [...this.sounds.keys()].sort((a, b) => a - b);
    if (String(steps) !== String(header.held)) this.report("held", { version: header.version, steps });
  }

  buffer(samples, rate) {
    const buffer = new AudioBuffer({ length: samples.length, sampleRate: rate, numberOfChannels: 1 });
    const wave = buffer.getChannelData(0);
    const seam = Math.round(SEAM_S * rate);
    for (let i = 0; i < wave.length; i++) {
      wave[i] = (samples[i] / 32767) * Math.min(1, i / seam, (wave.length - 1 - i) / seam);
    }
    return buffer;
  }

  /** Let the sounds of this version go; where one is heard, it goes on until the next version is ready. */
  release() {
    this.leaving.push(...this.voices.values());
    this.voices.clear();
    this.sounds.clear();
    this.peaks.clear();
    if (!this.playing) this.silence();
  }

  silence() {
    for (const { source, gain } of this.leaving) {
      gain.gain.setTargetAtTime(0, this.context.currentTime, GLIDE_S);
      source.stop(this.context.currentTime + 10 * GLIDE_S);
    }
    this.leaving = [];
  }

  /** Start a silent loop for each sound that has none yet, in step with those that run. */
  voice() {
    const { context } = this;
    for (const [step, buffer] of this.sounds) {
      if (this.voices.has(step)) continue;
      const source = new AudioBufferSourceNode(context, { buffer, loop: true });
      const gain = new GainNode(context, { gain: 0 });
      const start = context.currentTime + AHEAD_S;
      this.origin ??= start;
      source.connect(gain).connect(this.master);
      source.start(start, (start - this.origin) % buffer.duration);
      this.voices.set(step, { source, gain, start });
    }
    this.settle();
  }

  /** Give every voice the gain that its distance from the position asks for; look again while some are starting. */
  settle() {
    if (!this.context) return;
    clearTimeout(this.later);
    const now = this.context.currentTime;
    const live = [...this.voices].filter(([, voice]) => voice.start <= now).map(([step]) => step);
    if (live.length < this.voices.size && this.playing) this.later = setTimeout(() => this.settle(), 10);
    if (!live.length) return;
    const weights = this.weights(live);
    for (const step of live) this.voices.get(step).gain.gain.setTargetAtTime(weights.get(step) ?? 0, now, GLIDE_S);
    if (this.leaving.length) this.silence();
  }

  /** Linear weights of the neighbours of the position, among these steps. */
  weights(steps) {
    const place = this.place();
    const below = Math.max(...steps.filter((step) => step <= place), -Infinity);
    const above = Math.min(...steps.filter((step) => step >= place), Infinity);
    if (below === above || above === Infinity) return new Map([[below, 1]]);
    if (below === -Infinity) return new Map([[above, 1]]);
    const share = (place - below) / (above - below);
    return new Map([[below, 1 - share], [above, share]]);
  }

  last() {
    return this.header.labels.length - 1;
  }

  place() {
    return this.position * this.last();
  }

  nearest() {
    const place = this.place();
    return [...this.sounds.keys()].reduce((best, step) => (Math.abs(step - place) < Math.abs(best - place) ? step : best));
  }

  /** Must first be called in a click or a key press: browsers allow no sound before one. */
  async start() {
    if (this.playing || !this.sounds.size) return;
    this.playing = true;
    clearTimeout(this.pausing);
    if (!this.context) {
      this.context = new AudioContext({ latencyHint: "interactive", sampleRate: this.header.rate });
      this.master = new GainNode(this.context, { gain: 0 });
      this.master.connect(this.context.destination);
    }
    this.voice();
    this.render();
    await this.context.resume();
    if (!this.playing) return;
    this.master.gain.setTargetAtTime(1, this.context.currentTime, GLIDE_S);
    this.settle();
    this.animate();
  }

  stop() {
    if (!this.playing) return;
    this.playing = false;
    this.master.gain.setTargetAtTime(0, this.context.currentTime, GLIDE_S);
    this.pausing = setTimeout(() => this.context.suspend(), 10_000 * GLIDE_S);
    this.render();
  }

  toggle() {
    if (this.playing) this.stop();
    else this.start();
  }

  move(position) {
    this.position = Math.min(1, Math.max(0, position));
    this.settle();
    this.render();
  }

  commit() {
    const position = Math.round(this.position * 1e4) / 1e4;
    if (position !== this.reported) this.report("position", position);
    this.reported = position;
  }

  listen() {
    this.play.addEventListener("click", () => this.toggle());
    this.root.addEventListener("keydown", (event) => this.key(event));

    const { track } = this;
    const follow = (event) => {
      const { left, width } = track.getBoundingClientRect();
      this.move((event.clientX - left) / width);
    };
    track.addEventListener("pointerdown", (event) => {
      if (event.button || !this.header) return;
      track.setPointerCapture(event.pointerId);
      track.classList.add("held");
      this.audition = !this.playing;
      this.start();
      follow(event);
    });
    track.addEventListener("pointermove", (event) => track.hasPointerCapture(event.pointerId) && follow(event));
    track.addEventListener("lostpointercapture", () => {
      track.classList.remove("held");
      if (this.audition) this.stop();
      this.audition = false;
      this.commit();
    });
  }

  key(event) {
    if (!this.header || event.ctrlKey || event.metaKey || event.altKey) return;
    const size = 1 / this.last() / (event.shiftKey ? 10 : 1);
    const onward = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (event.key === " " && event.target !== this.play) {
      if (!event.repeat) this.toggle();
    } else if (onward) {
      // On to the next multiple of the step size, also from a place between two.
      const at = this.position / size;
      this.move((onward > 0 ? Math.floor(at + 1.001) : Math.ceil(at - 1.001)) * size);
    } else if (event.key === "Home" || event.key === "End") {
      this.move(event.key === "End" ? 1 : 0);
    } else return;
    event.preventDefault();
    clearTimeout(this.resting);
    if (event.key !== " ") this.resting = setTimeout(() => this.commit(), STILL_MS);
  }

  render() {
    const { header } = this;
    const count = header.labels.length;
    const step = (this.place() + 1).toFixed(1).replace(".0", "");
    this.where.textContent = `Step ${step} of ${count}, ${Math.round(this.position * 100)} % of the way from A to B`;
    this.status.textContent =
      this.sounds.size < count ? `${this.sounds.size} of ${count} sounds ready` : `All ${count} sounds ready`;
    this.root.querySelector(".from").textContent = `A: ${header.labels[0]}`;
    this.root.querySelector(".to").textContent = `B: ${header.labels[count - 1]}`;
    const verb = this.playing && !this.audition ? "Pause" : "Play";
    this.verb.textContent = verb;
    this.icon.setAttribute("d", ICONS[verb]);
    this.play.setAttribute("aria-pressed", this.playing);
    this.play.disabled = !this.sounds.size;
    this.track.setAttribute("aria-valuemax", count);
    this.track.setAttribute("aria-valuenow", step);
    this.track.setAttribute("aria-valuetext", this.where.textContent);
    this.handle.style.left = `${this.position * 100}%`;
    if (this.nodes.childElementCount !== count) {
      this.nodes.replaceChildren(...header.labels.map((label, i) => {
        const node = document.createElement("div");
        node.className = "node";
        node.style.left = `${(i / (count - 1)) * 100}%`;
        return node;
      }));
    }
    [...this.nodes.children].forEach((node, i) => {
      node.classList.toggle("ready", this.sounds.has(i));
      node.title = header.labels[i];
    });
    this.draw();
  }

  animate() {
    if (!this.playing) return;
    this.draw();
    this.rest();
    const next = () => this.animate();
    if (this.stillness.matches) this.tick = setTimeout(next, 500);
    else this.frame = requestAnimationFrame(next);
  }

  rest() {
    clearTimeout(this.tick);
    cancelAnimationFrame(this.frame);
  }

  /** Waveform of the nearest step that is here, and where its loop is now. */
  draw() {
    const { wave } = this;
    const width = Math.round(wave.clientWidth * devicePixelRatio);
    const height = Math.round(wave.clientHeight * devicePixelRatio);
    if (!width || !this.sounds.size) return;
    if (wave.width !== width || wave.height !== height) Object.assign(wave, { width, height });
    const colour = (name) => getComputedStyle(this.root).getPropertyValue(`--st-${name}-color`);
    const step = this.nearest();
    wave.setAttribute("aria-label", `Waveform of step ${step + 1}`);
    for (const [each, buffer] of this.sounds) if (!this.peaks.has(each)) this.peaks.set(each, peaksOf(buffer));
    const top = Math.max(...[...this.peaks.values()].map((peaks) => peaks.top), 1e-4);
    const ink = wave.getContext("2d");
    ink.clearRect(0, 0, width, height);
    ink.fillStyle = colour("text");
    ink.globalAlpha = 0.7;
    const { peaks } = this.peaks.get(step);
    for (let x = 0; x < width; x++) {
      const tall = Math.max(devicePixelRatio, (peaks[Math.floor((x / width) * COLUMNS)] / top) * height * 0.9);
      ink.fillRect(x, (height - tall) / 2, 1, tall);
    }
    ink.globalAlpha = 1;
    if (this.origin === undefined) return;
    const { duration } = this.sounds.get(step);
    const along = (Math.max(0, this.context.currentTime - this.origin) % duration) / duration;
    ink.fillStyle = colour("primary");
    ink.fillRect(Math.round(along * width) - devicePixelRatio, 0, 2 * devicePixelRatio, height);
  }

  close() {
    this.playing = false;
    for (const timer of [this.later, this.pausing, this.resting]) clearTimeout(timer);
    this.rest();
    this.observer?.disconnect();
    this.context?.close();
  }
}

function peaksOf(buffer) {
  const wave = buffer.getChannelData(0);
  const peaks = new Float32Array(COLUMNS);
  for (let i = 0; i < wave.length; i++) {
    const column = Math.floor((i / wave.length) * COLUMNS);
    peaks[column] = Math.max(peaks[column], Math.abs(wave[i]));
  }
  return { peaks, top: peaks.reduce((a, b) => Math.max(a, b)) };
}
