// A row of chips whose order a hand or keys change; it is told when they let go.

import { write } from "../shared/bar.js";
import { part, placed } from "../shared/frame.js";
import { grip, held } from "../shared/grip.js";
import { Rest } from "../shared/keys.js";
import { placeAt } from "./places.js";

/**
 * What the server sends; see order/__init__.py.
 * @typedef {{chips: {id: string, label: string, silent: boolean}[], seen: number}} Data
 */

class Order {
  /** @param {HTMLElement} root @param {import("../shared/frame.js").Report} report */
  constructor(root, report) {
    this.report = report;
    /** @type {Data} */
    this.given = { chips: [], seen: 0 };
    this.count = 0; // of the orders told
    this.last = ""; // the order that was told or given last
    this.list = part(root, ".chips", HTMLElement);
    this.told = part(root, ".told", HTMLElement);
    this.rest = new Rest(() => this.commit());
    this.list.addEventListener("keydown", (event) => this.key(event));
  }

  /** Take new data in; it waits while somebody moves a chip, or for the answer to an order that was told.
   * @param {Data} data */
  receive(data) {
    this.given = data;
    if (!this.busy) this.lay();
  }

  get busy() {
    return this.rest.pending || this.chips.some(held);
  }

  get chips() {
    return /** @type {HTMLElement[]} */ ([...this.list.children]);
  }

  get ids() {
    return this.chips.map(({ dataset }) => dataset.id ?? "");
  }

  /** The chips as they were given; those that are there stay, and so does the place of the keys. */
  lay() {
    this.count = Math.max(this.count, this.given.seen);
    if (this.given.seen < this.count) return; // an older order's answer
    this.last = String(this.given.chips.map(({ id }) => id));
    const known = new Map(this.chips.map((chip) => [chip.dataset.id, chip]));
    const next = this.given.chips.map(({ id }) => known.get(id) ?? this.chip(id));
    if (next.some((chip, at) => chip !== this.list.children[at]) || next.length !== known.size) {
      const focused = this.chips.find((chip) => chip.matches(":focus"));
      this.list.replaceChildren(...next);
      if (focused?.isConnected) focused.focus();
    }
    this.given.chips.forEach(({ label, silent }, at) => {
      next[at].setAttribute("aria-label", silent ? `${label}, silent` : label);
      next[at].classList.toggle("silent", silent);
      write(part(next[at], ".name", HTMLElement), label);
      write(part(next[at], ".state", HTMLElement), silent ? "silent" : "");
    });
    if (!next.some(({ tabIndex }) => tabIndex === 0) && next.length) this.choose(next[0]);
  }

  /** @param {string} id */
  chip(id) {
    const chip = Object.assign(document.createElement("li"), { className: "chip", tabIndex: -1 });
    chip.dataset.id = id;
    chip.setAttribute("role", "option");
    chip.append(...["name", "state"].map((className) => Object.assign(document.createElement("span"), { className })));
    chip.addEventListener("focus", () => this.choose(chip));
    this.carry(chip);
    return chip;
  }

  /** A hand takes a chip along, and the others make room for it. @param {HTMLElement} chip */
  carry(chip) {
    let before = 0;
    /** @type {number[] | undefined} where in the chip the hand holds it */
    let hold;
    const drop = () => {
      hold = undefined;
      chip.style.transform = "";
    };
    grip(chip, {
      take: () => {
        if (this.chips.some(held)) return false; // a chip that another finger holds cannot make room
        before = this.chips.indexOf(chip);
        this.rest.cancel();
        return true;
      },
      follow: ({ clientX: x, clientY: y }) => {
        chip.style.transform = "";
        if (hold) {
          const others = this.chips.filter((other) => other !== chip);
          this.put(chip, placeAt([x, y], others.map((other) => other.getBoundingClientRect())));
        }
        const { left, top } = chip.getBoundingClientRect();
        hold ??= [x - left, y - top];
        chip.style.transform = `translate(${x - hold[0] - left}px, ${y - hold[1] - top}px)`;
      },
      drop: () => {
        drop();
        this.say(chip, before);
        this.commit();
      },
      cancel: () => {
        drop();
        this.put(chip, before);
        this.lay();
      },
    });
  }

  /** Let the others make room, so that the chip keeps hand and focus. @param {HTMLElement} chip @param {number} at */
  put(chip, at) {
    if (this.chips.indexOf(chip) === at) return;
    this.chips.filter((other) => other !== chip).forEach((other, place) => {
      if (place < at) chip.before(other);
      else this.list.append(other);
    });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { chips } = this;
    const here = chips.findIndex((chip) => chip === event.target);
    const at = {
      ArrowRight: here + 1, ArrowDown: here + 1, ArrowLeft: here - 1, ArrowUp: here - 1, Home: 0, End: chips.length - 1,
    }[event.key];
    if (here < 0 || at === undefined || event.ctrlKey || event.metaKey || chips.some(held)) return;
    event.preventDefault(); // Alt and left would leave the page
    if (at < 0 || at >= chips.length) return;
    if (!event.altKey) return chips[at].focus();
    this.put(chips[here], at);
    this.say(chips[here], here);
    this.rest.again();
  }

  /** The keys are with this chip. @param {HTMLElement} chosen */
  choose(chosen) {
    for (const chip of this.chips) {
      chip.tabIndex = chip === chosen ? 0 : -1;
      chip.setAttribute("aria-selected", String(chip === chosen));
    }
  }

  /** Tell those who listen to the screen where it has gone. @param {HTMLElement} chip @param {number} before */
  say(chip, before) {
    const at = this.chips.indexOf(chip);
    if (at !== before) write(this.told, `${chip.getAttribute("aria-label")} is now ${at + 1} of ${this.chips.length}`);
  }

  commit() {
    const { ids } = this;
    if (String(ids) === this.last) return this.lay();
    this.last = String(ids);
    this.count += 1;
    this.report("order", { ids, count: this.count });
  }

  close() {
    this.rest.cancel();
  }
}

export default placed(".order", Order);
