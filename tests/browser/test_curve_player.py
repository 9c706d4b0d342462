"""Promise: a curve is drawn with the hand, the keys or a preset, stays within bounds, and is told once."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import Stage

SECONDS = 4.5
Points = list[tuple[float, float]]


def data(points: Points | None = None) -> dict:
    wave = np.abs(np.sin(np.linspace(0, 30, 200))) * np.linspace(1, 0.2, 200)
    return {"peaks": wave.tolist(), "duration_s": SECONDS, "points": points or [(0.0, 0.0), (SECONDS, 1.0)]}


def on_curve(page: Page, x: float, y: float) -> tuple[float, float]:
    box = page.locator(".screen").bounding_box()
    assert box
    return box["x"] + x * box["width"], box["y"] + (1 - y) * box["height"]


def value(points: Points, time: float) -> float:
    times, positions = np.array(points).T
    return float(np.interp(time, times, positions))


def last(stage: Stage, count: int) -> Points:
    """The last of so many curves that were told, which is sound."""
    stage.page.wait_for_function(f"window.reports.length >= {count}")
    told = stage.reports("points")
    assert len(told) == count
    times, positions = np.array(told[-1]).T
    assert 2 <= len(times) <= 64
    assert times[0] == 0
    assert times[-1] == SECONDS
    assert (np.diff(times) > 0).all()
    assert positions.min() >= 0
    assert positions.max() <= 1
    return told[-1]


def test_what_is_drawn_over_is_replaced_and_what_comes_meanwhile_is_not_taken(stage: Stage) -> None:
    page = stage.show("curve", data())
    page.mouse.move(*on_curve(page, 0.25, 0.9))
    expect(page.locator(".where")).to_have_text(re.compile(r"^1\.1\d s, (89|90|91) % from A to B$"))
    page.mouse.down()
    for share in np.linspace(0, 1, 25):
        page.mouse.move(*on_curve(page, 0.25 + 0.25 * share, 0.9 - 0.8 * share))
    page.mouse.move(*on_curve(page, 0.4, 0.1))  # and back over a part of it
    stage.give(data([(0.0, 0.25), (SECONDS, 0.75)]))
    page.mouse.move(*on_curve(page, 0.41, 0.1))
    assert stage.reports("points") == []
    page.mouse.up()
    points = last(stage, 1)
    assert value(points, 0.2 * SECONDS) == pytest.approx(0.2, abs=0.01), "what was not drawn over stays"
    assert value(points, 0.75 * SECONDS) == pytest.approx(0.75, abs=0.01)
    assert value(points, 0.3 * SECONDS) == pytest.approx(0.74, abs=0.02)
    assert value(points, 0.45 * SECONDS) == pytest.approx(0.1, abs=0.02), "what was drawn over is replaced"


def test_wild_scribbles_and_presets_stay_within_bounds(stage: Stage) -> None:
    page = stage.show("curve", data())
    page.mouse.move(*on_curve(page, 0, 0.5))
    page.mouse.down()
    for share, height in zip(np.linspace(-0.1, 1.1, 90), np.random.default_rng(0).uniform(-0.5, 1.5, 90), strict=True):
        page.mouse.move(*on_curve(page, share, height))
    page.mouse.up()
    last(stage, 1)
    laws = {
        "There and back": lambda t: 1 - abs(2 * t - 1),
        "Step": lambda t: float(t > 0.5),
        "Slow wave": lambda t: (1 - np.cos(6 * np.pi * t)) / 2,
        "A to B": lambda t: t,
    }
    for count, (name, law) in enumerate(laws.items(), start=2):
        page.get_by_role("button", name=name).click()
        points = last(stage, count)
        for share in np.linspace(0.011, 0.989, 33):
            assert value(points, share * SECONDS) == pytest.approx(law(share), abs=0.01)


def test_a_curve_is_bent_with_the_keys(stage: Stage) -> None:
    page = stage.show("curve", data())
    screen = page.get_by_role("slider", name="Position at a time")
    screen.focus()
    for key in ["Home"] + 20 * ["ArrowRight"]:
        page.keyboard.press(key)
    expect(screen).to_have_attribute("aria-valuetext", "2.25 s, 50 % from A to B")
    for key in ("ArrowUp", "ArrowUp", "Shift+ArrowDown"):
        page.keyboard.press(key)
    expect(screen).to_have_attribute("aria-valuetext", "2.25 s, 69 % from A to B")
    points = last(stage, 1)
    assert value(points, 2.25) == pytest.approx(0.69, abs=1e-4)
    assert value(points, 2.0) == pytest.approx(2.0 / SECONDS, abs=0.003)
    page.keyboard.press("End")
    expect(screen).to_have_attribute("aria-valuetext", "4.50 s, 100 % from A to B")


def test_a_curve_that_differs_is_taken_over(stage: Stage) -> None:
    page = stage.show("curve", data())
    stage.give(data([(0.0, 0.25), (SECONDS, 0.75)]))
    expect(page.get_by_role("slider")).to_have_attribute("aria-valuetext", "0.00 s, 25 % from A to B")
    assert stage.reports("points") == []


def test_a_click_bends_the_curve_there(stage: Stage) -> None:
    """As keys do: a spike of one cell would be heard by nobody."""
    page = stage.show("curve", data())
    page.mouse.click(*on_curve(page, 0.5, 0.9))
    points = last(stage, 1)
    assert value(points, 0.5 * SECONDS) == pytest.approx(0.9, abs=0.01)
    assert value(points, 0.4875 * SECONDS) == pytest.approx(0.4875 + 0.2, abs=0.02)
    assert value(points, 0.45 * SECONDS) == pytest.approx(0.45, abs=0.01)


def test_the_answer_to_an_older_drawing_takes_no_newer_one_back(stage: Stage) -> None:
    page = stage.show("curve", data())
    for count, name in enumerate(("There and back", "Step"), start=1):
        page.get_by_role("button", name=name).click()
        last(stage, count)
    older, newer = stage.reports("points")
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("End")
    stage.give(data(older))
    expect(slider).to_have_attribute("aria-valuetext", "4.50 s, 100 % from A to B")
    stage.give(data(newer))
    expect(slider).to_have_attribute("aria-valuetext", "4.50 s, 100 % from A to B")
    stage.give(data(older))  # it was taken back, as Undo does
    expect(slider).to_have_attribute("aria-valuetext", "4.50 s, 0 % from A to B")
