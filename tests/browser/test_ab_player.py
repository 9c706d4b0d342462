"""Promise: A/B switches without a gap, keeps what was chosen, and goes where it is sent, nowhere else."""

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.audio.io import encode
from pages.widgets import ab
from tests.browser.stage import Stage
from tests.browser.tape import BLOCK, TAP, assert_no_dropout, block_levels, forget, lost_blocks, record, sines, tape

RATE, SECONDS = 24_000, 3.0
HZ = {"Dry": 200, "Wet (reference)": 300, "Estimate": 400, "Nearest neighbour": 500, "Refined": 600}
AMPLITUDE = 0.2


def tone(hz: float) -> np.ndarray:
    """A sine of whole periods, (time,)."""
    return AMPLITUDE * np.sin(2 * np.pi * hz * np.arange(int(SECONDS * RATE)) / RATE)


def track(name: str, wave: np.ndarray, loudness_lufs: float = -20.0) -> ab.Track:
    picture = np.random.default_rng(len(name)).integers(0, 255, 16 * 50, dtype=np.uint8).tobytes()
    return ab.Track(name, encode(wave, "flac"), picture, 50, loudness_lufs, float(np.abs(wave).max()))


def packed(tracks: dict[str, ab.Track], held: tuple[str, ...] = (), version: str = "1", follow: str = "") -> bytes:
    """What the player is sent of these sounds."""
    sent: list[dict[str, Any]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ab, "_mount", lambda **given: sent.append(given))
        ab.ab(
            "ab", tracks, [f"about {label}" for label in tracks], held, version=version, rate=RATE, seconds=SECONDS,
            start_s=0.0, ticks_hz=[["1k", 0.5]], colours=["#000000", "#ffffff"], follow=follow,
        )  # fmt: skip
    return sent[0]["data"]


def tones(*labels: str) -> dict[str, ab.Track]:
    return {label: track(label, tone(HZ[label])) for label in labels}


def ready(page: Page, count: int) -> None:
    expect(page.locator(".status")).to_have_text(f"{count} sounds ready")


def heard(page: Page) -> list[int]:
    """Frequencies in Hz of what sounds now."""
    record(page, 1.2, RATE)
    return list(sines(tape(page), RATE, 0.02 * AMPLITUDE))


def test_switching_leaves_no_gap_of_one_block(stage: Stage) -> None:
    noise = np.random.default_rng(0)
    waves = {label: track(label, noise.uniform(-0.3, 0.3, int(SECONDS * RATE))) for label in HZ}
    page = stage.show("ab", packed(waves), TAP)
    ready(page, len(HZ))
    page.get_by_role("button", name="Play").click()
    record(page, 0.5, RATE)
    forget(page)
    for key in "1234512345":
        page.keyboard.press(key)
        expect(page.get_by_role("radio").nth(int(key) - 1)).to_be_checked()
    page.locator(".sound").filter(has_text="Estimate").click()
    taped = page.evaluate("window.taped.length")
    page.wait_for_function(f"window.taped.length > {taped} + 40")
    wave = tape(page)
    seam = np.abs(wave) < 1e-3  # noise is seldom so quiet, but at the seam of a loop it is faded
    assert seam.mean() < 0.05
    assert_no_dropout(wave, 2)
    assert lost_blocks(block_levels(wave)) == 0
    assert len(wave) > 40 * BLOCK
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.wait_for_function("[...window.contexts].every(({ state }) => state === 'suspended')")
    assert page.evaluate("window.loops.size") == 0


def test_the_choice_is_kept_when_sounds_come_between(stage: Stage) -> None:
    few = ("Dry", "Wet (reference)", "Estimate", "Nearest neighbour")
    page = stage.show("ab", packed(tones(*few)), TAP)
    ready(page, 4)
    page.locator(".sound").filter(has_text="Nearest neighbour").click()
    page.keyboard.press("Space")
    assert heard(page) == [500]
    held = stage.reports("held")[-1]["ids"]
    assert held == sorted(few)
    more = ("Dry", "Wet (reference)", "Estimate", "Refined", "Nearest neighbour")
    forget(page)
    stage.give(packed(tones(*more), held))
    ready(page, 5)
    assert heard(page) == [500]
    expect(page.get_by_role("radio", name="Nearest neighbour")).to_be_checked()
    expect(page.locator(".text")).to_have_text("Nearest neighbour: about Nearest neighbour")
    again = tones(*more) | {"Nearest neighbour": track("better", tone(700))}
    record(page, 0.2, RATE)
    stage.give(packed(again, tuple(sorted(more))))
    page.wait_for_function("window.reports.at(-1)[1].ids.includes('better')")
    taped = page.evaluate("window.taped.length")
    page.wait_for_function(f"window.taped.length > {taped} + 40")
    assert_no_dropout(tape(page), 0.1)
    assert lost_blocks(block_levels(tape(page))) == 0
    assert heard(page) == [700], "the same label sounds on with its new sound"
    fewer = tones("Dry", "Wet (reference)")
    stage.give(packed(fewer, tuple(fewer)))
    ready(page, 2)
    assert heard(page) == [300], "what is gone gives way to the reference"
    with_edited = tones("Dry", "Wet (reference)", "Refined")
    stage.give(packed(with_edited, tuple(fewer), follow="Refined"))
    ready(page, 3)
    assert heard(page) == [600], "what is followed is heard once it is there"
    page.locator(".sound").filter(has_text="Dry").click()
    stage.give(packed(with_edited, tuple(with_edited), follow="Refined"))
    expect(page.get_by_role("radio", name="Dry")).to_be_checked()


