"""Promise: wet sounds are compared by what was done to them, not by what is said, nor by who says it, nor how loud."""

import numpy as np
import pytest

from core.audio.clips import load_clip
from core.effects import EFFECTS, Setting, random_setting, render
from core.own_map.likeness import SIZE, described, likeness
from pages.clusters.reference import nearest
from training.experiments import likeness as fitting

WORDS, OTHERS = load_clip("speech_en_f_allison"), load_clip("speech_ru_f_ivrvoice")


def test_level_and_silence_behind_do_not_count() -> None:
    wet = render(WORDS, Setting.all_at("bitcrush", 0.4))
    for same in (0.1 * wet, np.pad(wet, (0, 24_000))):
        assert np.linalg.norm(likeness(same) - likeness(wet)) < 0.15
    assert likeness(wet).shape == (SIZE,)
    for odd in (np.zeros(48_000), np.ones(3), np.eye(1, 24_000)[0]):
        assert np.isfinite(described(odd)).all()


def test_strong_effects_are_found_on_another_voice() -> None:
    settings = [random_setting(effect.name, seed) for seed in (0, 1) for effect in EFFECTS]
    known = np.stack([likeness(render(WORDS, setting)) for setting in settings])
    for effect in ("overdrive", "bitcrush", "lowpass"):
        wanted = likeness(render(OTHERS, Setting.all_at(effect, 0.3)))
        found, distance = nearest(known, wanted)
        assert settings[found[0]].effect == effect
        assert len(found) == 10
        assert (np.diff(distance) >= 0).all()


def test_discriminants_turn_away_from_what_recordings_differ_by() -> None:
    numbers = np.random.default_rng(0)

    def sounds(count: int) -> tuple[np.ndarray, np.ndarray]:
        effect = np.arange(count) % 8
        voice = numbers.normal(0, 4, (count, 1)) * np.ones(6)
        return voice + np.eye(8)[effect] @ numbers_of_effects + numbers.normal(0, 0.1, (count, 6)), effect

    numbers_of_effects = numbers.normal(0, 1, (8, 6))
    turn = fitting.discriminants(*sounds(800))
    (points, known), (references, wanted) = sounds(80), sounds(80)
    found = fitting.nearest(fitting.turned(references, *turn), fitting.turned(points, *turn))
    assert np.mean(known[found[:, 0]] == wanted) > 0.9
    raw = known[fitting.nearest(references, points)[:, 0]]
    assert np.mean(raw == wanted) < 0.7, "as they are"
    assert fitting.told(known[found], wanted).startswith("the nearest is right in ")


@pytest.mark.parametrize("count", [3, 40])
def test_the_nearest_come_first(count: int) -> None:
    known = np.arange(count)[:, None] * np.ones(SIZE)
    found, distance = nearest(known, np.full(SIZE, 2.2))
    assert found[:3].tolist() == [2, 1, 0] if count == 3 else found[:3].tolist() == [2, 3, 1]
    assert distance[0] == pytest.approx(0.2 * np.sqrt(SIZE))
