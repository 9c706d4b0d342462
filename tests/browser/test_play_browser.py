"""Promise: on the pad dragging is heard and stays in the browser; releasing moves the knobs, and a knob the point."""

import json
import subprocess

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from core.audio.io import read
from pages.widgets.pad import FINE, SIDE
from tests.browser.test_browser import OUTSIDE, SPY, drawn, settled

Dashboard = tuple[subprocess.Popen, str]
PATIENCE_MS = 60_000


def open_play(page: Page, dashboard: Dashboard, query: str = "") -> None:
    page.goto(f"{dashboard[1]}/play?{query}")
    expect(page.locator("h1")).to_have_text("Play", timeout=PATIENCE_MS)
    expect(page.get_by_text("All sounds ready")).to_be_visible(timeout=PATIENCE_MS)
    drawn(page, "play")


def headline(page: Page) -> Locator:
    """The setting that is heard, in words."""
    return page.get_by_test_id("stMain").locator("[data-testid=stMarkdown] strong").first


def handle(page: Page) -> tuple[float, float]:
    """Where the point stands on the pad, 0 ... 1 to the right and upwards."""
    left, top = page.locator(".pad .handle").evaluate("handle => [handle.style.left, handle.style.top]")
    return float(left.rstrip("%")) / 100, 1 - float(top.rstrip("%")) / 100


def pixel(page: Page, x: float, y: float) -> tuple[float, float]:
    box = page.locator(".pad .field").bounding_box()
    assert box
    return box["x"] + x * box["width"], box["y"] + (1 - y) * box["height"]


def drag(page: Page, x: float, y: float) -> None:
    """Press on the point and move it there in 31 events, without letting go."""
    start = handle(page)
    page.mouse.move(*pixel(page, *start))
    page.mouse.down()
    for share in np.linspace(0, 1, 31):
        page.mouse.move(*pixel(page, start[0] + share * (x - start[0]), start[1] + share * (y - start[1])))
        page.wait_for_timeout(30)


def knobs(page: Page) -> list[str | None]:
    """Name and value of every slider of the effect."""
    sliders = page.get_by_test_id("stMain").get_by_role("slider").all()
    shown = [(one.get_attribute("aria-label") or "", one.get_attribute("aria-valuetext")) for one in sliders]
    return [f"{name} {value}" for name, value in shown if not name.startswith(("Axis", "Point"))]


def test_dragging_is_heard_and_a_release_is_one_rerun(page: Page, dashboard: Dashboard) -> None:
    page.add_init_script(SPY)
    open_play(page, dashboard)
    x, y = handle(page)
    middle = FINE * round(x * SIDE / FINE) / SIDE
    near = x + (0.025 if middle > x else -0.025)  # stays in the neighbourhood that is there
    before, old, words = page.evaluate("window.sent"), knobs(page), headline(page).inner_text()
    drag(page, near, y)
    assert page.evaluate("window.sent") == before, "dragging must not reach the server"
    assert page.evaluate("window.loudest") > 0.01
    page.mouse.up()
    page.wait_for_function(f"window.sent == {before + 1}")
    expect(headline(page)).not_to_have_text(words)
    drawn(page, "play")
    assert page.evaluate("window.sent") == before + 1, "a release is one rerun"
    assert knobs(page) != old
    assert handle(page)[0] == pytest.approx(near, abs=0.005)


def test_a_far_release_brings_a_new_neighbourhood(page: Page, dashboard: Dashboard) -> None:
    page.add_init_script(SPY)
    open_play(page, dashboard)
    before, old = page.evaluate("window.sent"), knobs(page)
    drag(page, 0.25, 0.75)
    assert page.evaluate("window.sent") == before
    assert page.evaluate("window.loudest") > 0.01
    page.mouse.up()
    expect(page.get_by_text("All sounds ready")).to_be_hidden()
    expect(page.get_by_text("All sounds ready")).to_be_visible(timeout=PATIENCE_MS)
    assert knobs(page) != old
    assert handle(page) == pytest.approx((0.25, 0.75), abs=0.005)


