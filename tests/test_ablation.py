"""Promise: what an ingredient of the effect part is worth is measured over several seeds, each trained once."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from core.checkpoints.folder import load_config
from training import labels
from training.corpus import Corpus
from training.experiments import ablation
from training.experiments.ablation import VARIANTS, AblationRun
from training.real_pairs import RealPairs


@pytest.fixture(scope="module")
def run(small_run: Path, corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> AblationRun:
    """Three short variants of the small checkpoint of these tests, from the pairs that it was trained on."""
    mine = tmp_path_factory.mktemp("mine")
    checkpoint, cache = (Path(shutil.copytree(small_run / name, mine / name)) for name in ("checkpoint", "cache"))
    only = ("as shipped", "MLP on measurements without VAE", "half as many pairs")
    return AblationRun((corpus,), mine / "out", checkpoint, cache, 24, 8, epochs=12, seeds=2, examples=12, only=only)


def test_each_seed_is_trained_once_and_the_card_tells_their_spread(
    run: AblationRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = load_config(run.checkpoint)
    rows = ablation.ablate(run)
    after, text = load_config(run.checkpoint), (run.checkpoint / "README.md").read_text()
    assert after.training["ablations"] == rows
    assert after.scores == before.scores
    assert [row["variant"] for row in rows] == list(run.only)
    for row in rows:
        assert all("±" in cell for name, cell in row.items() if name != "variant")
        assert 0.05 < float(row["knob error"].split(" ± ")[0]) < 0.6
        assert f"| {row['variant']} | {row['effect found']} |" in text
    assert "split valid" in text
    assert "mean and standard deviation of 2 seeds" in text
    assert len({tuple(row.values())[1:] for row in rows}) == 3

    monkeypatch.delattr(ablation, "learn_labels")
    assert ablation.ablate(run) == rows
    with pytest.raises(NameError):  # another number of epochs is another training
        ablation.ablate(replace(run, epochs=13))


def test_without_a_vae_nothing_is_sampled(run: AblationRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(labels, "sample")
    ablation.ablate(replace(run, only=("MLP on measurements without VAE",), epochs=2))
    with pytest.raises(NameError):
        ablation.ablate(replace(run, only=("as shipped",), epochs=2))


def test_too_few_pairs_of_a_kind_are_told(run: AblationRun) -> None:
    with pytest.raises(SystemExit, match=r"24 pairs hold \d+ for 'no chains'. Please ask for --pairs \d+"):
        ablation.ablate(replace(run, pairs=24, only=("no chains",)))


def test_variants_learn_from_what_they_say(corpus: Path) -> None:
    """Music stands second: here the same corpus once more, which is another one."""
    corpora = [Corpus(corpus), Corpus(corpus)]
    pairs = RealPairs(corpora, "train", ("delay", "overdrive", "lowpass"))
    plans = [pairs.plan(index) for index in range(200)]

    def kept(name: str) -> list[int]:
        return [i for i, plan in enumerate(plans) if VARIANTS[name].learns_from(plan, corpora[0])]

    assert kept("as shipped") == list(range(200))
    assert kept("no chains") == [i for i, plan in enumerate(plans) if len(plan.chain.effects) == 1]
    assert kept("no music") == [i for i, plan in enumerate(plans) if plan.corpus is corpora[0]]
    calm = [plans[i].way for i in kept("pairs of a laboratory")]
    assert 30 < len(calm) < 90
    assert not any(way.late or way.lead or way.codec or way.inverted for way in calm)
