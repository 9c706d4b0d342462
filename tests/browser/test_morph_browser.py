"""Promise: on a Streamlit page the morph player and the curve reach the server once a release, and no sound twice."""

import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import serve
from tests.browser.sine_path import COUNT, SIDE, VOICES
from tests.browser.tape import TAP
from tests.conftest import ROOT

expect.set_options(timeout=60_000)
READY = f"All {COUNT} sounds ready"


@pytest.fixture(scope="module")
def app() -> Iterator[str]:
    server, address = serve(ROOT / "tests" / "browser" / "morph_app.py")
    yield address
    server.terminate()
    server.wait(timeout=20)


def open_app(page: Page, app: str, kind: str = "line") -> None:
    page.add_init_script(TAP)
    page.set_viewport_size({"width": 1440, "height": 1600})
    page.goto(f"{app}/?kind={kind}")
    expect(page.locator(".morph .status")).to_have_text(f"All {SIDE**2 if kind == 'square' else COUNT} sounds ready")
    page.locator("[data-step]").first.wait_for()
    # The last arrival is reported, and that makes a rerun of its own: nothing has been sent or run for half a second.
    page.wait_for_function("""() => {
      const now = `${document.querySelector("[data-test-script-state]").dataset.testScriptState} ${window.sent}`;
      if (now !== window.before) [window.before, window.since] = [now, performance.now()];
      return now.startsWith("notRunning") && performance.now() - window.since > 500;
    }""")


def pixel(page: Page, part: str, x: float, y: float = 0.5) -> tuple[float, float]:
    """A place on a part of the page, 0 ... 1 from its left and its top."""
    page.locator(part).scroll_into_view_if_needed()
    box = page.locator(part).bounding_box()
    assert box
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def told(page: Page, what: str) -> str:
    return page.get_by_text(re.compile(f"^{what} \\d")).inner_text()


def sent_sounds(page: Page) -> list[str]:
    return told(page, "runs").split("sent ")[1].split(";")[0].split()


def runs(page: Page, what: str = "runs") -> int:
    return int(told(page, what).split(";")[0].removeprefix(f"{what} "))


def test_a_drag_stays_in_the_browser_and_a_release_is_one_rerun(page: Page, app: str) -> None:
    open_app(page, app)
    assert sorted(sent_sounds(page)) == sorted(f"first:decoded/{step}" for step in range(COUNT))
    assert sent_sounds(page)[:2] == ["first:decoded/0", "first:decoded/10"], "the ends come first"
    page.mouse.move(*pixel(page, ".morph .track", 0))
    before, reruns = page.evaluate("window.sent"), runs(page)
    page.mouse.down()
    for share in np.linspace(0, 0.52, 30):
        page.mouse.move(*pixel(page, ".morph .track", share))
    assert page.evaluate("window.sent") == before
    page.mouse.up()
    expect(page.get_by_text(re.compile(r"released \[0\.5\d+\]"))).to_be_visible()
    page.locator(".morph .track").focus()
    page.keyboard.press("End")  # what else may come of the first release has come before the answer to a second
    expect(page.get_by_text(re.compile(r"released \[0\.5\d+, 1\]"))).to_be_visible()
    assert page.evaluate("window.sent") == before + 2
    assert runs(page) == reruns + 2
    assert len(sent_sounds(page)) == COUNT, "the sounds were sent again"


def test_a_release_while_sounds_arrive_sends_none_twice(page: Page, app: str) -> None:
    page.add_init_script(TAP)
    page.goto(app)
    page.locator(".morph .node.ready").first.wait_for(state="attached")
    for share in (0.2, 0.4, 0.6, 0.8):
        page.mouse.move(*pixel(page, ".morph .track", share))
        page.mouse.down()
        page.mouse.up()
    expect(page.locator(".morph .status")).to_have_text(READY)
    expect(page.get_by_text(re.compile(r"released \[.*0\.8\]"))).to_be_visible()
    assert sorted(sent_sounds(page)) == sorted(f"first:decoded/{step}" for step in range(COUNT))


