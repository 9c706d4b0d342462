"""Promise: the pad answers the hand without dropouts, and keeps the point that a hand has moved."""

from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from pages.widgets import pad
from tests.browser.stage import Stage
from tests.browser.tape import BLOCK, TAP, assert_no_dropout, forget, record, sines, tape

RATE, SAMPLES = 24_000, 24_000
AMPLITUDE = 0.3
JUMP = AMPLITUDE * 2 * np.pi * 600 / RATE + 0.02  # between two samples: the highest sine's, and 2 % of full scale
DRAG_S = 5
EXACT_HZ = 150


def hz(number: int) -> int:
    """Each node has a frequency of its own, of whole periods in a loop, those of neighbours near each other."""
    row, column = divmod(number, pad.SIDE + 1)
    return 200 + 16 * column + row


def sine(frequency: int) -> np.ndarray:
    return AMPLITUDE * np.sin(2 * np.pi * frequency * np.arange(SAMPLES) / RATE).astype(np.float32)


def packed(point: tuple[float, float] = (0.5, 0.5), **other: Any) -> bytes:
    """What the pad is sent: by default all that it needs at a point, and a cloud of four."""
    need = pad.needed(*point)
    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
    cloud = pad.Cloud(
        version="c", places=corners, colour=np.arange(4), effect=np.arange(4), palette=["#a00", "#0a0", "#00a", "#aa0"],
        effects=["Delay", "Reverb", "Chorus", "Clip"], names=["Delay", "Reverb", "Chorus", "Clip"],
    )  # fmt: skip
    axis = {"low": -1.0, "high": 1.0, "up": "more", "down": "less"}
    fixed: dict[str, Any] = {
        "cloud": cloud, "cloud_version": "c", "point": point, "others": [0.5, 0.5],
        "axes": (pad.Axis(1, **axis), pad.Axis(2, **axis)), "only": "", "version": "v", "need": need,
        "sounds": {number: sine(hz(number)) for number in need}, "exact_version": "e", "exact": sine(EXACT_HZ),
        "samples": SAMPLES, "rate": RATE, "seen": 0,
    }  # fmt: skip
    sent: list[dict[str, Any]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pad, "_mount", lambda **given: sent.append(given))
        pad.pad("pad", **(fixed | other), on_release=lambda: None, on_missing=lambda: None)
    return sent[0]["data"]


def pixel(page: Page, x: float, y: float) -> tuple[float, float]:
    box = page.locator(".field").bounding_box()
    assert box
    return box["x"] + x * box["width"], box["y"] + (1 - y) * box["height"]


def heard(page: Page) -> list[int]:
    record(page, 1.2, RATE)
    return list(sines(tape(page), RATE, 0.02 * AMPLITUDE))


def ready(page: Page) -> None:
    expect(page.locator(".status")).to_have_text("All sounds ready")


def test_dragging_never_drops_out(stage: Stage) -> None:
    page = stage.show("pad", packed(), TAP)
    ready(page)
    page.mouse.move(*pixel(page, 0.5, 0.5))
    page.mouse.down()
    record(page, 0.5, RATE)
    forget(page)
    random, move = np.random.default_rng(0), 0
    place = np.array([0.5, 0.5])
    while page.evaluate("window.taped.length") * BLOCK < DRAG_S * RATE:
        place = random.uniform(0, 1, 2) if move % 40 == 0 else np.clip(place + random.normal(0, 0.02, 2), 0, 1)
        page.mouse.move(*pixel(page, *place))
        move += 1
    wave = tape(page)
    page.mouse.up()
    assert move > 10 * DRAG_S
    # Sines of several nodes may cancel each other for a while where the hand stands still: a lost block is a jump, too.
    assert np.abs(np.diff(wave)).max() < JUMP
    silent = np.flatnonzero(wave)
    assert np.diff(silent).max() <= BLOCK


def test_the_point_is_heard_where_it_stands_and_the_nodes_elsewhere(stage: Stage) -> None:
    page = stage.show("pad", packed(), TAP)
    ready(page)
    page.get_by_role("button", name="Play").click()
    assert heard(page) == [EXACT_HZ]
    page.mouse.move(*pixel(page, 0.25, 0.75))
    page.mouse.down()
    assert heard(page) == [hz(pad.node(4, 12))]
    page.mouse.up()
    assert heard(page) == [hz(pad.node(4, 12))], "the hand let go, Play goes on"


