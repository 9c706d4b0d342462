"""A visitor with a real browser: does what `Visitor` does with hands and eyes, and waits until the page is drawn."""

from collections.abc import Awaitable, Callable
from functools import partial

import psutil
from playwright.async_api import Error, Locator, TimeoutError, async_playwright

from tests.browser.chromium import FLAGS, install
from tests.visitor import PATIENCE_S, Answer, LostError

ATTEMPTS = 3
"""A hand that misses tries again; what it waited for the first time counts."""

# Counts the runs that ended, from the messages (ForwardMsg) that say so: field 6, which is 2 where another run follows.
WATCH = """
window.ended = 0;
window.WebSocket = class extends WebSocket {
  constructor(...all) {
    super(...all);
    this.addEventListener("message", ({ data }) => {
      window.ended += ends(new Uint8Array(data));
      window.spoken = performance.now();
    });
  }
  send(data) {
    super.send(data);
    window.spoken = performance.now();
  }
};
window.now = () => [window.ended, performance.now()];
function ends(bytes) {
  for (let at = 0; at < bytes.length;) {
    const number = () => {
      let value = 0;
      for (let shift = 1; ; shift *= 128) {
        value += (bytes[at] & 127) * shift;
        if (bytes[at++] < 128) return value;
      }
    };
    const tag = number();
    const value = number();
    if (tag === 6 << 3) return value === 2 ? 0 : 1;
    if (tag % 8 === 2) at += value;
  }
  return 0;
}
window.quiet = () => performance.now() - window.spoken > 300 && window.drawn(0);
window.drawn = (before) => window.ended > before
  && document.querySelector("[data-test-script-state]").dataset.testScriptState === "notRunning"
  && !document.querySelector('[data-testid="stSkeleton"], [data-stale="true"]') && performance.now();
window.read = () => {
  const every = (which, of) => [...document.querySelectorAll(which)].map(of);
  return {
    labels: [...every("[aria-label]", (one) => one.ariaLabel), ...every("p, strong", (one) => one.textContent)],
    errors: every('[data-testid="stException"], [data-testid="stAlertContentError"]', (one) => one.innerText),
  };
};
"""

# Faster than Streamlit looks: it is told of the last place only.
TURN = """async (thumb, value) => {
  for (let key = "Home"; thumb.ariaValueText !== value; key = "ArrowRight") {
    thumb.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    await null;
  }
  return window.now();
}"""


class Tab:
    """A browser of his own. `async with Tab(address) as visitor` opens it; leaving closes it."""

    def __init__(self, address: str) -> None:
        self._address, self._errors = address, list[str]()

    async def __aenter__(self) -> "Tab":
        self._player = await async_playwright().start()
        # Visitors bring machines of their own: here, browsers get the cores that the server leaves.
        for driver in psutil.Process().children():
            if "python" not in driver.name():
                driver.nice(19)
        self._browser = await self._player.chromium.launch(executable_path=install(), args=FLAGS)
        self._page = await self._browser.new_page(viewport={"width": 1440, "height": 900})
        self._page.set_default_timeout(1000 * PATIENCE_S / ATTEMPTS)
        self._page.on("pageerror", lambda error: self._errors.append(f"in the browser: {error}"))
        await self._page.add_init_script(WATCH)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._browser.close()
        await self._player.stop()

    async def go(self, page: str = "") -> Answer:
        """Follow a page's link in the sidebar; "": open the dashboard."""
        if not page:
            return await self._ask(self._open, self._address)
        links = self._page.get_by_test_id("stSidebarNav").get_by_role("link", name=page.capitalize())
        return await self._ask(links.click, page)

    async def _open(self) -> tuple[int, float]:
        await self._page.goto(self._address)
        return 0, 0.0  # the browser's clock starts here

    async def choose(self, key: str, value: str | float | bool) -> Answer:
        """Set the widget with that key; where it shows that value, only read what is there: an answer in no time."""
        widget = self._page.locator(f".st-key-{key}")
        if not await widget.count():  # a knob of the page Interpolate, behind its button
            try:
                await self._page.locator(f".st-key-{key[0]}_knobs1 button").first.click()
                await widget.wait_for()
            except Error as error:
                raise LostError(f"{key}: {error.message.splitlines()[0]}") from error
            answer = await self._ask(partial(self._set, widget, str(value)), f"{key} = {value}")
            await self._page.keyboard.press("Escape")
            return answer
        if await self._shows(widget, str(value)):
            return Answer(0.0, (await self._page.evaluate("window.read()"))["labels"])
        return await self._ask(partial(self._set, widget, str(value)), f"{key} = {value}")

    async def _kind(self, widget: Locator) -> str:
        return await widget.locator("[data-testid]").first.get_attribute("data-testid") or ""

    async def _shows(self, widget: Locator, value: str) -> bool:
        match await self._kind(widget):
            case "stSelectbox":
                return await widget.locator("input").input_value() == value
            case "stButtonGroup":
                return await widget.get_by_role("radio", name=value).is_checked()
            case "stSlider":
                return await widget.get_by_role("slider").get_attribute("aria-valuetext") == value
        return False

    async def _set(self, widget: Locator, value: str) -> tuple[int, float] | None:
        """Set a widget; `window.now()` when a slider has come to its place, None for any other.

        value: the label of an option (of a slider, too), a text or a number; any presses a button or a switch.
        """
        match await self._kind(widget):
            case "stSelectbox":
                await widget.locator("input").fill(value)
                await self._page.get_by_role("option", name=value, exact=True).click()
            case "stButtonGroup":
                await widget.get_by_role("radio", name=value).click()
            case "stSlider":
                return tuple(await widget.get_by_role("slider").evaluate(TURN, value))
            case "stNumberInput" | "stTextInput":
                await widget.locator("input").fill(value)
                await widget.locator("input").press("Enter")
            case _:
                await widget.locator("label, button").first.click()
        return None

    async def _ask(self, act: Callable[[], Awaitable[tuple[int, float] | None]], what: str) -> Answer:
        """Act, again where nothing comes of it, and wait for what is drawn first; read when all is quiet.

        what: said where that never is.
        """
        try:
            start = await self._page.evaluate("window.now?.()")
            for attempt in range(ATTEMPTS):
                try:
                    before, started = await act() or start
                    drawn = await self._page.wait_for_function("before => window.drawn(before)", arg=before)
                    break
                except TimeoutError:
                    if attempt == ATTEMPTS - 1:
                        raise
            seconds = (await drawn.json_value() - started) / 1000
            await self._page.wait_for_function("window.quiet()")
            read = await self._page.evaluate("window.read()")
        except Error as error:
            raise LostError(f"{what}: {error.message.splitlines()[0]}") from error
        errors, self._errors = [*self._errors, *read["errors"]], []
        return Answer(seconds, read["labels"], errors)
