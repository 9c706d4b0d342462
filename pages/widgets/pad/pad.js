// Looped sounds of a lattice's nodes, all in step; the place of a point on the pad only moves their gains.

import { Bar, write } from "../shared/bar.js";
import { unpack } from "../shared/bytes.js";
import { part, placed, within } from "../shared/frame.js";
import { drag, held, place } from "../shared/grip.js";
import { keys, Rest } from "../shared/keys.js";
import { fromSamples } from "../shared/loop.js";
import { PageAudio } from "../shared/page_audio.js";
import { SoundBank } from "../shared/sound_bank.js";
import { closest, middles, paint } from "./cloud.js";
import { EXACT, weigh } from "./lattice.js";
import { apart, legend } from "./legend.js";

const STEP = 1 / 64; // of the pad, for each press of an arrow key
const FINE_STEP = STEP / 10;
const MOST = 120; // nodes kept; beyond, those that are not needed are let go

/**
 * What the server sends; see pad/__init__.py.
 * @typedef {object} Header
 * @property {string} cloud_version
 * @property {Omit<import("./cloud.js").Cloud, "version" | "places" | "colour" | "effect"> | null} cloud
 * @property {number[]} point
 * @property {number[]} others
 * @property {{number: number, low: number, high: number, up: string, down: string}[]} axes
 * @property {string} only
 * @property {string} version
 * @property {number} side
 * @property {number} coarse
 * @property {number[]} need
 * @property {number[]} sent
 * @property {string} exact_version
 * @property {boolean} exact_sent
 * @property {number} rate
 * @property {number} seen
 */

