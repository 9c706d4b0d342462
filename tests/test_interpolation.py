"""Promise: every voice is heard as it says, the ends are the sounds that were chosen, and measures measure."""

import numpy as np
import pytest
import torch

from core.audio import SEGMENT
from core.audio.clips import load_clip
from core.audio.distance import mrstft
from core.audio.measure import rmse_db, spectral_distance_db
from core.audio.rate import resampled
from core.audio.spectrogram import Spectrogram
from core.effects import Blend, Setting, random_setting, render, render_blend
from core.effects.automation import automate
from core.explorer import Explorer
from core.paths.interpolation import mean_setting
from core.paths.measures import evenness, knob_curves, measure, share_curves, zigzag
from core.paths.over_time import decoded, nodes
from core.paths.route import PathError, Route
from core.paths.voices import VOICES, Takes

SOFT, HARD = Setting("overdrive", (0.1, 0.6, 0.5)), Setting("overdrive", (0.9, 0.4, 0.7))
REVERB = Setting("reverb", (0.5, 0.4, 0.6))
KINDS = ("linear", "spherical", "spline", "manifold")


@pytest.fixture(scope="module")
def long_dry() -> np.ndarray:
    return np.resize(load_clip("speech_en_f_allison"), SEGMENT)


def pairs(dry: np.ndarray, *settings: Setting) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(dry, render(dry, setting)) for setting in settings]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_path_ends_at_its_sounds(factor: Explorer, long_dry: np.ndarray, kind: str) -> None:
    settings = [SOFT, REVERB]
    route = Route(kind, steps=5, via=(12, 9000) if kind == "spline" else ())
    ends = pairs(long_dry, *settings)
    path = factor.interpolate(ends, route)
    blends = factor.blends(path, settings)
    assert [blend.main for blend in (blends[0], blends[-1])] == settings
    for end, step in enumerate((0, 4)):
        wet = path.wets[end]
        assert mrstft(factor.voice(path, step, "re-rendered", settings, blends), wet) < 0.01
        assert mrstft(factor.voice(path, step, "parameter line", settings), wet) < 0.01
        assert np.array_equal(factor.voice(path, step, "crossfade"), wet)
        made = factor.reconstruct(*ends[end])
        assert np.array_equal(factor.voice(path, step, "decoded"), made.wet_decoded)


@pytest.mark.parametrize("kind", KINDS)
def test_from_a_sound_to_itself_nothing_changes(factor: Explorer, long_dry: np.ndarray, kind: str) -> None:
    path = factor.interpolate(pairs(long_dry, SOFT, SOFT), Route(kind, steps=3, easing="equal change"))
    assert np.allclose(path.z, path.z_ends[0], atol=1e-5)
    blends = factor.blends(path, [SOFT, SOFT])
    assert blends[1].main.values == pytest.approx(SOFT.values, abs=1e-3)


def test_along_the_data_is_nearer_to_the_data(factor: Explorer, long_dry: np.ndarray) -> None:
    ends = pairs(long_dry, SOFT, REVERB)
    straight, along = (
        factor.distance(factor.interpolate(ends, Route(kind, steps=15))) for kind in ("linear", "manifold")
    )
    assert along < 0.6 * straight


def test_equal_change_is_more_even(factor: Explorer, long_dry: np.ndarray) -> None:
    ends = pairs(long_dry, SOFT, REVERB)
    found = {}
    for easing in ("even", "equal change"):
        path = factor.interpolate(ends, Route(easing=easing))
        found[easing] = measure([factor.voice(path, step, "decoded") for step in range(11)]).evenness
    assert found["equal change"] > found["even"] + 0.03


def test_a_square_has_four_corners(factor: Explorer, long_dry: np.ndarray) -> None:
    settings = [SOFT, HARD, REVERB, random_setting("lowpass", 1)]
    path = factor.interpolate(pairs(long_dry, *settings), Route("corners", steps=3))
    assert path.order[:4] == [0, 2, 6, 8]
    assert np.allclose(path.z[[0, 2, 6, 8]], path.z_ends, atol=1e-6)
    assert np.allclose(path.shares.sum(axis=1), 1)
    blends = factor.blends(path, settings)
    assert [blends[step].main for step in (0, 2, 6, 8)] == settings
    assert np.isfinite(factor.voice(path, 4, "re-rendered", settings, blends)).all()
    with pytest.raises(PathError, match="a square has four"):
        factor.interpolate(pairs(long_dry, SOFT, HARD), Route("corners", steps=3))


