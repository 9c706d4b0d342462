"""Promise: a static twin is seen and heard without a server of ours: from any web server, and opened as a file."""

import functools
import http.server
import itertools
import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_browser import serious
from tests.twins import POINTS

STARTS = """
window.starts = [];
const begin = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (...when) {
  window.starts.push([performance.now(), this.loop]);
  return begin.apply(this, when);
};
"""
ROOT = "document.querySelector('#map-place').shadowRoot"
TEXT = f"{ROOT}.querySelector('.where').textContent"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Tests speak for themselves."""


@pytest.fixture(scope="module")
def server(twin: Path) -> Iterator[str]:
    """The twin's address on a web server that knows nothing of it."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(twin)))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/index.html"
    server.shutdown()
    server.server_close()


def opened(page: Page, address: str) -> list[str]:
    """Open a twin; the errors that it will have."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script(STARTS)
    page.goto(address)
    page.wait_for_function(TEXT)
    return errors


def chosen(page: Page) -> tuple[float, float]:
    """Where the chosen point is, in pixels of the window."""
    page.locator("#map").scroll_into_view_if_needed()
    page.locator(".points .field").scroll_into_view_if_needed()
    box = page.locator(".points .ring.chosen").bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.parametrize("kind", ["file", "server"])
def test_a_twin_is_heard(kind: str, page: Page, twin: Path, server: str) -> None:
    errors = opened(page, server if kind == "server" else (twin / "index.html").as_uri())
    expect(page.locator("#pair-place .play")).to_be_disabled()  # its sounds come when it is near
    page.mouse.move(*chosen(page))
    page.wait_for_timeout(100)
    assert not page.evaluate("starts.length")  # nothing sounds before a press
    page.mouse.click(*chosen(page))
    page.wait_for_function("starts.length === 1")
    field = page.locator(".points .field")
    said = field.get_attribute("aria-valuetext")
    field.press("ArrowRight")
    field.press("ArrowUp")
    page.wait_for_function("starts.length >= 2")
    assert field.get_attribute("aria-valuetext") != said
    for number, place in enumerate(("path-1-place", "pad-place", "pair-place"), start=1):
        player = page.locator(f"#{place}")
        player.scroll_into_view_if_needed()
        player.locator(".play").click()
        page.wait_for_function(f"starts.filter(([, loop]) => loop).length >= {3 * number}")
        expect(page.locator(f"#{place} + .told")).to_be_empty()
        player.locator(".play").click()
    assert not errors


def test_what_is_under_the_pointer_is_heard_and_told(page: Page, server: str) -> None:
    opened(page, server)
    at = chosen(page)
    page.mouse.click(*at)
    page.wait_for_function("starts.length === 1")
    first = page.locator(".points .where").inner_text()
    page.mouse.move(at[0] + 300, at[1] - 300)
    page.mouse.move(*at, steps=2)
    page.wait_for_function("starts.length >= 2")
    page.locator(".points .hover").uncheck()
    page.mouse.move(at[0] + 300, at[1] - 300)
    page.wait_for_timeout(100)
    count = page.evaluate("starts.length")
    page.mouse.move(*at)
    expect(page.locator(".points .where")).to_have_text(first)
    page.wait_for_timeout(100)
    assert page.evaluate("starts.length") == count
    button = page.locator(".points .legend button").filter(has_text=re.sub(r" ·.*", "", first))
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    page.mouse.click(*at)
    expect(page.locator(".points .field")).not_to_have_attribute("aria-valuetext", "")
    assert page.evaluate("starts.length") == count  # it stands back, and is not to be had
    expect(page.locator(".points .field")).to_have_attribute("aria-valuemax", str(POINTS))


def test_a_twin_fits_every_window_and_axe_finds_nothing_serious(page: Page, twin: Path) -> None:
    opened(page, (twin / "index.html").as_uri())
    for place in ("path-1-place", "pad-place", "pair-place"):
        page.locator(f"#{place}").scroll_into_view_if_needed()
        page.wait_for_function(f"document.querySelector('#{place}').shadowRoot.querySelector('.where')")
    for width, scheme in itertools.product((1440, 390), ("light", "dark")):
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert not serious(page), (width, scheme)


def test_another_voice_and_another_reconstruction_are_chosen(page: Page, server: str) -> None:
    opened(page, server)
    page.locator("#path-1-place").scroll_into_view_if_needed()
    page.get_by_label("Crossfade").check()
    expect(page.locator("#path-1-place .count, #path-1-place .told").last).to_have_text("All 3 sounds ready")
    page.locator("#pair-0-shown").wait_for()
    page.locator("fieldset[data-place=pair-place] input").nth(2).check()
    page.locator("#pair-2-shown").wait_for()
    expect(page.locator("#pair-0-shown")).to_be_hidden()


def test_what_is_missing_is_said(page: Page, twin: Path, tmp_path: Path) -> None:
    shutil.copytree(twin, tmp_path / "torn")
    for name in ("points-0", "points-1", "pad-0"):
        (tmp_path / "torn" / "data" / f"{name}.js").unlink()
    opened(page, (tmp_path / "torn" / "index.html").as_uri())
    page.mouse.click(*chosen(page))
    expect(page.locator("#map-place + .told")).to_contain_text("is not there. Please copy the folder anew.")
    page.locator("#pad-place").scroll_into_view_if_needed()
    expect(page.locator("#pad-place + .told")).to_contain_text("data/pad-0.js is not there.")
