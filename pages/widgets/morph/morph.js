// Looped sounds that all start together; a position among them only moves their gains.

const GLIDE_S = 0.008; // time constant of every gain change: fast to the hand, slow enough not to click
const COLUMNS = 640; // of each waveform, as wide as its viewBox

/** One line of JSON, then the Int16 samples of each sound it lists as sent. */
function unpack(bytes) {
  const end = bytes.indexOf(10);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  const samples = new Int16Array(bytes.slice(end + 1).buffer);
  return [header, header.sent.map((key, i) => [key, samples.subarray(i * header.samples, (i + 1) * header.samples)])];
}

class Player extends Loops {
  constructor(root) {
    super(root, GLIDE_S, [".bar", ".body", ".hint"]);
    this.sounds = new Map(); // voice -> Map of step -> AudioBuffer
    this.outlines = new WeakMap(); // AudioBuffer -> {path, top} of its waveform
    this.nodes = new Map(); // step -> {source, gain, start}, of the voice that is heard
    this.playhead = new Playhead();
    this.find("wave", "outline", "cursor", "above", "track", "handle", "from", "to", "jumps");
    this.dots = root.querySelector(".nodes");
    if (this.supported) this.listen();
  }

  /** Take new data in; position and playing stay as they are. Safe to call again with data already seen. */
  receive(bytes) {
    if (!this.supported) return;
    const [header, sent] = unpack(bytes);
    this.asked = false;
    if (this.header?.side !== header.side) this.at = [header.position].flat();
    if (this.header?.version !== header.version) {
      this.leave();
      this.sounds.clear();
    }
    this.header = header;
    for (const [key, samples] of sent) this.keep(key, samples);
    if (this.heard !== header.voice && (this.sounds.has(header.voice) || !this.sounds.has(this.heard))) {
      this.leave();
      this.heard = header.voice;
    }
    if (this.context) this.join();
    this.lay();
    this.render();
    if (this.owed) this.commit();
    const keys = [...this.sounds].flatMap(([voice, steps]) => [...steps.keys()].map((step) => `${voice}/${step}`));
    if (String(keys.sort()) !== String([...header.held].sort())) {
      this.asked = true;
      this.report("held", { version: header.version, keys });
    }
  }

  keep(key, samples) {
    const cut = key.lastIndexOf("/");
    const [voice, step] = [key.slice(0, cut), Number(key.slice(cut + 1))];
    if (!this.sounds.has(voice)) this.sounds.set(voice, new Map());
    const steps = this.sounds.get(voice);
    if (!steps.has(step)) steps.set(step, looped(samples, this.header.rate));
  }

  /** Steps and sounds of the voice that is heard. */
  here() {
    return this.sounds.get(this.heard) ?? new Map();
  }

  /** Let the nodes go that run; where they are heard, they go on until others are ready. */
  leave() {
    this.leaving.push(...this.nodes.values());
    this.nodes.clear();
    if (!this.playing) this.silence();
  }

  /** Start a silent loop for each sound that has none yet, in step with those that run. */
  join() {
    const start = this.context.currentTime + AHEAD_S;
    this.origin ??= start;
    for (const [step, buffer] of this.here()) {
      if (this.nodes.has(step)) continue;
      this.nodes.set(step, this.loop(buffer, start, (start - this.origin) % buffer.duration));
    }
    this.settle();
  }

  /** Give every node the gain that its distance from the position asks for; look again while some are starting. */
  settle() {
    if (!this.context) return;
    clearTimeout(this.later);
    const now = this.context.currentTime;
    const live = new Set([...this.nodes].filter(([, node]) => node.start <= now).map(([step]) => step));
    if (live.size < this.nodes.size && this.playing) this.later = setTimeout(() => this.settle(), 10);
    if (!live.size) return;
    this.weights = weigh(this.place(), this.shape(), live);
    for (const step of live) {
      const gain = this.header.gains[`${this.heard}/${step}`] ?? 1;
      this.nodes.get(step).gain.gain.setTargetAtTime(gain * (this.weights.get(step) ?? 0), now, GLIDE_S);
    }
    if (this.leaving.length) this.silence();
  }

