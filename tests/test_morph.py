"""Promise: the morph player and the curve hand the browser exactly what it needs: a header, and each sound as Int16."""

import json
from typing import Any

import numpy as np
import pytest

from pages.widgets.curve import curve
from pages.widgets.morph import morph


def sent(monkeypatch: pytest.MonkeyPatch, sounds: dict[str, np.ndarray], held: list[str], **other: Any) -> tuple:
    """Header and Int16 samples (sound, time) of one call."""
    mounted: list[dict] = []
    monkeypatch.setattr("pages.widgets.morph._mount", lambda **given: mounted.append(given))
    fixed: dict[str, Any] = {"version": "v", "voice": "decoded", "labels": ["a", "b"], "samples": 4, "rate": 24_000}
    morph("key", sounds, held, **(fixed | {"position": 0.5} | other), on_release=lambda: None)
    line, _, waves = mounted[0]["data"].partition(b"\n")
    header = json.loads(line)
    return header, np.frombuffer(waves, "<i2").reshape(len(header["sent"]), header["samples"])


def test_sounds_travel_as_int16_within_half_a_step_of_full_scale(monkeypatch: pytest.MonkeyPatch) -> None:
    wave = np.array([-1.0, -0.25, 0.5, 1.0], np.float32)
    header, waves = sent(monkeypatch, {"decoded/1": wave, "decoded/0": 3 * wave}, ["re-rendered/0", "decoded/2"])
    assert header["sent"] == ["decoded/1", "decoded/0"]
    assert header["held"] == ["decoded/2", "re-rendered/0"]
    assert np.abs(waves[0] / 32767 - wave).max() <= 1 / 32767
    assert np.abs(waves[1] / 32767 - np.clip(3 * wave, -1, 1)).max() <= 1 / 32767, "too loud: cut, not wrapped"


def test_a_moved_position_and_new_gains_send_no_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    header, waves = sent(monkeypatch, {}, ["decoded/0"], position=(0.2, 0.7), gains={"decoded/0": 0.5}, side=0)
    assert waves.size == 0
    assert header["position"] == [0.2, 0.7]
    assert header["gains"] == {"decoded/0": 0.5}


def test_wrong_shapes_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"shape \(4,\).*decoded/0.*\(3,\)"):
        sent(monkeypatch, {"decoded/0": np.zeros(3)}, [])
    with pytest.raises(ValueError, match="side 3 needs 9 labels, not 2"):
        sent(monkeypatch, {}, [], side=3)
    with pytest.raises(ValueError, match="needs a clip and points"):
        curve("key", [], 0.0, [(0.0, 0.0)], lambda: None)
