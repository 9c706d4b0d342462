"""The question of the report, answered with data: which few numbers let a person play the effects?"""

import io
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from PIL import Image
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy.stats import qmc
from sklearn.manifold import trustworthiness

from core.audio.clips import clip_segment
from core.audio.distance import mrstft
from core.audio.stft import bands_db
from core.checkpoints import folder
from core.checkpoints.arrival import arriving
from core.effects import KnobLayout, render
from core.explorer import Explorer
from core.latent.projection import PCA
from core.models.controller import Controller
from core.paths.measures import zigzag
from training import card
from training.config import ControllerRun
from training.controller import calibrate, facts_of, fit, keep
from training.corpus import Corpus
from training.encoded import EncodedPairs, to_encode
from training.pairs import Pair, Pairs
from training.real_pairs import RealPairs
from training.target import open_target

LINES, STEPS = 200, 21
PROBES = 256  # points of w that coverage is measured at
SIZES = (2, 3, 4, 8)


@dataclass(frozen=True)
class StudyRun:
    """Train and compare controllers with bottlenecks of 2, 3, 4 and 8 numbers, with and without KL divergence, and
    UMAP and PCA in their place; ship those with KL divergence, and what tells chains at their points, and keep table
    and plot with the checkpoint."""

    checkpoint: Path
    corpus: tuple[Path, ...]  # folders packed by `python -m training corpus`; tested on the first
    out: Path = Path("runs/study")
    chains: float = 1 / 3  # share of training pairs that are chains, which the controller without a bottleneck tells
    pairs: int = 24_000
    cache: Path | None = None  # folder of rendered pairs, as of a `vae` run
    examples: int = 800  # pairs of unseen speakers to test on
    calibration_pairs: int = 4000  # of the calibration speakers: how far off each knob may be
    heard: int = 160  # of them rendered with the predicted setting
    epochs: int = 24
    kl_weight: float = 0.01
    loss_steps: int = 60  # of 16 pairs, for the comparison of losses; 0: leave it out
    seed: int = 77
    workers: int = 2


@dataclass(frozen=True)
class Space:
    """A low-dimensional space to play in: encode z (batch, latent) -> w (batch, w); decode w -> effect (batch,), how
    sure it is (batch,), and the knobs of all effects in a row (batch, knob)."""

    name: str
    encode: Callable[[np.ndarray], np.ndarray]
    decode: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]


def study(run: StudyRun) -> list[dict[str, Any]]:
    """Train, measure, print, store; returns the rows of the table."""
    explorer = open_target(run.checkpoint, device="cpu")
    corpora, effects = [Corpus(path) for path in run.corpus], explorer.config.effects
    corpus = corpora[0]
    train_pairs = RealPairs(corpora, "train", effects, run.seed, run.chains, vary=True)
    train_tensors = to_encode(explorer, train_pairs, run.pairs, run.cache or run.out / "cache")
    train_set = EncodedPairs.of(explorer, train_tensors, f"Encoding {run.pairs:,} training pairs", workers=run.workers)
    test_pairs = Pairs(corpus, "valid", effects, run.seed + 5)
    test_tensors = to_encode(explorer, test_pairs, run.examples, run.out / "cache-test")
    test = EncodedPairs.of(explorer, test_tensors, f"Encoding {run.examples:,} pairs of unseen speakers")
    held = RealPairs(corpora, corpus.held_out("calibration"), effects, run.seed + 2, run.chains)
    held_tensors = to_encode(explorer, held, run.calibration_pairs, run.out / "cache-calibration")
    about = f"Encoding {run.calibration_pairs:,} pairs to calibrate on"
    calibration = EncodedPairs.of(explorer, held_tensors, about, workers=run.workers)
    spaces: list[Space] = []
    shipped: dict[str, Controller] = {}
    facts: dict[str, dict[str, Any]] = {}
    base = ControllerRun(run.checkpoint, run.corpus, pairs=run.pairs, epochs=run.epochs, seed=run.seed, workers=0)
    plans = [("no bottleneck", replace(base, chains=run.chains)), ("linear", replace(base, linear=True))]
    alone = train_set.alone()
    for size in SIZES:
        plans.append((f"{size} numbers, KLD", replace(base, bottleneck=size, kl_weight=run.kl_weight)))
        plans.append((f"{size} numbers, no KLD", replace(base, bottleneck=size, kl_weight=0.0)))
    for name, plan in plans:
        plan = replace(plan, out=run.out / name.replace(", ", "-").replace(" ", "-"))
        started = time.time()
        controller, found = fit(plan, explorer, train_set if plan.chains else alone, test)
        calibrate(controller, calibration)
        spaces.append(of_controller(name, controller))
        if "no KLD" not in name:
            shipped[plan.name] = controller
            facts[plan.name] = facts_of(plan, corpora, found, time.time() - started)
    for size in SIZES if run.chains else ():
        plan = replace(base, reads=f"w{size}", chains=run.chains, out=run.out / f"{size}-numbers-chains")
        started, read = time.time(), shipped[plan.reads]
        controller, found = fit(plan, explorer, train_set.at_points(read), test.at_points(read))
        calibrate(controller, calibration.at_points(read))
        shipped[plan.name] = controller
        facts[plan.name] = facts_of(plan, corpora, found, time.time() - started)
    for size in (2, 4, 8):
        spaces.append(by_pca(size, base, explorer, alone, test, run.out))
    spaces.append(by_umap(explorer))
    heard = track(range(run.heard), description=f"Rendering {run.heard:,} pairs to hear")
    sounds = [test_pairs[index] for index in heard]
    measuring = track(spaces, description=f"Measuring {len(spaces)} spaces")
    rows = [measure(space, explorer, test, sounds) for space in measuring]

    keep(run.checkpoint, shipped, facts)
    config_now = folder.load_config(run.checkpoint)
    folder.save_config(run.checkpoint, replace(config_now, scores=config_now.scores | {"study": rows}))
    with arriving(run.checkpoint) as staged:
        picture(rows, staged / "study.png")
    if run.loss_steps:
        compare_losses(run, base, alone, test, sounds)
    card.write(run.checkpoint)
    table = Table(*rows[0], title="Which few numbers?")
    for row in rows:
        table.add_row(*map(str, row.values()))
    Console().print(table)
    return rows


