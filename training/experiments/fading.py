"""How effects come and go: holes that a fade cuts into the spectrum, how even the steps between two chains are, and how
far from dry an amount of a setting is."""

import csv
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from rich.progress import track
from scipy.signal import welch

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.clips import clip_segment, clips, load_clip
from core.audio.distance import FarFrom, mrstft
from core.audio.measure import FLOOR_DB, gain_to, spectral_distance_db
from core.effects import EFFECTS, Chain, Effect, Faded, Setting, random_setting, render
from core.effects.amount import render_amount
from core.effects.fade import TAPER
from core.effects.render import through
from core.paths.alignment import aligned

AMOUNTS = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
HOLES = ("effect", "mixed_db", "mixed_most_db", "here_db", "here_most_db")
SHARES = (0.25, 0.5, 0.75, 1.25, 1.5)
FAR = (
    "effect",
    *(f"{way}_{share:.0%}" for way in ("here", "mixed") for share in SHARES),
    "here_nearer",
    "mixed_nearer",
)
STEPS = ("a", "b", "clip", "lsd", "lsd_evenly", "mrstft", "mrstft_evenly")


@dataclass(frozen=True)
class FadingRun:
    """Measure how effects come and go, as CSV.

    holes.csv: by how many dB the sound at an amount lies, in its deepest band of 23 Hz, below both what the effect
    hears and what it makes: white noise, median and most over settings; merely mixed, and as it is done here.
    steps.csv: largest step over the median one along eleven steps between two random chains of one to three effects, as
    log-spectral distance and as MR-STFT; evenly: where amounts go evenly to shares of the sound, as other hosts do it.
    amounts.csv: how far so much of a setting is from dry over how far the setting is, MR-STFT above -70 dB, median of
    random settings, one on each shipped clip: as core.effects.amount has it and merely mixed. nearer: share of settings
    of which half as much again is nearer to dry than the setting itself.
    """

    out: Path  # folder for the tables
    settings: int = 12  # of each effect
    paths: int = 24
    seed: int = 5


def measure(run: FadingRun) -> Path:
    """Measure all; returns the folder."""
    run.out.mkdir(parents=True, exist_ok=True)
    noise = 0.1 * np.random.default_rng(run.seed).normal(size=4 * SAMPLE_RATE).astype(np.float32)
    holes = [_holes(effect, noise, run) for effect in track(EFFECTS, description="Fading effects")]
    _write(run.out / "holes.csv", HOLES, holes)
    generator = np.random.default_rng(run.seed)
    steps = [_steps(generator, number) for number in track(range(run.paths), description="Walking between chains")]
    _write(run.out / "steps.csv", STEPS, steps)
    far = [_far(effect, run.seed) for effect in track(EFFECTS, description="Amounts of effects")]
    _write(run.out / "amounts.csv", FAR, far)
    return run.out


def _write(file: Path, columns: tuple[str, ...], rows: list[tuple]) -> None:
    with file.open("w", newline="") as handle:
        csv.writer(handle).writerows([columns, *rows])


def _holes(effect: Effect, noise: np.ndarray, run: FadingRun) -> tuple:
    deepest = np.array([_deepest(random_setting(effect.name, run.seed + draw), noise) for draw in range(run.settings)])
    return (effect.name, *np.stack([np.median(deepest, axis=0), deepest.max(axis=0)], axis=1).ravel().round(1))


def _deepest(setting: Setting, noise: np.ndarray) -> tuple[float, float]:
    """Of the holes at all amounts the deepest, in dB: merely mixed, and as it is done here."""
    made = _as_strong(through(noise, setting), noise)
    ends = np.minimum(_spectrum_db(noise), _spectrum_db(made))
    mixed = [(1 - amount) * noise + amount * made for amount in AMOUNTS]
    here = [_as_strong(through(noise, Faded(((setting, amount),))), noise) for amount in AMOUNTS]
    one, other = (max(float((ends - _spectrum_db(sound)).max()) for sound in sounds) for sounds in (mixed, here))
    return one, other


def _as_strong(sound: np.ndarray, other: np.ndarray) -> np.ndarray:
    return sound * np.float32(np.sqrt(np.square(other).mean() / np.square(sound).mean()))


def _spectrum_db(sound: np.ndarray) -> np.ndarray:
    return 10 * np.log10(welch(sound, SAMPLE_RATE, nperseg=1024)[1] + 1e-20)[4:-8]


def _steps(generator: np.random.Generator, number: int) -> tuple:
    a, b = _drawn(generator), _drawn(generator)
    clip = clips()[number % len(clips())].name
    dry, way, found = load_clip(clip)[: 3 * SAMPLE_RATE], aligned(a, b), []
    for distance in (spectral_distance_db, mrstft):
        for power in (1.0, 1 / TAPER):
            sounds = [render(dry, way.mean(np.array([1 - at, at]), power)) for at in np.linspace(0, 1, 11)]
            change = np.array([distance(one, other) for one, other in pairwise(sounds)])
            found.append(round(float(change.max() / np.median(change)), 3))
    return (*(" ".join(chain.effects) for chain in (a, b)), clip, *found)


def _drawn(generator: np.random.Generator) -> Chain:
    """One to three effects in any order, random settings."""
    names = generator.choice([effect.name for effect in EFFECTS], int(generator.integers(1, 4)), replace=False)
    return Chain(tuple(random_setting(str(name), generator) for name in names))


def _far(effect: Effect, seed: int) -> tuple:
    """As in FAR, of one effect."""
    found = []
    for number, clip in enumerate(clips()):
        dry, setting = clip_segment(clip.name, 0)[:SEGMENT], random_setting(effect.name, seed + number)
        far = FarFrom(dry, FLOOR_DB)
        sounds = [way(dry, setting, share) for way in (render_amount, merely_mixed) for share in SHARES]
        found.append(np.array([far(sound) for sound in sounds]) / far(render(dry, setting)))
    shares = np.array(found)
    nearer = (shares[:, [len(SHARES) - 1, -1]] < 1).mean(axis=0)
    return (effect.name, *np.median(shares, axis=0).round(2), *nearer.round(2))


def merely_mixed(dry: np.ndarray, setting: Setting, amount: float) -> np.ndarray:
    """Dry and the wet sound, as loud as it, in a mix that goes on beyond all wet; as loud as `render_amount`."""
    level = 10 ** (setting.level_db / 20)
    mix = dry + np.float32(amount) * (render(dry, setting) / np.float32(level) - dry)
    return mix * np.float32(gain_to(mix) / gain_to(dry) * level**amount)