def test_voices_and_paths_come_and_go_and_no_sound_is_sent_twice(page: Page, app: str) -> None:
    open_app(page, app)
    page.get_by_text("re-rendered", exact=True).click()
    expect(page.get_by_text(f"first:re-rendered/{COUNT - 2}")).to_be_visible()
    expect(page.locator(".morph .status")).to_have_text(READY)
    before, reruns = sent_sounds(page), runs(page)
    page.get_by_text("decoded", exact=True).click()
    expect(page.get_by_text(re.compile(f"^runs {reruns};"))).to_have_count(0)
    expect(page.locator(".morph .status")).to_have_text(READY)
    assert sent_sounds(page) == before, "switching back sends nothing"
    page.get_by_text("late", exact=True).click()
    expect(page.locator(".morph .status")).to_contain_text(f"0 of {COUNT} sounds ready; till then")
    page.get_by_role("button", name="Let the late voice come").click()
    expect(page.get_by_text(f"first:late/{COUNT - 2}")).to_be_visible()
    expect(page.locator(".morph .status")).to_have_text(READY)
    page.get_by_text("second", exact=True).click()
    expect(page.get_by_text(f"second:late/{COUNT - 2}")).to_be_visible()
    expect(page.locator(".morph .status")).to_have_text(READY)
    once = [f"first:{voice}/{step}" for voice in VOICES for step in range(COUNT)]
    assert sorted(sent_sounds(page)) == sorted([*once, *(f"second:late/{step}" for step in range(COUNT))])


def test_the_corners_of_a_square_come_first(page: Page, app: str) -> None:
    open_app(page, app, "square")
    assert sent_sounds(page)[:4] == [f"first:decoded/{step}" for step in (0, 2, 6, 8)]


def test_the_playhead_moves_over_the_panels_that_are_heard(page: Page, app: str) -> None:
    open_app(page, app)
    page.locator(".morph .track").focus()
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowRight", "Space"):
        page.keyboard.press(key)
    lines = page.locator(".st-key-strip .morph-playhead")
    lines.first.wait_for(state="attached")
    marks = lines.evaluate_all("""lines => lines.map((line) => {
        const [own, panel] = [line, line.parentElement].map((one) => one.getBoundingClientRect());
        const inside = own.left > panel.left - 3 && own.right < panel.right + 3 && own.height === panel.height;
        return [Number(line.parentElement.dataset.step), Number(line.style.opacity), inside]; })""")
    once = [[2, pytest.approx(0.9), True], [3, pytest.approx(0.1), True]]
    assert marks == once + once, "in both rows"
    moved = lines.first.get_attribute("style")
    page.wait_for_function("before => document.querySelector('.morph-playhead').style.cssText !== before", arg=moved)
    assert lines.first.evaluate("line => getComputedStyle(line).pointerEvents") == "none"
    expect(page.get_by_text(re.compile(r"released \[.+\]"))).to_be_visible()  # the keys have rested
    reruns = runs(page)
    page.get_by_text("Quiet", exact=True).click()
    expect(page.get_by_text(re.compile(f"^runs {reruns + 1};"))).to_be_visible()
    expect(lines).to_have_count(4)
    page.get_by_role("button", name="Pause").click()
    expect(lines).to_have_count(0)


def test_a_curve_is_drawn_and_told_once(page: Page, app: str) -> None:
    open_app(page, app)
    page.mouse.move(*pixel(page, ".curve .screen", 0.25, 0.1))
    before, reruns = page.evaluate("window.sent"), runs(page, "curves")
    page.mouse.down()
    for share in np.linspace(0, 1, 25):
        page.mouse.move(*pixel(page, ".curve .screen", 0.25 + 0.25 * share, 0.1 + 0.8 * share))
    assert page.evaluate("window.sent") == before
    page.mouse.up()
    expect(page.get_by_text(re.compile(f"^curves {reruns + 1};"))).to_be_visible()
    page.get_by_text("Another curve").click()
    expect(page.get_by_text(re.compile(f"^curves {reruns + 2};"))).to_be_visible()
    assert page.evaluate("window.sent") == before + 2
