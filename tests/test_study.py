"""Promise: what the study says of a space to play in is true of spaces whose answer is known."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from core.effects import EFFECTS, KnobLayout
from core.explorer import Explorer
from core.models.controller import Controller, ControllerConfig
from training.corpus import Corpus
from training.experiments import study
from training.experiments.study import Space
from training.pairs import Pair, Pairs

KNOBS = KnobLayout(("delay", "bitcrush"))  # of three knobs and of two


def space(decode: Callable[[np.ndarray], np.ndarray]) -> Space:
    """A space of one effect, always sure, whose knobs of w are told."""

    def answer(w: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return np.zeros(len(w), int), np.ones(len(w)), decode(w)

    return Space("made up", lambda z: z, answer)


def points(count: int = 60, size: int = 2) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(count, size))


def mixed(w: np.ndarray) -> np.ndarray:
    """Five monotone curves of directions in w, (point, 5) in [0, 1]."""
    direction = np.random.default_rng(1).normal(size=(w.shape[1], 5))
    return 1 / (1 + np.exp(-w @ direction))


# Variation


def test_variation_is_one_where_every_knob_is_monotone() -> None:
    found = study.variation(space(mixed), points(), np.zeros(60, int), KNOBS)
    assert len(found) > 100
    assert np.allclose(found, 1)


@pytest.mark.parametrize("turns", [2, 5])
def test_variation_counts_the_turns_of_a_zig_zag(turns: int) -> None:
    """Along a line from 0 to 1 a triangle wave of n sides has n times its range behind it."""
    w = np.array([[0.0], [1.0]])

    def triangle(w: np.ndarray) -> np.ndarray:
        return np.repeat(np.abs((w * turns + 1) % 2 - 1), 5, axis=1)

    found = study.variation(space(triangle), w, np.zeros(2, int), KNOBS)
    assert np.allclose(found, turns, rtol=0.05)


def test_variation_looks_at_the_knobs_of_the_two_ends_alone_and_only_where_they_move() -> None:
    def decode(w: np.ndarray) -> np.ndarray:
        knobs = np.full((len(w), 5), 0.5)
        knobs[:, 0] = mixed(w)[:, 0]
        knobs[:, 3] = np.sin(40 * w[:, 0]) / 2 + 0.5  # a wild knob of the other effect
        return knobs

    calm = study.variation(space(decode), points(), np.zeros(60, int), KNOBS)
    assert np.allclose(calm, 1)
    assert len(calm) <= study.LINES  # four of five knobs stand still or are the other effect's
    wild = study.variation(space(decode), points(), np.ones(60, int), KNOBS)
    assert np.median(wild) > 2


# Coverage


@pytest.fixture
def few_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "PROBES", 64)


def bitcrush_of(sure: float, knobs: Callable[[np.ndarray], np.ndarray], explorer: Explorer) -> Space:
    """A space that plays the bitcrush, knobs (point, 2) of w."""
    number = explorer.config.effects.index("bitcrush")

    def decode(w: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        row = np.full((len(w), explorer.knobs.size), np.nan)
        row[:, explorer.knobs.own(number)] = knobs(w)
        return np.full(len(w), number), np.full(len(w), sure), row

    return Space("bitcrush", lambda z: z, decode)


@pytest.mark.usefixtures("few_probes")
def test_coverage_tells_a_rich_space_from_a_poor_one(factor: Explorer) -> None:
    w = np.random.default_rng(0).uniform(-1, 1, (400, 2))

    def coverage(sure: float, knobs: Callable[[np.ndarray], np.ndarray], w: np.ndarray = w) -> float:
        return study.coverage(bitcrush_of(sure, knobs, factor), factor, w)

    def all_over(w: np.ndarray) -> np.ndarray:
        return (w + 1) / 2

    assert coverage(1.0, lambda w: np.full_like(w, 0.5)) == 0  # one sound
    assert coverage(0.4, all_over) == 0  # unsure
    assert coverage(1.0, all_over, np.zeros((400, 2))) == 0  # collapsed
    rich = coverage(1.0, all_over)
    assert rich > 0.9
    # Half of the points play one sound.
    half = coverage(1.0, lambda w: np.where(w[:, :1] < 0, 0.5, all_over(w)))
    assert 0.3 < half < 0.7


# Spaces


@pytest.mark.parametrize("bottleneck", [0, 3])
def test_a_controller_is_a_space(bottleneck: int) -> None:
    torch.manual_seed(0)
    counts = tuple(len(effect.parameters) for effect in EFFECTS)
    controller = Controller(ControllerConfig(6, counts, bottleneck, width=32)).eval()
    made = study.of_controller("some", controller, lambda z: 2 * z)
    z = points(10, 6)
    w = made.encode(z)
    assert w.shape == (10, bottleneck or 6)
    if not bottleneck:
        assert np.allclose(w, 2 * z, atol=1e-5)
    effect, sure, knobs = made.decode(w)
    assert effect.shape == sure.shape == (10,)
    assert knobs.shape == (10, sum(counts))
    assert set(effect) <= set(range(len(EFFECTS)))
    assert ((sure >= 1 / len(EFFECTS)) & (sure <= 1)).all()
    said = controller(torch.tensor(2 * z, dtype=torch.float32))
    assert np.allclose(knobs, said.knobs.detach(), atol=1e-5)
    assert (effect == said.effect.argmax(dim=1).numpy()).all()


def test_labels_and_rows_of_knobs_have_one_order(factor: Explorer) -> None:
    """What a controller is trained on is what the study reads."""
    pairs = Pairs.__new__(Pairs)
    pairs.effects, pairs.split, pairs.seed, pairs.fixed = factor.config.effects, "train", 0, None
    for index in range(len(pairs.effects)):
        place, knobs = np.split(pairs.label(index), [len(pairs.effects)])
        effect = int(place.argmax())
        assert knobs[factor.knobs.own(effect)] == pytest.approx(pairs.setting(index).values)
        assert np.isfinite(knobs).sum() == len(pairs.setting(index).values)
        assert factor.knobs.setting(effect, knobs).effect == pairs.setting(index).effect


def test_looking_up_in_a_map_gives_what_lies_there(factor: Explorer) -> None:
    """On a map where every effect lies by itself and knobs change slowly; and mostly so on the shipped one."""
    atlas, rows = factor.atlas, factor.knobs.rows(factor.atlas.effect, factor.atlas.values)
    island = np.stack([100.0 * atlas.effect, np.zeros(len(atlas))], axis=1)
    sorted_map = replace(atlas, umap_2d=island + 10 * np.nan_to_num(atlas.values[:, :2]))
    clear = study.by_umap(SimpleNamespace(atlas=sorted_map, config=factor.config))  # type: ignore[arg-type]
    some = slice(0, len(atlas), len(atlas) // 60)
    effect, sure, knobs = clear.decode(sorted_map.umap_2d[some])
    assert (effect == atlas.effect[some]).all()
    assert (sure == 1).all()
    first = (np.arange(len(effect)), [factor.knobs.own(number).start for number in atlas.effect[some]])
    assert np.abs(knobs[first] - rows[some][first]).mean() < 0.06

    shipped = study.by_umap(factor)
    effect, sure, knobs = shipped.decode(atlas.umap_2d[some])
    assert (effect == atlas.effect[some]).mean() > 0.75
    assert ((sure > 1 / len(factor.config.effects)) & (sure <= 1)).all()
    assert np.isfinite(knobs).all()
    z = atlas.pca @ atlas.pca_basis + atlas.pca_mean
    assert np.abs(shipped.encode(z[some]) - atlas.umap_2d[some]).max() < 0.1


# All of it


@pytest.mark.usefixtures("few_probes")
def test_a_space_that_knows_the_truth_has_the_best_row(factor: Explorer, corpus: Path) -> None:
    pairs = Pairs(Corpus(corpus), "valid", factor.config.effects, seed=3)
    count = 64
    label = torch.stack([torch.from_numpy(pairs.label(index)) for index in range(count)])
    place, knobs = label.split([len(pairs.effects), factor.knobs.size], dim=1)
    sounds: list[Pair] = [pairs[index] for index in range(8)]
    z = torch.cat([place.argmax(dim=1, keepdim=True), knobs.nan_to_num(0.5)], dim=1)
    test = SimpleNamespace(z=z, place=place, knobs=knobs)

    def decode(w: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        effect = np.clip(np.round(w[:, 0]), 0, len(factor.config.effects) - 1).astype(int)
        return effect, np.ones(len(w)), np.clip(w[:, 1:], 0, 1)

    row = study.measure(Space("truth", lambda z: z, decode), factor, test, sounds)  # type: ignore[arg-type]
    assert row["numbers"] == 1 + factor.knobs.size
    assert row["effect accuracy"] == 1
    assert row["knob error"] == 0
    assert row["MR-STFT / do nothing"] == 0
    assert row["variation / range"] == 1
    assert row["trustworthiness"] == row["continuity"] == pytest.approx(1, abs=0.005)
    assert row["coverage"] > 0.3

    def middle(w: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        effect, sure, knobs = decode(w)
        return effect, sure, np.full_like(knobs, 0.5)

    worse = study.measure_answers(Space("0.5", lambda z: z, middle), factor, test, sounds)  # type: ignore[arg-type]
    assert worse["effect accuracy"] == 1
    assert 0.15 < worse["knob error"] < 0.35
    assert worse["MR-STFT / do nothing"] > 0.2
