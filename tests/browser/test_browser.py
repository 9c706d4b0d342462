"""Promise: in a real Chromium each page opens, plays, drags and downloads, wide and narrow, light and dark."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from core.audio.io import encode, read
from core.paths.path_file import from_json
from tests.test_audio_io import tone

TITLES = {
    "": "LatentFX",
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


@pytest.mark.parametrize("path", TITLES)
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")])
def test_every_page_fits_its_window(browser: Browser, dashboard: Dashboard, path: str, width: int, scheme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    open_page(page, dashboard, path)
    content = {
        "clusters": "[data-testid=stPlotlyChart] canvas",
        "interpolate": ".morph .track",
        "play": ".pad .field",
        "match": ".ab .screen",
        "models": "table",
    }.get(path, "audio")
    page.locator(content).first.wait_for(timeout=60_000)
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 1
    assert not errors
    context.close()


def test_a_first_listen_plays(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard, "")
    expect(page.locator("audio")).to_have_count(3)
    page.locator("audio").nth(2).evaluate("audio => audio.play()")
    page.wait_for_function("document.querySelectorAll('audio')[2].currentTime > 0.2")


def test_a_click_on_the_map_plays_its_point(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard, "clusters")
    plot = page.locator(".js-plotly-plot").first
    page.wait_for_function("document.querySelector('.js-plotly-plot')?.calcdata?.length >= 8")
    page.wait_for_timeout(1500)
    place = plot.evaluate("""plot => {
        const {xaxis, yaxis} = plot._fullLayout, box = plot.getBoundingClientRect(), data = plot.calcdata[0][0].trace;
        return [box.x + xaxis._offset + xaxis.c2p(data.x[7]), box.y + yaxis._offset + yaxis.c2p(data.y[7])];
    }""")
    page.mouse.move(*place)
    page.wait_for_timeout(300)
    page.mouse.click(*place)
    page.locator("audio").first.wait_for()
    page.wait_for_function("document.querySelector('audio').currentTime > 0.1")
    expect(page.get_by_role("button", name="Send to A")).to_be_visible()


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
    expect(page.locator("audio")).to_have_count(4)


def test_a_link_reopens_the_same_view(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard, "interpolate?steps=3&kind=Spherical&a_effect=Reverb&b_effect=Bitcrush")
    expect(page.get_by_text("All 3 sounds ready")).to_be_visible()
    expect(page.locator(".morph .from")).to_contain_text("Reverb")
    expect(page.locator(".morph .to")).to_contain_text("Bitcrush")
