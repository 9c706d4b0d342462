// Looped sounds of a lattice's nodes, all in step; the place of a point on the pad only moves their gains.

const GLIDE_S = 0.012; // time constant of every gain change: fast to the hand, slow enough not to click
const STEP = 1 / 64; // of the pad, for each press of an arrow key
const FINE_STEP = STEP / 10;
const MOST = 120; // nodes kept; beyond, those that are not needed are let go
const NEAR_EXACT = 0.25; // cells from the exact point within which its own sound fades into the lattice's
const GREY = 255; // colour number of a point that stands back

/** One line of JSON, then the arrays it announces: the cloud's, and the Int16 samples of each sound. */
function unpack(bytes) {
  let at = bytes.indexOf(10);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(0, at)));
  at += 1;
  const take = (Type, count) => {
    const end = at + count * Type.BYTES_PER_ELEMENT;
    const array = new Type(bytes.slice(at, end).buffer);
    at = end;
    return array;
  };
  let cloud = null;
  if (header.cloud) {
    const { count, axes } = header.cloud;
    cloud = { ...header.cloud, places: take(Uint16Array, count * axes), colour: take(Uint8Array, count) };
    cloud.effect = take(Uint8Array, count);
  }
  const exact = header.exact_sent ? take(Int16Array, header.samples) : null;
  return [header, cloud, exact, header.sent.map((node) => [node, take(Int16Array, header.samples)])];
}

