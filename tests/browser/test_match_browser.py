"""Promise: in a real Chromium the page Match plays without a gap, seeks, searches, stops, and takes files."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.audio import SAMPLE_RATE
from core.audio.clips import load_clip
from core.audio.io import encode
from core.effects import Setting, render
from tests.browser.tape import BLOCK, TAP, block_levels, forget, lost_blocks, record, tape
from tests.browser.test_browser import Dashboard, drawn, settled
from tests.test_apart import LONG
from tests.test_audio_io import file_bytes

expect.set_options(timeout=60_000)  # the first match loads the network
SETTING = Setting("lowpass", (0.2, 0.3))


def open_match(page: Page, dashboard: Dashboard, query: str = "") -> None:
    page.goto(f"{dashboard[1]}/match{query}")
    expect(page.locator("h1")).to_have_text("Match")
    expect(page.get_by_test_id("stException")).to_have_count(0)
    settled(page)  # what a page shows first makes room for what it shows then, its uploaders, too


def ready(page: Page) -> None:
    expect(page.locator(".ab .status")).to_have_text(re.compile(r"^\d sounds ready"))


def upload(page: Page, part: str, name: str, data: bytes) -> None:
    settled(page)  # amid the run that the file before began, this one is lost now and then
    place = page.locator(f"[class*=st-key-m_{part}_upload_file_] input[type=file]")
    place.set_input_files({"name": name, "mimeType": "audio/wav", "buffer": data})


def noise(seconds: float) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.07, int(seconds * SAMPLE_RATE)).astype(np.float32)


def test_sounds_are_switched_while_they_play_without_a_gap_and_without_the_server(
    page: Page, dashboard: Dashboard
) -> None:
    page.add_init_script(TAP)
    open_match(page, dashboard, "?m_source=Two+recordings")
    dry = noise(3.0)
    upload(page, "dry", "dry.wav", encode(dry))
    upload(page, "wet", "wet.wav", encode(render(dry, SETTING)))
    ready(page)
    drawn(page, "match")
    before = page.evaluate("window.sent")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("window.loudest() > 0.01")
    record(page, 0.3, SAMPLE_RATE)  # from here on nothing but noise, to the last block
    forget(page)
    for key in "12345612":
        page.keyboard.press(key)
        expect(page.locator(".ab input[type=radio]").nth(int(key) - 1)).to_be_checked()
        heard_on(page)
    page.locator(".ab .sound").filter(has_text="Estimate").click()
    heard_on(page)
    levels = block_levels(tape(page))
    assert lost_blocks(levels) == 0
    assert levels.max() < 4 * np.median(levels)
    assert page.evaluate("window.sent") == before, "switching must not reach the server"
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.wait_for_function("[...window.taped.at(-1)[1]].every((sample) => Math.abs(sample) < 1e-3)")


def test_who_works_by_keys_stays_where_they_were(page: Page, dashboard: Dashboard) -> None:
    """Though what was pressed is drawn anew, can be pressed no more, or has gone."""
    open_match(page, dashboard, "?m_source=Two+recordings")
    dry = noise(2.0)
    upload(page, "dry", "dry.wav", encode(dry))
    upload(page, "wet", "wet.wav", encode(render(dry, SETTING)))
    ready(page)
    mute = page.get_by_role("button", name="Mute", exact=True)
    page.keyboard.press("Tab")
    mute.focus()
    for kind in ("primary", "tertiary"):
        page.keyboard.press("Enter")
        expect(mute).to_have_attribute("data-testid", f"stBaseButton-{kind}")
        expect(mute).to_be_focused()
    page.get_by_role("button", name="Delete", exact=True).focus()
    page.keyboard.press("Enter")
    expect(mute).to_have_count(0)
    expect(page.get_by_role("combobox", name="Add an effect")).to_be_focused()


def heard_on(page: Page) -> None:
    """Listen for a quarter of a second more."""
    until = page.evaluate("window.taped.length") + SAMPLE_RATE // 4 // BLOCK
    page.wait_for_function(f"window.taped.length >= {until}")


def test_one_lost_block_is_found() -> None:
    wave = np.random.default_rng(0).normal(0, 0.07, 200 * BLOCK).astype(np.float32)
    assert lost_blocks(block_levels(wave)) == 0
    fade = int(0.005 * SAMPLE_RATE)
    wave[5 * BLOCK - fade : 5 * BLOCK + fade] *= np.abs(np.linspace(-1, 1, 2 * fade))  # a seam, as the player makes it
    assert lost_blocks(block_levels(wave)) == 0
    wave[77 * BLOCK : 78 * BLOCK] = 0
    assert lost_blocks(block_levels(wave)) == 1


def level(page: Page) -> float:
    """Root mean square of the next third of a second, once what changes has settled."""
    record(page, 0.2, SAMPLE_RATE)
    record(page, 0.33, SAMPLE_RATE)
    return float(np.sqrt(np.mean(np.square(tape(page)))))


def test_loudness_is_matched_or_not(page: Page, dashboard: Dashboard) -> None:
    page.add_init_script(TAP)
    open_match(page, dashboard, "?m_source=Two+recordings")
    dry = noise(3.0)
    upload(page, "dry", "dry.wav", encode(dry))
    upload(page, "wet", "wet.wav", encode(render(dry, Setting("overdrive", (0.9, 0.5, 0.7)))))
    ready(page)
    page.get_by_role("button", name="Play").click()
    page.locator(".ab .sound").filter(has_text="Random").click()  # a random level, too
    expect(page.locator(".ab .text")).to_contain_text(" dB")
    said = re.search(r"turned (up|down) ([\d.]+) dB$", page.locator(".ab .text").inner_text())
    assert said
    matched = level(page)
    page.get_by_label("Match loudness").uncheck()
    own = level(page)
    turned_db = 20 * np.log10(matched / own)
    assert turned_db == pytest.approx(float(said[2]) * (1 if said[1] == "up" else -1), abs=1)
    expect(page.locator(".ab .text")).not_to_contain_text("turned")


def until(page: Page, low: float, high: float) -> None:
    """Wait until the position is between two times in s."""
    where = page.locator(".ab .where").element_handle()
    page.wait_for_function(
        f"(where) => {low} < parseFloat(where.textContent) && parseFloat(where.textContent) < {high}", arg=where
    )


def test_a_click_on_the_spectrogram_seeks_and_the_cursor_moves(page: Page, dashboard: Dashboard) -> None:
    page.add_init_script(TAP)
    open_match(page, dashboard, "?m_source=Clip+and+effect&m_effect=Reverb")
    ready(page)
    screen = page.get_by_role("slider", name="Position in the sound")
    screen.scroll_into_view_if_needed()
    box = screen.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 50)
    expect(page.locator(".ab .where")).to_have_text("5.0 s of 10.0 s")
    page.keyboard.press("Space")
    page.wait_for_function("window.loudest() > 0.01")
    until(page, 5.5, 8)
    page.mouse.click(box["x"] + box["width"] * 0.1, box["y"] + 50)
    until(page, 1.0, 3)
    left = page.locator(".ab .cursor").bounding_box()
    assert left
    assert box["x"] + 0.1 * box["width"] < left["x"] < box["x"] + 0.3 * box["width"]
    page.keyboard.press("Space")
    page.keyboard.press("Home")
    expect(page.locator(".ab .where")).to_have_text("0.0 s of 10.0 s")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(".ab .where")).to_have_text("0.6 s of 10.0 s")


def test_a_search_shows_its_progress_stops_and_keeps_its_best(page: Page, dashboard: Dashboard) -> None:
    received = [0]

    def count(frame: str | bytes) -> None:
        received[0] += len(frame)

    page.on("websocket", lambda socket: socket.on("framereceived", count))
    open_match(page, dashboard, "?m_source=Clip+and+effect&m_effect=Chorus")
    ready(page)
    drawn(page, "match")
    assert received[0] < 4e6, "the page stays below 4 MB"
    received[0] = 0
    page.get_by_role("button", name="Refine").click()
    expect(
        page.get_by_text(re.compile(r"Iteration [2-9] of 15 · \d+ settings heard · best distance [\d.]+ · [\d.]+ s"))
    ).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".ab .sound").filter(has_text="Refined")).to_be_visible()
    expect(page.get_by_role("button", name="Stop")).to_be_disabled()
    kept = page.get_by_text(re.compile(r"Iteration \d+ of 15 .* Press Refine to search on"))
    expect(kept).to_be_visible()
    words = kept.inner_text()
    assert int(re.findall(r"\d+", words)[0]) < 15
    ready(page)
    drawn(page, "match")  # no run is under way, so nothing can go on
    assert kept.inner_text() == words, "the search goes on after Stop"
    assert received[0] < 1e6, "sounds that the browser holds are not sent again"
    page.locator(".ab .sound").filter(has_text="Refined").click()
    expect(page.locator(".ab .text")).to_contain_text("Refined: ")


def test_two_files_of_other_length_and_offset_in_stereo_and_a_silent_one(page: Page, dashboard: Dashboard) -> None:
    open_match(page, dashboard, "?m_source=Two+recordings")
    expect(page.get_by_text("Choose a dry and a wet sound")).to_be_visible()
    dry = load_clip("tabla_loop")
    late = np.concatenate([np.zeros(6000, np.float32), render(dry, SETTING)])[: 8 * SAMPLE_RATE]
    upload(page, "dry", "dry.wav", file_bytes(np.stack([dry, dry], axis=1), SAMPLE_RATE, format="WAV"))
    expect(page.get_by_text(re.compile("^dry.wav, .*24 kHz, stereo"))).to_be_visible()
    upload(page, "wet", "silence.wav", encode(np.zeros(SAMPLE_RATE, np.float32)))
    expect(page.get_by_text("silence.wav is silent (peak below -80 dB)")).to_be_visible()
    upload(page, "wet", "wet.wav", file_bytes(np.stack([late, late], axis=1), SAMPLE_RATE, format="WAV"))
    expect(page.get_by_text(re.compile(r"The wet sound comes (249|250)\.\d ms later than the dry one"))).to_be_visible()
    expect(page.get_by_text("the 7.75 s that they have in common count")).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("Low-pass ladder, .* likely"))).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)


@pytest.mark.parametrize("width", [390, 1440])
def test_a_recording_of_a_long_name_fits_its_column(width: int, page: Page, dashboard: Dashboard) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    open_match(page, dashboard, "?m_source=Two+recordings")
    upload(page, "dry", f"{'A_take_' * 12}.wav", encode(noise(1.0)))
    chosen = page.locator(".st-key-m_wet_from")
    expect(page.get_by_text(re.compile("^(A_take_)+.*, 1.0 s;"))).to_be_visible()
    chosen.scroll_into_view_if_needed()
    settled(page)  # a list that opens while its page still scrolls closes again
    chosen.get_by_role("combobox").fill("(yours)")  # a list of many holds only the options in sight
    page.get_by_role("option").filter(has_text="(yours)").click()
    expect(chosen.get_by_role("combobox")).to_have_value(re.compile(r"\(yours\)$"))
    beyond = "box => [...box.querySelectorAll('*')].map(one => one.getBoundingClientRect().right)"
    column = page.get_by_test_id("stColumn").filter(has=chosen).last.bounding_box()
    assert column
    assert column["x"] + column["width"] <= width
    assert max(chosen.evaluate(beyond)) <= column["x"] + column["width"] + 1


def test_a_link_reopens_the_same_riddle(page: Page, dashboard: Dashboard) -> None:
    open_match(page, dashboard, "?m_seed=42")
    expect(page.get_by_label("Riddle", exact=True)).to_have_value("42")
    ready(page)
    answer = page.get_by_role("heading", name=re.compile("likely")).inner_text()
    page.get_by_role("button", name="Another").click()
    page.wait_for_function("!location.search.includes('m_seed=42')")
    link = page.url
    open_match(page, dashboard, "?m_seed=42")
    expect(page.get_by_role("heading", name=answer)).to_be_visible()
    drawn(page, "match")
    expect(page.get_by_label("Riddle", exact=True)).to_have_value("42")
    assert "m_rack=" not in page.url, "no box was touched"
    assert "m_seed=" in link
    assert "reveal" not in link


def test_one_step_back_leads_from_interpolate_to_the_answer_and_one_forward_to_what_was_sent(
    page: Page, dashboard: Dashboard
) -> None:
    open_match(page, dashboard, "?m_source=Clip+and+effect&m_effect=Reverb")
    ready(page)
    page.get_by_role("button", name="Send to B").click()
    expect(page.get_by_text("is now B on the page Interpolate")).to_be_visible()
    page.get_by_test_id("stMain").get_by_role("link", name="Interpolate").click()
    expect(page).to_have_url(re.compile("/interpolate.*b_clip=.*b_effect=Reverb"))
    drawn(page, "interpolate")
    page.go_back()
    expect(page.get_by_role("heading", name=re.compile("Reverb, .* likely"))).to_be_visible()
    page.go_forward()
    expect(page.get_by_role("combobox", name="Effect of B")).to_have_value("Reverb")
    drawn(page, "interpolate")
    expect(page).to_have_url(re.compile("/interpolate.*b_clip=.*b_effect=Reverb"))


def test_listening_is_stopped_and_begun_again_and_another_riddle_waits_for_nothing(
    page: Page, dashboard: Dashboard
) -> None:
    page.goto(f"{dashboard[1]}/match?m_seed={LONG}")
    stop, ended = page.get_by_role("button", name="Stop listening"), page.get_by_text("You stopped the search")
    stop.click()
    expect(ended).to_be_visible(timeout=10_000)
    ready(page)
    page.get_by_role("button", name="Listen again").click()
    expect(stop).to_be_visible()
    page.get_by_text("Reveal", exact=True).click()  # goes on, and says so
    expect(stop).to_be_visible()
    field = page.get_by_label("Riddle", exact=True)
    field.fill("42")
    field.press("Enter")
    expect(page.get_by_role("heading", name="Bitcrush")).to_be_visible(timeout=15_000)
    expect(ended).to_have_count(0)


def test_every_sound_is_there_without_web_audio(page: Page, dashboard: Dashboard) -> None:
    page.add_init_script("delete window.AudioContext; delete window.webkitAudioContext;")
    open_match(page, dashboard)
    expect(page.get_by_text("it has no Web Audio")).to_be_visible()
    page.get_by_text("All sounds", exact=True).click()
    expect(page.locator("audio")).to_have_count(7)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Code (Python)").click()
    assert b"pedalboard" in waiting.value.path().read_bytes()
