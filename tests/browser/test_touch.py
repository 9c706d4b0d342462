"""Promise: under a browser's own rules for sound and with real fingers, the first touch is heard or says what to do.

Nothing here may wake the page as Playwright's evaluate() would: `Touch` looks without a gesture.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from tests.browser import test_ab_player as ab
from tests.browser import test_pad_player as pad
from tests.browser.sine_path import packed
from tests.browser.stage import Pages, Touch
from tests.browser.tape import TAP

READY = "document.querySelector('.told').textContent.includes('ready')"
NOTICE = "document.querySelector('.notice').textContent"
SURFACES = {"morph": ".track", "pad": ".field", "ab": ".screen", "curve": ".screen"}


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
    yield context.new_page()
    context.close()


def data(name: str) -> Any:
    made: dict[str, Any] = {
        "morph": packed(),
        "pad": pad.packed(),
        "ab": ab.packed(ab.tones("Dry", "Wet (reference)")),
        "curve": {"peaks": [0.5, 1.0], "duration_s": 2.0, "points": [[0, 0], [2, 1]]},
    }
    return made[name]


def opened(phone: Page, pages: Pages, name: str, script: str = TAP) -> Touch:
    phone.goto(pages.put(name, data(name), script))
    touch = Touch(phone)
    touch.wait("window.reports" if name == "curve" else READY)
    assert touch.look("navigator.userActivation.hasBeenActive") is False
    return touch


def silent(touch: Touch) -> bool:
    return touch.look("window.loudest()") < 1e-3


@pytest.mark.parametrize("name", ["morph", "pad"])
def test_the_first_touch_says_what_to_do_and_the_next_is_heard(phone: Page, pages: Pages, name: str) -> None:
    touch = opened(phone, pages, name)
    x, y = touch.middle(".handle")
    touch.down(x, y)
    assert touch.wait(NOTICE) == "Tap Play for sound"
    assert silent(touch)
    touch.move(x + 20, y)
    touch.up()
    touch.wait(f"{NOTICE} === ''")
    touch.wait("[...window.contexts].length === 0 || [...window.contexts].every(({ state }) => state === 'suspended')")
    touch.down(*touch.middle(".handle"))
    touch.wait("window.loudest() > 0.01")
    assert touch.look(NOTICE) == ""
    touch.up()


def test_a_tap_on_play_is_heard_at_once(phone: Page, pages: Pages) -> None:
    touch = opened(phone, pages, "morph")
    touch.down(*touch.middle(".play"))
    touch.up()
    touch.wait("window.loudest() > 0.01")
    assert touch.look("document.querySelector('.verb').textContent") == "Pause"
    assert touch.look(NOTICE) == ""


def test_a_tap_anywhere_unlocks_the_first_hold(phone: Page, pages: Pages) -> None:
    touch = opened(phone, pages, "morph")
    touch.down(200, 700)
    touch.up()
    touch.wait("navigator.userActivation.hasBeenActive")
    touch.down(*touch.middle(".handle"))
    touch.wait("window.loudest() > 0.01")
    touch.up()


def test_a_clock_that_never_starts_is_said_and_not_asked_for_again_and_again(phone: Page, pages: Pages) -> None:
    counted = """
        window.looks = 0; AudioContext.prototype.resume = () => new Promise(() => {});
        const timer = window.setTimeout;
        window.setTimeout = (act, ms, ...rest) => { window.looks += ms < 100; return timer(act, ms, ...rest); };
    """
    refused = "Object.defineProperty(AudioContext.prototype, 'state', { get: () => 'suspended' });"
    touch = opened(phone, pages, "morph", TAP + counted + refused)
    touch.down(*touch.middle(".play"))
    touch.up()
    assert touch.wait(NOTICE).startswith("No sound yet: the browser holds it back.")
    assert touch.look("document.querySelector('.verb').textContent") == "Play"
    before = touch.look("window.looks")
    quiet = "new Promise((done) => { const now = performance.now(); const look = () => performance.now() - now > 500 "
    touch.look(quiet + "? done(1) : requestAnimationFrame(look); look(); })")
    assert touch.look("window.looks") == before


@pytest.mark.parametrize("name", SURFACES)
def test_a_finger_scrolls_past_and_changes_nothing(phone: Page, pages: Pages, name: str) -> None:
    touch = opened(phone, pages, name)
    left, top, width, height = touch.look(
        f"(({{ left, top, width, height }}) => [left, top, width, height])"
        f"(document.querySelector('{SURFACES[name]}').getBoundingClientRect())"
    )
    x, y = left + 0.8 * width, top + 0.8 * height
    before = touch.look("document.querySelector('[role=slider]').getAttribute('aria-valuetext')")
    touch.down(x, y)
    for way in np.linspace(0, 300, 20):
        touch.move(x, y - way)
    touch.up()
    touch.wait("window.scrollY > 100")
    touch.wait("!document.querySelector('.held')")
    assert touch.look("document.querySelector('[role=slider]').getAttribute('aria-valuetext')") == before
    assert touch.look("window.reports.filter(([name]) => name !== 'held').length") == 0


@pytest.mark.parametrize("name", SURFACES)
def test_a_finger_to_the_side_moves_what_it_holds_and_not_the_page(phone: Page, pages: Pages, name: str) -> None:
    touch = opened(phone, pages, name)
    x, y = touch.middle(SURFACES[name])
    before = touch.look("document.querySelector('[role=slider]').getAttribute('aria-valuetext')")
    touch.down(x, y)
    for way in np.linspace(0, 100, 20):
        touch.move(x + way, y - way / 2)
    touch.up()
    touch.wait("!document.querySelector('.held')")
    told = touch.look("document.querySelector('[role=slider]').getAttribute('aria-valuetext')")
    assert told != before
    assert touch.look("window.scrollY") == 0


def test_a_handle_is_held_in_all_directions(phone: Page, pages: Pages) -> None:
    touch = opened(phone, pages, "pad")
    x, y = touch.middle(".handle")
    touch.down(x + 20, y)  # beside it
    for way in np.linspace(0, 100, 20):
        touch.move(x + 20, y - way)
    touch.up()
    touch.wait("window.reports.some(([name]) => name === 'point')")
    assert touch.look("window.scrollY") == 0
