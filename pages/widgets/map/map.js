// A map of settings: the point under the pointer, the finger or the keys is heard, from its beginning.

import { Bar, write } from "../shared/bar.js";
import { unpack } from "../shared/bytes.js";
import { part, placed } from "../shared/frame.js";
import { grip } from "../shared/grip.js";
import { keys } from "../shared/keys.js";
import { fromSteps } from "../shared/loop.js";
import { PageAudio } from "../shared/page_audio.js";
import { mark, paint } from "./marks.js";
import { Shot } from "./shot.js";
import { nearest, onward, View } from "./view.js";

/** @type {Record<string, number>} */
const NEAR_PX = { mouse: 12, pen: 18, touch: 26 };
const STILL_PX = 5; // more movement than this is no click
const ZOOM = 1.4;
const KEPT = 64; // sounds that stay decoded
const RADIUS = [2.5, 5]; // of a mark in pixels, on a small and on a large field

/**
 * What is sent; see map/__init__.py. effects: one an effect of the map. sent: points whose sounds follow, each with the
 * number of steps that full scale has in its file.
 * @typedef {object} Header
 * @property {number} rate
 * @property {{count: number, effects: {label: string, colour: string, shape: string}[], texts: string[]} | null} cloud
 * @property {[number, number][]} sent
 */

class PointMap {
  /** @param {HTMLElement} root @param {import("../shared/frame.js").Report} report */
  constructor(root, report) {
    this.root = root;
    this.report = report;
    this.rate = 0;
    /** @type {{label: string, colour: string, shape: string}[]} */
    this.effects = [];
    /** @type {string[]} */
    this.texts = [];
    this.points = { places: new Float32Array(), effect: new Uint8Array(), shown: new Uint8Array() };
    /** @type {Set<number>} numbers of the effects that stand back */
    this.back = new Set();
    /** @type {Map<number, {bytes: Uint8Array<ArrayBuffer>, levels: number}>} */
    this.files = new Map();
    /** @type {Map<number, AudioBuffer>} the last ones heard */
    this.decoded = new Map();
    this.chosen = 0;
    this.under = -1;
    this.awaited = -1; // the point whose sound is on its way
    this.view = new View();
    this.frame = 0;
    this.shot = new Shot(() => this.bar.show(), () => this.hear(this.chosen));
    this.bar = new Bar(root, this.shot, [".play", ".status", ".hint", ".hovering"]);
    this.field = part(root, ".field", HTMLElement);
    this.map = part(root, ".map", HTMLCanvasElement);
    this.hovering = part(root, ".hover", HTMLInputElement);
    this.listen();
    this.observer = new ResizeObserver(() => this.lay());
    this.observer.observe(this.field);
    this.scheme = window.matchMedia("(prefers-color-scheme: dark)");
    this.recolour = () => this.lay();
    this.scheme.addEventListener("change", this.recolour);
    /** @type {HTMLCanvasElement[]} */
    this.marks = [];
  }

  /** Take new data in. Safe to call again with data already seen. @param {Uint8Array} bytes */
  receive(bytes) {
    const { header, parts } = /** @type {{header: Header, parts: Uint8Array<ArrayBuffer>[]}} */ (unpack(bytes));
    const next = () => /** @type {Uint8Array<ArrayBuffer>} */ (parts.shift());
    this.rate = header.rate;
    if (header.cloud) {
      const { count, effects, texts } = header.cloud;
      Object.assign(this, { effects, texts });
      const places = Float32Array.from(new Uint16Array(next().buffer), (place) => place / 65535);
      this.points = { places, effect: next(), shown: new Uint8Array(count).fill(1) };
      this.shot.playable = PageAudio.supported;
      this.describe();
      this.lay();
      this.render();
    }
    for (const [point, levels] of header.sent) this.files.set(point, { bytes: next(), levels });
    if (this.files.has(this.awaited)) this.hear(this.awaited);
  }