def test_beyond_the_ends_an_effect_grows(factor: Explorer, long_dry: np.ndarray) -> None:
    ends = [Setting("overdrive", (0.3, 0.5, 0.5)), Setting("overdrive", (0.6, 0.5, 0.5))]
    path = factor.interpolate(pairs(long_dry, *ends), Route(part="effect", steps=9, low=-0.3, high=1.3))
    drive = knob_curves(factor.blends(path, ends))["overdrive", 0]
    assert drive[0] < 0.3 < 0.6 < drive[-1]
    assert zigzag(drive) < 1.05


def test_a_part_that_stays_is_that_of_a(factor: Explorer, long_dry: np.ndarray) -> None:
    other = np.resize(load_clip("speech_it_m_carlo"), SEGMENT)
    ends, settings = [*pairs(long_dry, SOFT), *pairs(other, REVERB)], [SOFT, REVERB]
    by_effect = factor.interpolate(ends, Route(part="effect", steps=3))
    assert by_effect.same_audio
    assert np.array_equal(by_effect.dry(2), by_effect.drys[0])
    last = factor.voice(by_effect, 2, "crossfade", settings)
    assert mrstft(last, render(by_effect.drys[0], REVERB)) < 0.01
    by_content = factor.interpolate(ends, Route(part="content", steps=3))
    assert [blend.main for blend in factor.blends(by_content, settings)][::2] == [SOFT, SOFT]
    assert by_content.blend(1, settings) == Blend.of(SOFT)
    with pytest.raises(PathError, match="no part 'mood'"):
        factor.interpolate(ends, Route(part="mood"))
    with pytest.raises(PathError, match=f"points 0 to {len(factor.atlas) - 1:,}"):
        factor.interpolate(ends, Route("spline", via=(16_000,)))


def test_voices_have_names(factor: Explorer, long_dry: np.ndarray) -> None:
    path = factor.interpolate(pairs(long_dry, SOFT, HARD), Route(steps=3))
    assert len(factor.voice(path, 1, "decoded dry")) == SEGMENT
    with pytest.raises(ValueError, match="no voice 'choir'"):
        factor.voice(path, 1, "choir")
    assert set(VOICES) == {"transferred", "decoded", "re-rendered", "parameter line", "crossfade", "decoded dry"}


def test_a_setting_between_two_is_their_mean(long_dry: np.ndarray) -> None:
    middle = mean_setting([SOFT, HARD], np.array([0.5, 0.5]))
    assert middle.main.values == pytest.approx((0.5, 0.5, 0.6))
    mixed = mean_setting([SOFT, REVERB], np.array([0.25, 0.75]))
    assert [share for _, share in mixed.parts] == pytest.approx([0.25, 0.75])
    expected = 0.25 * render(long_dry, SOFT) + 0.75 * render(long_dry, REVERB)
    assert np.allclose(render_blend(long_dry, mixed), expected, atol=1e-6)
    assert "75%" in mixed.text
    for parts in ((), ((SOFT, 0.5), (HARD, 0.5)), ((SOFT, 0.7),), ((SOFT, 1.5), (REVERB, -0.5))):
        with pytest.raises(ValueError, match="blend"):
            Blend(parts)


def test_measures_know_a_zigzag_from_a_ramp() -> None:
    assert zigzag(np.array([0.1, 0.2, 0.5, 0.9])) == pytest.approx(1)
    assert zigzag(np.array([0.0, 1.0, 0.0, 1.0])) == pytest.approx(3)
    assert np.isnan(zigzag(np.array([0.5, 0.5, np.nan])))
    assert evenness(np.array([1.0, 1.0])) == 1
    assert evenness(np.array([1.0, 3.0])) == pytest.approx(2 / 3)
    blends = [Blend.of(SOFT), mean_setting([SOFT, REVERB], np.array([0.5, 0.5])), Blend.of(REVERB)]
    assert share_curves(blends)["reverb"].tolist() == [0, 0.5, 1]
    assert np.isnan(knob_curves(blends)["overdrive", 0]).tolist() == [False, False, True]


