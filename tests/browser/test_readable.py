"""Promise: what is written is read whole, on a projector and on a phone, by light and in the dark."""

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.test_browser import Dashboard, drawn, open_page, settled

PROJECTOR, PHONE = ViewportSize(width=1024, height=768), ViewportSize(width=390, height=844)

# Chosen words, names of numbers and rows of choices of which a part is hidden.
CUT = """() => [...document.querySelectorAll(`[data-testid=stMain] :is([data-testid=stSelectbox] input,
    [data-testid=stMetricLabel] p, [data-testid=stMetricDelta] > div, [role=radiogroup])`)]
  .filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.value || one.innerText)"""

# Letters of charts outside bars, and words on buttons, that stand out less than 4.5 to 1.
PALE = """() => {
  const light = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  const ratio = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const page = getComputedStyle(document.querySelector(".stApp")).backgroundColor;
  const letters = [...document.querySelectorAll("[data-testid=stPlotlyChart] svg text:not(.bartext-inside)")]
    .filter((one) => one.textContent && !one.closest(".annotation-text-g")?.querySelector(".bg[style*='216, 27']"))
    .map((one) => [one.textContent, getComputedStyle(one).fill, page]);
  const look = (one) => getComputedStyle(one);
  const buttons = [...document.querySelectorAll("button[kind=primary]:enabled")]
    .map((one) => [one.innerText, look(one.querySelector("p")).color, look(one).backgroundColor]);
  return [...letters, ...buttons].filter(([, one, other]) => ratio(one, other) < 4.5).map(([text]) => text);
}"""

# Pairs of words over charts that lie on each other.
OVER = """(which) => {
  const words = [...document.querySelectorAll(which)].map((one) => [one.textContent, one.getBoundingClientRect()]);
  return words.flatMap(([text, a], place) => words.slice(place + 1).filter(([, b]) =>
    a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
    .map(([other]) => [text, other]));
}"""


@pytest.mark.parametrize("path", ["", "reconstruct", "play", "match"])
def test_on_a_projector_no_choice_is_cut_and_letters_are_dark(page: Page, dashboard: Dashboard, path: str) -> None:
    page.set_viewport_size(PROJECTOR)
    open_page(page, dashboard, path)
    drawn(page, path)
    settled(page)
    assert page.evaluate(CUT) == []
    assert page.evaluate(PALE) == []


def test_in_the_dark_words_on_buttons_are_read(page: Page, dashboard: Dashboard) -> None:
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    open_page(page, dashboard, "match")
    drawn(page, "match")
    expect(page.get_by_role("button", name="Refine")).to_be_enabled()
    settled(page)
    assert page.evaluate(PALE) == []


def test_titles_of_the_presenter_s_view_stand_beside_each_other(page: Page, dashboard: Dashboard) -> None:
    page.set_viewport_size(PROJECTOR)
    page.goto(f"{dashboard[1]}/report?present=true&figure=Figure+2:+Overdrive,+rebuilt")
    page.locator(".js-plotly-plot .annotation-text").first.wait_for(timeout=60_000)
    settled(page)
    assert page.evaluate(OVER, ".js-plotly-plot :is(.annotation-text, .ytitle, .y3title, .y5title)") == []
    written = page.locator(".js-plotly-plot :is(.annotation-text, .ytick text)")
    assert min(written.evaluate_all("(all) => all.map((one) => parseFloat(getComputedStyle(one).fontSize))")) > 16


def test_titles_of_the_spaces_to_play_in_stand_beside_each_other_on_a_phone(page: Page, dashboard: Dashboard) -> None:
    page.set_viewport_size(PHONE)
    open_page(page, dashboard, "models")
    drawn(page, "models")
    page.get_by_text("dashed:").first.wait_for()
    settled(page)
    assert page.evaluate(OVER, ".js-plotly-plot .annotation-text") == []
    turned = (
        "[...document.querySelectorAll('.bartext')].filter((one) => /rotate\\(-?9/.test(one.getAttribute('transform')))"
    )
    assert page.evaluate(f"{turned}.length") == 0


def test_on_a_phone_ends_are_in_order(page: Page, dashboard: Dashboard) -> None:
    page.set_viewport_size(PHONE)
    open_page(page, dashboard, "interpolate?kind=Four+corners&side=2")
    drawn(page, "interpolate")
    tops = [page.locator(f".st-key-end_{key}").bounding_box()["y"] for key in "abcd"]  # type: ignore[index]
    assert tops == sorted(tops)


def test_on_a_phone_each_end_has_half_of_the_line_below_the_path(page: Page, dashboard: Dashboard) -> None:
    page.set_viewport_size(PHONE)
    open_page(
        page, dashboard, "interpolate?a_effect2=Reverb&a_effect3=Chorus&a_effect4=Phaser&b_effect=No+effect&steps=2"
    )
    drawn(page, "interpolate")
    a, b = (page.locator(f".morph .{end}").bounding_box()["width"] for end in ("from", "to"))  # type: ignore[index]
    assert a == pytest.approx(b, abs=2)


def test_curves_leave_room_on_a_phone_and_hz_are_whole(page: Page, dashboard: Dashboard) -> None:
    page.set_viewport_size(PHONE)
    query = "a_effect=Delay&a_effect2=Reverb&a_effect3=Chorus&b_effect=Overdrive&b_effect2=Phaser&steps=3"
    open_page(page, dashboard, f"interpolate?{query}&voice=Re-rendered&view=Curves")
    page.locator(".js-plotly-plot .y2tick").first.wait_for(timeout=60_000)
    settled(page)
    assert page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()["height"] > 120  # type: ignore[index]
    assert not [text for text in page.locator(".y2tick").all_text_contents() if "." in text]
