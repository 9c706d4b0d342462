// Looped sounds that all run together, one of them heard; choosing another moves two gains, seeking starts all anew.

import { Bar, write } from "../shared/bar.js";
import { unpack } from "../shared/bytes.js";
import { Frames, part, placed } from "../shared/frame.js";
import { grip, place } from "../shared/grip.js";
import { keys } from "../shared/keys.js";
import { fromFlac } from "../shared/loop.js";
import { PageAudio } from "../shared/page_audio.js";
import { SoundBank } from "../shared/sound_bank.js";
import { paint, times } from "./axis.js";

const SEEK_MS = 60; // while the hand drags, the sound follows this often
const STEP_S = 0.5;
const REFERENCE = 1; // the sound to compare with is the second
const UNREADABLE = "This browser cannot read the sounds: please listen under “All sounds”.";

/**
 * What the server sends; see ab/__init__.py.
 * @typedef {{id: string, label: string, text: string, gain: number}} Sound
 * @typedef {{cells: Uint8Array, columns: number}} Picture
 * @typedef {object} Header
 * @property {string} version
 * @property {number} rate
 * @property {number} seconds
 * @property {number} start_s
 * @property {[string, number][]} ticks_hz
 * @property {string[]} colours
 * @property {number} headroom
 * @property {string} follow label of a sound that is chosen whenever it becomes another one, "" for none
 * @property {Sound[]} sounds
 * @property {string[]} held
 * @property {{id: string, columns: number}[]} sent
 */

class Comparison {
  /** @param {HTMLElement} root @param {import("../shared/frame.js").Report} report */
  constructor(root, report) {
    this.root = root;
    this.report = report;
    this.closed = false;
    /** @type {Header | null} */
    this.header = null;
    /** @type {Header | null} the one whose sounds are all here */
    this.taken = null;
    /** @type {Map<string, Picture>} by the id of the sound */
    this.pictures = new Map();
    /** @type {Picture | undefined} */
    this.painted = undefined;
    this.chosen = ""; // the label of the sound that is heard
    /** @type {string | null} id of the sound that is followed, as it was last; "" where there was none */
    this.followed = null;
    this.before = 0; // where a hand took the cursor
    this.sought = 0; // when the hand last moved it, in ms
    this.laid = ""; // for which span and labels the marks and choices are there
    this.frames = new Frames(() => this.follow());
    this.bank = new SoundBank((live) => this.gains(live), () => this.show());
    this.bar = new Bar(root, this.bank, [".bar", ".choice", ".plot", ".text", ".hint"]);
    this.loudness = part(root, ".loudness", HTMLInputElement);
    this.list = part(root, ".sounds", HTMLElement);
    this.screen = part(root, ".screen", HTMLElement);
    this.picture = part(root, ".picture", HTMLCanvasElement);
    this.cursor = part(root, ".cursor", HTMLElement);
    this.text = part(root, ".text", HTMLElement);
    if (PageAudio.supported) this.listen();
  }

  /** @returns {Header} */
  known() {
    if (!this.header) throw new Error("The player has no data yet");
    return this.header;
  }

  /** Take new data in. Safe to call again with data already seen. @param {Uint8Array} bytes */
  async receive(bytes) {
    if (!PageAudio.supported) return;
    const { header, parts } = /** @type {{header: Header, parts: Uint8Array<ArrayBuffer>[]}} */ (unpack(bytes));
    if (this.header?.version !== header.version) this.begin(header);
    this.header = header;
    this.lay(header);
    this.render();
    for (const [i, { id, columns }] of header.sent.entries()) {
      if (this.bank.sounds.has(id)) continue;
      const buffer = await fromFlac(parts[2 * i], header.rate).catch(() => null);
      if (this.closed || this.header.version !== header.version) return;
      if (!buffer) return write(this.bar.notice, UNREADABLE);
      this.bank.load(id, buffer);
      this.pictures.set(id, { cells: parts[2 * i + 1], columns });
    }
    if (this.header === header) this.take(header);
  }

  /** Another question: its sounds start from the beginning, when asked to. @param {Header} header */
  begin({ sounds }) {
    this.taken = null;
    this.bank.stop();
    this.bank.keep(() => false);
    this.bank.use([]);
    this.bank.seek(0);
    this.chosen = sounds[REFERENCE].label;
    this.followed = null;
  }

  /** All that was sent is here: let it run, and the rest go. @param {Header} header */
  take(header) {
    const { sounds, version, held, follow } = header;
    this.taken = header;
    const now = sounds.find(({ label }) => label === follow);
    if (this.followed !== null && now && now.id !== this.followed) this.chosen = now.label;
    this.followed = now?.id ?? "";
    const ids = sounds.map(({ id }) => id);
    this.bank.keep((id) => ids.includes(id));
    for (const id of [...this.pictures.keys()]) if (!ids.includes(id)) this.pictures.delete(id);
    this.bank.use(ids);
    this.render();
    const own = [...this.bank.sounds.keys()].sort();
    if (String(own) !== String(held)) this.report("held", { version, ids: own });
  }

  /** The sound that is chosen, or the reference where there is none of this label any more. */
  heard({ sounds } = this.known()) {
    return sounds.find(({ label }) => label === this.chosen) ?? sounds[REFERENCE];
  }

  /** One is heard, the others run on in silence; one that is just coming is waited for. @param {Set<string>} live */
  gains(live) {
    if (!this.taken) return new Map();
    const { id, gain } = this.heard(this.taken);
    return new Map(live.has(id) ? [[id, this.taken.headroom * (this.loudness.checked ? gain : 1)]] : []);
  }

