"""A visitor with a real browser: does what `Visitor` does with hands and eyes, and waits until the page is drawn."""

import time
from collections.abc import Awaitable

import psutil
from playwright.async_api import Error, Locator, async_playwright

from tests.browser.chromium import FLAGS, install
from tests.visitor import PATIENCE_S, Answer, LostError

WATCH = """
window.ended = 0;
new MutationObserver((changes) => {
  for (const { target } of changes) if (target.dataset.testScriptState === "notRunning") window.ended += 1;
}).observe(document, { subtree: true, attributeFilter: ["data-test-script-state"] });
window.drawn = (before) => window.ended > before
  && document.querySelector("[data-test-script-state]").dataset.testScriptState === "notRunning"
  && !document.querySelector('[data-testid="stSkeleton"], [data-stale="true"]');
window.read = () => {
  const every = (which, of) => [...document.querySelectorAll(which)].map(of);
  return {
    labels: [...every("[aria-label]", (one) => one.ariaLabel), ...every("p, strong", (one) => one.textContent)],
    errors: every('[data-testid="stException"], [data-testid="stAlertContentError"]', (one) => one.innerText),
  };
};
"""

TURN = """async (thumb, value) => {
  for (let key = "Home"; thumb.ariaValueText !== value; key = "ArrowRight") {
    thumb.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    await new Promise((go) => setTimeout(go));
  }
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
        self._page.set_default_timeout(1000 * PATIENCE_S)
        self._page.on("pageerror", lambda error: self._errors.append(f"in the browser: {error}"))
        await self._page.add_init_script(WATCH)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._browser.close()
        await self._player.stop()

    async def go(self, page: str = "") -> Answer:
        """Follow a page's link in the sidebar; "": open the dashboard anew."""
        if not page:
            return await self._ask(self._page.goto(self._address), anew=True)
        # The default page has the bare address.
        name = page.capitalize()
        return await self._ask(self._page.get_by_test_id("stSidebarNav").get_by_role("link", name=name).click())

    async def choose(self, key: str, value: str | float | bool) -> Answer:
        """Set the widget with that key; where it has that value, only read what is there."""
        widget = self._page.locator(f".st-key-{key}")
        if await self._shows(widget, str(value)):
            return Answer(0.0, (await self._page.evaluate("window.read()"))["labels"])
        return await self._ask(self._set(widget, str(value)))

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

    async def _set(self, widget: Locator, value: str) -> None:
        """value: the label of an option (of a slider, too), a text or a number; any presses a button or a switch."""
        match await self._kind(widget):
            case "stSelectbox":
                await widget.locator("input").fill(value)
                await self._page.get_by_role("option", name=value, exact=True).click()
            case "stButtonGroup":
                await widget.get_by_role("radio", name=value).click()
            case "stSlider":
                await widget.get_by_role("slider").evaluate(TURN, value)
                self._started = time.monotonic()
            case "stNumberInput" | "stTextInput":
                await widget.locator("input").fill(value)
                await widget.locator("input").press("Enter")
            case _:
                await widget.locator("label, button").first.click()

    async def _ask(self, act: Awaitable[object], anew: bool = False) -> Answer:
        self._started = time.monotonic()
        try:
            before = 0 if anew else await self._page.evaluate("window.ended")
            await act
            await self._page.wait_for_function("before => window.drawn?.(before)", arg=before)
            seconds = time.monotonic() - self._started
            read = await self._page.evaluate("window.read()")
        except Error as error:
            raise LostError(error.message.splitlines()[0]) from error
        errors, self._errors = [*self._errors, *read["errors"]], []
        return Answer(seconds, read["labels"], errors)
