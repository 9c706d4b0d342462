// What the colours of the points mean.

/** @import { Cloud } from "./cloud.js" */

/** @param {Cloud} cloud @returns {HTMLElement[]} entries of a list */
export function legend({ palette, title, low, high, names }) {
  if (title === null) return names.flatMap((name, i) => (name ? [entry(swatch(palette[i]), name)] : []));
  const scale = swatch(`linear-gradient(to right, ${palette.join(",")})`);
  scale.className = "scale";
  return [entry(title), entry(low, scale, high)];
}

/** @param {(Node | string)[]} content */
function entry(...content) {
  const item = document.createElement("li");
  item.append(...content);
  return item;
}

/** @param {string} background */
function swatch(background) {
  const mark = document.createElement("i");
  mark.style.background = background;
  return mark;
}

/**
 * Move words down that would lie on others.
 * @param {Element[]} words
 */
export function apart(words) {
  const top = (/** @type {Element} */ word) => word.getBoundingClientRect().top;
  const placed = /** @type {DOMRect[]} */ ([]);
  for (const word of words.sort((a, b) => top(a) - top(b))) {
    const box = word.getBoundingClientRect();
    for (const one of placed) {
      if (one.left < box.right && box.left < one.right && one.bottom > box.top) box.y = one.bottom;
    }
    if (word instanceof HTMLElement) word.style.marginTop = `${box.top - top(word)}px`;
    placed.push(box);
  }
}
