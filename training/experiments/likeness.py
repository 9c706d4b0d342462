"""What counts where wet sounds are compared without their dry ones: fitted on training speakers, tried on others."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.progress import track

from core.audio import SEGMENT
from core.effects import EFFECTS, random_setting, render
from core.own_map.likeness import SIZE, described, turned
from training.corpus import Corpus
from training.seeds import stream

NAMES = [effect.name for effect in EFFECTS]
NEAREST = 10
_SHRUNK = 0.1  # of a feature's variance, added to what recordings differ by


@dataclass(frozen=True)
class LikenessRun:
    """Fit what core.own_map.likeness compares sounds by, and tell how often the nearest setting has the right effect.

    Each sound is another recording of the training split under another setting. Tried on the test split: references
    and the recording of the map are of different speakers or tracks.
    """

    corpus: tuple[Path, ...]  # packed
    sounds: int = 1600  # that it is fitted to
    references: int = 160  # of each corpus
    points: int = 400  # settings of the map that is searched
    out: Path = Path("runs/likeness.npz")  # what ships is core/own_map/likeness.npz
    seed: int = 0


def fit(run: LikenessRun) -> Path:
    """Write the file, and print the hit rates."""
    corpora = [Corpus(path) for path in run.corpus]
    rows, effect = _sounds(corpora, "train", run.sounds, run.seed)
    mean, deviation, basis = discriminants(rows, effect)
    run.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(run.out, mean=mean, deviation=deviation, basis=basis)
    for corpus in corpora:
        references, wanted = _sounds([corpus], "test", run.references, run.seed)
        points, known = _sounds([corpus], "test", run.points, run.seed + 1, one=True)
        found = nearest(turned(references, mean, deviation, basis), turned(points, mean, deviation, basis))
        print(f"{corpus.folder.name}: {told(known[found], wanted)}")
    return run.out


def discriminants(rows: np.ndarray, effect: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """mean, deviation (feature,) and basis (feature, SIZE) of descriptions (sound, feature) under effects (sound,)."""
    mean, deviation = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    scaled = np.clip((rows - mean) / deviation, -4, 4)
    middles = np.stack([scaled[effect == number].mean(axis=0) for number in np.unique(effect)])
    within = scaled - middles[np.searchsorted(np.unique(effect), effect)]
    covariance = within.T @ within / len(within) + _SHRUNK * np.eye(rows.shape[1])
    values, vectors = np.linalg.eigh(covariance)
    white = vectors @ np.diag(values**-0.5) @ vectors.T
    _, _, axes = np.linalg.svd((middles - middles.mean(axis=0)) @ white, full_matrices=False)
    return tuple(part.astype(np.float32) for part in (mean, deviation, white @ axes[:SIZE].T))


def nearest(references: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Numbers (reference, NEAREST) of the points nearest to each reference, the nearest first."""
    distance = np.linalg.norm(references[:, None] - points[None], axis=2)
    return np.argsort(distance, axis=1)[:, :NEAREST]


def told(found: np.ndarray, wanted: np.ndarray) -> str:
    """How often the effects found (reference, NEAREST) hold the right one (reference,)."""
    most = np.array([np.bincount(row, minlength=len(NAMES)).argmax() for row in found])
    each = [
        f"{name} {(most == wanted)[wanted == number].mean():.2f}"
        for number, name in enumerate(NAMES)
        if (wanted == number).any()
    ]
    return (
        f"the nearest is right in {np.mean(found[:, 0] == wanted):.2f}, most of {NEAREST} in "
        f"{np.mean(most == wanted):.2f}, one of them in {np.mean((found == wanted[:, None]).any(axis=1)):.2f} of "
        f"{len(wanted)}; by effect: {', '.join(each)}"
    )


def _sounds(
    corpora: list[Corpus], split: str, count: int, seed: int, one: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Descriptions (count, feature) and effects (count,) of recordings under random settings; one: of one recording."""
    generator = stream(f"likeness, {split}", seed)
    drawn = _recordings(corpora, split, generator)
    rows, dry = [], next(drawn)
    for number in track(range(count), description=f"Listening to the {split} split"):
        dry = dry if one else next(drawn)
        rows.append(described(render(dry, random_setting(NAMES[number % len(NAMES)], generator))))
    return np.stack(rows), np.arange(count) % len(NAMES)


def _recordings(corpora: list[Corpus], split: str, generator: np.random.Generator) -> Iterator[np.ndarray]:
    """Stretches (time,) of recordings, a third of a segment to all of it."""
    while True:
        corpus = corpora[generator.integers(len(corpora))]
        speakers = corpus.split(split)
        dry = corpus.words(speakers[generator.integers(len(speakers))], generator, SEGMENT)
        dry = dry[: int(SEGMENT * min(1.0, generator.uniform(0.3, 1.7)))]
        if np.abs(dry).max() > 1e-3:
            yield dry
