// Looped sounds that all run together, one of them heard; choosing another moves two gains, seeking starts all anew.

const GLIDE_S = 0.0035; // time constant of every gain change: a crossfade of 10 ms
const SEEK_MS = 60; // while the hand drags, the sound follows this often
const STEP_S = 0.5;
const REFERENCE = 1; // the sound to compare with is the second

/** One line of JSON, then for each sound that it lists as sent a FLAC file and a picture. */
function unpack(bytes) {
  const end = bytes.indexOf(10);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  let at = end + 1;
  const take = (size) => bytes.slice(at, (at += size));
  return [header, header.sent.map((one) => ({ ...one, flac: take(one.flac), picture: take(one.picture) }))];
}

class Player extends Loops {
  constructor(root) {
    super(root, GLIDE_S, [".bar", ".sounds", ".plot", ".text", ".hint"]);
    this.sounds = new Map(); // id -> {buffer, picture, columns}
    this.voices = new Map(); // id -> {source, gain, start}
    this.chosen = REFERENCE;
    this.even = true;
    this.offset = 0; // seconds into the sounds, while nothing runs
    this.find("loudness", "screen", "picture", "cursor", "text");
    this.list = root.querySelector(".sounds");
    if (this.supported) this.listen();
  }

  /** Take new data in. Safe to call again with data already seen. */
  async receive(bytes) {
    if (!this.supported) return;
    const [header, sent] = unpack(bytes);
    if (this.header?.version !== header.version) this.release();
    this.header = header;
    this.render();
    for (const { id, flac, picture, columns } of sent) {
      if (this.sounds.has(id)) continue;
      const buffer = await decoded(flac, header.rate).catch(() => null);
      if (this.closed || this.header.version !== header.version) return;
      if (!buffer) {
        this.status.textContent = "This browser cannot read the sounds: please listen under “All sounds”.";
        return;
      }
      this.sounds.set(id, { buffer, picture, columns });
    }
    if (this.header !== header) return;
    for (const id of [...this.sounds.keys()]) {
      if (!header.sounds.some((sound) => sound.id === id)) this.drop(id);
    }
    if (this.context) this.join();
    this.settle();
    this.render();
    const ids = [...this.sounds.keys()].sort();
    if (String(ids) !== String(header.held)) this.report("held", { version: header.version, ids });
  }

  /** Another question: its sounds start from the beginning, when asked to. */
  release() {
    this.stop();
    for (const id of [...this.sounds.keys()]) this.drop(id);
    this.offset = 0;
    this.origin = undefined;
    this.chosen = REFERENCE;
  }

  drop(id) {
    this.sounds.delete(id);
    if (this.voices.has(id)) this.end(this.voices.get(id), this.context.currentTime);
    this.voices.delete(id);
  }

  /** Start a silent loop for each sound that has none yet, in step with those that run. */
  join() {
    const start = this.context.currentTime + AHEAD_S;
    this.origin ??= start - this.offset;
    for (const [id, { buffer }] of this.sounds) {
      if (this.voices.has(id)) continue;
      this.voices.set(id, this.loop(buffer, start, modulo(start - this.origin, buffer.duration)));
    }
    this.settle();
  }

  /** Give every voice its gain: one is heard, the others run on in silence. */
  settle() {
    if (!this.context || !this.header) return;
    const heard = this.header.sounds[this.chosen];
    for (const [id, { gain, start }] of this.voices) {
      const level = id === heard?.id ? this.header.headroom * (this.even ? heard.gain : 1) : 0;
      gain.gain.setTargetAtTime(level, Math.max(start, this.context.currentTime), GLIDE_S);
    }
  }

  duration() {
    return this.header.seconds;
  }

  /** Seconds into the sounds that are heard now. */
  position() {
    if (this.origin === undefined) return this.offset;
    const late = this.playing ? this.context.outputLatency || 0 : 0;
    return modulo(Math.max(0, this.context.currentTime - late - this.origin), this.duration());
  }

  seek(seconds) {
    this.offset = Math.min(Math.max(0, seconds), this.duration() - 0.01);
    if (this.context) {
      // The sources that run fade out while new ones, started at the new place, fade in.
      for (const voice of this.voices.values()) this.end(voice, this.context.currentTime + AHEAD_S);
      this.voices.clear();
      this.origin = undefined;
      if (this.playing) this.join();
    }
    this.place();
  }

  playable() {
    return this.sounds.size > 0;
  }

  choose(index) {
    if (!this.header?.sounds[index]) return;
    this.chosen = index;
    this.settle();
    this.render();
  }

  listen() {
    this.loudness.addEventListener("change", () => {
      this.even = this.loudness.checked;
      this.settle();
      this.render();
    });
    this.list.addEventListener("change", (event) => this.choose(Number(event.target.value)));

    const { screen } = this;
    const place = (event) => {
      const { left, width } = screen.getBoundingClientRect();
      return ((event.clientX - left) / width) * this.duration();
    };
    screen.addEventListener("pointerdown", (event) => {
      if (event.button || !this.header) return;
      screen.setPointerCapture(event.pointerId);
      this.seek(place(event));
    });
    screen.addEventListener("pointermove", (event) => {
      if (!screen.hasPointerCapture(event.pointerId) || performance.now() < (this.resting ?? 0)) return;
      this.resting = performance.now() + SEEK_MS;
      this.seek(place(event));
    });
    screen.addEventListener("pointerup", (event) => screen.hasPointerCapture(event.pointerId) && this.seek(place(event)));
  }

