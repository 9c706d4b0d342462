// Streamlit reports no clicks in 3-D plots: this listens to the plot of the chart with the given key itself.
// Plotly's own 3-D click needs a frame to be drawn while the button is down, which slow machines miss:
// a press and release in one place over a hovered point counts, too.

const WAIT_MS = 250; // the chart appears, and is replaced, without telling us
const STILL_PX = 4; // more movement than this turns the map instead
const ONCE_MS = 700; // both ways of clicking are one click

/**
 * @typedef {{points: {customdata: number | number[]}[]}} PlotlyEvent
 * @typedef {HTMLElement & {
 *   on(name: string, act: (event: PlotlyEvent) => void): void,
 *   removeListener(name: string, act: (event: PlotlyEvent) => void): void,
 * }} Plot
 */

/** @param {{data: string, setTriggerValue(name: string, value: number): void}} place data: the chart's key */
export default function ({ data, setTriggerValue }) {
  /** @type {Plot | null} */
  let plot = null;
  /** @type {number | null} */
  let hovered = null;
  /** @type {{x: number, y: number, point: number | null} | null} */
  let pressed = null;
  let turned = false;
  let last = { point: -1, at: 0 };

  const pointOf = (/** @type {PlotlyEvent} */ event) => [event.points[0].customdata].flat()[0];
  const report = (/** @type {number} */ point) => {
    if (point === last.point && performance.now() - last.at < ONCE_MS) return;
    last = { point, at: performance.now() };
    setTriggerValue("point", point);
  };
  const plotly = {
    plotly_click: (/** @type {PlotlyEvent} */ event) => {
      if (pressed) pressed.point = pointOf(event); // it may become a turn yet
      else if (!turned) report(pointOf(event));
    },
    plotly_hover: (/** @type {PlotlyEvent} */ event) => (hovered = pointOf(event)),
    plotly_unhover: () => (hovered = null),
  };
  const down = (/** @type {PointerEvent} */ event) => {
    pressed = { x: event.clientX, y: event.clientY, point: hovered };
  };
  const up = (/** @type {PointerEvent} */ event) => {
    const still = pressed && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) < STILL_PX;
    if (still && pressed && pressed.point !== null) report(pressed.point);
    turned = !still;
    pressed = null;
  };

  const letGo = () => {
    for (const [name, act] of Object.entries(plotly)) plot?.removeListener(name, act);
    plot?.removeEventListener("pointerdown", down, true);
    plot?.removeEventListener("pointerup", up, true);
  };
  const watch = setInterval(() => {
    const now = /** @type {Plot | null} */ (document.querySelector(`.st-key-${CSS.escape(data)} .js-plotly-plot`));
    if (!now?.on || now === plot) return;
    letGo();
    plot = now;
    for (const [name, act] of Object.entries(plotly)) plot.on(name, act);
    plot.addEventListener("pointerdown", down, true);
    plot.addEventListener("pointerup", up, true);
  }, WAIT_MS);
  return () => {
    clearInterval(watch);
    letGo();
  };
}
