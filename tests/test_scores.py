"""Promise: what scores say of data whose answer is known is true."""

from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
import torch

from core.audio.measure import FLOOR_DB
from core.effects import Setting, render
from core.explorer import Explorer
from core.latent.projection import PCA
from core.match.estimate import Estimate
from core.models.controller import Prediction
from core.paths.route import Route
from training.card_scores import better_or_worse
from training.corpus import Corpus
from training.encoded import Encoded
from training.real_pairs import RealPairs
from training.scores.baselines import pca_of
from training.scores.chains import chains
from training.scores.from_scratch import search_from_scratch
from training.scores.leak import probes, speaker_score
from training.scores.pad import pad
from training.scores.paths import Halves
from training.scores.readout import perceptron
from training.scores.reconstruction import reconstruction
from training.scores.report import Report


def test_pairs_of_one_speaker_are_resampled_together() -> None:
    """Where speakers differ and their pairs do not, ten speakers are ten observations, however many pairs they have."""
    generator = np.random.default_rng(0)
    speaker = np.repeat(np.arange(10), 100)
    values = generator.normal(size=10)[speaker] + 0.01 * generator.normal(size=1000)
    widths = {}
    for name, report in {"by pair": Report(), "by speaker": Report(speaker)}.items():
        report.mean("score", values)
        widths[name] = np.ptp(report.intervals["score"])
    assert widths["by speaker"] > 5 * widths["by pair"]
    told = Report(speaker)
    told.ratio("rms", 4 * np.ones(1000), np.ones(1000), np.sqrt)
    assert told.scores["rms"] == 2
    few = Report(speaker)
    few.mean("first", values[:200])  # of the first two speakers
    assert few.intervals["first"] == pytest.approx(sorted(values[:200].reshape(2, 100).mean(axis=1)))


def encoded(spectrograms: np.ndarray, decoded: np.ndarray) -> Encoded:
    count = len(spectrograms)
    nothing = np.zeros((count, 1))
    return Encoded(
        spectrograms.astype(np.float16), decoded.astype(np.float16), nothing, nothing, nothing,
        np.arange(count) % 8, np.arange(count) % 3, np.zeros(count), nothing, nothing,
    )  # fmt: skip


def test_errors_are_told_above_the_floor_and_by_band(factor: Explorer) -> None:
    """Half of the cells at the floor and right, the others 4 dB off below 500 Hz and 2 dB above."""
    generator = np.random.default_rng(0)
    true = generator.uniform(-60, -10, (24, 2, 128, 256)).round()
    true[..., 128:] = FLOOR_DB
    low = factor.spectrogram_config.bin_hz() < 500
    decoded = true + np.where(low, 4.0, 2.0)[:, None] * (true > FLOOR_DB)
    some = PCA(np.full(2 * 128 * 16, -40, np.float32), np.zeros((1, 2 * 128 * 16), np.float32))
    wide = PCA(np.full(2 * 128 * 32, -40, np.float32), np.zeros((1, 2 * 128 * 32), np.float32))
    report, pairs = Report(), encoded(true, decoded)
    reconstruction(report, pairs, pairs, factor, {16: some, 32: wide})
    found = report.scores["reconstruction"]["wet"]
    assert found["at_floor"] == pytest.approx(0.5)
    share = low.mean()
    above = np.sqrt(16 * share + 4 * (1 - share))
    assert found["above_floor_rmse_db"] == pytest.approx(above, rel=1e-3)
    assert found["rmse_db"] == pytest.approx(above / np.sqrt(2), rel=1e-3)
    assert found["bands"]["below 500 Hz"]["above_floor_rmse_db"] == pytest.approx(4, rel=1e-3)
    assert found["bands"]["above 5,000 Hz"]["above_floor_rmse_db"] == pytest.approx(2, rel=1e-3)
    mean = np.square(true - true.mean(axis=(0, 3), keepdims=True))[:, 1].mean()
    assert found["r2"] == pytest.approx(1 - above**2 / 2 / mean, abs=1e-3)
    assert found["mean_rmse_db"] == pytest.approx(np.sqrt(mean), rel=1e-3)
    assert found["pca_rmse_db"] > found["mean_rmse_db"]


