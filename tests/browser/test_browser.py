"""Promise: in a real Chromium each page opens, plays, drags and downloads, wide and narrow, light and dark."""

import io
import itertools
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from core.audio.io import encode, read
from core.paths.path_file import from_json
from tests.browser.tape import TAP
from tests.test_audio_io import tone

TITLES = {
    "": "LatentFX",
    "report": "Report",
    "clusters": "Clusters",
    "reconstruct": "Reconstruct",
    "interpolate": "Interpolate",
    "play": "Play",
    "match": "Match",
    "models": "Models",
}
Dashboard = tuple[subprocess.Popen, str]

# Counts what the tab sends to the server, and samples the loudest output of every AudioContext.
SPY = """
window.sent = 0; window.loudest = 0;
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) { window.sent += 1; return send.call(this, data); };
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (target, ...rest) {
  if (target instanceof AudioDestinationNode) {
    const meter = new AnalyserNode(this.context);
    const wave = new Float32Array(meter.fftSize);
    connect.call(this, meter);
    setInterval(() => { meter.getFloatTimeDomainData(wave);
                        window.loudest = Math.max(window.loudest, ...wave.map(Math.abs)); }, 20);
  }
  return connect.call(this, target, ...rest);
};
"""


def open_page(page: Page, dashboard: Dashboard, path: str) -> None:
    page.goto(f"{dashboard[1]}/{path}")
    expect(page.locator("h1")).to_have_text(TITLES[path.partition("?")[0]])
    expect(page.get_by_test_id("stException")).to_have_count(0)


SOUNDING = {
    "": ".ab .play",
    "report": ".film",
    "clusters": "audio",
    "reconstruct": ".ab .play",
    "interpolate": ".morph .play",
    "play": ".pad .play",
    "match": ".ab .play",
    "models": "table",
}
"""What a page is there for: what sounds, or else what is read."""

# Streamlit scrolls inside stMain: the document itself never overflows. What a box scrolls for itself is not outside.
OUTSIDE = """
window.outside = () => {
  const main = document.querySelector("[data-testid=stMain]");
  const right = main.getBoundingClientRect().left + main.clientWidth + 1;
  const held = (part) => {
    for (let box = part.parentElement; box !== main; box = box.parentElement) {
      const inside = box.getBoundingClientRect().right <= right;
      if (inside && getComputedStyle(box).overflowX !== "visible") return true;
    }
    return false;
  };
  const told = (part) => part.closest("canvas"); // a table for screen readers, which nobody sees
  const seen = [...main.querySelectorAll("*")].filter((part) => part.getBoundingClientRect().width && !told(part));
  const out = seen.filter((part) => part.getBoundingClientRect().right > right && !held(part));
  const wide = main.scrollWidth > main.clientWidth ? ["stMain scrolls sideways"] : [];
  return out.map((part) => `${part.tagName}.${part.className}`).concat(wide);
};
"""


def drawn(page: Page, path: str) -> None:
    """Wait until a page is there: its run has ended, and what it is there for is shown."""
    page.locator(SOUNDING[path]).first.wait_for(timeout=60_000)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    expect(page.locator("[data-stale=true]")).to_have_count(0)


@pytest.mark.parametrize("path", TITLES)
def test_a_page_fits_every_window_and_axe_finds_nothing_serious(page: Page, dashboard: Dashboard, path: str) -> None:
    page.add_init_script(OUTSIDE)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    open_page(page, dashboard, path)
    drawn(page, path)
    for width, scheme in itertools.product((1440, 390), ("light", "dark")):
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(color_scheme=scheme)
        settled(page)
        page.wait_for_function("!window.outside().length", timeout=15_000)
        assert not serious(page), (width, scheme)
    assert not errors


