"""Promise: in a real Chromium each page opens, plays, drags and downloads, wide and narrow, light and dark."""

import io
import json
import subprocess
import zipfile

import pytest
from playwright.sync_api import Browser, Page, expect

from core.audio.io import encode, read
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
    plot.wait_for()
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


def test_downloads(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard, "interpolate?steps=3")
    expect(page.get_by_text("All 3 sounds ready")).to_be_visible()
    files = {}
    for name in ("All steps (ZIP of WAV)", "Film strip (PNG)", "Path (JSON)", "WAV"):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=name, exact=name == "WAV").last.click()
        files[name] = waiting.value.path().read_bytes()
    assert len(zipfile.ZipFile(io.BytesIO(files["All steps (ZIP of WAV)"])).namelist()) == 3
    assert files["Film strip (PNG)"].startswith(b"\x89PNG")
    assert json.loads(files["Path (JSON)"])["b"]["effect"] == "overdrive"
    assert len(read(files["WAV"])) == 131072


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
