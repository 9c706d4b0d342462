// Looped sounds that all start together; a position among them only moves their gains.

import { Bar, write } from "../shared/bar.js";
import { unpack } from "../shared/bytes.js";
import { Frames, part, placed, within } from "../shared/frame.js";
import { drag, place } from "../shared/grip.js";
import { keys, Rest } from "../shared/keys.js";
import { fromSamples } from "../shared/loop.js";
import { PageAudio } from "../shared/page_audio.js";
import { SoundBank } from "../shared/sound_bank.js";
import { outline } from "./outline.js";
import { Playhead } from "./playhead.js";
import { weigh } from "./weights.js";
import { words } from "./words.js";

/**
 * What the server sends; see morph/__init__.py. Sounds have the key "voice/step".
 * @typedef {object} Header
 * @property {string} version
 * @property {string} voice
 * @property {string[]} labels
 * @property {string[]} [letters] what the ends of a line are called
 * @property {number} side
 * @property {number} rate
 * @property {number} samples
 * @property {number | number[]} position
 * @property {number} moves
 * @property {Record<string, number>} gains
 * @property {string | null} strip
 * @property {string[]} held
 * @property {string[]} sent
 */

class Morph {
  /** @param {HTMLElement} root @param {import("../shared/frame.js").Report} report */
  constructor(root, report) {
    this.root = root;
    this.report = report;
    /** @type {Header | null} */
    this.header = null;
    /** @type {number[]} shares of the way, one or two */
    this.at = [0];
    this.heard = ""; // the voice that is heard
    this.told = ""; // the position that the server knows
    this.asked = false; // a report of sounds is under way
    this.owed = false; // a position is to be told after it
    /** @type {WeakMap<AudioBuffer, {path: string, top: number}>} */
    this.outlines = new WeakMap();
    this.playhead = new Playhead();
    this.frames = new Frames(() => this.follow());
    this.rest = new Rest(() => this.commit());
    this.bank = new SoundBank((live) => this.gains(live), () => this.show());
    this.bar = new Bar(root, this.bank, [".bar", ".body", ".hint"]);
    this.wave = part(root, ".wave", SVGElement);
    this.outline = part(root, ".outline", SVGElement);
    this.cursor = part(root, ".cursor", HTMLElement);
    this.track = part(root, ".track", HTMLElement);
    this.dots = part(root, ".nodes", HTMLElement);
    this.handle = part(root, ".handle", HTMLElement);
    if (PageAudio.supported) this.listen();
  }

  /** Take new data in; position and playing stay as they are. Safe to call again with data already seen.
   * @param {Uint8Array} bytes */
  receive(bytes) {
    if (!PageAudio.supported) return;
    const { header, parts } = /** @type {{header: Header, parts: Uint8Array<ArrayBuffer>[]}} */ (unpack(bytes));
    const former = this.header;
    this.header = header;
    this.asked = false;
    if (former?.side !== header.side || former.moves !== header.moves) {
      this.at = [header.position].flat();
      this.told = "";
    }
    if (former?.version !== header.version) this.bank.keep(() => false);
    header.sent.forEach((key, i) => {
      if (!this.bank.sounds.has(key)) this.bank.load(key, fromSamples(parts[i], header.rate));
    });
    if (this.steps(header.voice).size || !this.steps(this.heard).size) this.heard = header.voice;
    this.bank.use(this.steps(this.heard).values());
    this.lay(header);
    this.render();
    this.answer(header);
  }

  /** Tell the server which sounds are here, where it believes otherwise, and a position that has waited for this.
   * @param {Header} header */
  answer({ version, held }) {
    if (this.owed) this.commit();
    const own = [...this.bank.sounds.keys()].sort();
    if (String(own) === String([...held].sort())) return;
    this.asked = true;
    this.report("held", { version, keys: own });
  }

