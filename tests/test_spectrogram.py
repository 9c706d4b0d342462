"""Promise: the joint spectrogram is what it says, and can be undone."""

import numpy as np
import pytest
import torch

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.inversion import griffin_lim
from core.audio.measure import loudness_lufs, to_db
from core.audio.measurements import measure_pair, measurement_count
from core.audio.spectrogram import Spectrogram, SpectrogramConfig, fit, prepare_pair
from core.effects import Setting, render

CONFIGS = [SpectrogramConfig(), SpectrogramConfig(bands=None), SpectrogramConfig(fft=4096, hop=2048, bands=None)]


@pytest.fixture(scope="module")
def spoken(dry: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(fit(dry, SEGMENT))


@pytest.mark.parametrize("config", CONFIGS)
def test_stft_round_trip_is_below_minus_60_db(config: SpectrogramConfig, spoken: torch.Tensor) -> None:
    spectrogram = Spectrogram(config)
    error = spectrogram.istft(spectrogram.stft(spoken)) - spoken
    # The last half window lacks the one frame that is left out.
    error = error[: SEGMENT - config.fft // 2]
    assert 20 * np.log10(error.abs().max() / spoken.abs().max()) < -60


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("hz", [300.0, 1000.0, 4000.0])
def test_a_sine_peaks_at_0_db_in_its_bin(config: SpectrogramConfig, hz: float) -> None:
    sine = torch.sin(2 * torch.pi * hz * torch.arange(SEGMENT) / SAMPLE_RATE)
    magnitude = Spectrogram(config)(sine[None], sine[None])
    assert magnitude.shape == (1, 2, config.bins, config.frames)
    spectrum = magnitude[0, 0, :, config.frames // 2]
    centres = config.bin_hz()
    peak = int(spectrum.argmax())
    assert abs(centres[peak] - hz) <= np.diff(centres)[max(0, peak - 1)] * 1.01
    assert abs(20 * np.log10(spectrum.max())) < 3.1


def test_a_shift_by_one_hop_moves_one_frame(spoken: torch.Tensor) -> None:
    config = SpectrogramConfig()
    spectrogram = Spectrogram(config)
    later = torch.roll(spoken, config.hop)
    a, b = spectrogram(spoken[None], later[None])[0]
    assert torch.allclose(a[:, 10:-10], b[:, 11:-9], atol=1e-5)


def test_silence_is_finite() -> None:
    config = SpectrogramConfig()
    zero = torch.zeros(1, SEGMENT)
    magnitude = Spectrogram(config)(zero, zero)
    assert magnitude.abs().max() == 0
    assert torch.isfinite(measure_pair(zero, zero, magnitude, config)).all()


def test_pair_is_scaled_by_one_gain(dry: np.ndarray) -> None:
    wet = render(dry, Setting("overdrive", (0.5, 0.5, 1.0)))
    loud, quiet = prepare_pair(dry * 4, wet * 4, SEGMENT), prepare_pair(dry / 4, wet / 4, SEGMENT)
    assert abs(loudness_lufs(loud[0]) + 23) < 0.1
    assert np.allclose(loud[1], quiet[1], atol=1e-5)
    assert loudness_lufs(loud[1]) - loudness_lufs(loud[0]) > 5  # level IS this effect's parameter


@pytest.mark.parametrize("bands", [128, None])
def test_inversion_is_better_with_a_phase_hint(bands: int | None, dry: np.ndarray) -> None:
    spectrogram = Spectrogram(SpectrogramConfig(bands=bands))
    wet = fit(render(dry, Setting("chorus", (0.5, 0.5, 0.5))), SEGMENT)
    target = spectrogram.stft(torch.from_numpy(wet))
    hint = spectrogram.stft(torch.from_numpy(fit(dry, SEGMENT)))
    errors = []
    for phase in (None, hint):
        linear = spectrogram.linear(spectrogram.magnitude(target), None if phase is None else phase.abs())
        audio = griffin_lim(linear, spectrogram, phase, iterations=8)
        difference = spectrogram.stft(audio).abs() - target.abs()
        errors.append(20 * np.log10(difference.norm() / target.norm()))
    assert errors[1] < errors[0] - 1, errors
    assert errors[1] < -12


def test_bands_of_the_linear_spectrum_are_those_asked_for(spoken: torch.Tensor) -> None:
    spectrogram = Spectrogram(SpectrogramConfig())
    bands = spectrogram.magnitude(spectrogram.stft(spoken))
    back = spectrogram.magnitude(spectrogram.linear(bands).to(torch.complex64))
    assert np.sqrt(np.mean((to_db(back.numpy()) - to_db(bands.numpy())) ** 2)) < 0.5


def test_measurements_hear_a_delay(dry: np.ndarray) -> None:
    config = SpectrogramConfig()
    wet = render(dry, Setting("delay", (0.5, 0.0, 1.0)))
    pair = [torch.from_numpy(a)[None] for a in prepare_pair(dry, wet, SEGMENT)]
    measurements = measure_pair(*pair, Spectrogram(config)(*pair), config)
    assert measurements.shape == (1, measurement_count(config))
    impulse = measurements[0, 4:160]  # the direct sound lies before
    seconds = (4 + int(impulse.argmax()) + 0.5) * 0.005
    assert abs(seconds - Setting("delay", (0.5, 0.0, 1.0)).physical["time"]) < 0.006
