"""Promise: in a real Chromium, wide and narrow, each link of the report opens what it says, and keys lead through."""

import re
from contextlib import suppress

import pytest
from playwright.sync_api import Page, expect

from pages.report.words import FIGURES
from tests.browser.test_browser import Dashboard, drawn, open_page

OPENED = {
    "clusters": ("Clusters", {}),
    "overdrive": ("Reconstruct", {"main": "Overdrive · drive 24 dB"}),
    "delay": ("Reconstruct", {"main": "Delay · time 0.173 s"}),
    "same-audio": ("Interpolate", {".morph .from": "Delay", ".morph .to": "Overdrive"}),
    "different-audio": ("Interpolate", {".morph .from": "English, woman", ".morph .to": "English, man (2)"}),
    "umap": ("Clusters", {}),
    "bottleneck": ("Play", {}),
}
"""For each link the page's heading, and what is said where on it."""


def press(page: Page, key: str, button: str) -> None:
    """Press a key once the button that it stands for is there and the page is at rest."""
    expect(page.get_by_role("button", name=button)).to_be_enabled()
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    page.keyboard.press(key)


@pytest.mark.parametrize("width", [1440, 390])
def test_each_link_of_the_report_opens_what_it_says(page: Page, dashboard: Dashboard, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_page(page, dashboard, "report")
    links = page.get_by_test_id("stMain").locator("a[href*='open=']")
    expect(links).to_have_count(len(OPENED), timeout=120_000)  # a cold server encodes for each figure
    hrefs = [links.nth(number).get_attribute("href") or "" for number in range(len(OPENED))]
    for href in hrefs:
        name = re.search(r"open=([\w-]+)", href)[1]  # type: ignore[index]
        heading, said = OPENED[name]
        page.goto(f"{dashboard[1]}/{href.removeprefix('/')}")
        expect(page.locator("h1")).to_have_text(heading)
        for place, words in said.items():
            where = page.get_by_test_id("stMain") if place == "main" else page.locator(place)
            expect(where).to_contain_text(words)
        expect(page.get_by_test_id("stException")).to_have_count(0)


def test_a_link_from_the_report_forgets_the_last_view(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard, "interpolate?b_effect=Phaser&kind=Spherical&steps=3")
    drawn(page, "interpolate")
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Report", exact=True).click()
    page.locator("a[href*='open=same-audio']").click()
    expect(page.locator(".morph .to")).to_contain_text("Overdrive")
    expect(page).to_have_url(re.compile(r"/interpolate\?(?!.*(Phaser|Spherical))open=same-audio"))


def test_keys_turn_the_presenters_pages(page: Page, dashboard: Dashboard) -> None:
    page.goto(f"{dashboard[1]}/report?present=true")
    expect(page.locator("h1")).to_have_text(FIGURES["1"].title)
    expect(page.get_by_test_id("stSidebar")).not_to_be_visible()
    for key, button, figure in (("ArrowRight", "Next", "2"), ("ArrowRight", "Next", "3"), ("ArrowLeft", "Back", "2")):
        press(page, key, button)
        expect(page.locator("h1")).to_have_text(FIGURES[figure].title)
    press(page, "Escape", "Leave")
    expect(page.locator("h1")).to_have_text("Report")
    expect(page.get_by_test_id("stSidebar")).to_be_visible()


def test_the_tour_is_walked_by_keys_and_left(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard, "")
    page.get_by_text("Take the tour").click()
    headings = ("LatentFX", "Clusters", "Reconstruct", "Interpolate", "Interpolate", "Play", "Match", "Report")
    for number, heading in enumerate(headings, start=1):
        expect(page.get_by_text(f"{number} of 8")).to_be_visible()
        expect(page.locator("h1")).to_have_text(heading)
        if number < len(headings):
            press(page, "n", "Next")
            for _ in range(4):  # a key pressed amid a run, as the pad reports what it holds, is lost
                with suppress(AssertionError):
                    expect(page.get_by_text(f"{number} of 8")).to_have_count(0, timeout=3000)
                if page.get_by_text(f"{number} of 8").count():
                    press(page, "n", "Next")
    press(page, "b", "Back")
    expect(page.get_by_text("7 of 8")).to_be_visible()
    press(page, "Escape", "Leave the tour")
    expect(page.get_by_text("7 of 8")).to_have_count(0)
    expect(page.locator("h1")).to_have_text("Match")


def test_the_browsers_back_and_an_esc_that_closes_a_list_stay_in_the_tour(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard, "clusters?tour=2")
    press(page, "n", "Next")
    expect(page.get_by_text("3 of 8")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("2 of 8")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/clusters\?.*tour=2"))
    page.go_forward()
    expect(page.get_by_text("3 of 8")).to_be_visible()
    effect = page.get_by_test_id("stMain").get_by_role("combobox", name="Effect")
    expect(effect).to_have_value("Overdrive")
    effect.click()
    expect(effect).to_have_attribute("aria-expanded", "true")
    effect.press("Escape")
    expect(effect).to_have_attribute("aria-expanded", "false")
    page.wait_for_timeout(1000)
    expect(page.get_by_text("3 of 8")).to_be_visible()


def test_a_figure_is_taken_in_each_kind(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard, "clusters")
    page.get_by_test_id("stColumn").first.get_by_role("button", name="Download figure").click()
    starts = {"SVG": b"<?xml", "PDF": b"%PDF", "PNG": b"\x89PNG", "CSV": b"point,effect,clip"}
    for kind, start in starts.items():
        with page.expect_download() as waiting:
            page.get_by_role("button", name=kind, exact=True).click()
        assert waiting.value.path().read_bytes().startswith(start)
        assert waiting.value.suggested_filename == f"factor-map-umap-2-d-by-effect.{kind.lower()}"