  /** Steps of a voice that are here, each with the key of its sound.
   * @param {string} voice @returns {Map<number, string>} */
  steps(voice) {
    const own = [...this.bank.sounds.keys()].filter((key) => key.slice(0, key.lastIndexOf("/")) === voice);
    return new Map(own.map((key) => [Number(key.slice(key.lastIndexOf("/") + 1)), key]));
  }

  /** How much each sound that runs is heard. @param {Set<string>} live @returns {Map<string, number>} */
  gains(live) {
    const gains = this.header?.gains ?? {};
    return new Map([...this.weights(live)].map(([step, weight]) => {
      const key = `${this.heard}/${step}`;
      return [key, weight * (gains[key] ?? 1)];
    }));
  }

  /** @param {Iterable<string>} live keys of sounds @returns {Map<number, number>} weights of their steps */
  weights(live) {
    const steps = new Set([...live].map((key) => Number(key.slice(key.lastIndexOf("/") + 1))));
    return steps.size ? weigh(this.place(), this.shape(), steps) : new Map();
  }

  /** Columns and rows that the steps lie in; a line is one row. */
  shape() {
    const { side, labels } = this.known();
    return side ? [side, side] : [labels.length, 1];
  }

  /** The position in columns and rows from the first step. */
  place() {
    return this.shape().map((size, axis) => (size - 1) * (this.at[axis] ?? 0));
  }

  /** @returns {Header} */
  known() {
    if (!this.header) throw new Error("The player has no data yet");
    return this.header;
  }

  /** @param {number[]} at */
  move(at) {
    this.at = at.map(within);
    this.bank.settle();
    this.render();
  }

  /** Report the position; never beside a report of sounds under way, whose answer would be made and sent twice. */
  commit() {
    this.owed = this.asked;
    const at = this.at.map((share) => Math.round(share * 1e4) / 1e4);
    if (this.owed || String(at) === this.told) return;
    this.told = String(at);
    this.report("position", { at: this.known().side ? at : at[0], when_ms: Date.now() });
  }

  listen() {
    drag(this.track, this, (event) => place(event, this.track).slice(0, this.at.length));
    keys(this.root, (event) => this.key(event));
  }

  /** @param {KeyboardEvent} event */
  key({ key, shiftKey }) {
    if (!this.header) return undefined;
    if (key === " ") return () => this.bank.toggle();
    const to = this.onward(key, shiftKey);
    return to && (() => {
      this.move(to);
      this.rest.again();
    });
  }