def settled(page: Page) -> None:
    """Wait until the page has one size and one colour for a third of a second: themes and charts follow a window."""
    page.evaluate("""() => new Promise((done) => {
        const main = document.querySelector("[data-testid=stMain]");
        const { body } = document;
        const look = () => [innerWidth, main.scrollHeight, getComputedStyle(main).color, body.outerHTML.length].join();
        let [last, since] = [look(), performance.now()];
        const check = () => {
            const now = look();
            if (now !== last) [last, since] = [now, performance.now()];
            if (performance.now() - since > 300) done(); else setTimeout(check, 50);
        };
        check();
    })""")


def serious(page: Page) -> list[str]:
    """What axe-core finds wrong, serious or critical."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:3]
    ]


@pytest.mark.parametrize("path", ["", "reconstruct", "play", "match"])
def test_what_sounds_is_on_the_first_screen_of_a_phone(page: Page, dashboard: Dashboard, path: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(page, dashboard, path)
    drawn(page, path)
    box = page.locator(SOUNDING[path]).first.bounding_box()
    assert box
    assert box["y"] + box["height"] < 844


def test_a_first_listen_plays_and_switches(page: Page, dashboard: Dashboard) -> None:
    page.add_init_script(TAP)
    open_page(page, dashboard, "")
    expect(page.locator(".ab .status")).to_have_text("3 sounds ready")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("window.loudest() > 0.01")
    page.keyboard.press("3")
    expect(page.get_by_role("radio", name="Decoded")).to_be_checked()
    expect(page.locator(".ab .text")).to_contain_text("Decoded: what the network kept")


def point_on(page: Page, number: int) -> tuple[float, float]:
    """Where point `number` of the first effect of the 2-D map is drawn."""
    page.wait_for_function("document.querySelector('.js-plotly-plot')?.calcdata?.length >= 8")
    settled(page)
    place = page.locator(".js-plotly-plot").first.evaluate(
        """(plot, number) => {
        const {xaxis, yaxis} = plot._fullLayout, box = plot.getBoundingClientRect(), data = plot.calcdata[0][0].trace;
        return [box.x + xaxis._offset + xaxis.c2p(data.x[number]), box.y + yaxis._offset + yaxis.c2p(data.y[number])];
    }""",
        number,
    )
    return place[0], place[1]


def hovered(page: Page) -> None:
    """Wait until the chart says which point the mouse is on."""
    page.locator(".js-plotly-plot .hovertext").first.wait_for(timeout=10_000)


def test_a_click_on_the_map_plays_its_point(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard, "clusters")
    drawn(page, "clusters")
    assert "point=" not in page.url, "the first point is no choice"
    place = point_on(page, 7)
    page.mouse.move(*place)
    hovered(page)
    page.mouse.click(*place)
    page.wait_for_function("location.search.includes('point=')")
    page.wait_for_function("document.querySelector('audio').currentTime > 0.1")
    expect(page.get_by_role("button", name="Send to A")).to_be_visible()


def test_a_click_on_the_map_in_space_chooses_its_point(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard, "clusters?dimensions=3-D")
    drawn(page, "clusters")
    page.wait_for_function("document.querySelector('.js-plotly-plot')?._fullLayout?.scene?._scene?.glplot")
    settled(page)
    # Hovering in space needs a fast graphics card: Plotly's own event stands for the hand, which test_map_click has.
    page.wait_for_function(
        """() => {
        document.querySelector('.js-plotly-plot').emit('plotly_click', { points: [{ customdata: [4031] }] });
        return location.search.includes('point=4031');
    }""",
        polling=300,
    )
    page.wait_for_function("document.querySelector('audio').currentTime > 0.1")


def test_dragging_is_heard_and_stays_in_the_browser(page: Page, dashboard: Dashboard) -> None:
    page.add_init_script(SPY)
    open_page(page, dashboard, "interpolate?steps=5")
    expect(page.get_by_text("All 5 sounds ready")).to_be_visible()
    page.wait_for_timeout(1000)
    track = page.get_by_role("slider", name="Position on the path from A to B")
    track.scroll_into_view_if_needed()
    box = track.bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 2, y)
    before = page.evaluate("window.sent")
    page.mouse.down()
    for share in range(31):
        page.mouse.move(box["x"] + box["width"] * (0.02 + 0.75 * share / 30), y)
        page.wait_for_timeout(30)
    assert page.evaluate("window.sent") == before, "dragging must not reach the server"
    assert page.evaluate("window.loudest") > 0.01
    page.mouse.up()
    page.wait_for_function(f"window.sent == {before + 1}")
    expect(page.get_by_text("Step 4 of 5, exactly")).to_be_visible()
    track.focus()
    page.keyboard.press("End")
    expect(page.get_by_text("Step 5 of 5, exactly")).to_be_visible()


def test_downloads(page: Page, dashboard: Dashboard, tmp_path: Path) -> None:
    open_page(page, dashboard, "interpolate?steps=3")
    expect(page.get_by_text("All 3 sounds ready")).to_be_visible()
    files = {}
    kinds = (
        "All steps (ZIP of WAV)",
        "Film strip (PNG)",
        "Film strip (SVG)",
        "Player (HTML)",
        "Path (JSON)",
        "Knobs (CSV)",
    )
    for name in (*kinds, "WAV"):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=name, exact=name == "WAV").last.click()
        files[name] = waiting.value.path().read_bytes()
    assert len(zipfile.ZipFile(io.BytesIO(files["All steps (ZIP of WAV)"])).namelist()) == 3
    assert files["Film strip (PNG)"].startswith(b"\x89PNG")
    assert b"<svg" in files["Film strip (SVG)"]
    assert from_json(files["Path (JSON)"]).ends[1].setting.effect == "overdrive"
    assert files["Knobs (CSV)"].startswith(b"position,delay share")
    assert len(read(files["WAV"])) == 131072

    alone = tmp_path / "path.html"
    alone.write_bytes(files["Player (HTML)"])
    page.add_init_script(SPY)
    page.goto(alone.as_uri())
    expect(page.get_by_text("All 3 sounds ready")).to_be_visible()
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("window.loudest > 0.01")


def test_a_morph_over_time_is_drawn_rendered_and_taken_home(page: Page, dashboard: Dashboard, tmp_path: Path) -> None:
    open_page(page, dashboard, "interpolate?view=Over+time&voice=Re-rendered&steps=3")
    page.get_by_role("button", name="There and back").click()
    page.get_by_role("button", name="Render the morph").click()
    expect(page.get_by_role("button", name="Morph (WAV)")).to_be_visible()
    files = {}
    for name in ("Morph (WAV)", "Dry sound (WAV)", "Path with score (JSON)", "Script (Python)"):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=name).click()
        files[name] = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(files[name])
    score, dry = files["Path with score (JSON)"], files["Dry sound (WAV)"]
    assert from_json(score.read_bytes()).curve[1] == pytest.approx((4.0, 1.0), abs=0.1)
    again = tmp_path / "again.wav"
    subprocess.run([sys.executable, files["Script (Python)"], score, dry, again], check=True, capture_output=True)
    heard = read(files["Morph (WAV)"])
    assert np.abs(read(again) - heard).max() <= 1 / 32767  # the page's file has 16 bits
    assert len(heard) > 100_000


def test_uploads_good_and_bad(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard, "reconstruct?r_clip=Upload+a+file")
    chooser = page.locator("input[type=file]")
    chooser.set_input_files({"name": "letter.wav", "mimeType": "audio/wav", "buffer": b"Dear Sir or Madam"})
    expect(page.get_by_text("letter.wav is not a readable")).to_be_visible()
    chooser.set_input_files({"name": "tone.wav", "mimeType": "audio/wav", "buffer": encode(tone(2.0, 24000))})
    expect(page.locator(".ab .status")).to_have_text("4 sounds ready")


def test_a_link_reopens_the_same_view(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard, "interpolate?steps=3&kind=Spherical&a_effect=Reverb&b_effect=Bitcrush")
    expect(page.get_by_text("All 3 sounds ready")).to_be_visible()
    expect(page.locator(".morph .from")).to_contain_text("Reverb")
    expect(page.locator(".morph .to")).to_contain_text("Bitcrush")