  /** Columns and rows that the steps lie in; a line is one row. */
  shape() {
    const { side, labels } = this.header;
    return side ? [side, side] : [labels.length, 1];
  }

  /** The position in columns and rows from the first step. */
  place() {
    return this.shape().map((size, axis) => (size - 1) * (this.at[axis] ?? 0));
  }

  playable() {
    return this.here().size > 0;
  }

  stop() {
    super.stop();
    this.playhead.remove();
  }

  move(at) {
    this.at = at.map((share) => Math.min(1, Math.max(0, share)));
    this.settle();
    this.render();
  }

  /** Report the position; never beside a report of sounds under way, whose answer would be made and sent twice. */
  commit() {
    this.owed = this.asked;
    const at = this.at.map((share) => Math.round(share * 1e4) / 1e4);
    if (this.owed || String(at) === this.reported) return;
    this.reported = String(at);
    this.report("position", this.header.side ? at : at[0]);
  }

  listen() {
    const { track } = this;
    const follow = (event) => {
      const { left, top, width, height } = track.getBoundingClientRect();
      const at = [(event.clientX - left) / width, (event.clientY - top) / height];
      this.move(at.slice(0, this.at.length));
    };
    this.grip(track, follow);
  }

  key(event) {
    if (!this.header || event.ctrlKey || event.metaKey || event.altKey) return;
    const size = 1 / (this.shape()[0] - 1) / (event.shiftKey ? 10 : 1);
    const [square, onward] = [this.header.side, { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 }[event.key]];
    if (event.key === " " && event.target !== this.play) {
      if (!event.repeat) this.toggle();
    } else if (onward) {
      const upright = event.key === "ArrowUp" || event.key === "ArrowDown";
      const axis = square && upright ? 1 : 0;
      const way = upright && !square ? -onward : onward; // on a line up means on
      // On to the next multiple of the step size, also from a place between two.
      const at = this.at[axis] / size;
      const to = (way > 0 ? Math.floor(at + 1.001) : Math.ceil(at - 1.001)) * size;
      this.move(this.at.map((share, i) => (i === axis ? to : share)));
    } else if (event.key === "Home") {
      this.move(square ? [0.5, 0.5] : [0]);
    } else if (event.key === "End" && !square) {
      this.move([1]);
    } else return;
    event.preventDefault();
    clearTimeout(this.resting);
    if (event.key !== " ") this.resting = setTimeout(() => this.commit(), STILL_MS);
  }

  /** What changes with the data only: the shape of the track, and the names of its ends or corners. */
  lay() {
    const { labels, side } = this.header;
    const count = labels.length;
    const [columns] = this.shape();
    this.root.classList.toggle("square", side > 0);
    this.above.hidden = !side;
    const ends = side
      ? { "top-left": ["A", 0], "top-right": ["B", side - 1], from: ["C", count - side], to: ["D", count - 1] }
      : { from: ["A", 0], to: ["B", count - 1] };
    for (const [name, [letter, step]] of Object.entries(ends)) {
      this.root.querySelector(`.${name}`).textContent = `${letter}: ${labels[step]}`;
    }
    this.jumps.textContent = side ? "home goes to the middle" : "home and end go to A and B";
    const spoken = side
      ? { "aria-label": "Place between A, B, C and D", "aria-roledescription": "slider in two directions" }
      : { "aria-label": "Position on the path from A to B", "aria-roledescription": "slider" };
    const range = { "aria-valuemin": side ? 0 : 1, "aria-valuemax": side ? 100 : count };
    for (const [name, value] of Object.entries({ ...spoken, ...range })) this.track.setAttribute(name, value);
    this.dots.replaceChildren(...labels.map((label, step) => {
      const dot = document.createElement("div");
      dot.className = "node";
      dot.classList.toggle("ready", this.here().has(step));
      dot.title = label;
      const last = columns - 1;
      dot.style.left = `${((step % columns) / last) * 100}%`;
      if (side) dot.style.top = `${(Math.floor(step / columns) / last) * 100}%`;
      return dot;
    }));
  }