  /** Where a key leads. @param {string} key @param {boolean} fine @returns {number[] | undefined} */
  onward(key, fine) {
    const square = this.known().side > 0;
    if (key === "Home") return square ? [0.5, 0.5] : [0];
    if (key === "End" && !square) return [1];
    const way = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 }[key];
    if (!way) return undefined;
    const upright = key === "ArrowUp" || key === "ArrowDown";
    const axis = square && upright ? 1 : 0;
    const size = 1 / (this.shape()[axis] - 1) / (fine ? 10 : 1);
    // On to the next multiple of the step size, also from a place between two; on a line up means on.
    const at = this.at[axis] / size;
    const to = ((upright && !square ? -way : way) > 0 ? Math.floor(at + 1.001) : Math.ceil(at - 1.001)) * size;
    return this.at.map((share, i) => (i === axis ? to : share));
  }

  /** What changes with the data only: the shape of the track, and the names of its ends or corners.
   * @param {Header} header */
  lay({ labels, side, letters }) {
    const [a, b] = letters ?? ["A", "B"];
    const count = labels.length;
    const [columns] = this.shape();
    this.root.classList.toggle("square", side > 0);
    part(this.root, ".above", HTMLElement).hidden = !side;
    const ends = side
      ? { "top-left": ["A", 0], "top-right": ["B", side - 1], from: ["C", count - side], to: ["D", count - 1] }
      : { from: [a, 0], to: [b, count - 1] };
    for (const [name, [letter, step]] of Object.entries(ends)) {
      write(part(this.root, `.${name}`, HTMLElement), `${letter}: ${labels[Number(step)]}`);
    }
    const jumps = side ? "home goes to the middle" : `home and end go to ${a} and ${b}`;
    write(part(this.root, ".jumps", HTMLElement), jumps);
    const spoken = side
      ? { "aria-label": "Place between A, B, C and D", "aria-roledescription": "slider in two directions" }
      : { "aria-label": `Position on the path from ${a} to ${b}`, "aria-roledescription": "slider" };
    const range = { "aria-valuemin": String(side ? 0 : 1), "aria-valuemax": String(side ? 100 : count) };
    for (const [name, value] of Object.entries({ ...spoken, ...range })) this.track.setAttribute(name, value);
    const here = this.steps(this.heard);
    this.dots.replaceChildren(...labels.map((label, step) => {
      const dot = document.createElement("div");
      dot.className = here.has(step) ? "node ready" : "node";
      dot.title = label;
      const last = columns - 1;
      dot.style.left = `${((step % columns) / last) * 100}%`;
      if (side) dot.style.top = `${(Math.floor(step / columns) / last) * 100}%`;
      return dot;
    }));
  }

  /** What changes with every move. */
  render() {
    const { side, labels, voice } = this.known();
    const told = words(this.at, this.place(), labels.length, side);
    write(this.bar.where, told);
    const now = side ? `${Math.round(100 * this.at[0])}` : (this.place()[0] + 1).toFixed(1);
    this.track.setAttribute("aria-valuenow", now);
    this.track.setAttribute("aria-valuetext", told);
    this.handle.style.left = `${this.at[0] * 100}%`;
    this.handle.style.top = side ? `${this.at[1] * 100}%` : "";
    const [count, ready] = [labels.length, this.steps(voice).size];
    const former = this.heard !== voice && this.bank.playable ? "; till then you hear the voice before" : "";
    if (ready < count) this.bar.ready(`${ready} of ${count} sounds ready${former}`, false);
    else this.bar.ready(`All ${count} sounds ready`, true);
    this.draw();
    this.show();
  }

  /** What changes when the sound starts or stops. */
  show() {
    this.bar.show();
    this.frames.run(this.bank.playing);
    if (!this.bank.playing) this.playhead.remove();
  }

  /** Waveform of the nearest step that is here, as high as the loudest of them allows. */
  draw() {
    const here = this.steps(this.heard);
    if (!here.size) return;
    const shapes = new Map([...here].map(([step, key]) => [step, this.shaped(key)]));
    const top = Math.max(...[...shapes.values()].map((shape) => shape.top), 1e-4);
    const [step] = [...this.weights(here.values())].reduce((a, b) => (b[1] > a[1] ? b : a));
    this.outline.setAttribute("d", shapes.get(step)?.path ?? "");
    this.outline.setAttribute("transform", `scale(1 ${0.9 / top})`);
    this.wave.setAttribute("aria-label", `Waveform of step ${step + 1}`);
  }

  /** @param {string} key */
  shaped(key) {
    const buffer = /** @type {AudioBuffer} */ (this.bank.sounds.get(key));
    const shape = this.outlines.get(buffer) ?? outline(buffer);
    this.outlines.set(buffer, shape);
    return shape;
  }

  /** Show where the loop is now, in the waveform and on the film strip. */
  follow() {
    const { strip, samples, rate } = this.known();
    const share = (this.bank.position % (samples / rate)) / (samples / rate);
    this.cursor.hidden = false;
    this.cursor.style.left = `${share * 100}%`;
    if (strip) this.playhead.show(strip, this.weights(this.bank.used), share);
  }

  close() {
    this.frames.run(false);
    this.rest.cancel();
    this.bank.close();
    this.playhead.remove();
  }
}

export default placed(".morph", Morph);
