"""Promise: measurements of a pair are finite whatever comes in, and read an effect's knobs off it as physics would."""

from itertools import combinations

import numpy as np
import pytest

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.clips import clip_segment
from core.audio.deconvolution import impulse_response
from core.audio.measure import loudness_lufs
from core.audio.measurements import VERSION, measurement_count, tails
from core.audio.measurements.aligned import Aligned
from core.audio.measurements.by_effect import COUNT, measure_by_effect, measure_level
from core.audio.measurements.clipping import measure_clipping
from core.audio.measurements.dynamics import measure_dynamics
from core.audio.measurements.steps import measure_steps
from core.audio.spectrogram import SpectrogramConfig, prepare_pair
from core.effects import EFFECTS, Chain, Effect, Setting, random_setting, render

SPEECH = ("speech_en_f_allison", "speech_de_m_uh3", "speech_ru_f_ivrvoice")
# A random sum of the measurements of each effect, when VERSION became 1.
SUMS = (2, {"delay": 6.13, "overdrive": 8.36, "reverb": 18.98, "chorus": 12.11, "phaser": 20.5, "compressor": 13.91,
            "bitcrush": 20.69, "lowpass": 34.09})  # fmt: skip
each_effect = pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.name)


def pair(setting: Setting, clip: str = SPEECH[0], samples: int = SEGMENT) -> tuple[np.ndarray, np.ndarray]:
    """dry and wet (samples,) as a model sees them."""
    dry = clip_segment(clip, 0)
    return prepare_pair(dry, render(dry, setting), samples)


@pytest.mark.parametrize("name", SUMS[1])
def test_measurements_that_say_something_else_have_another_version(name: str) -> None:
    place = [effect.name for effect in EFFECTS].index(name)
    weights = np.random.default_rng(0).normal(size=COUNT)
    setting = Setting(name, (0.4,) * len(EFFECTS[place].parameters))
    found = measure_by_effect(*pair(setting, SPEECH[place % 3])) @ weights
    assert (VERSION, pytest.approx(found, abs=0.1)) == (SUMS[0], SUMS[1][name])


def value(position: float, low: float, high: float) -> float:
    """What stands at a position between low and high, on a logarithmic scale."""
    return float(low * (high / low) ** position)


@each_effect
@pytest.mark.parametrize("samples", [65_536, SEGMENT])
def test_a_pair_gives_as_many_finite_numbers_whatever_its_length(effect: Effect, samples: int) -> None:
    found = measure_by_effect(*pair(random_setting(effect.name, 1), samples=samples))
    assert found.shape == (COUNT,) == (measurement_count(SpectrogramConfig(samples=samples, measurements="by_effect")),)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    assert np.abs(found).max() <= 10


BEHIND = {
    "nothing": (), "an overdrive": (Setting("overdrive", (0.6, 0.5, 0.5)),),
    "a chorus": (Setting("chorus", (0.4, 0.6, 0.6)),), "held samples": (Setting("bitcrush", (0.7, 0.7)),),
}  # fmt: skip


@pytest.mark.parametrize("others", BEHIND.values(), ids=BEHIND)
@pytest.mark.parametrize("clip", SPEECH)
def test_a_room_is_seen_in_the_levels_behind_other_effects(clip: str, others: tuple[Setting, ...]) -> None:
    """As it is not in the response, which an oscillator or a clipper smears."""
    dry = clip_segment(clip, 0)
    without, behind = (
        measure_by_effect(*prepare_pair(dry, render(dry, Chain(chain)), SEGMENT), chains=True)[COUNT:]
        for chain in (others, (Setting("reverb", (0.7, 0.3, 0.4)), *others))
    )
    assert len(behind) == measurement_count(SpectrogramConfig(measurements="in_chains")) - COUNT == tails.COUNT
    long = slice(3 * 4, 6 * 4)  # decays of .8 s and more, against no tail, in four groups of bands
    assert behind[long].mean() < -0.05 < -0.03 < without[long].mean()


def odd_sounds() -> dict[str, np.ndarray]:
    click, steps, noise = (np.zeros(SEGMENT, np.float32) for _ in range(3))
    click[30_000] = 1.0
    steps[::4800] = 0.5
    noise += np.random.default_rng(0).normal(0, 0.1, SEGMENT).astype(np.float32)
    late = np.concatenate([np.zeros(SEGMENT - 100, np.float32), noise[:100]])
    return {
        "silence": np.zeros(SEGMENT, np.float32), "DC": np.full(SEGMENT, 0.5, np.float32), "click": click,
        "clicks": steps, "noise": noise, "end only": late, "huge": noise * 1e6, "tiny": noise * 1e-9,
        "square": np.sign(np.sin(np.arange(SEGMENT) * 0.05)).astype(np.float32),
    }  # fmt: skip


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dry", odd_sounds())
@pytest.mark.parametrize("wet", odd_sounds())
def test_finite_for_silence_dc_clicks_and_any_level(dry: str, wet: str) -> None:
    sounds = odd_sounds()
    found = measure_by_effect(sounds[dry], sounds[wet], chains=True)
    assert found.shape == (COUNT + tails.COUNT,)
    assert np.isfinite(found).all()
    assert np.abs(found).max() <= 10