LOSSES: dict[str, dict[str, Any]] = {
    "knobs": {"start": "full"},
    "sound": {"start": "full", "parameter_weight": 0.0, "audio_weight": 1.0},
    "knobs and sound": {"start": "full", "audio_weight": 1.0},
    "sound, from scratch": {"parameter_weight": 0.0, "audio_weight": 1.0},
    "knobs, from scratch": {},
}
"""What a controller may learn from, in a few more steps of the one without a bottleneck or from scratch."""


def compare_losses(
    run: StudyRun, base: ControllerRun, train_set: EncodedPairs, test: EncodedPairs, sounds: list[Pair]
) -> None:
    """The same few steps with the error of the knobs, of the sound (by SPSA), and of both; kept with the checkpoint."""
    explorer = Explorer.load(run.checkpoint, device="cpu")

    def row(name: str, steps: int, controller: Controller) -> dict[str, Any]:
        return {"loss": name, "steps": steps} | measure_answers(of_controller("", controller), explorer, test, sounds)

    rows = [row("none", 0, explorer.controller("full"))]
    for name, changes in LOSSES.items():
        plan = replace(
            base, out=run.out / f"loss-{name.replace(', ', '-').replace(' ', '-')}", batch=16, learning_rate=3e-4,
            max_steps=run.loss_steps, workers=run.workers, **changes,
        )  # fmt: skip
        heard = replace(train_set, heard=plan.audio_weight > 0)
        rows.append(row(name, run.loss_steps, fit(plan, explorer, heard, test)[0]))
    config = folder.load_config(run.checkpoint)
    folder.save_config(run.checkpoint, replace(config, scores=config.scores | {"losses": rows}))


