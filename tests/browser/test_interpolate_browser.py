"""Promise: Interpolate opens as an instrument that fits its window, and what a visitor made on it stays."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_browser import Dashboard, open_page

SIZES = [(1440, 844), (390, 844)]
SPY = "http://spy.example/p.png"
HOSTILE = f"x ![a]({SPY}) [**Sign in**]({SPY})"


@pytest.fixture(params=SIZES, ids=["wide", "narrow"])
def window(request: pytest.FixtureRequest, page: Page) -> Page:
    width, height = request.param
    page.set_viewport_size({"width": width, "height": height})
    return page


def ready(page: Page, dashboard: Dashboard, query: str = "") -> None:
    open_page(page, dashboard, f"interpolate?{query}")
    expect(page.locator(".morph .status")).to_have_text(re.compile("All .* sounds ready"))


def beyond(page: Page) -> int:
    """Pixels by which the content is wider than its window; the page scrolls in stMain."""
    return page.get_by_test_id("stMain").evaluate("main => main.scrollWidth - main.clientWidth")


def test_the_player_is_above_the_fold_and_everything_else_is_folded_away(window: Page, dashboard: Dashboard) -> None:
    ready(window, dashboard)
    for part in (".st-key-a_clip", ".st-key-b_effect", ".morph .play", ".morph .track"):
        box = window.locator(part).bounding_box()
        assert box
        assert box["y"] + box["height"] <= 844, part
    assert window.locator(".morph .play").bounding_box()["height"] >= 44
    assert beyond(window) <= 0
    expect(window.get_by_role("slider", name="Steps")).to_be_hidden()
    window.locator(".st-key-path_settings summary").click()
    expect(window.get_by_role("slider", name="Steps")).to_be_visible()
    assert beyond(window) <= 0
    wide = window.viewport_size["width"]
    for name in ("Four corners", "Decoded dry", "Listening test"):
        box = window.get_by_role("radio", name=name).bounding_box()
        assert box
        assert 0 <= box["x"] <= box["x"] + box["width"] <= wide, name


def test_the_strip_is_one_picture_a_row_and_scrolls_in_its_box(window: Page, dashboard: Dashboard) -> None:
    ready(window, dashboard)
    strip = window.locator(".st-key-film_strip")
    expect(strip.locator("img")).to_have_count(2)
    assert strip.locator("img").evaluate_all("all => all.every((one) => one.complete && one.naturalWidth > 1000)")
    heads = strip.locator(".film-heads span")
    assert heads.all_inner_texts()[:3] == ["X A", "X̂1", "X̂2"]
    assert heads.all_inner_texts()[-1] == "X B"
    assert min(box["width"] for box in [head.bounding_box() for head in heads.all()] if box) >= 60
    window.locator(".morph .play").click()
    expect(strip.locator("[data-step='0'] .morph-playhead")).to_have_count(2)


def test_a_stranger_s_words_are_no_link_and_no_picture(page: Page, dashboard: Dashboard) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    ready(page, dashboard, "steps=3")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Path (JSON)").click()
    content = json.loads(waiting.value.path().read_bytes())
    content["checkpoint"]["name"] = content["ends"][0]["clip"] = HOSTILE
    page.locator(".st-key-path_settings summary").click()
    page.get_by_role("button", name="Open a path").click()
    chooser = page.locator("[class*=st-key-path_file_] input[type=file]")
    chooser.set_input_files(
        {"name": "path.json", "mimeType": "application/json", "buffer": json.dumps(content).encode()}
    )
    expect(page.get_by_text("Sign in").first).to_be_visible()
    open_page(page, dashboard, f"interpolate?kind=Through+waypoints&via={HOSTILE}".replace(" ", "+"))
    expect(page.get_by_text("Sign in").first).to_be_visible()
    assert page.get_by_test_id("stMain").locator("img[src*=spy], a[href*=spy]").count() == 0
    assert not [url for url in asked if url.startswith(SPY)]


def test_a_drawn_curve_is_there_after_another_view_and_another_page(page: Page, dashboard: Dashboard) -> None:
    ready(page, dashboard, "view=Over+time&voice=Parameter+line&steps=3")
    page.get_by_role("button", name="There and back").click()
    shape = page.locator(".curve .screen path").last
    page.wait_for_timeout(1500)
    drawn = shape.get_attribute("d")
    page.get_by_role("radio", name="Film strip").click()
    expect(page.locator(".st-key-film_strip img").first).to_be_visible()
    links = page.get_by_test_id("stSidebarNav")
    links.get_by_role("link", name="Clusters").click()
    expect(page.locator("h1")).to_have_text("Clusters")
    links.get_by_role("link", name="Interpolate").click()
    page.get_by_role("radio", name="Over time").click()
    expect(shape).to_have_attribute("d", drawn or "none")


def test_links_of_before_lead_to_what_they_led_to(page: Page, dashboard: Dashboard) -> None:
    ready(page, dashboard, "view=Path+lab&steps=3")
    expect(page.get_by_role("button", name="Measure all")).to_be_visible()
