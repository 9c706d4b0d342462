// A position over time, kept as its values at even places in time; drawn over, told as a few points.

const CELLS = 1000; // values stand at 0 ... CELLS, as wide as the viewBox
const STRIDE = 25; // cells between two places of the keyboard's cursor, and the reach of a change on each side
const MOST = 64; // points reported
const CLOSE = 0.003; // of the range: points are added until the curve is nowhere further from the drawn one
const PRESETS = {
  "A to B": (t) => t,
  "There and back": (t) => 1 - Math.abs(2 * t - 1),
  Step: (t) => (t > 0.5 ? 1 : 0),
  "Slow wave": (t) => (1 - Math.cos(6 * Math.PI * t)) / 2,
};

class Curve {
  constructor(root) {
    this.root = root;
    this.at = 0; // the keyboard's cursor, in cells
    const parts = ["presets", "where", "screen", "outline", "line", "cursor", "dot", "seconds"];
    for (const name of parts) this[name] = root.querySelector(`.${name}`);
    this.presets.replaceChildren(...Object.entries(PRESETS).map(([name, shape]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = name;
      button.addEventListener("click", () => this.take(shape));
      return button;
    }));
    this.listen();
  }

  /** Take new data in; what somebody is drawing stays. Safe to call again with data already seen. */
  receive({ peaks, duration_s, points }) {
    if (String(peaks) !== this.peaks || duration_s !== this.duration) {
      this.peaks = String(peaks);
      this.duration = duration_s;
      this.lay(peaks);
    }
    const drawn = this.screen.classList.contains("held") || this.resting;
    if (this.values && (drawn || String(points) === this.told)) return this.render();
    this.told = String(points);
    this.values = sample(points, duration_s);
    this.render();
  }

  /** What changes with the clip only. */
  lay(peaks) {
    const half = (sign) => peaks.map((peak, i) => `${((i + 0.5) / peaks.length) * CELLS} ${50 + sign * 48 * peak}`);
    this.outline.setAttribute("d", `M${half(-1).join("L")}L${half(1).reverse().join("L")}Z`);
    this.seconds.replaceChildren(...[0, 0.25, 0.5, 0.75, 1].map((share) => {
      const mark = document.createElement("span");
      mark.textContent = `${(share * this.duration).toFixed(2)} s`;
      return mark;
    }));
  }

  take(shape) {
    this.values = Float64Array.from({ length: CELLS + 1 }, (_, i) => shape(i / CELLS));
    this.render();
    this.commit();
  }

  /** Straight from one place to another, each [cell, value]: what lay between is gone. */
  draw([from, low], [to, high]) {
    if (from > to) return this.draw([to, high], [from, low]);
    for (let i = from; i <= to; i++) this.values[i] = from === to ? high : low + ((high - low) * (i - from)) / (to - from);
    return this.render();
  }

  commit() {
    const points = simplify(this.values).map((i) => [
      Math.floor((i / CELLS) * this.duration * 1e4 + 1e-6) / 1e4, // down, so that the last is not beyond the end
      Math.round(this.values[i] * 1e4) / 1e4,
    ]);
    if (String(points) === this.told) return;
    this.told = String(points);
    this.values = sample(points, this.duration); // what is seen is what is told
    this.render();
    this.report("points", points);
  }

  listen() {
    const { screen } = this;
    const place = ({ clientX, clientY }) => {
      const { left, top, width, height } = screen.getBoundingClientRect();
      const [x, y] = [(clientX - left) / width, (clientY - top) / height].map((at) => Math.min(1, Math.max(0, at)));
      return [Math.round(x * CELLS), 1 - y];
    };
    screen.addEventListener("pointerdown", (event) => {
      if (event.button || !this.values || screen.classList.contains("held")) return;
      screen.setPointerCapture(event.pointerId);
      screen.classList.add("held");
      this.last = place(event);
      this.draw(this.last, this.last);
    });
    screen.addEventListener("pointermove", (event) => {
      const here = place(event);
      if (screen.hasPointerCapture(event.pointerId)) {
        this.draw(this.last, here);
        this.last = here;
        [this.at] = here;
      }
      this.tell(...here);
    });
    screen.addEventListener("lostpointercapture", () => {
      screen.classList.remove("held");
      this.commit();
    });
    screen.addEventListener("keydown", (event) => this.key(event));
    screen.addEventListener("focus", () => this.render());
  }

  key(event) {
    if (!this.values || event.ctrlKey || event.metaKey || event.altKey) return;
    const along = { ArrowRight: STRIDE, ArrowLeft: -STRIDE, Home: -CELLS, End: CELLS }[event.key];
    const up = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (along) {
      this.at = Math.min(CELLS, Math.max(0, Math.round(this.at / STRIDE) * STRIDE + along));
    } else if (up) {
      const size = event.shiftKey ? 0.01 : 0.1;
      const change = Math.min(1, Math.max(0, this.values[this.at] + up * size)) - this.values[this.at];
      for (let i = Math.max(0, this.at - STRIDE); i <= Math.min(CELLS, this.at + STRIDE); i++) {
        const reach = 1 - Math.abs(i - this.at) / STRIDE;
        this.values[i] = Math.min(1, Math.max(0, this.values[i] + change * reach));
      }
      clearTimeout(this.resting);
      this.resting = setTimeout(() => {
        this.resting = null;
        this.commit();
      }, STILL_MS);
    } else return;
    event.preventDefault();
    this.render();
    this.tell(this.at, this.values[this.at]);
  }

  tell(cell, value) {
    this.where.textContent = this.words(cell, value);
  }

  words(cell, value) {
    return `${((cell / CELLS) * this.duration).toFixed(2)} s, ${Math.round(100 * value)} % from A to B`;
  }

  render() {
    this.line.setAttribute("d", `M${[...this.values].map((value, i) => `${i} ${100 - 100 * value}`).join("L")}`);
    const value = this.values[this.at];
    this.screen.setAttribute("aria-valuenow", Math.round(100 * value));
    this.screen.setAttribute("aria-valuetext", this.words(this.at, value));
    this.cursor.style.left = this.dot.style.left = `${(this.at / CELLS) * 100}%`;
    this.dot.style.top = `${100 - 100 * value}%`;
  }

  close() {
    clearTimeout(this.resting);
  }
}

/** Values at even places in time of straight lines between points of ascending times. */
function sample(points, duration) {
  let next = 0;
  return Float64Array.from({ length: CELLS + 1 }, (_, i) => {
    const time = (i / CELLS) * duration;
    while (next < points.length && points[next][0] < time - 1e-4) next++;
    const [[t0, v0], [t1, v1]] = [points[Math.max(0, next - 1)], points[Math.min(next, points.length - 1)]];
    const value = t1 > t0 ? v0 + (v1 - v0) * Math.min(1, (time - t0) / (t1 - t0)) : v1;
    return Math.min(1, Math.max(0, value));
  });
}

/** Cells between which straight lines follow the values: the worst place gets a point, until all are close. */
function simplify(values) {
  const kept = [0, CELLS];
  while (kept.length < MOST) {
    let [worst, most, where] = [0, CLOSE, 0];
    for (let k = 1; k < kept.length; k++) {
      const [from, to] = [kept[k - 1], kept[k]];
      for (let i = from + 1; i < to; i++) {
        const off = Math.abs(values[i] - values[from] - ((values[to] - values[from]) * (i - from)) / (to - from));
        if (off > most) [worst, most, where] = [i, off, k];
      }
    }
    if (!worst) break;
    kept.splice(where, 0, worst);
  }
  return kept;
}

export default placed(".curve", Curve);