@pytest.mark.parametrize("voice", ["decoded", "re-rendered", "parameter line"])
def test_a_morph_over_time_goes_from_a_to_b_without_a_click(factor: Explorer, voice: str) -> None:
    dry = np.concatenate([load_clip("tabla_loop"), load_clip("speech_it_m_carlo"), load_clip("guitar_em9")])[:300_000]
    seconds, settings = len(dry) / 24_000, [Setting("lowpass", (0.2, 0.2)), Setting("lowpass", (0.9, 0.2))]
    curve = [(0.2 * seconds, 0.0), (0.8 * seconds, 1.0)]
    if voice == "decoded":
        wet = np.concatenate(list(decoded(factor, dry, settings, Route(), curve)))
    else:
        wet = automate(dry, nodes(factor, dry, settings, Route(), voice), curve)
    assert wet.shape == dry.shape
    ends = [render(dry, setting) for setting in settings]
    start, end = slice(0, int(0.15 * len(dry))), slice(int(0.85 * len(dry)), None)
    for where, near, far in ((start, *ends), (end, *ends[::-1])):
        assert spectral_distance_db(wet[where], near[where]) < 0.6 * spectral_distance_db(wet[where], far[where])
    if voice == "decoded":
        for join in (SEGMENT - 6000, SEGMENT):
            change = np.square(np.diff(wet))
            assert change[join - 64 : join + 64].mean() < 1.26 * change[join - 4800 : join + 4800].max()


def test_silence_stays_silence_over_time(factor: Explorer) -> None:
    dry = np.concatenate([load_clip("tabla_loop")[:24_000], np.zeros(200_000, dtype=np.float32)])
    wet = np.concatenate(list(decoded(factor, dry, [SOFT, HARD], Route(), [(0, 0), (9, 1)])))
    assert wet.shape == dry.shape
    assert np.abs(wet[-SEGMENT // 2 :]).max() < 1e-3


def test_between_recordings_the_recordings_themselves_are_heard(factor: Explorer, long_dry: np.ndarray) -> None:
    """Transferred: at the ends the true wet sounds, halfway as strong as what is decoded there, and nearer to it than a
    mix of them is; over one recording what decoded is."""
    other = np.resize(load_clip("guitar_em9"), SEGMENT)
    ends = [(long_dry, render(long_dry, Setting("lowpass", (0.1, 0.2)))), (other, render(other, HARD))]
    path = factor.interpolate(ends, Route(steps=3))
    first, middle, last = (factor.voice(path, step, "transferred") for step in range(3))
    assert np.array_equal(first, path.wets[0])
    assert np.array_equal(last, path.wets[1])
    there, spectrogram = path.spectrograms[1, 1], Spectrogram(factor.spectrogram_config)
    as_decoded, mixed = (
        spectrogram.magnitude(spectrogram.stft(torch.from_numpy(sound))).numpy()
        for sound in (middle, factor.voice(path, 1, "crossfade"))
    )
    assert 0.4 < np.square(as_decoded).sum() / np.square(there).sum() < 2.5
    assert rmse_db(as_decoded, there) < 0.8 * rmse_db(mixed, there)
    over_one = factor.interpolate(pairs(long_dry, SOFT, HARD), Route(steps=3))
    assert np.array_equal(factor.voice(over_one, 1, "transferred"), factor.voice(over_one, 1, "decoded"))
    studio = [tuple(np.stack([resampled(sound, 24_000, 48_000)] * 2) for sound in pair) for pair in ends]
    takes = Takes.of([(dry, wet, 48_000) for dry, wet in studio], same_audio=False)
    at_ends = [factor.voice(path, step, "transferred", takes=takes) for step in (0, 2)]
    assert all(np.array_equal(heard, wet) for heard, wet in zip(at_ends, takes.wets, strict=True))
    wide = factor.voice(path, 1, "transferred", takes=takes)
    assert wide.shape == (2, 2 * SEGMENT)
    assert mrstft(resampled(wide[1], 48_000, 24_000), middle) < 0.15
    corners = factor.interpolate([*ends, *ends[::-1]], Route("corners", steps=3))
    assert np.isfinite(factor.voice(corners, 4, "transferred")).all()