def test_another_question_begins_at_its_beginning(stage: Stage) -> None:
    page = stage.show("ab", packed(tones("Dry", "Wet (reference)")), TAP)
    ready(page, 2)
    page.get_by_role("slider").press("End")
    page.keyboard.press("1")
    page.keyboard.press("Space")
    assert heard(page) == [200]
    stage.give(packed(tones("Dry", "Wet (reference)"), version="2"))
    ready(page, 2)
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(page.locator(".where")).to_have_text("0.0 s of 3.0 s")
    expect(page.get_by_role("radio", name="Wet (reference)")).to_be_checked()


def test_pause_seek_play_has_nothing_of_the_old_place(stage: Stage) -> None:
    halves = np.where(np.arange(int(SECONDS * RATE)) < SECONDS * RATE / 2, tone(200), tone(300))
    waves = {label: track(label, halves) for label in ("Dry", "Wet (reference)")}
    page = stage.show("ab", packed(waves), TAP)
    ready(page, 2)
    page.get_by_role("button", name="Play").click()
    record(page, 0.4, RATE)
    page.get_by_role("button", name="Pause").click()
    page.wait_for_function("[...window.contexts].every(({ state }) => state === 'suspended')")
    box = page.locator(".screen").bounding_box()
    assert box
    page.mouse.click(box["x"] + 0.7 * box["width"], box["y"] + 20)
    expect(page.locator(".where")).to_have_text("2.1 s of 3.0 s")
    forget(page)
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("window.taped.length > 120")
    wave = tape(page)
    first = int(np.flatnonzero(np.abs(wave) > 1e-4)[0])
    spectrum = np.abs(np.fft.rfft(wave[first : first + 2400])) / 1200
    assert spectrum[30] > 0.5 * AMPLITUDE, "300 Hz"
    assert spectrum[20] < 0.02 * AMPLITUDE, "200 Hz, from the old place"


def test_loudness_is_matched_or_not(stage: Stage) -> None:
    waves = {"Dry": track("Dry", 0.5 * tone(200), -26.0), "Wet (reference)": track("Wet", tone(300), -20.0)}
    page = stage.show("ab", packed(waves), TAP)
    ready(page, 2)
    page.keyboard.press("Tab")
    page.locator(".sound").filter(has_text="Dry").click()
    expect(page.locator(".text")).to_have_text("Dry: about Dry · turned up 6.0 dB")
    page.keyboard.press("Space")

    def level() -> float:
        record(page, 1.2, RATE)
        return sines(tape(page), RATE, 0.02 * AMPLITUDE)[200]

    matched = level()
    page.get_by_label("Match loudness").uncheck()
    expect(page.locator(".text")).to_have_text("Dry: about Dry")
    assert 20 * np.log10(matched / level()) == pytest.approx(6.0, abs=0.1)


def test_a_drag_and_keys_seek_and_the_place_is_told_when_it_rests(stage: Stage) -> None:
    page = stage.show("ab", packed(tones("Dry", "Wet (reference)")), TAP)
    ready(page, 2)
    screen = page.get_by_role("slider", name="Position in the sound")
    box = screen.bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 20)
    page.mouse.down()
    for share in np.linspace(0.1, 0.5, 20):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + 20)
    page.mouse.up()
    expect(page.locator(".where")).to_have_text("1.5 s of 3.0 s")
    for key, words in {
        "Home": "0.0 s of 3.0 s", "ArrowRight": "0.5 s of 3.0 s", "Shift+ArrowRight": "0.6 s of 3.0 s",
        "ArrowDown": "0.1 s of 3.0 s", "End": "3.0 s of 3.0 s", "ArrowLeft": "2.5 s of 3.0 s",
    }.items():  # fmt: skip
        screen.press(key)
        expect(screen).to_have_attribute("aria-valuetext", words)
    screen.press("Home")
    screen.press("Space")
    told = screen.get_attribute("aria-valuetext")
    expect(page.locator(".where")).to_have_text(re.compile(r"^0\.[5-9]|^1\."))
    assert screen.get_attribute("aria-valuetext") == told, "not rewritten as it runs"
    screen.press("Space")
    expect(screen).not_to_have_attribute("aria-valuetext", str(told))


def test_the_player_is_usable_on_a_phone(stage: Stage) -> None:
    stage.page.set_viewport_size({"width": 390, "height": 844})
    page = stage.show("ab", packed(tones(*HZ)))
    ready(page, len(HZ))
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    box = page.locator(".ab").bounding_box()
    assert box
    assert box["height"] <= 560
    for choice in page.locator(".sound").all():
        size = choice.bounding_box()
        assert size
        assert size["height"] >= 40


def test_sounds_that_cannot_be_read_are_said_so(stage: Stage) -> None:
    broken = {label: ab.Track(label, b"no sound", bytes(50), 50, -20.0, 0.5) for label in ("Dry", "Wet (reference)")}
    page = stage.show("ab", packed(broken))
    expect(page.get_by_text("This browser cannot read the sounds")).to_be_visible()
    expect(page.get_by_role("button", name="Play")).to_be_disabled()