@each_effect
@pytest.mark.parametrize("gain", [0.1, 3.0])
def test_the_recording_s_level_is_not_measured(effect: Effect, gain: float) -> None:
    dry, wet = pair(random_setting(effect.name, 2))
    one, other = (measure_by_effect(*prepare_pair(dry * k, wet * k, SEGMENT)) for k in (1.0, np.float32(gain)))
    # Measurements that pick one of a bank may pick its neighbour; there are few of them.
    assert np.quantile(np.abs(one - other), 0.98) < 1e-3


def test_every_effect_is_measured_unlike_the_others() -> None:
    dry = pair(random_setting("delay"))[0]
    sounds = {"nothing": dry} | {one.name: pair(random_setting(one.name, 3))[1] for one in EFFECTS}
    found = {name: measure_by_effect(dry, sound) for name, sound in sounds.items()}
    for one, other in combinations(found, 2):
        assert np.abs(found[one] - found[other]).mean() > 0.05, (one, other)


@pytest.mark.parametrize("clip", SPEECH)
@pytest.mark.parametrize("values", [(0.02, 0.2, 0.3), (0.3, 0.9, 0.2), (0.5, 0.0, 1.0), (0.77, 0.5, 0.6), (0.98, 1, 1)])
def test_reads_the_time_of_a_delay_to_the_sample(values: tuple[float, ...], clip: str) -> None:
    setting = Setting("delay", values)
    time_s = value(measure_by_effect(*pair(setting, clip))[0], 0.05, 0.6)
    assert abs(time_s - setting.physical["time"]) * SAMPLE_RATE <= 1.01


@pytest.mark.parametrize("samples", [0, 1, 96, 5000, 40_000])
def test_the_impulse_response_of_a_shift_is_a_pulse_there(samples: int) -> None:
    dry = clip_segment(SPEECH[0], 0).astype(np.float32)
    late = np.concatenate([np.zeros(samples, np.float32), dry])[: len(dry)]
    for first, second, place in ((dry, late, samples), (late, dry, -samples)):
        response = np.abs(impulse_response(first, second))
        assert len(response) == 2 * len(dry)
        assert response.argmax() == place % len(response)  # before 0: at its end
        assert np.sort(response)[-2] < 0.75 * response.max()


@pytest.mark.parametrize("clip", SPEECH)
@pytest.mark.parametrize("values", [(0.0, 0.1), (0.4, 0.35), (0.7, 0.6), (1.0, 0.8), (0.5, 0.97)])
def test_reads_the_rate_of_a_bitcrush_within_a_thousandth(values: tuple[float, ...], clip: str) -> None:
    setting = Setting("bitcrush", values)
    places = measure_steps(Aligned.of(*pair(setting, clip)))[:2]  # the line itself, and as if it were mirrored
    assert min(abs(value(place, 2500, 16_000) / setting.physical["rate"] - 1) for place in places) < 1e-3


@pytest.mark.parametrize("clip", SPEECH)
@pytest.mark.parametrize("values", [(0.3, 0.3, 0.5), (0.6, 0.5, 0.8), (0.1, 0.6, 0.3), (0.9, 0.2, 0.6)])
def test_reads_a_compressor_s_curve_and_release(values: tuple[float, ...], clip: str) -> None:
    setting = Setting("compressor", values)
    release, threshold, slope, ratio = measure_dynamics(Aligned.of(*pair(setting, clip)))[:4]
    true = setting.physical
    assert abs(threshold * 32 - 50 - true["threshold"]) < 3.5  # dB
    assert value(release, 20, 500) == pytest.approx(true["release"], rel=0.35)
    assert value(ratio, 2, 20) == pytest.approx(true["ratio"], rel=0.6)
    assert abs(slope - (1 / true["ratio"] - 1)) < 0.08  # dB a dB


@pytest.mark.parametrize("values", [(0.2, 0.3, 0.0), (0.5, 0.9, 0.5), (0.9, 0.5, 1.0), (0.7, 0.1, 0.8)])
def test_reads_level_drive_and_tone_of_an_overdrive(values: tuple[float, ...]) -> None:
    setting = Setting("overdrive", values)
    dry, wet = pair(setting)
    level_db = measure_level(Aligned.of(dry, wet))[0] * 9
    assert level_db == pytest.approx(loudness_lufs(wet) - loudness_lufs(dry), abs=1e-3)
    assert level_db == pytest.approx(setting.physical["level"], abs=0.2)
    drive, tone = measure_clipping(Aligned.of(dry, wet))[:2]
    assert abs(drive * 40 - setting.physical["drive"]) < 4  # dB, the step of the bank
    assert value(tone, 700, 9000) == pytest.approx(setting.physical["tone"], rel=0.4)