  /** Play a point as soon as it is here; what is pointed at meanwhile takes its place. @param {number} point */
  async hear(point) {
    if (!PageAudio.supported) return;
    this.shot.wake(this.rate);
    this.awaited = point;
    const file = this.files.get(point);
    if (!file) return this.report("wanted", point);
    const buffer = this.decoded.get(point) ?? (await fromSteps(file.bytes, this.rate, file.levels).catch(() => null));
    if (buffer) {
      this.decoded.delete(point); // the last one heard is the last to go
      this.decoded.set(point, buffer);
      if (this.decoded.size > KEPT) this.decoded.delete([...this.decoded.keys()][0]);
    } else this.files.delete(point); // damaged on its way: the next press asks for it anew
    if (this.awaited !== point) return;
    this.awaited = -1;
    if (!buffer) return this.shot.stop();
    this.shot.play(buffer);
  }

  listen() {
    const { field, view } = this;
    const [closer, wider] = [".closer", ".wider"].map((name) => part(this.root, name, HTMLButtonElement));
    closer.addEventListener("click", () => this.zoom(ZOOM));
    wider.addEventListener("click", () => this.zoom(1 / ZOOM));
    field.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 300), this.at(event));
    }, { passive: false });
    field.addEventListener("pointermove", (event) => {
      if (event.pointerType === "mouse" && !event.buttons) this.pass(event);
    });
    field.addEventListener("pointerleave", () => this.point(-1));
    keys(field, (event) => this.key(event));
    let [last, moved, kind] = [[0, 0], 0, "mouse"];
    grip(field, {
      take: () => {
        [moved, last] = [-1, [0, 0]];
        return this.points.shown.length > 0;
      },
      follow: (event) => {
        const at = this.at(event);
        const [right, down] = [at[0] - last[0], at[1] - last[1]];
        moved = moved < 0 ? 0 : moved + Math.hypot(right, down);
        [last, kind] = [at, event.pointerType];
        if (moved > STILL_PX && view.zoom > 1) this.pan(right, down);
        else if (moved > STILL_PX) this.pass(event);
      },
      drop: () => {
        const point = nearest(this.points.places, this.points.shown, view, last, NEAR_PX[kind] ?? NEAR_PX.touch);
        if (point < 0 || (moved > STILL_PX && view.zoom > 1)) return;
        const heard = moved > STILL_PX && this.shot.playing && point === this.chosen;
        this.choose(point, !heard);
      },
      cancel: () => this.point(-1),
    });
  }

  /** @param {MouseEvent} event @returns {[number, number]} where it is in the field, in pixels */
  at(event) {
    const { left, top } = this.field.getBoundingClientRect();
    return [event.clientX - left - this.field.clientLeft, event.clientY - top - this.field.clientTop];
  }

  /** The pointer passes over the map. @param {PointerEvent} event */
  pass(event) {
    const { places, shown } = this.points;
    const near = NEAR_PX[event.pointerType] ?? NEAR_PX.touch;
    const point = nearest(places, shown, this.view, this.at(event), near);
    if (point === this.under) return;
    this.point(point);
    const wished = event.pointerType !== "mouse" || this.hovering.checked;
    if (point >= 0 && wished && this.shot.awake) {
      if (event.pointerType !== "mouse") this.chosen = point;
      this.hear(point);
    }
  }

  /** What is pointed at is told and ringed; -1: nothing is. @param {number} point */
  point(point) {
    this.under = point;
    this.render();
  }

  /** @param {number} point @param {boolean} heard */
  choose(point, heard = true) {
    this.chosen = point;
    this.under = -1;
    this.view.reveal(this.points.places[2 * point], this.points.places[2 * point + 1]);
    this.draw();
    this.render();
    if (heard) this.hear(point);
  }

  /** @param {KeyboardEvent} event */
  key({ key }) {
    const { places, shown } = this.points;
    if (!shown.length) return undefined;
    const way = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[key];
    if (way) return () => this.choose(onward(places, shown, this.chosen, way));
    return {
      " ": () => this.shot.toggle(),
      Enter: () => this.hear(this.chosen),
      "+": () => this.zoom(ZOOM),
      "-": () => this.zoom(1 / ZOOM),
      0: () => this.zoom(0),
    }[key];
  }

  /** @param {number} times @param {number[]} [place] in pixels; by default the point that is chosen */
  zoom(times, place) {
    const { places, shown } = this.points;
    if (!shown.length || !this.view.size[0]) return; // there is nothing to be seen yet
    this.view.closer(times, place ?? this.view.seen(places[2 * this.chosen], places[2 * this.chosen + 1]));
    this.field.classList.toggle("near", this.view.zoom > 1);
    this.draw();
  }

  /** @param {number} right @param {number} down */
  pan(right, down) {
    this.view.pan(right, down);
    this.draw();
  }

  /** The effects as buttons that bring them forward and send them back. */
  describe() {
    part(this.root, ".legend", HTMLElement).replaceChildren(...this.effects.map(({ label }, number) => {
      const button = document.createElement("button");
      button.type = "button";
      button.setAttribute("aria-pressed", "true");
      const swatch = document.createElement("canvas");
      swatch.setAttribute("aria-hidden", "true");
      button.append(swatch, label);
      button.addEventListener("click", () => this.filter(number, button));
      return button;
    }));
    this.field.setAttribute("aria-valuemax", String(this.points.shown.length));
  }

  /** @param {number} number @param {HTMLButtonElement} button */
  filter(number, button) {
    if (!this.back.delete(number)) this.back.add(number);
    button.setAttribute("aria-pressed", String(!this.back.has(number)));
    this.points.effect.forEach((effect, point) => {
      this.points.shown[point] = Number(!this.back.has(effect));
    });
    this.draw();
  }

  /** What changes with the size of the field and the colours of the page. */
  lay() {
    const { clientWidth: width, clientHeight: height } = this.field;
    if (!width || !this.points.shown.length) return;
    this.view.size = [width, height];
    Object.assign(this.map, { width: width * devicePixelRatio, height: height * devicePixelRatio });
    const edge = getComputedStyle(this.field).backgroundColor;
    const radius = Math.min(RADIUS[1], Math.max(RADIUS[0], Math.min(width, height) / 110)) * devicePixelRatio;
    this.marks = this.effects.map(({ shape, colour }) => mark(shape, colour, edge, radius));
    this.marks.push(mark("circle", "#888", edge, 0.7 * radius));
    this.root.querySelectorAll(".legend canvas").forEach((swatch, number) => {
      const { shape, colour } = this.effects[number];
      swatch.replaceWith(Object.assign(mark(shape, colour, edge, 1.4 * radius), { ariaHidden: "true" }));
    });
    this.draw();
  }

  /** Draw with the next frame, once. */
  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      paint(this.map, this.points, this.marks, this.view);
      this.ring();
    });
  }

  /** What changes with the point: its words, and the rings. */
  render() {
    const point = this.under < 0 ? this.chosen : this.under;
    write(this.bar.where, this.texts[point] ?? "");
    this.field.setAttribute("aria-valuenow", String(this.chosen + 1));
    this.field.setAttribute("aria-valuetext", this.texts[this.chosen] ?? "");
    this.ring();
    this.bar.show();
  }

  ring() {
    for (const [name, point] of /** @type {[string, number][]} */ ([["chosen", this.chosen], ["under", this.under]])) {
      const ring = part(this.root, `.ring.${name}`, HTMLElement);
      ring.hidden = point < 0 || !this.view.size[0];
      const [left, top] = this.view.seen(this.points.places[2 * point], this.points.places[2 * point + 1]);
      ring.style.translate = `${left}px ${top}px`;
    }
  }

  close() {
    cancelAnimationFrame(this.frame);
    this.observer.disconnect();
    this.scheme.removeEventListener("change", this.recolour);
    this.shot.close();
  }
}

export default placed(".points", PointMap);