def test_a_new_exact_sound_takes_over_without_a_gap(stage: Stage) -> None:
    page = stage.show("pad", packed(), TAP)
    ready(page)
    page.get_by_role("button", name="Play").click()
    record(page, 0.3, RATE)
    stage.give(packed(exact_version="f", exact=sine(EXACT_HZ + 30), sounds={}, cloud=None))
    taped = page.evaluate("window.taped.length")
    page.wait_for_function(f"window.taped.length > {taped} + 60")
    assert_no_dropout(tape(page), JUMP)
    assert heard(page) == [EXACT_HZ + 30]


def test_new_sounds_of_the_nodes_leave_the_old_ones_no_loop(stage: Stage) -> None:
    page = stage.show("pad", packed(), TAP)
    ready(page)
    page.get_by_role("button", name="Play").click()
    record(page, 0.3, RATE)
    loops = page.evaluate("window.loops.size")
    for number in range(8):
        stage.give(packed(version=f"v{number}", exact_version=f"e{number}", cloud=None))
    page.wait_for_function(f"window.loops.size === {loops}")
    page.get_by_role("button", name="Pause").click()
    for number in range(8):
        stage.give(packed(version=f"w{number}", exact_version=f"d{number}", cloud=None))
    page.wait_for_function("window.loops.size === 0")


def test_a_release_is_told_and_an_older_answer_does_not_move_the_point(stage: Stage) -> None:
    page = stage.show("pad", packed())
    ready(page)
    for x, y in ((0.25, 0.75), (0.75, 0.25)):
        page.mouse.click(*pixel(page, x, y))
    first, second = stage.reports("point")
    assert first == {"at": [pytest.approx(0.25, abs=0.01), pytest.approx(0.75, abs=0.01)], "count": 1}
    handle = page.locator(".handle")
    where = handle.get_attribute("style")
    stage.give(packed(point=(0.25, 0.75), seen=1, cloud=None))
    assert handle.get_attribute("style") == where
    stage.give(packed(point=(0.1, 0.1), seen=second["count"], cloud=None))
    assert handle.evaluate("handle => handle.style.left") == "10%"


def test_keys_move_the_point_and_tell_it_when_they_rest(stage: Stage) -> None:
    page = stage.show("pad", packed())
    field = page.get_by_role("slider", name="Point on the map")
    field.press("ArrowRight")
    field.press("Shift+ArrowDown")
    field.press("Space")
    expect(field).to_have_attribute(
        "aria-valuetext", "Axis 1: 0.03, axis 2: 0.00 · near Chorus".replace("-0.00", "0.00")
    )
    page.wait_for_function("window.reports.some(([name]) => name === 'point')")
    assert stage.reports("point") == [{"at": [round(0.5 + 1 / 64, 4), round(0.5 - 1 / 640, 4)], "count": 1}]


def test_what_is_missing_is_asked_for(stage: Stage) -> None:
    page = stage.show("pad", packed(sounds={}))
    expect(page.locator(".count")).to_have_text(f"Sounds: 0 of {len(pad.needed(0.5, 0.5))}")
    [held] = stage.reports("held")
    assert (held["nodes"], held["exact"], held["cloud"]) == ([], "e", "c")


def test_without_web_audio_the_pad_says_so_and_still_moves(stage: Stage) -> None:
    page = stage.show("pad", packed(), "delete window.AudioContext;")
    expect(page.get_by_text("This browser cannot mix sounds")).to_be_visible()
    page.mouse.click(*pixel(page, 0.25, 0.75))
    assert stage.reports("point")[0]["count"] == 1


def test_names_of_effects_that_lie_on_each_other_are_written_below_each_other(stage: Stage) -> None:
    names = ["Delay", "Reverb", "Chorus", "Compressor"]
    places = np.array([[0.5, 0.5], [0.5, 0.5], [0.52, 0.49], [0.1, 0.5]])
    cloud = pad.Cloud("c", places, np.arange(4), np.arange(4), ["#a00"] * 4, names, names)
    page = stage.show("pad", packed(cloud=cloud))
    expect(page.locator(".names span")).to_have_text(names)
    boxes = page.locator(".names span").evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().top)")
    assert np.diff(sorted(boxes[:3])).min() > 10
    assert page.locator(".names span").nth(3).evaluate("(one) => one.style.marginTop") == "0px"
