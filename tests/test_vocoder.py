"""Promise: a vocoder begins where its start stands, learns what Griffin-Lim lacks, and is heard beside it."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core.audio.spectrogram import Spectrogram, prepare_pair
from core.explorer import Explorer
from training.experiments import vocoder as module
from training.experiments.vocoder import HEARD, Studio, VocoderRun, compare
from training.experiments.vocoder_model import Vocoder, loss, turn_error


def below_db(error: np.ndarray, sound: np.ndarray) -> float:
    """Level of an error beside a sound, but for the fade at the very end."""
    return float(20 * np.log10(np.linalg.norm(error[:-1024]) / np.linalg.norm(sound[:-1024])))


@pytest.fixture(scope="module")
def pair(factor: Explorer, dry: np.ndarray) -> np.ndarray:
    return np.stack(prepare_pair(dry, 0.5 * dry, factor.spectrogram_config.samples))


def test_before_it_learns_it_gives_back_what_griffin_lim_made(factor: Explorer, pair: np.ndarray) -> None:
    joint = factor.spectrogram(*pair)
    vocoder = Vocoder(factor.spectrogram_config.bins, 8, 1, hears_start=True).eval()
    with torch.no_grad():
        sounds = vocoder(torch.from_numpy(joint[0]), Studio(factor, "griffin-lim").given(joint[0])).numpy()
    made = factor.to_audio(joint)[0]
    assert max(below_db(sound - one, one) for sound, one in zip(sounds, made, strict=True)) < -60


def test_bands_alone_are_a_start_as_even_and_as_strong_as_the_sound(factor: Explorer) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, (2, factor.spectrogram_config.samples)).astype(np.float32)
    studio = Studio(factor, "mel")
    spectrogram = Spectrogram(factor.spectrogram_config)(*torch.from_numpy(noise)[:, None])[0].numpy()
    given, true = studio.given(spectrogram), studio.fine.stft(torch.from_numpy(noise))
    assert given.shape == true.shape
    assert not given.imag.any()
    for low, high in ((20, 60), (100, 200), (300, 480)):  # bins; the wider a band, the more power is in it
        off = given[:, low:high].abs().square().mean() / true[:, low:high].abs().square().mean()
        assert 10 * off.log10() == pytest.approx(-3, abs=1)  # noise is weaker in a window twice as long


def test_the_loss_knows_how_phases_run_on_and_not_where_they_stand(pair: np.ndarray) -> None:
    true = torch.from_numpy(pair[:1, 24_000:56_768])
    spectrum = torch.fft.rfft(true)
    turned = torch.fft.irfft(spectrum * np.exp(1j * np.pi / 3), true.shape[-1])
    shaken = torch.stft(true, 1024, 256, window=torch.hann_window(1024), return_complex=True)
    angle = torch.rand(shaken.shape, generator=torch.Generator().manual_seed(0)) * 2 * torch.pi
    shaken = torch.istft(torch.polar(shaken.abs(), angle), 1024, 256, window=torch.hann_window(1024))
    assert loss(true, true) < 1e-3
    assert loss(-true, true) < 1e-3
    assert loss(turned, true) < 0.2 * loss(shaken, true)
    assert loss(true + 0.01 * torch.randn(true.shape), true) < loss(true + 0.1 * torch.randn(true.shape), true)


def test_turns_count_along_time_and_frequency_and_a_turn_of_all_does_not() -> None:
    generator = torch.Generator().manual_seed(0)
    strong, (angle, other) = torch.ones(1, 40, 30), torch.rand((2, 1, 40, 30), generator=generator) * 2 * torch.pi
    unit, turned, random = (torch.view_as_real(torch.polar(strong, one)) for one in (angle, angle + 1, other))
    for axis in (1, 2):
        assert turn_error(turned, unit, strong, axis) < 1e-6
        assert turn_error(random, unit, strong, axis) == pytest.approx(1, abs=0.1)  # as by chance


def test_one_batch_is_overfitted(factor: Explorer, pair: np.ndarray) -> None:
    torch.manual_seed(0)
    mel, start, true = Studio(factor, "mel").sounds(pair)[0]
    mel, start, true = mel[None, :, 64:96], start[None, :, 128:192], true[None, 64 * 512 : 96 * 512]
    vocoder = Vocoder(len(mel[0]), 32, 1, hears_start=False)
    optimizer = torch.optim.Adam(vocoder.parameters(), 3e-3)
    errors = []
    for _ in range(40):
        error = loss(vocoder(mel, start), true)
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
        errors.append(error.item())
    assert errors[-1] < 0.6 * errors[0]


def test_it_is_heard_beside_griffin_lim_and_goes_on_where_it_ended(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(module.EARS, "ViSQOL", lambda true, sound: 3.0)  # takes its time
    run = VocoderRun(
        (corpus,), tmp_path, starts=("mel",), minutes=0.01, hear_every=0.01, pairs=1, batch=1, examples=1, width=8,
        blocks=1,
    )  # fmt: skip
    assert compare(run) == tmp_path / HEARD
    compare(replace(run, minutes=0.02))
    with (tmp_path / HEARD).open() as handle:
        rows = list(csv.DictReader(handle))
    steps = sorted({int(row["step"]) for row in rows})
    assert steps[0] == 0 < steps[1] < steps[2]
    heard = [{row["route"] for row in rows if int(row["step"]) == step} for step in steps]
    assert {"dry, true, Griffin-Lim, random", "wet, decoded, transfer", "wet, -, do nothing"} < heard[0]
    assert heard[1] == heard[2]
    assert {"dry, decoded, vocoder of mel", "dry, decoded, vocoder of mel, then Griffin-Lim"} < heard[1]
    assert np.isfinite([float(row["value"]) for row in rows]).all()
    assert len(rows) == 2 * sum(map(len, heard))  # both ears, and the baselines once
    said = capsys.readouterr().out
    assert f"| dry, true, vocoder of mel | {steps[2]} | 0.02 |" in said
    assert "\nmel: 0.1 MB; 0." in said