def of_controller(
    name: str, controller: Controller, project: Callable[[np.ndarray], np.ndarray] = lambda z: z
) -> Space:
    """A controller's w; project: what it reads instead of z."""

    def encode(z: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return controller.encode(torch.from_numpy(project(z).astype(np.float32)))[0].numpy()

    def decode(w: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        with torch.inference_mode():
            said = controller.decode(torch.from_numpy(w.astype(np.float32)))
        sure, effect = said.effect.softmax(dim=1).max(dim=1)
        return effect.numpy(), sure.numpy(), said.knobs.numpy()

    return Space(name, encode, decode)


def by_pca(
    size: int, base: ControllerRun, explorer: Explorer, train_set: EncodedPairs, test: EncodedPairs, out: Path
) -> Space:
    """The first principal coordinates of z, and a decoder trained on them as a controller's."""
    pca = PCA.fit(train_set.z.numpy(), size)
    fitted, tested = (
        replace(part, z=torch.from_numpy(pca.project(part.z.numpy()).astype(np.float32))) for part in (train_set, test)
    )
    controller, _ = fit(replace(base, out=out / f"pca-{size}"), explorer, fitted, tested)
    return of_controller(f"PCA of {size}", controller, pca.project)


def by_umap(explorer: Explorer, neighbours: int = 8) -> Space:
    """UMAP in 2-D, and back by looking up: the effect of most of the nearest atlas points, and their mean knobs."""
    atlas, layout = explorer.atlas, KnobLayout(explorer.config.effects)
    knobs = layout.rows(atlas.effect, atlas.values)

    def decode(w: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        found = []
        for point in w:
            near = np.argpartition(np.square(atlas.umap_2d - point).sum(axis=1), neighbours)[:neighbours]
            votes = np.bincount(atlas.effect[near], minlength=len(atlas.effects))
            alike = near[atlas.effect[near] == votes.argmax()]
            found.append((votes.argmax(), votes.max() / neighbours, np.nan_to_num(knobs[alike].mean(axis=0), nan=0.5)))
        effect, sure, values = zip(*found, strict=True)
        return np.array(effect), np.array(sure), np.array(values)

    return Space("UMAP of 2, looked up", lambda z: atlas.place(z, "umap", 2), decode)


def measure(space: Space, explorer: Explorer, test: EncodedPairs, sounds: list[Pair]) -> dict[str, Any]:
    """One row of the table; see card.COLUMNS."""
    z = test.z.numpy()
    w, true = space.encode(z), test.place.argmax(dim=1).numpy()
    few = slice(0, 800)
    return {
        "space": space.name,
        "numbers": w.shape[1],
        **measure_answers(space, explorer, test, sounds),
        "variation / range": round(float(np.median(variation(space, w, true, explorer.knobs))), 3),
        "trustworthiness": round(float(trustworthiness(z[few], w[few], n_neighbors=12)), 3),
        "continuity": round(float(trustworthiness(w[few], z[few], n_neighbors=12)), 3),
        "coverage": round(coverage(space, explorer, w), 3),
    }


def measure_answers(space: Space, explorer: Explorer, test: EncodedPairs, sounds: list[Pair]) -> dict[str, float]:
    """Effect accuracy, knob error, and distance of the rendered answers; sounds: the first pairs of test."""
    effect, _, knobs = space.decode(space.encode(test.z.numpy()))
    off = np.abs(knobs - test.knobs.numpy())
    answers = [explorer.knobs.setting(effect[number], knobs[number]) for number in range(len(sounds))]
    heard = [mrstft(render(one.dry, answer), one.wet) for one, answer in zip(sounds, answers, strict=True)]
    nothing = [mrstft(one.dry, one.wet) for one in sounds]
    return {
        "effect accuracy": round(float((effect == test.place.argmax(dim=1).numpy()).mean()), 4),
        "knob error": round(float(off[np.isfinite(off)].mean()), 4),
        "MR-STFT / do nothing": round(float(np.mean(heard) / np.mean(nothing)), 3),
    }


def variation(space: Space, w: np.ndarray, effect: np.ndarray, layout: KnobLayout) -> np.ndarray:
    """Total variation over range of each knob of A's and B's effects along lines A -> B, where it moves at all."""
    generator, found = np.random.default_rng(0), []
    position = np.linspace(0, 1, STEPS)[:, None]
    for _ in range(LINES):
        a, b = generator.integers(len(w), size=2)
        _, _, knobs = space.decode(w[a] + position * (w[b] - w[a]))
        for number in {effect[a], effect[b]}:
            found += [zigzag(course) for course in knobs[:, layout.own(number)].T]
    return np.array(found)[np.isfinite(found)]


def coverage(space: Space, explorer: Explorer, w: np.ndarray) -> float:
    """Share of even points of w that are sure of their effect and sound unlike every other; see card.COLUMNS."""
    low, high = np.quantile(w, (0.025, 0.975), axis=0)
    points = low + (high - low) * qmc.Sobol(w.shape[1], seed=0).random(PROBES)  # an axis may be of no width
    effect, sure, knobs = space.decode(points)
    dry = clip_segment("speech_en_f_allison", 0)[:65_536]
    heard = [
        bands_db(render(dry, explorer.knobs.setting(e, row))).ravel() for e, row in zip(effect, knobs, strict=True)
    ]
    bands = np.stack(heard).astype(np.float32)
    square = np.square(bands).sum(axis=1)
    apart = np.sqrt(np.maximum(square[:, None] + square - 2 * bands @ bands.T, 0) / bands.shape[1])
    np.fill_diagonal(apart, np.inf)
    return float(((sure >= 0.5) & (apart.min(axis=1) >= 1.0)).mean())


def picture(rows: list[dict[str, Any]], file: Path) -> None:
    """Knob error, distance of the sound, and how knobs vary along lines, a bar a space."""
    measures = {"knob error": 0.25, "MR-STFT / do nothing": 1.0, "variation / range": 1.0}
    figure = Figure(figsize=(9, 4.2), dpi=140, layout="constrained")
    names = [row["space"] for row in rows]
    panels = figure.subplots(1, len(measures), sharey=True)
    for axes, (measure, mark) in zip(panels, measures.items(), strict=True):
        bars = axes.barh(names, [row[measure] for row in rows], color="#0072B2")
        axes.bar_label(bars, padding=2, fontsize=7)
        axes.axvline(mark, color="#8A8A8A", linestyle="--", linewidth=1)
        axes.set_title(measure, fontsize=9)
        axes.margins(x=0.15)
    panels[0].invert_yaxis()
    figure.supxlabel("dashed: always 0.5, doing nothing, monotone", fontsize=8)
    figure.savefig(drawn := io.BytesIO(), format="png")
    Image.open(drawn).convert("RGB").quantize(64).save(file, optimize=True)  # a third of the bytes, as it travels along
