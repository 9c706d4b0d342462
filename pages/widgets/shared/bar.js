// The bar of a player: its button, where it is, and what there is to be said.

import { part } from "./frame.js";
import { PageAudio } from "./page_audio.js";

/**
 * What a bar shows and starts, as a SoundBank is. wanting: it plays or waits to. held: heard under the hand alone.
 * blocked: the browser holds it back.
 * @typedef {{playing: boolean, wanting: boolean, held: boolean, playable: boolean, blocked: boolean}} State
 * @typedef {State & {toggle(): void}} Sounding
 */

const ICONS = { Play: "M4 2l10 6-10 6z", Pause: "M3 2h4v12H3zM9 2h4v12H9z" };
const TOUCHED = "Tap Play for sound";
const REFUSED = "No sound yet: the browser holds it back. Let this page play sound, and look which output is chosen.";

export class Bar {
  /**
   * @param {HTMLElement} root
   * @param {Sounding} bank
   * @param {string[]} parts selectors of what is hidden where the browser cannot play
   */
  constructor(root, bank, parts) {
    this.bank = bank;
    this.play = part(root, ".play", HTMLButtonElement);
    this.verb = part(root, ".verb", HTMLElement);
    this.icon = part(root, ".icon", SVGElement);
    this.where = part(root, ".where", HTMLElement);
    this.count = part(root, ".count", HTMLElement);
    this.told = part(root, ".told", HTMLElement);
    this.notice = part(root, ".notice", HTMLElement);
    for (const selector of parts) part(root, selector, HTMLElement).hidden = !PageAudio.supported;
    part(root, ".missing", HTMLElement).hidden = PageAudio.supported;
    this.play.addEventListener("click", () => bank.toggle());
  }

  /** Say on the button what it does; a sound that is heard under the hand alone has not been started by it. */
  show() {
    const { bank } = this;
    const verb = bank.playing && !bank.held ? "Pause" : "Play";
    write(this.verb, verb);
    this.icon.setAttribute("d", ICONS[verb]);
    this.play.disabled = !bank.playable && !bank.wanting;
    write(this.notice, !bank.blocked ? "" : bank.held ? TOUCHED : REFUSED);
  }

  /**
   * Say how many sounds are here; only the last one's arrival is told to those who listen to the screen.
   * @param {string} count
   * @param {boolean} all
   */
  ready(count, all) {
    write(this.count, all ? "" : count);
    write(this.told, all ? count : "");
  }
}

/** @param {Element} place @param {string} text */
export function write(place, text) {
  if (place.textContent !== text) place.textContent = text;
}