  /** What changes with every move. */
  render() {
    const { side, labels, voice } = this.header;
    const count = labels.length;
    this.where.textContent = this.words();
    this.track.setAttribute("aria-valuenow", side ? Math.round(100 * this.at[0]) : (this.place()[0] + 1).toFixed(1));
    this.track.setAttribute("aria-valuetext", this.where.textContent);
    this.handle.style.left = `${this.at[0] * 100}%`;
    this.handle.style.top = side ? `${this.at[1] * 100}%` : "";
    const ready = this.sounds.get(voice)?.size ?? 0;
    const former = this.heard !== voice && this.here().size ? "; till then you hear the voice before" : "";
    this.status.textContent = ready < count ? `${ready} of ${count} sounds ready${former}` : `All ${count} sounds ready`;
    this.label();
    this.draw();
  }

  words() {
    const count = this.header.labels.length;
    const [x, y] = this.at;
    const percent = (share) => `${Math.round(100 * share)} %`;
    if (!this.header.side) {
      const step = (this.place()[0] + 1).toFixed(1).replace(".0", "");
      return `Step ${step} of ${count}, ${percent(x)} of the path`;
    }
    const [column, row] = this.place().map(Math.round);
    const shares = { A: (1 - x) * (1 - y), B: x * (1 - y), C: (1 - x) * y, D: x * y };
    const mix = Object.entries(shares).map(([letter, share]) => `${letter} ${percent(share)}`);
    return `Near step ${row * this.header.side + column + 1} of ${count}: ${mix.join(", ")}`;
  }

  /** Waveform of the nearest step that is here. */
  draw() {
    const here = this.here();
    if (!here.size) return;
    for (const buffer of here.values()) if (!this.outlines.has(buffer)) this.outlines.set(buffer, outline(buffer));
    const top = Math.max(...[...here.values()].map((buffer) => this.outlines.get(buffer).top), 1e-4);
    const weights = [...weigh(this.place(), this.shape(), new Set(here.keys()))];
    const [step] = weights.reduce((a, b) => (b[1] > a[1] ? b : a));
    this.outline.setAttribute("d", this.outlines.get(here.get(step)).path);
    this.outline.setAttribute("transform", `scale(1 ${0.9 / top})`);
    this.wave.setAttribute("aria-label", `Waveform of step ${step + 1}`);
  }

  /** Show where the loop is now, in the waveform and on the film strip. */
  follow() {
    const { header, context } = this;
    const duration = header.samples / header.rate;
    const seconds = Math.max(0, context.currentTime - (context.outputLatency || 0) - this.origin) % duration;
    this.cursor.hidden = false;
    this.cursor.style.left = `${(seconds / duration) * 100}%`;
    if (header.strip) this.playhead.show(header, this.weights ?? new Map(), seconds);
  }

  close() {
    super.close();
    this.playhead.remove();
  }
}

/**
 * Linear weights of the steps around a place: those at the corners of the smallest box about it whose corners are all
 * there, or else the nearest one. The steps lie in so many columns and rows.
 */