class Pad extends Loops {
  constructor(root) {
    super(root, GLIDE_S, [".play", ".status", ".hint"]);
    this.sounds = new Map(); // node, or "exact" -> AudioBuffer
    this.voices = new Map(); // node, or "exact" -> {source, gain, start}
    this.find("field", "map", "names", "across", "upright", "handle", "top", "right", "legend", "meaning");
    this.listen();
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.field);
  }

  /** Take new data in. Safe to call again with data already seen; a point that is being moved stays where it is. */
  receive(bytes) {
    const [header, cloud, exact, sent] = unpack(bytes);
    this.count ??= header.seen;
    const answered = header.seen >= this.count && !this.field.classList.contains("held") && !this.resting;
    if (!this.at || answered) this.at = header.point;
    if (this.header?.version !== header.version) this.release([...this.sounds.keys()].filter((key) => key !== "exact"));
    if (exact && this.exact?.version !== header.exact_version) this.release(["exact"]);
    this.header = header;
    if (cloud) this.cloud = { ...cloud, version: header.cloud_version };
    if (this.supported) {
      if (exact) {
        this.keep("exact", exact);
        this.exact = { version: header.exact_version };
      }
      if (this.exact?.version === header.exact_version) this.exact.at = header.point;
      for (const [node, samples] of sent) this.keep(node, samples);
      if (this.sounds.size > MOST) this.release([...this.sounds.keys()].filter((key) => !this.needs(key)));
      if (this.context) this.join();
    }
    this.describe();
    this.draw();
    this.render();
    if (this.lacks()) {
      const nodes = [...this.sounds.keys()].filter((key) => key !== "exact");
      const held = { version: header.version, nodes, exact: this.exact?.version, cloud: this.cloud?.version };
      this.report("held", { ...held, at: Date.now() });
    }
  }

  keep(key, samples) {
    if (!this.sounds.has(key)) this.sounds.set(key, looped(samples, this.header.rate));
  }

  needs(key) {
    return key === "exact" || this.header.need.includes(key);
  }

  /** Whether something is missing that the server has not sent with this data. */
  lacks() {
    const { header } = this;
    if (this.cloud?.version !== header.cloud_version) return true;
    return this.supported && (this.exact?.version !== header.exact_version || this.ready() < header.need.length);
  }

  ready() {
    return this.header.need.filter((node) => this.sounds.has(node)).length;
  }

  /** Let these sounds go; where one is heard, it goes on until others are ready. */
  release(keys) {
    for (const key of keys) {
      if (this.voices.has(key)) this.leaving.push(this.voices.get(key));
      this.voices.delete(key);
      this.sounds.delete(key);
    }
    if (!this.playing) this.silence();
  }

  /** Start a silent loop for each sound that has none yet, in step with those that run. */
  join() {
    const start = this.context.currentTime + AHEAD_S;
    this.origin ??= start;
    for (const [key, buffer] of this.sounds) {
      if (this.voices.has(key)) continue;
      this.voices.set(key, this.loop(buffer, start, (start - this.origin) % buffer.duration));
    }
    this.settle();
  }

  /** Give every voice the gain that the point asks for; look again while some are starting. */
  settle() {
    if (!this.context) return;
    clearTimeout(this.later);
    const now = this.context.currentTime;
    const live = new Set([...this.voices].filter(([, voice]) => voice.start <= now).map(([key]) => key));
    if (live.size < this.voices.size && this.playing) this.later = setTimeout(() => this.settle(), 10);
    if (!live.size) return;
    const weights = this.weights(live);
    for (const key of live) this.voices.get(key).gain.gain.setTargetAtTime(weights.get(key) ?? 0, now, GLIDE_S);
    if (this.leaving.length) this.silence();
  }

  /** Gains of the live sounds: the point's own where it stands, else bilinear in the smallest cell that is there. */
  weights(live) {
    const { side } = this.header;
    const [x, y] = this.at.map((place) => place * side);
    const weights = new Map(this.cell(live, x, y) ?? this.nearest(live, x, y));
    if (!live.has("exact")) return weights;
    const away = Math.hypot(x - this.exact.at[0] * side, y - this.exact.at[1] * side);
    const own = weights.size ? Math.max(0, 1 - away / NEAR_EXACT) : 1;
    for (const [key, weight] of weights) weights.set(key, weight * (1 - own));
    return weights.set("exact", own);
  }

  cell(live, x, y) {
    const { side, coarse } = this.header;
    for (let size = 1; size <= coarse; size *= 2) {
      const [i, j] = [x, y].map((place) => Math.min(side - size, Math.floor(place / size) * size));
      const [a, b] = [(x - i) / size, (y - j) / size];
      const corners = [
        [this.node(i, j), (1 - a) * (1 - b)],
        [this.node(i + size, j), a * (1 - b)],
        [this.node(i, j + size), (1 - a) * b],
        [this.node(i + size, j + size), a * b],
      ];
      if (corners.every(([key]) => live.has(key))) return corners;
    }
    return null;
  }

  nearest(live, x, y) {
    let best = [];
    let least = Infinity;
    for (const key of live) {
      if (key === "exact") continue;
      const away = Math.hypot((key % (this.header.side + 1)) - x, Math.floor(key / (this.header.side + 1)) - y);
      if (away < least) [best, least] = [[[key, 1]], away];
    }
    return best;
  }

  node(i, j) {
    return j * (this.header.side + 1) + i;
  }

  playable() {
    return this.supported && this.sounds.size > 0;
  }

  animate() {
    // Nothing here moves by itself.
  }

  move(x, y) {
    this.at = [x, y].map((place) => Math.min(1, Math.max(0, place)));
    this.settle();
    this.render();
  }

  commit() {
    this.count += 1;
    this.report("point", { at: this.at.map((place) => Math.round(place * 1e4) / 1e4), count: this.count });
  }

  listen() {
    const { field } = this;
    const follow = (event) => {
      const { left, top, width, height } = field.getBoundingClientRect();
      this.move((event.clientX - left) / width, 1 - (event.clientY - top) / height);
    };
    this.grip(field, follow);
  }

  key(event) {
    if (!this.header || event.ctrlKey || event.metaKey || event.altKey) return;
    const size = event.shiftKey ? FINE_STEP : STEP;
    const way = { ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowLeft: [-1, 0], ArrowDown: [0, -1] }[event.key];
    if (event.key === " " && event.target !== this.play) {
      if (!event.repeat) this.toggle();
    } else if (way) {
      this.move(this.at[0] + way[0] * size, this.at[1] + way[1] * size);
      clearTimeout(this.resting);
      this.resting = setTimeout(() => {
        this.resting = null;
        this.commit();
      }, STILL_MS);
    } else return;
    event.preventDefault();
  }

  /** What changes with every move: the handle, and words for where it is. */
  render() {
    const { header } = this;
    const values = header.axes.map(({ low, high }, i) => low + this.at[i] * (high - low));
    const text = (value) => (Math.round(100 * value) / 100 || 0).toFixed(2); // never "-0.00"
    const place = header.axes.map(({ number }, i) => `axis ${number}: ${text(values[i])}`).join(", ");
    const told = header.only || (this.cloud ? `near ${this.cloud.effects[this.closest()]}` : "");
    this.where.textContent = [place[0].toUpperCase() + place.slice(1), told].filter(Boolean).join(" · ");
    this.field.setAttribute("aria-valuenow", Math.round(100 * this.at[0]));
    this.field.setAttribute("aria-valuetext", this.where.textContent);
    const [left, top] = [`${100 * this.at[0]}%`, `${100 * (1 - this.at[1])}%`];
    Object.assign(this.handle.style, { left, top });
    this.across.style.top = top;
    this.upright.style.left = left;
    this.label();
    const ready = this.ready();
    const all = header.need.length;
    this.status.textContent = ready === all ? "All sounds ready" : `Sounds: ${ready} of ${all}`;
  }

  /** Number of the effect whose point of the map is nearest to this one, in all axes of w. */
  closest() {
    const { places, axes, count, effect } = this.cloud;
    const here = this.header.others.map((place) => place * 65535);
    this.header.axes.forEach(({ number }, i) => (here[number - 1] = this.at[i] * 65535));
    let best = 0;
    let least = Infinity;
    for (let point = 0; point < count; point++) {
      let away = 0;
      for (let axis = 0; axis < axes; axis++) away += (places[point * axes + axis] - here[axis]) ** 2;
      if (away < least) [best, least] = [point, away];
    }
    return effect[best];
  }

  /** What changes with the data only: the axes' words, and the legend. */
  describe() {
    const [right, up] = this.header.axes;
    this.right.textContent = `Axis ${right.number} →`;
    this.top.textContent = `↑ Axis ${up.number}`;
    const line = (way, words) => (words ? [`${way}: ${words}`] : []);
    const across = [...line("To the right", right.up), ...line("To the left", right.down)];
    this.meaning.textContent = [...across, ...line("Up", up.up), ...line("Down", up.down)].join("\n");
    if (!this.cloud) return;
    const { palette, title, low, high, names } = this.cloud;
    const entry = (...parts) => {
      const item = document.createElement("li");
      item.append(...parts);
      return item;
    };
    const swatch = (background, kind = "") => {
      const mark = document.createElement("i");
      mark.className = kind;
      mark.style.background = background;
      return mark;
    };
    const items = title === null
      ? names.flatMap((name, i) => (name ? [entry(swatch(palette[i]), name)] : []))
      : [entry(title), entry(low, swatch(`linear-gradient(to right, ${palette.join(",")})`, "scale"), high)];
    this.legend.replaceChildren(...items);
  }

  /** The points, those far from the slice faint, and the effects' names over the middle of theirs. */
  draw() {
    const { map, cloud } = this;
    const size = Math.round(map.clientWidth * devicePixelRatio);
    if (!size || !cloud) return;
    if (map.width !== size) Object.assign(map, { width: size, height: size });
    const [right, up] = this.header.axes.map(({ number }) => number - 1);
    const { places, axes, count, colour, effect, palette, names } = cloud;
    const away = new Float32Array(count);
    for (let point = 0; point < count; point++) {
      let sum = 0;
      for (let axis = 0; axis < axes; axis++) {
        if (axis !== right && axis !== up) sum += (places[point * axes + axis] / 65535 - this.header.others[axis]) ** 2;
      }
      away[point] = Math.sqrt(sum / Math.max(1, axes - 2));
    }
    const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
    const usual = median(away) || 1;
    const ink = map.getContext("2d");
    ink.clearRect(0, 0, size, size);
    const radius = (size / 640) * 2.2 + 0.6 * devicePixelRatio;
    // Grey points first, then from far to near, so that what counts lies on top.
    const order = [...away.keys()].sort((a, b) => (colour[b] === GREY) - (colour[a] === GREY) || away[b] - away[a]);
    for (const point of order) {
      const grey = colour[point] === GREY;
      ink.globalAlpha = (grey ? 0.25 : 0.8) * Math.max(0.15, Math.exp(-0.7 * (away[point] / usual) ** 2));
      ink.fillStyle = grey ? "#888" : palette[colour[point]];
      ink.beginPath();
      const x = (places[point * axes + right] / 65535) * size;
      ink.arc(x, (1 - places[point * axes + up] / 65535) * size, radius, 0, 2 * Math.PI);
      ink.fill();
    }
    this.names.replaceChildren(...names.flatMap((name, number) => {
      const own = [...effect.keys()].filter((point) => effect[point] === number);
      if (!name || !own.length) return [];
      const label = document.createElement("span");
      label.textContent = name;
      const share = (axis) => (100 * median(own.map((point) => places[point * axes + axis]))) / 65535;
      Object.assign(label.style, { left: `${share(right)}%`, top: `${100 - share(up)}%` });
      return [label];
    }));
  }

  close() {
    super.close();
    this.observer.disconnect();
  }
}

export default placed(".pad", Pad);
