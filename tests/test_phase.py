"""Promise: phases go in and come back; a checkpoint that decodes them sounds without any phase retrieval."""

import csv
import json
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
import tyro

from core.audio import SEGMENT
from core.audio.inversion import direct
from core.audio.measurements import measure_pair
from core.audio.spectrogram import PhaseSpectrogramConfig, Spectrogram, prepare_pair
from core.checkpoints.folder import CheckpointConfig, build, load_config, save
from core.effects import Setting, render
from core.explorer import Explorer
from core.models.layers import sample
from core.models.phase_vae import Phase, PhaseVAE, phase_features, phases, wrap
from core.paths.route import Route
from training.config import VAERun
from training.experiments.phase import NOTHING, ROUTES, PhaseRun, compare

KINDS = get_args(Phase)
SMALL = {"width": 32, "local_latent": 16, "pair_latent": 16}
CHORUS = Setting("chorus", (0.5, 0.5, 0.5))


@pytest.fixture(scope="module")
def pair(dry: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return prepare_pair(dry, render(dry, CHORUS), SEGMENT)


@pytest.fixture(scope="module")
def joint(pair: tuple[np.ndarray, np.ndarray]) -> torch.Tensor:
    """The joint spectrogram (1, 4, bin, frame) of a voice through a chorus."""
    return Spectrogram(PhaseSpectrogramConfig())(*(torch.from_numpy(sound)[None] for sound in pair))


@pytest.fixture(scope="module")
def measurements(pair: tuple[np.ndarray, np.ndarray], joint: torch.Tensor) -> torch.Tensor:
    return measure_pair(*(torch.from_numpy(sound)[None] for sound in pair), joint, PhaseSpectrogramConfig())


def small(kind: str) -> PhaseVAE:
    torch.manual_seed(0)
    return build("phase_vae", SMALL | {"phase": kind})


def error_db(sound: np.ndarray, target: np.ndarray) -> float:
    """Norm of the difference over that of the target, but for the fade at the very end."""
    error = (sound - target)[: SEGMENT - 1024]
    return float(20 * np.log10(np.linalg.norm(error) / np.linalg.norm(target)))


def test_magnitudes_and_phases_give_the_sound_back(joint: torch.Tensor, pair: tuple[np.ndarray, np.ndarray]) -> None:
    sounds = direct(joint, Spectrogram(PhaseSpectrogramConfig()))[0].numpy()
    assert max(error_db(sound, target) for sound, target in zip(sounds, pair, strict=True)) < -60


def test_a_known_dry_sound_turns_the_phases_of_both(joint: torch.Tensor, pair: tuple[np.ndarray, np.ndarray]) -> None:
    spectrogram = Spectrogram(PhaseSpectrogramConfig())
    lost = joint.clone()
    lost[:, 2:] += torch.rand(lost[:, :1].shape) * 6  # all that is left is wet's distance from dry
    dry = spectrogram.stft(torch.from_numpy(pair[0]))[None, None]
    assert error_db(direct(lost, spectrogram)[0, 1].numpy(), pair[1]) > -3
    assert error_db(direct(lost, spectrogram, dry)[0, 1].numpy(), pair[1]) < -60


def test_mel_bands_have_no_phase() -> None:
    with pytest.raises(ValueError, match="mel band"):
        PhaseSpectrogramConfig(bands=128)


@pytest.mark.parametrize("kind", KINDS)
def test_phases_survive_every_representation(kind: Phase, joint: torch.Tensor) -> None:
    config = PhaseSpectrogramConfig()
    features = phase_features(joint[:, 2:], kind, config)
    assert features.abs().max() <= 1 + 1e-6
    assert wrap(phases(features, kind, config) - joint[:, 2:]).abs().max() < 2e-3


def test_a_steady_tone_has_a_steady_instantaneous_frequency() -> None:
    config = PhaseSpectrogramConfig()
    place = 40.25  # bins; a quarter of a bin off the middle: a quarter of pi / 2 more a hop
    tone = torch.sin(2 * torch.pi * place / config.fft * torch.arange(SEGMENT))[None]
    features = phase_features(Spectrogram(config)(tone, tone)[:, 2:], "instantaneous", config)
    assert (features[0, 0, 40, 8:-8] - 0.25 / 2).abs().max() < 1e-3


def test_a_filter_has_the_same_relative_phase_at_all_times(dry: np.ndarray) -> None:
    sounds = (torch.from_numpy(sound)[None] for sound in prepare_pair(dry, -0.5 * dry, SEGMENT))
    joint = Spectrogram(PhaseSpectrogramConfig())(*sounds)
    cosine = phase_features(joint[:, 2:], "relative", PhaseSpectrogramConfig())[0, 1]
    assert (cosine[joint[0, 1] > 1e-4] + 1).abs().max() < 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_compress_is_undone_by_expand(kind: str, joint: torch.Tensor) -> None:
    model = small(kind)
    again = model.expand(model.compress(joint))
    audible = joint[:, :2] > 1e-3
    assert torch.allclose(again[:, :2], joint[:, :2], atol=1e-5, rtol=1e-4)
    assert wrap(again[:, 2:] - joint[:, 2:])[audible].abs().max() < 0.01


def test_silence_has_no_say_in_the_phase_error(joint: torch.Tensor) -> None:
    model = small("cos_sin")
    silent = torch.cat([torch.zeros_like(joint[:, :2]), joint[:, 2:]], dim=1)
    assert model.compress(silent)[:, 2:].abs().max() == 0


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_finite(kind: str, joint: torch.Tensor, measurements: torch.Tensor) -> None:
    model = small(kind)
    loud, silent = joint.clone(), joint.clone()
    loud[:, :2], silent[:, :2] = 1000.0, 0.0
    batch = torch.cat([loud, silent, joint])
    mu, logvar = model.encode(batch, measurements.repeat(3, 1))
    decoded = model.decode_compressed(sample(mu, logvar))
    ((decoded - model.compress(batch)).pow(2).mean() + model.kl(mu, logvar).mean()).backward()
    assert all(torch.isfinite(p.grad).all() for p in model.parameters() if p.grad is not None)


def test_one_batch_is_overfitted(dry: np.ndarray, measurements: torch.Tensor) -> None:
    sounds = prepare_pair(dry, render(dry, Setting("lowpass", (0.8, 0.0))), SEGMENT)
    joint = Spectrogram(PhaseSpectrogramConfig())(*(torch.from_numpy(sound)[None] for sound in sounds))
    model = small("relative")
    target = model.compress(joint)
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    for _ in range(100):
        decoded = model.decode_compressed(model.encode(joint, measurements)[0])
        (decoded - target).pow(2).mean().backward()
        optimizer.step()
        optimizer.zero_grad()
    with torch.no_grad():
        decoded = model.decode_compressed(model.encode(joint, measurements)[0])
    magnitudes, change = [0, 1], [3, 5]  # change: wet's distance from dry
    for channels in (magnitudes, change):
        error, signal = ((x[:, channels]).pow(2).mean().item() for x in (decoded - target, target))
        assert error < 0.4 * signal, (channels, error, signal)


def test_a_checkpoint_with_phases_comes_back_and_sounds(tmp_path: Path, pair: tuple[np.ndarray, np.ndarray]) -> None:
    model = small("relative")
    config = json.loads(json.dumps(SMALL | {"phase": "relative"}))
    save(tmp_path / "small", model, CheckpointConfig("phase_vae", config, ("chorus",)))
    explorer = Explorer.load(tmp_path / "small", device="cpu")
    joint = explorer.spectrogram(*pair)
    assert joint.shape == explorer.decode(explorer.encode(*pair)).shape == (1, 4, 513, 512)
    sounds = explorer.to_audio(joint)
    assert sounds.shape == (1, 2, SEGMENT)
    assert error_db(sounds[0, 1], pair[1]) < -60
    assert error_db(explorer.transfer(joint, pair[0])[0], pair[1]) < -25
    other = (pair[1], pair[0])
    path = explorer.interpolate([pair, other], Route(steps=3))
    assert all(np.isfinite(explorer.voice(path, step, "decoded")).all() for step in path.order)


def test_the_command_line_takes_a_phase() -> None:
    options = ["--corpus", "x", "--preset", "joint-4ch", "--model", "width", "16", "phase", "relative"]
    assert tyro.cli(VAERun, args=options).model == {"width": 16, "phase": "relative"}


def test_a_representation_is_trained_and_heard_by_every_route(corpus: Path, tmp_path: Path) -> None:
    run = PhaseRun(corpus, tmp_path, variants=("relative",), pairs=4, epochs=2, batch=2, width=16, examples=2)
    assert compare(run).stat().st_size > 10_000
    folder = tmp_path / "relative"
    config = load_config(folder / "checkpoint")
    assert (config.model, config.model_config["phase"]) == ("phase_vae", "relative")
    assert np.isfinite([error for _, error in config.training["curve"]]).all()
    assert (tmp_path / "cache-phase" / "sounds.f16").stat().st_size == 4 * 2 * SEGMENT * 2
    assert list((folder / "listen").rglob("chorus_wet_reconstructed.flac"))
    with (tmp_path / "phase.csv").open() as handle:
        rows = list(csv.DictReader(handle))
    assert {row["route"] for row in rows} == {*ROUTES, NOTHING}
    assert np.isfinite([float(row["value"]) for row in rows]).all()
