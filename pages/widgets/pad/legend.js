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