  key(event) {
    if (!this.header || event.ctrlKey || event.metaKey || event.altKey) return;
    const onScreen = event.target === this.screen;
    const onward = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (event.key === " " && event.target !== this.play && event.target !== this.loudness) {
      if (!event.repeat) this.toggle();
    } else if (event.key >= "1" && event.key <= "9") {
      this.choose(Number(event.key) - 1);
    } else if (onScreen && onward) {
      this.seek(this.position() + (onward * STEP_S) / (event.shiftKey ? 10 : 1));
    } else if (onScreen && (event.key === "Home" || event.key === "End")) {
      this.seek(event.key === "End" ? this.duration() : 0);
    } else return;
    event.preventDefault();
  }

  render() {
    const { header } = this;
    const ready = header.sounds.filter(({ id }) => this.sounds.has(id)).length;
    this.chosen = Math.min(this.chosen, header.sounds.length - 1);
    this.status.textContent =
      ready < header.sounds.length ? `${ready} of ${header.sounds.length} sounds ready` : `${ready} sounds ready`;
    this.label();
    const labels = header.sounds.map(({ label }) => label);
    if (String(labels) !== this.labels) {
      this.labels = String(labels);
      this.list.replaceChildren(...labels.map(option));
      this.root.querySelector(".hz").replaceChildren(...header.ticks_hz.map(([text, share]) => tick(text, "bottom", share)));
    }
    const span = `${header.start_s} ${header.seconds}`;
    if (span !== this.span) {
      this.span = span;
      this.root.querySelector(".seconds").replaceChildren(...times(header.start_s, header.seconds));
    }
    this.list.querySelectorAll("input").forEach((input, index) => (input.checked = index === this.chosen));
    const { label, text, gain } = header.sounds[this.chosen];
    const turned = 20 * Math.log10(gain);
    const level =
      this.even && Math.abs(turned) >= 0.05 ? ` · turned ${turned > 0 ? "up" : "down"} ${Math.abs(turned).toFixed(1)} dB` : "";
    this.text.textContent = `${label}: ${text}${level}`;
    this.paint();
    this.place();
  }

  /** The spectrogram of the chosen sound, one canvas pixel a cell. */
  paint() {
    const { id, label } = this.header.sounds[this.chosen];
    const shown = this.sounds.get(id);
    if (!shown || this.painted === shown) return;
    this.painted = shown;
    const { picture, columns } = shown;
    const rows = picture.length / columns;
    const table = colours(this.header.colours);
    const image = new ImageData(columns, rows);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const to = 4 * ((rows - 1 - row) * columns + column); // the lowest band is drawn at the bottom
        image.data.set(table[picture[row * columns + column]], to);
      }
    }
    Object.assign(this.picture, { width: columns, height: rows });
    this.picture.getContext("2d").putImageData(image, 0, 0);
    this.picture.setAttribute("aria-label", `Spectrogram of ${label}`);
  }

  /** Put the cursor where the sound is. */
  place() {
    const now = this.position();
    const { start_s: start, seconds } = this.header;
    this.cursor.style.left = `${(100 * now) / seconds}%`;
    const words = `${(start + now).toFixed(1)} s of ${(start + seconds).toFixed(1)} s`;
    if (this.where.textContent === words) return;
    this.where.textContent = words;
    this.screen.setAttribute("aria-valuemax", seconds.toFixed(1));
    this.screen.setAttribute("aria-valuenow", now.toFixed(1));
    this.screen.setAttribute("aria-valuetext", words);
  }

  follow() {
    this.place();
  }
}

const modulo = (value, size) => ((value % size) + size) % size;

/** The samples of a FLAC file, to loop. */
async function decoded(flac, rate) {
  const buffer = await new OfflineAudioContext(1, 1, rate).decodeAudioData(flac.buffer);
  return seamless(buffer);
}

function option(label, index) {
  const box = document.createElement("label");
  box.className = "sound";
  const input = Object.assign(document.createElement("input"), { type: "radio", name: "sound", value: index });
  const key = Object.assign(document.createElement("kbd"), { textContent: index + 1 });
  key.setAttribute("aria-hidden", "true");
  box.append(input, key, label);
  return box;
}

function tick(text, side, share) {
  const mark = Object.assign(document.createElement("span"), { textContent: text });
  mark.style[side] = `${100 * share}%`;
  return mark;
}

/** Marks of a time axis: the beginning, round seconds, the end. */
function times(start, seconds) {
  const step = [0.1, 0.2, 0.5, 1, 2, 5, 10].find((size) => seconds / size <= 8) ?? 20;
  const digits = step < 1 ? 1 : 0;
  const marks = [[start.toFixed(digits), 0]];
  for (let at = (Math.floor(start / step) + 1) * step; at < start + seconds - 0.6 * step; at += step) {
    if (at > start + 0.6 * step) marks.push([at.toFixed(digits), (at - start) / seconds]);
  }
  marks.push([`${(start + seconds).toFixed(1)} s`, 1]);
  return marks.map(([text, share]) => tick(text, "left", share));
}

/** 256 colours [red, green, blue, opacity], even steps along the given hex ones. */
function colours(stops) {
  const known = stops.map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
  return Array.from({ length: 256 }, (_, value) => {
    const place = (value / 255) * (known.length - 1);
    const below = Math.min(known.length - 2, Math.floor(place));
    return [...[0, 1, 2].map((i) => known[below][i] + (place - below) * (known[below + 1][i] - known[below][i])), 255];
  });
}

export default placed(".ab", Player);
