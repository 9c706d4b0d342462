"""Promise: a click on a point of a 3-D map reports it, once, and a turn of the map reports nothing."""

from pathlib import Path

import numpy as np
import plotly
import plotly.graph_objects as go
import pytest
from playwright.sync_api import Page

from pages.widgets.shared.bundle import bundle
from tests.browser.stage import Pages
from tests.conftest import ROOT

PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
FRAMES = """new Promise((done) => {
    const next = (left) => requestAnimationFrame(() => (left ? next(left - 1) : done()));
    next(4); })"""  # after which the map has drawn, and told what lies under the mouse
_PAGE = """<!doctype html><meta charset="utf-8"><title>A map</title>
<div class="st-key-map" style="width: 600px; height: 500px"><div id="chart"></div></div>
<script>{plotly}</script>
<script type="module">
{script}
window.clicks = [];
window.leave = mount({{ data: "map", setTriggerValue: (name, point) => window.clicks.push([name, point]) }});
await Plotly.newPlot("chart", {figure});
const plot = document.getElementById("chart");
plot.on("plotly_hover", ({{ points }}) => (window.hovered = points[0].customdata));
plot.on("plotly_unhover", () => (window.hovered = null));
window.ready = true;
</script>
"""


@pytest.fixture
def map_page(page: Page, pages: Pages) -> Page:
    """A map of one point in the middle, number 7, and one far off."""
    figure = go.Figure(go.Scatter3d(x=[0, 9], y=[0, 9], z=[0, 9], customdata=[7, 8], mode="markers", marker_size=12))
    ranges = {axis: {"range": [-1, 1]} for axis in ("xaxis", "yaxis", "zaxis")}
    figure.update_layout(width=600, height=500, margin=dict.fromkeys("lrtb", 0), scene=ranges)
    script = bundle(ROOT / "pages" / "widgets" / "map_click" / "map_click.js")
    script = script.replace("export default function", "function mount")
    page.goto(pages.serve(_PAGE.format(plotly=PLOTLY.read_text(), script=script, figure=figure.to_json())))
    page.wait_for_function("window.ready")
    return page


def middle(page: Page) -> tuple[float, float]:
    box = page.locator("#chart").bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def hover(page: Page) -> tuple[float, float]:
    """Go over the point, near the middle, until the map says so; where that is."""
    x, y = middle(page)
    for away in np.linspace(0, 40, 21):
        page.mouse.move(x + away / 10, y + away)
        page.evaluate(FRAMES)
        if page.evaluate("window.hovered === 7"):
            return x + away / 10, y + away
    raise AssertionError("no point was hovered")


def test_a_click_reports_the_point_once(map_page: Page) -> None:
    place = hover(map_page)
    map_page.mouse.click(*place)
    map_page.wait_for_function("window.clicks.length > 0")
    map_page.mouse.move(*middle(map_page))
    assert map_page.evaluate("window.clicks") == [["point", 7]]


def test_a_turn_of_the_map_reports_nothing(map_page: Page) -> None:
    x, y = hover(map_page)
    map_page.mouse.down()
    map_page.mouse.move(x + 60, y + 30, steps=5)
    map_page.mouse.up()
    map_page.evaluate(FRAMES)
    assert map_page.evaluate("window.clicks") == []


def test_nothing_is_reported_after_it_left(map_page: Page) -> None:
    place = hover(map_page)
    map_page.evaluate("window.leave()")
    map_page.mouse.click(*place)
    map_page.evaluate(FRAMES)
    assert map_page.evaluate("window.clicks") == []