def test_a_pca_read_in_parts_is_the_pca() -> None:
    generator = np.random.default_rng(0)
    mix = generator.normal(size=(8, 2 * 6 * 4)) * np.linspace(5, 1, 8)[:, None]
    rows = generator.normal(size=(150, 8)) @ mix + 0.1 * generator.normal(size=(150, 48)) - 40
    spectrograms = rows.reshape(150, 2, 6, 4).astype(np.float16)
    found = pca_of(spectrograms, 4, 5)
    exact = PCA.fit(spectrograms.reshape(150, 48).astype(np.float32), 5)
    assert found.basis.shape == (5, 48)
    assert np.allclose(np.abs((found.basis * exact.basis).sum(axis=1)), 1, atol=1e-3)
    assert np.allclose(found.mean, exact.mean, atol=1e-2)


def test_a_leak_that_lines_do_not_see_is_found_and_its_probe_named() -> None:
    """Speakers on rings around each other: a linear probe is at chance."""
    generator = np.random.default_rng(0)
    speaker = np.arange(300) % 2
    angle = generator.uniform(0, 2 * np.pi, 300)
    z = (1 + 2 * speaker)[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    report = Report(speaker)
    speaker_score(report, "leak", z, speaker)
    assert report.scores["leak_accuracy"] > 0.95
    assert report.scores["leak_probe"] in ("boosted trees", "RBF SVM")
    assert report.scores["leak_accuracy_by_probe"]["logistic regression"] < 0.65
    assert set(report.scores["leak_accuracy_by_probe"]) == set(probes(2))
    nothing = Report()
    speaker_score(nothing, "leak", generator.normal(size=(300, 2)), speaker)
    assert nothing.scores["leak_accuracy"] < 0.6


def test_a_perceptron_reads_effect_and_knobs(factor: Explorer) -> None:
    generator = np.random.default_rng(0)
    numbers = generator.random((600, 4))
    effect = (numbers[:, 0] > 0.5).astype(float)
    label = np.full((600, 5), np.nan)
    label[:, :2] = np.eye(2)[effect.astype(int)]
    label[effect == 0, 2], label[effect == 1, 3:] = numbers[effect == 0, 1], numbers[effect == 1, 2:]
    said = perceptron(numbers[:500], numbers[500:], label[:500], effects=2)
    assert (said[:, :2].argmax(axis=1) == effect[500:]).mean() > 0.9
    assert np.nanmean(np.abs(said[:, 2:] - label[500:, 2:])) < 0.05


def test_half_of_the_atlas_is_as_near_to_the_other_as_it_is_said_to_be(factor: Explorer) -> None:
    """Its own points lie at 1, as a median; a path between two of them along the data nearer than a straight one."""
    halves = Halves.of(factor)
    first, other = halves.space.map.atlas, halves.other.atlas
    assert len(first) + len(other) == len(factor.atlas)
    assert not set(map(tuple, first.pca)) & set(map(tuple, other.pca))
    own = halves.other.neighbours.distance(first.pca[::50]) / halves.usual
    assert np.median(own) == pytest.approx(1, abs=0.2)
    z = np.zeros((2, factor.layout.size), np.float32)
    z[:, factor.map_part] = halves.space.map.z[[10, -10]]
    straight, along = (halves.distance(z, Route(kind, part="effect")) for kind in ("linear", "manifold"))
    assert along < straight


@pytest.mark.parametrize("setting", [Setting("lowpass", (0.3, 0.6)), Setting("overdrive", (0.7, 0.4, 0.5))])
def test_a_search_from_scratch_finds_the_knobs_and_stops(setting: Setting, dry: np.ndarray) -> None:
    dry = dry[24_000:60_000]
    wet = render(dry, setting)
    found = search_from_scratch(dry, wet, setting.effect)
    assert np.abs(np.subtract(found.setting.values, setting.values)).max() < 0.02
    assert found.distance < 0.05
    assert 20 < found.heard < 1000
    assert search_from_scratch(dry, wet, setting.effect).setting == found.setting


def test_a_search_ends_where_it_has_heard_enough(dry: np.ndarray) -> None:
    strange = np.random.default_rng(0).normal(size=len(dry)).astype(np.float32)
    assert search_from_scratch(dry[:24_000], strange[:24_000], "lowpass", most=60).heard <= 70


def test_better_and_worse_are_counted_alike() -> None:
    """A lead and a lag within a tie are ties; either beyond it counts."""
    leads = {"one": 0.003, "two": 0.0019, "three": -0.0019, "four": -0.003, "five": 0.5}
    knobs = {name: {"mae": 0.1, "ridge_mae": 0.1 + lead} for name, lead in leads.items()}
    assert better_or_worse({"delay": knobs}, "ridge_") == "2 of 5 knobs better, 2 ties (within 0.002), 1 worse"


def test_who_knows_all_of_a_chain_has_the_best_scores(factor: Explorer, corpus: Path) -> None:
    """And who takes one effect for another, and every order the wrong way round, has not."""
    pairs = RealPairs([Corpus(corpus)], "valid", factor.config.effects, chains=1.0, brought=False)
    label = torch.tensor(np.array([pairs.label(index) for index in range(12)]))
    place, knobs = label.split([8, factor.knobs.size], dim=1)
    first, second = torch.triu_indices(8, 8, 1)
    order = (place[:, first] < place[:, second]).float() * 2 - 1
    right = Prediction((place > 0).float() * 8 - 4, knobs.nan_to_num(), knobs.nan_to_num(), order)
    wrong = replace(right, effect=right.effect.roll(1, dims=1), order=-order, knobs=right.knobs + 0.1)
    found = []
    for said in (right, wrong):
        report, told = Report(), Mock(wraps=factor, map_part=factor.map_part, device=factor.device, model=factor.model)
        told.spectrogram_config, told.controller = factor.spectrogram_config, lambda _, said=said: lambda z: said
        chains(report, told, pairs, 12)
        found.append(report.scores["chains"])
    lengths = torch.bincount((place > 0).sum(dim=1)).tolist()
    for length in ("2", "3"):
        best, worst = (scores[length] for scores in found)
        assert best["examples"] == lengths[int(length)] > 0
        assert (best["exact"], best["known"], best["order"], best["parameter_mae"]) == (1, 1, 1, 0)
        assert (worst["exact"], worst["order"]) == (0, 0)
        assert worst["parameter_mae"] == pytest.approx(0.1, abs=1e-4)


def test_a_pad_that_plays_the_truth_leaves_nothing(factor: Explorer, corpus: Path) -> None:
    """And one effect of it alone more, as does what the shipped pad plays."""
    pairs = RealPairs([Corpus(corpus)], "valid", factor.config.effects, chains=1.0, brought=False)
    true = iter([pairs.plan(index).chain for index in range(2)])

    def play(w: np.ndarray, effect: str | None = None) -> Estimate:
        return factor.play(w, effect) if effect else Estimate(next(true), (), {})

    found = []
    for player in (play, factor.play):
        report, told = Report(), Mock(wraps=factor, map_part=factor.map_part, dimensions=(2,), config=factor.config)
        told.controllers, told.play = factor.controllers, player
        pad(report, told, pairs, 2)
        found.append(report.scores["pad"]["2"])
    perfect, shipped = found
    assert (perfect["chained"], perfect["exact"]) == (1, 1)
    assert perfect["left"] < 0.01 < perfect["left_one"] == shipped["left_one"]
    assert shipped["left"] > 0.01
