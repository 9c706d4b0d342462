// The static twin: puts the widgets on their places, hands them their files, and answers what they ask for.

import { listen, load } from "./load.js";
import { message } from "./message.js";

/** @typedef {(place: import("../shared/frame.js").Place) => unknown} Mount */

const TOGETHER = 20; // points whose sounds are in one file
const NEAR = "300px"; // so far below the window a widget gets its data

class Stand {
  /** @param {HTMLElement} place @param {Mount} mount */
  constructor(place, mount) {
    this.place = place;
    this.mount = mount;
    this.turn = 0; // of the files that were chosen
    this.root = place.attachShadow({ mode: "open" });
    const template = document.getElementById(`widget-${place.dataset.widget}`);
    if (template instanceof HTMLTemplateElement) this.root.append(template.content.cloneNode(true));
    /** @type {string[]} */
    this.settings = []; // of the pad's nodes
    this.side = 1;
    this.last = 0; // number of the last file of sounds of points
  }

  /** Hand over files, one after the other; others that are chosen meanwhile take their place.
   * @param {string} names divided by spaces */
  async give(names) {
    this.turn += 1;
    const { turn } = this;
    this.tell("");
    try {
      for (const name of names.split(" ")) {
        const content = await load(name);
        const data = await message(content);
        if (turn !== this.turn) return;
        const { settings, side, cloud } = content.header;
        if (settings) Object.assign(this, { settings, side });
        if (cloud) this.last = Math.ceil(cloud.count / TOGETHER) - 1;
        this.take(data);
      }
    } catch (error) {
      this.tell(`Something is missing: ${error instanceof Error ? error.message : error} Please copy the folder anew.`);
    }
  }

  /** @param {Uint8Array} data */
  take(data) {
    this.mount({ data, parentElement: this.root, setStateValue: (name, value) => this.report(name, value) });
  }

  /** @param {string} name @param {any} value */
  report(name, value) {
    if (name === "wanted") this.want(Math.floor(value / TOGETHER));
    if (name === "point" && this.settings.length) this.tell(`Nearest rendering: ${this.nearest(value.at)}`);
  }

  /** The sounds of the points of a file, and soon those of their neighbours. @param {number} number */
  async want(number) {
    const beside = [number + 1, number - 1].filter((one) => one >= 0 && one <= this.last);
    for (const one of [number, ...beside]) {
      try {
        this.take(await message(await load(`points-${one}`)));
        if (one === number) this.tell("");
      } catch (error) { // of a neighbour it is told when it is wanted
        const said = `No sound: ${error instanceof Error ? error.message : error} Please copy the folder anew.`;
        if (one === number) return this.tell(said);
      }
    }
    return undefined;
  }

  /** @param {number[]} at 0 ... 1 to the right and upwards */
  nearest([x, y]) {
    return this.settings[Math.round(y * this.side) * (this.side + 1) + Math.round(x * this.side)];
  }

  /** @param {string} text */
  tell(text) {
    const told = this.place.nextElementSibling;
    if (told?.matches(".told")) told.textContent = text;
  }
}

/** What a group of choices offers: files for a place, and a part of the page that belongs to them.
 * @param {HTMLElement} group @param {Map<string, Stand>} stands */
function offer(group, stands) {
  group.addEventListener("change", ({ target }) => {
    if (!(target instanceof HTMLInputElement)) return;
    stands.get(group.dataset.place ?? "")?.give(target.dataset.files ?? "");
    if (!target.dataset.shows) return;
    for (const input of group.querySelectorAll("input")) {
      const shown = document.getElementById(input.dataset.shows ?? "");
      if (shown) shown.hidden = input !== target;
    }
  });
}

/** @param {Record<string, Mount>} widgets by name */
export default function twin(widgets) {
  listen();
  /** @type {Map<string, Stand>} */
  const stands = new Map();
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting || !(target instanceof HTMLElement)) continue;
      seen.unobserve(target);
      stands.get(target.id)?.give(target.dataset.files ?? "");
    }
  }, { rootMargin: NEAR });
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-widget]"))) {
    stands.set(place.id, new Stand(place, widgets[place.dataset.widget ?? ""]));
    seen.observe(place);
  }
  for (const group of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-place]"))) {
    offer(group, stands);
  }
}
