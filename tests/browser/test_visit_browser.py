"""Promise: in a real browser a visit outlives reloads at any moment, stays with its tab, and keys undo; who goes on
while a page is still answering gets the next page whole."""

import random
import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, WebSocketRoute, expect

from core.audio.clips import load_clip
from core.audio.io import encode
from pages.shared.visit.file import from_bytes
from tests.browser.conftest import serve
from tests.browser.test_browser import drawn, open_page
from tests.conftest import ROOT

Dashboard = tuple[subprocess.Popen, str]
RELOADS = 5
SLOW_S = 1
NAME = "mine.wav"


@pytest.fixture
def take(tmp_path: Path) -> Path:
    file = tmp_path / NAME
    file.write_bytes(encode(load_clip("bell")))
    return file


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_test_id("stMain").get_by_role("combobox", name=label).first.click()
    page.get_by_role("option", name=option).first.click()


def bring(page: Page, dashboard: Dashboard, take: Path) -> None:
    """A recording is brought on Reconstruct, and is its clip."""
    open_page(page, dashboard, "reconstruct")
    drawn(page, "reconstruct")
    choose(page, "Clip", "Upload a file")
    page.locator("[data-testid=stMain] input[type=file]").set_input_files(take)
    expect(page.get_by_text(f"{NAME}, ").first).to_be_visible()
    choose(page, "Clip", f"{NAME} (yours)")
    expect(clip(page)).to_have_value(f"{NAME} (yours)")
    drawn(page, "reconstruct")


def clip(page: Page) -> Locator:
    return page.get_by_test_id("stMain").get_by_role("combobox", name="Clip")


def knob(page: Page) -> Locator:
    return page.get_by_test_id("stMain").get_by_role("slider", name="Mix")


def test_reloads_at_random_moments_lose_nothing(page: Page, dashboard: Dashboard, take: Path) -> None:
    bring(page, dashboard, take)
    chance = random.Random(1)
    for _ in range(RELOADS):
        before = knob(page).get_attribute("aria-valuetext") or ""
        knob(page).focus()
        page.keyboard.press("ArrowRight")
        expect(knob(page)).not_to_have_attribute("aria-valuetext", before)
        wanted = knob(page).get_attribute("aria-valuetext") or ""
        page.wait_for_timeout(chance.choice((0, 30, 100, 300, 1000)))
        page.reload()
        expect(knob(page)).to_have_attribute("aria-valuetext", wanted)
        expect(clip(page)).to_have_value(f"{NAME} (yours)")
        drawn(page, "reconstruct")
        expect(page.get_by_text("could not be brought back")).to_have_count(0)


def test_a_link_takes_no_visit_along(page: Page, dashboard: Dashboard, take: Path, browser: Browser) -> None:
    bring(page, dashboard, take)
    key = page.evaluate("sessionStorage.getItem('latentfx-visit')")
    assert len(key) == 43
    assert key not in page.url
    other = browser.new_context().new_page()
    try:
        other.goto(page.url)
        expect(other.locator("h1")).to_have_text("Reconstruct")
        drawn(other, "reconstruct")
        expect(other.get_by_text(NAME)).to_have_count(0)
        assert other.evaluate("sessionStorage.getItem('latentfx-visit')") not in (None, key)
        assert key not in str(other.context.cookies()) + other.content()
    finally:
        other.context.close()


def test_keys_undo_and_redo_outside_of_text_fields(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard, "interpolate")
    drawn(page, "interpolate")
    page.get_by_text("Path settings").click()
    pill = page.get_by_role("radio", name="Spherical")
    pill.click()
    expect(page).to_have_url(re.compile("kind="))
    page.keyboard.press("Control+z")
    expect(page).not_to_have_url(re.compile("kind="))
    page.keyboard.press("Control+Shift+Z")
    expect(page).to_have_url(re.compile("kind="))
    page.get_by_test_id("stMain").get_by_role("spinbutton", name="Step").first.focus()
    page.keyboard.press("Control+z")
    page.wait_for_timeout(500)
    expect(page).to_have_url(re.compile("kind="))


def test_the_session_is_downloaded_and_opens_in_another_browser(
    page: Page, dashboard: Dashboard, take: Path, tmp_path: Path, browser: Browser
) -> None:
    bring(page, dashboard, take)
    page.get_by_role("button", name="Session").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download the session").click()
    data = waiting.value.path().read_bytes()
    assert [one.name for one in from_bytes(data).visit.recordings] == [NAME]
    file = tmp_path / "session.latentfx.zip"
    file.write_bytes(data)
    other = browser.new_context(accept_downloads=True).new_page()
    try:
        open_page(other, dashboard, "reconstruct")
        drawn(other, "reconstruct")
        other.get_by_role("button", name="Session").click()
        other.locator("input[type=file]").last.set_input_files(file)
        expect(clip(other)).to_have_value(f"{NAME} (yours)")
        drawn(other, "reconstruct")
        with other.expect_download() as again:
            other.get_by_role("button", name="Download the session").click()
        assert again.value.path().read_bytes() == data
    finally:
        other.context.close()


def test_a_page_is_whole_that_was_left_for_while_a_part_of_the_last_one_answered(
    dashboard: Dashboard, browser: Browser
) -> None:
    page = browser.new_context().new_page()
    held: list[tuple[WebSocketRoute, str | bytes]] | None = None

    def routed(line: WebSocketRoute) -> None:
        """Hands on what the server says, or keeps it as a slow line would."""
        server = line.connect_to_server()
        server.on_message(lambda message: line.send(message) if held is None else held.append((line, message)))

    try:
        page.route_web_socket(re.compile("_stcore/stream"), routed)
        open_page(page, dashboard, "")
        drawn(page, "")
        held = []
        page.get_by_test_id("stSidebarNav").get_by_role("link", name="Models", exact=True).click()
        page.get_by_test_id("stMain").get_by_role("combobox", name="Effect").click()  # a part that runs alone
        page.get_by_role("option").nth(3).click()
        page.wait_for_timeout(2000)
        late, held = held, None
        assert len(late) > 10
        for line, message in late:
            line.send(message)
        expect(page.locator("h1")).to_have_text("Models")
        drawn(page, "models")
    finally:
        page.context.close()


def test_a_page_stays_in_its_place_that_runs_right_after_a_part_of_it(
    browser: Browser,
) -> None:
    slow = f"import gc, time; gc.collect = lambda *_: time.sleep({SLOW_S})"  # at the end of each run
    server, address = serve(ROOT / "streamlit_app.py", first=slow)
    page = browser.new_context().new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        open_page(page, (server, address), "interpolate?steps=3")
        drawn(page, "interpolate")
        page.wait_for_timeout(2000 * SLOW_S)  # nothing runs
        page.get_by_test_id("stMain").get_by_role("spinbutton", name="Step").first.press("ArrowUp")
        expect(page.get_by_text("Step 2 of 3, exactly")).to_be_visible()  # a part has run
        page.get_by_role("radio", name="Curves").click()
        expect(page.locator(".js-plotly-plot").first).to_be_visible()
        drawn(page, "interpolate")
        expect(page.locator("h1")).to_have_count(1)
        assert not errors
    finally:
        page.context.close()
        server.kill()
        server.wait(timeout=20)