def test_a_knob_moves_the_point(page: Page, dashboard: Dashboard) -> None:
    open_play(page, dashboard, "p_effect=Reverb")
    where = page.locator(".pad .where").inner_text()
    page.get_by_role("slider", name="Mix").focus()
    page.keyboard.press("End")
    expect(page.locator(".pad .where")).not_to_have_text(where, timeout=PATIENCE_MS)
    expect(page.get_by_role("slider", name="Mix")).to_have_attribute("aria-valuetext", "0.7")
    expect(page.get_by_text("All sounds ready")).to_be_visible(timeout=PATIENCE_MS)


def test_keys_play_and_move_the_point(page: Page, dashboard: Dashboard) -> None:
    page.add_init_script(SPY)
    open_play(page, dashboard)
    field = page.get_by_role("slider", name="Point on the map")
    field.focus()
    x, y = handle(page)
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.wait_for_function("window.loudest > 0.01")
    words, before = headline(page).inner_text(), page.evaluate("window.sent")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    assert handle(page) == pytest.approx((x + 1 / 64, y - 1 / 640), abs=1e-3)
    told = field.get_attribute("aria-valuetext")
    assert told
    assert told.startswith("Axis 1: ")
    page.wait_for_function(f"window.sent > {before}")
    expect(headline(page)).not_to_have_text(words)  # the server has answered, and the point stays where it was put
    drawn(page, "play")
    assert handle(page) == pytest.approx((x + 1 / 64, y - 1 / 640), abs=1e-3)
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_a_link_reopens_the_same_point(page: Page, dashboard: Dashboard) -> None:
    open_play(page, dashboard, "p_dimensions=3-D&p_w3_1=1.5&p_w3_3=-1&p_x=3&p_y=1")
    assert page.locator(".pad .where").inner_text().startswith("Axis 3: -1.00, axis 1: 1.50")
    there = handle(page)
    open_play(page, dashboard)
    assert handle(page) != pytest.approx(there, abs=0.01)


def test_downloads(page: Page, dashboard: Dashboard) -> None:
    open_play(page, dashboard)
    files = {}
    wanted = {"Traverse": "All steps (ZIP of WAV)", "Download": "Setting (JSON)"}
    for tab, name in wanted.items():
        page.get_by_role("tab", name=tab).click()
        with page.expect_download() as waiting:
            page.get_by_role("button", name=name).click()
        files[tab] = waiting.value.path().read_bytes()
    assert files["Traverse"].startswith(b"PK")
    assert json.loads(files["Download"])["format"] == "latentfx-setting/1"
    with page.expect_download() as waiting:
        page.get_by_role("button", name="WAV", exact=True).first.click()
    assert len(read(waiting.value.path())) > 24000


def test_without_web_audio_the_pad_says_so_and_still_moves(page: Page, dashboard: Dashboard) -> None:
    page.add_init_script("delete window.AudioContext;")
    page.goto(f"{dashboard[1]}/play")
    expect(page.get_by_text("This browser cannot mix sounds")).to_be_visible(timeout=PATIENCE_MS)
    settled(page)
    words = headline(page).inner_text()
    page.mouse.click(*pixel(page, 0.25, 0.75))
    expect(headline(page)).not_to_have_text(words)


@pytest.mark.parametrize("query", ["", "p_dimensions=8-D&p_effect=Overdrive&p_colour=Brightness+%28Hz%29"])
def test_every_tab_fits_its_window(page: Page, dashboard: Dashboard, query: str) -> None:
    page.add_init_script(OUTSIDE)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    open_play(page, dashboard, query)
    for tab in ("Traverse", "Presets", "Download", "What the axes mean"):
        page.get_by_role("tab", name=tab).click()
        drawn(page, "play")
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 844})
            page.wait_for_function("!window.outside().length")
    assert not errors


def test_a_link_plays_the_knobs_that_were_heard(page: Page, dashboard: Dashboard) -> None:
    open_play(page, dashboard, "p_effect=Reverb")
    words = headline(page).inner_text()
    page.get_by_role("slider", name="Mix").focus()
    page.keyboard.press("End")
    expect(headline(page)).not_to_have_text(words)
    page.wait_for_function("location.search.includes('p_heard')")
    heard, link = headline(page).inner_text(), page.url
    page.context.clear_cookies()
    page.goto(link)  # another session
    drawn(page, "play")
    expect(headline(page)).to_have_text(heard)