class Pad {
  /** @param {HTMLElement} root @param {import("../shared/frame.js").Report} report */
  constructor(root, report) {
    this.root = root;
    this.report = report;
    /** @type {Header | null} */
    this.header = null;
    /** @type {import("./cloud.js").Cloud | null} */
    this.cloud = null;
    this.exact = { version: "", at: [0, 0] };
    this.at = [0, 0];
    this.count = 0; // of the releases
    this.rest = new Rest(() => this.commit());
    this.bank = new SoundBank((live) => weigh(this.at, this.known(), live, this.exact.at), () => this.bar.show());
    this.bar = new Bar(root, this.bank, [".play", ".status", ".hint"]);
    this.field = part(root, ".field", HTMLElement);
    this.map = part(root, ".map", HTMLCanvasElement);
    this.handle = part(root, ".handle", HTMLElement);
    this.listen();
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.field);
  }

  /** @returns {Header} */
  known() {
    if (!this.header) throw new Error("The pad has no data yet");
    return this.header;
  }

  /** Take new data in. Safe to call again with data already seen; a point that is being moved stays where it is.
   * @param {Uint8Array} bytes */
  receive(bytes) {
    const { header, parts } = /** @type {{header: Header, parts: Uint8Array<ArrayBuffer>[]}} */ (unpack(bytes));
    const next = () => /** @type {Uint8Array<ArrayBuffer>} */ (parts.shift());
    if (!this.header) this.count = header.seen;
    const answered = header.seen >= this.count && !held(this.field) && !this.rest.pending;
    if (!this.header || answered) this.at = header.point;
    const former = this.header;
    this.header = header;
    if (header.cloud) {
      const [places, colour, effect] = [new Uint16Array(next().buffer), next(), next()];
      this.cloud = { ...header.cloud, places, colour, effect, version: header.cloud_version };
    }
    if (PageAudio.supported) this.take(header, next, former?.version === header.version);
    this.describe(header);
    this.draw();
    this.render();
    if (this.lacks(header)) this.ask(header);
  }

  /** Take the sounds in. @param {Header} header @param {() => Uint8Array<ArrayBuffer>} next @param {boolean} same */
  take(header, next, same) {
    const { bank } = this;
    if (!same) bank.keep((key) => key === EXACT);
    if (header.exact_sent && this.exact.version !== header.exact_version) {
      bank.load(EXACT, fromSamples(next(), header.rate));
      this.exact.version = header.exact_version;
    } else if (header.exact_sent) next();
    if (this.exact.version === header.exact_version) this.exact.at = header.point;
    for (const node of header.sent) {
      const bytes = next();
      if (!bank.sounds.has(String(node))) bank.load(String(node), fromSamples(bytes, header.rate));
    }
    if (bank.sounds.size > MOST) bank.keep((key) => key === EXACT || header.need.includes(Number(key)));
    bank.use(bank.sounds.keys());
  }

  /** Whether something is missing that the server has not sent with this data. @param {Header} header */
  lacks({ cloud_version, exact_version, need }) {
    if (this.cloud?.version !== cloud_version) return true;
    return PageAudio.supported && (this.exact.version !== exact_version || this.ready() < need.length);
  }

  /** @param {Header} header */
  ask({ version }) {
    const nodes = [...this.bank.sounds.keys()].filter((key) => key !== EXACT).map(Number);
    const own = { version, nodes, exact: this.exact.version, cloud: this.cloud?.version };
    this.report("held", { ...own, at: Date.now() });
  }

  ready() {
    return this.known().need.filter((node) => this.bank.sounds.has(String(node))).length;
  }

  /** @param {number[]} at */
  move(at) {
    this.at = at.map(within);
    this.bank.settle();
    this.render();
  }

  commit() {
    this.count += 1;
    this.report("point", { at: this.at.map((share) => Math.round(share * 1e4) / 1e4), count: this.count });
  }

  listen() {
    drag(this.field, this, (event) => {
      const [right, down] = place(event, this.field);
      return [right, 1 - down];
    });
    keys(this.root, (event) => this.key(event));
  }

  /** @param {KeyboardEvent} event */
  key({ key, shiftKey }) {
    if (!this.header) return undefined;
    if (key === " ") return () => this.bank.toggle();
    const size = shiftKey ? FINE_STEP : STEP;
    const way = { ArrowRight: [size, 0], ArrowUp: [0, size], ArrowLeft: [-size, 0], ArrowDown: [0, -size] }[key];
    return way && (() => {
      this.move(this.at.map((share, axis) => share + way[axis]));
      this.rest.again();
    });
  }

  /** What changes with every move: the handle, and words for where it is. */
  render() {
    const { axes, only, others, need } = this.known();
    const text = (/** @type {number} */ value) => (Math.round(100 * value) / 100 || 0).toFixed(2); // never "-0.00"
    const spoken = axes.map(({ number, low, high }, i) => `axis ${number}: ${text(low + this.at[i] * (high - low))}`);
    const here = [...others];
    axes.forEach(({ number }, i) => (here[number - 1] = this.at[i]));
    const told = only || (this.cloud ? `near ${this.cloud.effects[closest(this.cloud, here)]}` : "");
    const words = [spoken.join(", ").replace("a", "A"), told].filter(Boolean).join(" · ");
    write(this.bar.where, words);
    this.field.setAttribute("aria-valuenow", String(Math.round(100 * this.at[0])));
    this.field.setAttribute("aria-valuetext", words);
    const [left, top] = [`${100 * this.at[0]}%`, `${100 * (1 - this.at[1])}%`];
    Object.assign(this.handle.style, { left, top });
    part(this.root, ".across", HTMLElement).style.top = top;
    part(this.root, ".upright", HTMLElement).style.left = left;
    const [ready, all] = [this.ready(), need.length];
    this.bar.ready(ready === all ? "All sounds ready" : `Sounds: ${ready} of ${all}`, ready === all);
    this.bar.show();
  }

  /** What changes with the data only: the axes' words, and the legend. @param {Header} header */
  describe({ axes: [right, up] }) {
    write(part(this.root, ".right", HTMLElement), `Axis ${right.number} →`);
    write(part(this.root, ".top", HTMLElement), `↑ Axis ${up.number}`);
    const told = { "To the right": right.up, "To the left": right.down, Up: up.up, Down: up.down };
    const lines = Object.entries(told).filter(([, words]) => words);
    write(part(this.root, ".meaning", HTMLElement), lines.map(([way, words]) => `${way}: ${words}`).join("\n"));
    if (this.cloud) part(this.root, ".legend", HTMLElement).replaceChildren(...legend(this.cloud));
  }

  /** The points, and the effects' names over the middle of theirs. */
  draw() {
    const { map, cloud, header } = this;
    const size = Math.round(map.clientWidth * devicePixelRatio);
    if (!size || !cloud || !header) return;
    if (map.width !== size) Object.assign(map, { width: size, height: size });
    const shown = header.axes.map(({ number }) => number - 1);
    paint(map, cloud, shown, header.others);
    const names = part(this.root, ".names", HTMLElement);
    names.replaceChildren(...middles(cloud, shown).map(({ name, x, y }) => {
      const label = document.createElement("span");
      label.textContent = name;
      Object.assign(label.style, { left: `${100 * x}%`, top: `${100 - 100 * y}%` });
      return label;
    }));
    apart([...names.children]);
  }

  close() {
    this.rest.cancel();
    this.bank.close();
    this.observer.disconnect();
  }
}

export default placed(".pad", Pad);
