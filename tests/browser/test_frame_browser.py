"""Promise: a cold server opens the page that a link asks for, with nothing that later vanishes; Back keeps choices."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import serve
from tests.browser.test_browser import Dashboard, settled
from tests.conftest import ROOT

TITLES = ["Overview", "Report", "Clusters", "Reconstruct", "Interpolate", "Play", "Match", "Models"]
# Every link of the navigation, title and dialog that was there at any time.
WATCH = """
window.seen = {};
const look = () => {
  for (const [kind, which] of Object.entries({
    links: '[data-testid="stSidebarNavLink"]', titles: "h1", dialogs: '[role="dialog"]',
  })) {
    const known = (window.seen[kind] ??= new Set());
    for (const one of document.querySelectorAll(which)) if (one.innerText) known.add(one.innerText.trim());
  }
};
new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true });
"""


@pytest.fixture
def cold() -> Iterator[str]:
    """The address of a server that nobody has visited."""
    server, address = serve(ROOT / "streamlit_app.py")
    yield address
    server.terminate()
    server.wait(timeout=20)


def test_a_link_to_a_page_opens_it_on_a_cold_server(cold: str, browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.add_init_script(WATCH)
        page.goto(f"{cold}/models")
        expect(page.get_by_role("heading", name="Models", level=1)).to_be_visible()
        expect(page.get_by_text("Runs on: the CPU")).to_be_visible()  # the run has ended
        seen = page.evaluate("Object.fromEntries(Object.entries(window.seen).map(([kind, all]) => [kind, [...all]]))")
    assert seen == {"links": TITLES, "titles": ["Models"], "dialogs": []}


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_label(label, exact=True).first.click()
    page.get_by_role("option", name=option, exact=True).click()
    expect(page.get_by_label(label, exact=True).first).to_have_value(option)


def menu(page: Page, title: str) -> None:
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True).click()
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()


def test_the_browsers_back_keeps_choices(dashboard: Dashboard, page: Page) -> None:
    address = dashboard[1]
    page.goto(f"{address}/reconstruct")
    expect(page.get_by_text("Runs on: the CPU")).to_be_visible()
    choose(page, "Effect", "Phaser")
    expect(page).to_have_url(f"{address}/reconstruct?r_effect=Phaser")
    settled(page)  # amid a run, what a part of this page reports may lead back to it
    menu(page, "Models")
    page.go_back()
    expect(page.get_by_role("heading", name="Reconstruct", level=1)).to_be_visible()
    expect(page.get_by_label("Effect", exact=True).first).to_have_value("Phaser")
    expect(page).to_have_url(f"{address}/reconstruct?r_effect=Phaser")
    # An address that says what it wants is obeyed.
    page.goto(f"{address}/reconstruct?r_effect=Reverb")
    expect(page.get_by_label("Effect", exact=True).first).to_have_value("Reverb")
