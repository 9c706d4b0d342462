"""Promise: where an effect's plugins make no sound (NaN, infinity) that is said, never played as silence; in a match
such a candidate loses, and nothing else happens."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import numpy as np
import pedalboard
import pytest

from core.audio.clips import load_clip
from core.audio.io import AudioError, encode
from core.effects import Setting, effect_named, fade, live, render
from core.effects.amount import render_amount
from core.effects.code import as_code
from core.effects.render import NoSound
from core.explorer import Explorer
from core.match.search import refine
from tests.app import press, visit

LOW = Setting("lowpass", (0.2, 0.3))
HIGH = Setting("lowpass", (0.6, 0.3))

Fails = Callable[[list[pedalboard.Plugin]], bool]


def stand_in(monkeypatch: pytest.MonkeyPatch, fails: Fails, value: float = np.nan) -> None:
    """From now on one sample of what plugins make is no number wherever they fail."""

    def board(plugins: list[pedalboard.Plugin]) -> Callable[..., np.ndarray]:
        def play(sound: np.ndarray, rate: int, reset: bool) -> np.ndarray:
            wet = np.array(pedalboard.Pedalboard(plugins)(sound, rate, reset=reset))
            wet[..., wet.shape[-1] // 2] = value if fails(plugins) else wet[..., wet.shape[-1] // 2]
            return wet

        return play

    monkeypatch.setattr(fade, "Pedalboard", board)


def above_hz(cutoff_hz: float) -> Fails:
    return lambda plugins: getattr(plugins[0], "cutoff_hz", 0.0) > cutoff_hz


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
def test_samples_that_are_no_sound_are_a_sentence_with_effect_and_knobs(
    value: float, dry: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = render(dry, LOW)
    stand_in(monkeypatch, above_hz(800), value)
    assert np.array_equal(render(dry, LOW), whole)
    with pytest.raises(NoSound) as told:
        render(dry, HIGH)
    assert str(told.value).startswith(f"{HIGH.text} makes samples that are no sound")
    assert isinstance(told.value, AudioError), "what pages and commands show as it is"


def test_an_effect_is_not_blamed_for_what_it_is_given(dry: np.ndarray) -> None:
    broken = dry.copy()
    broken[1000] = np.nan
    with pytest.raises(NoSound, match="is given samples that are no sound"):
        render(broken, LOW)


def test_a_candidate_without_a_sound_loses(factor: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    dry = load_clip("tabla_loop")[:48_000]
    wet = render(dry, LOW)
    stand_in(monkeypatch, above_hz(800))
    found = factor.match(dry, wet)
    assert found.candidates["always 0.5"].distance == np.inf
    assert found.answer.setting is not None
    assert found.answer.setting.effect == "lowpass"
    assert found.explained
    with pytest.raises(NoSound):
        _ = found.candidates["always 0.5"].sound
    *_, last = refine(found.candidate(HIGH), spread=0.3, iterations=3)
    assert last.best.distance < np.inf, "what a search finds has a sound"


@pytest.mark.parametrize("effect", ["lowpass", "bitcrush", "chorus"])
def test_a_third_of_all_settings_may_fail(effect: str, factor: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    dry = load_clip("tabla_loop")[:24_000]
    wet, failed = render(dry, Setting(effect, effect_named(effect).defaults)), []

    def third(plugins: list[pedalboard.Plugin]) -> bool:
        """The same ones each time."""
        knobs = " ".join(repr(plugin).partition(" at 0x")[0] for plugin in plugins)
        failed.append(crc32(knobs.encode()) % 3 == 2)
        return failed[-1]

    stand_in(monkeypatch, third)
    found = factor.match(dry, wet)
    assert 0.2 < np.mean(failed) < 0.5
    assert found.answer.distance < found.candidates["nothing"].distance


def test_a_match_without_any_sound_explains_nothing(factor: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    dry = load_clip("tabla_loop")[:24_000]
    wet = render(dry, LOW)
    stand_in(monkeypatch, lambda _: True)
    found = factor.match(dry, wet)
    assert found.answer.distance == np.inf
    assert not found.explained


@pytest.mark.usefixtures("results_of_this_code")
def test_pages_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, above_hz(800))
    pair = {"m_source": "Clip and effect", "m_clip": "tabla_loop", "m_effect": "Low-pass ladder"}
    app = visit("match", pair)
    assert not app.exception
    app.select_slider(key="m_lowpass_cutoff").set_value(0.2).run()
    assert not app.exception
    assert not app.error
    assert any(note.value.startswith("Always 0.5: Low-pass ladder") for note in app.info)
    distances = next(table.value for table in app.table if "Distance" in table.value)
    assert dict(zip(distances[""], distances["Distance"], strict=True))["**Always 0.5**"] == "no sound"
    app.select_slider(key="m_lowpass_cutoff").set_value(0.6).run()
    assert not app.exception
    assert ["makes samples that are no sound" in error.value for error in app.error] == [True]


def test_the_page_of_a_morph_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_static", lambda stage, node, heard, rate: np.full_like(heard, np.nan))
    app = visit("interpolate", {"steps": "3", "view": "Over time", "voice": "Parameter line"})
    assert not app.error
    press(app, "Render the morph")
    assert not app.exception
    assert ["The delay of this morph makes samples that are no sound" in error.value for error in app.error] == [True]


def test_an_exported_script_says_so(tmp_path: Path) -> None:
    script = as_code(LOW).replace("LadderFilter, ", "Gain, LadderFilter, ", 1)
    script = script.replace("    ]\n)", "        Gain(gain_db=800),\n    ]\n)", 1)
    (tmp_path / "gain.py").write_text(script)
    (tmp_path / "dry.wav").write_bytes(encode(load_clip("bell")))
    done = subprocess.run(
        [sys.executable, "gain.py", "dry.wav", "wet.wav"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stderr.startswith("This setting makes samples that are no sound")
    assert not (tmp_path / "wet.wav").exists()


def test_some_of_a_setting_that_makes_no_sound_is_a_sentence(dry: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, lambda plugins: True)
    with pytest.raises(NoSound, match="Low-pass ladder"):
        render_amount(dry[:24_000], Setting("lowpass", (0.5, 0.5)), 0.5)