  /** Seconds into the sounds that are heard now. */
  position() {
    return this.bank.position % this.known().seconds;
  }

  /** @param {number} seconds */
  seek(seconds) {
    this.bank.seek(Math.min(Math.max(0, seconds), this.known().seconds - 0.01));
    this.follow();
    this.tell();
  }

  /** @param {Sound | undefined} sound */
  choose(sound) {
    if (!sound) return;
    this.chosen = sound.label;
    this.bank.settle();
    this.render();
  }

  listen() {
    this.loudness.addEventListener("change", () => {
      this.bank.settle();
      this.render();
    });
    this.list.addEventListener("change", ({ target }) => {
      if (target instanceof HTMLInputElement) this.choose(this.header?.sounds[Number(target.value)]);
    });
    this.screen.addEventListener("focus", () => this.tell());
    /** @type {PointerEvent | undefined} */
    let last;
    let owed = false; // a place that was not gone to yet
    const go = () => {
      owed = false;
      if (last) this.seek(place(last, this.screen)[0] * this.known().seconds);
    };
    grip(this.screen, {
      take: () => {
        if (!this.header) return false;
        this.before = this.position();
        this.sought = 0;
        return true;
      },
      follow: (event) => {
        [last, owed] = [event, true];
        if (performance.now() < this.sought + SEEK_MS) return;
        this.sought = performance.now();
        go();
      },
      drop: () => {
        if (owed) go();
      },
      cancel: () => this.seek(this.before),
    });
    keys(this.root, (event) => this.key(event));
  }

  /** @param {KeyboardEvent} event */
  key({ key, shiftKey, target }) {
    if (!this.header) return undefined;
    if (key === " ") return () => this.bank.toggle();
    if (key >= "1" && key <= "9") return () => this.choose(this.header?.sounds[Number(key) - 1]);
    if (target !== this.screen) return undefined;
    const onward = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[key];
    const step = STEP_S / (shiftKey ? 10 : 1);
    if (onward) return () => this.seek((this.bank.ahead % this.known().seconds) + onward * step);
    const end = { Home: 0, End: this.header.seconds }[key];
    return end === undefined ? undefined : () => this.seek(end);
  }

  /** What changes with the question: the choices and the marks. @param {Header} header */
  lay({ sounds, ticks_hz, start_s, seconds }) {
    const laid = JSON.stringify([sounds.map(({ label }) => label), ticks_hz, start_s, seconds]);
    if (laid === this.laid) return;
    this.laid = laid;
    this.list.replaceChildren(...sounds.map(({ label }, index) => option(label, index)));
    const [hz, time] = [part(this.root, ".hz", HTMLElement), part(this.root, ".seconds", HTMLElement)];
    hz.replaceChildren(...ticks_hz.map(([text, share]) => tick(text, "bottom", share)));
    time.replaceChildren(...times(start_s, seconds).map(([text, share]) => tick(text, "left", share)));
    this.screen.setAttribute("aria-valuemax", seconds.toFixed(1));
  }

  render() {
    const { sounds, colours } = this.known();
    const { id, label, text, gain } = this.heard();
    const ready = sounds.filter((sound) => this.bank.sounds.has(sound.id)).length;
    const all = ready === sounds.length;
    this.bar.ready(all ? `${ready} sounds ready` : `${ready} of ${sounds.length} sounds ready`, all);
    this.list.querySelectorAll("input").forEach((input, i) => (input.checked = sounds[i].label === label));
    const turned = 20 * Math.log10(gain);
    const level = this.loudness.checked && Math.abs(turned) >= 0.05
      ? ` · turned ${turned > 0 ? "up" : "down"} ${Math.abs(turned).toFixed(1)} dB` : "";
    write(this.text, `${label}: ${text}${level}`);
    const shown = this.pictures.get(id);
    if (shown && shown !== this.painted) {
      this.painted = shown;
      paint(this.picture, shown.cells, shown.columns, colours);
      this.picture.setAttribute("aria-label", `Spectrogram of ${label}`);
    }
    this.follow();
    this.show();
  }

  /** What changes when the sound starts or stops. */
  show() {
    this.bar.show();
    this.frames.run(this.bank.playing);
    this.tell();
  }

  /** Put the cursor where the sound is. */
  follow() {
    const { start_s: start, seconds } = this.known();
    const now = this.position();
    this.cursor.style.left = `${(100 * now) / seconds}%`;
    write(this.bar.where, `${(start + now).toFixed(1)} s of ${(start + seconds).toFixed(1)} s`);
  }

  /** Tell the place to those who listen to the screen: where a hand or a key put it, not as it runs. */
  tell() {
    if (!this.header) return;
    this.screen.setAttribute("aria-valuenow", this.position().toFixed(1));
    this.screen.setAttribute("aria-valuetext", this.bar.where.textContent ?? "");
  }

  close() {
    this.closed = true;
    this.frames.run(false);
    this.bank.close();
  }
}

/** @param {string} label @param {number} index */
function option(label, index) {
  const box = document.createElement("label");
  box.className = "sound";
  const input = Object.assign(document.createElement("input"), { type: "radio", name: "sound", value: String(index) });
  const key = Object.assign(document.createElement("kbd"), { textContent: String(index + 1) });
  key.setAttribute("aria-hidden", "true");
  box.append(input, key, label);
  return box;
}

/** @param {string} text @param {"left" | "bottom"} side @param {number} share */
function tick(text, side, share) {
  const mark = Object.assign(document.createElement("span"), { textContent: text });
  mark.style[side] = `${100 * share}%`;
  return mark;
}

export default placed(".ab", Comparison);