function weigh([x, y], [columns, rows], steps) {
  const spans = (at, size) => {
    const pairs = [];
    for (let low = Math.floor(at + 1e-9); low >= 0; low--) {
      for (let high = Math.ceil(at - 1e-9); high < size; high++) pairs.push([low, high]);
    }
    return pairs;
  };
  let best = null;
  let least = Infinity;
  const across = spans(x, columns);
  for (const [top, bottom] of spans(y, rows)) {
    for (const [left, right] of across) {
      const size = right - left + bottom - top;
      const corners = [[left, top], [right, top], [left, bottom], [right, bottom]];
      if (size < least && corners.every(([i, j]) => steps.has(j * columns + i))) [best, least] = [corners, size];
    }
  }
  const away = (step) => Math.hypot((step % columns) - x, Math.floor(step / columns) - y);
  if (!best) return new Map([[[...steps].reduce((a, b) => (away(b) < away(a) ? b : a)), 1]]);
  const [[left, top], [right], [, bottom]] = best;
  const weights = new Map();
  for (const [i, j] of best) {
    const weight = share(x, left, right, i) * share(y, top, bottom, j);
    if (weight > 0) weights.set(j * columns + i, weight);
  }
  return weights;
}

/** How much the end `to` of a span counts at a place in it. */
function share(at, low, high, to) {
  if (low === high) return 1;
  return to === high ? (at - low) / (high - low) : (high - at) / (high - low);
}

function outline(buffer) {
  const wave = buffer.getChannelData(0);
  const peaks = new Float32Array(COLUMNS);
  for (let i = 0; i < wave.length; i++) {
    const column = Math.floor((i / wave.length) * COLUMNS);
    peaks[column] = Math.max(peaks[column], Math.abs(wave[i]));
  }
  const half = (sign) => [...peaks].map((peak, x) => `${x + 0.5} ${(sign * peak).toFixed(4)}`);
  return { path: `M${half(1).join("L")}L${half(-1).reverse().join("L")}Z`, top: peaks.reduce((a, b) => Math.max(a, b)) };
}

/** Thin lines over the film strip, one in each panel of a step that is heard. */
class Playhead {
  constructor() {
    this.layer = document.createElement("div");
    this.layer.className = "morph-playhead";
    this.layer.setAttribute("aria-hidden", "true");
    this.layer.style.cssText = "position: absolute; inset: 0; overflow: hidden; pointer-events: none;";
  }

  /** weights: step -> how much of it is heard; seconds: where the loop is. */
  show({ strip, side, labels }, weights, seconds) {
    const plot = document.querySelector(`.st-key-${CSS.escape(strip)} .js-plotly-plot`);
    const layout = plot?._fullLayout;
    const home = plot?.querySelector(".svg-container");
    const columns = side || labels.length + 2; // X A, the steps, X B
    const rows = layout ? Object.keys(layout).filter((name) => /^xaxis\d*$/.test(name)).length / columns : 0;
    if (!home || !(side ? rows === side : rows >= 1 && Number.isInteger(rows))) return this.remove();
    if (this.layer.parentNode !== home) home.append(this.layer); // Plotly may have drawn all anew
    const panels = [...weights].flatMap(([step, weight]) =>
      side ? [[step, weight]] : [...Array(rows).keys()].map((row) => [row * columns + step + 1, weight]));
    while (this.layer.childElementCount < panels.length) this.layer.append(line());
    [...this.layer.children].forEach((mark, i) => {
      const [panel, weight] = panels[i] ?? [0, 0];
      const number = panel ? panel + 1 : "";
      const [x, y] = [layout[`xaxis${number}`], layout[`yaxis${number}`]];
      const along = (seconds - x.range[0]) / (x.range[1] - x.range[0]);
      mark.style.opacity = along >= 0 && along <= 1 ? weight : 0;
      mark.style.top = `${y._offset}px`;
      mark.style.height = `${y._length}px`;
      mark.style.transform = `translateX(${x._offset + along * x._length - 1.5}px)`;
    });
  }

  remove() {
    this.layer.remove();
  }
}

function line() {
  const mark = document.createElement("div");
  // White with a dark edge is seen on every colour of the strip.
  mark.style.cssText = "position: absolute; left: 0; width: 3px; background: #fff; box-shadow: 0 0 0 1px rgb(0 0 0 / 75%);";
  return mark;
}

export default placed(".morph", Player);
