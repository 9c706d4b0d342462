// Streamlit reports no clicks in 3-D plots: this listens to the plot of the chart with the given key itself.
// Plotly's own 3-D click needs a frame to be drawn while the button is down, which slow machines miss:
// a press and release in one place over a hovered point counts, too.

const WAIT_MS = 250; // the chart appears, and is replaced, without telling us
const STILL_PX = 4; // more movement than this turns the map instead
const ONCE_MS = 700; // both ways of clicking are one click

export default function ({ data, setTriggerValue }) {
  let plot = null;
  let hovered = null;
  let pressed = null;
  let last = { point: null, at: 0 };

  const pointOf = (event) => [event.points[0].customdata].flat()[0];
  const report = (point) => {
    if (point === last.point && performance.now() - last.at < ONCE_MS) return;
    last = { point, at: performance.now() };
    setTriggerValue("point", point);
  };
  const onClick = (event) => report(pointOf(event));
  const onHover = (event) => (hovered = pointOf(event));
  const onUnhover = () => (hovered = null);
  const onDown = (event) => (pressed = { x: event.clientX, y: event.clientY, point: hovered });
  const onUp = (event) => {
    const still = pressed && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) < STILL_PX;
    if (still && pressed.point !== null) report(pressed.point);
    pressed = null;
  };
  const plotly = { plotly_click: onClick, plotly_hover: onHover, plotly_unhover: onUnhover };
  const pointer = { pointerdown: onDown, pointerup: onUp };

  const letGo = () => {
    for (const [name, act] of Object.entries(plotly)) plot?.removeListener?.(name, act);
    for (const [name, act] of Object.entries(pointer)) plot?.removeEventListener(name, act, true);
  };
  const watch = setInterval(() => {
    const now = document.querySelector(`.st-key-${data} .js-plotly-plot`);
    if (!now?.on || now === plot) return;
    letGo();
    plot = now;
    for (const [name, act] of Object.entries(plotly)) plot.on(name, act);
    for (const [name, act] of Object.entries(pointer)) plot.addEventListener(name, act, true);
  }, WAIT_MS);
  return () => {
    clearInterval(watch);
    letGo();
  };
}
