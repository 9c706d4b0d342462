"""The robustness table: what a match finds where a pair was not made in the laboratory."""

import io
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from pedalboard.io import AudioFile
from rich.progress import track

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.io import read
from core.audio.measure import gain_to
from core.audio.rate import resampled
from core.effects import Setting, render
from core.explorer import Explorer
from core.match.align import loudest
from core.match.match import Match
from training.corpus import Corpus
from training.pairs import Pairs
from training.scores.report import Report
from training.seeds import stream
from training.spsa import in_turn

_FAR = 100.0
_BEFORE = int(3.3 * SAMPLE_RATE)  # of a longer take, before the cut


@dataclass(frozen=True)
class Brought:
    """What a person brings: dry and wet (time,) at sample_rate Hz."""

    dry: np.ndarray
    wet: np.ndarray
    sample_rate: int = SAMPLE_RATE


Condition = Callable[[np.ndarray, Setting, np.random.Generator], Brought]
"""From a take (time,) of 8.76 s at 24 kHz and a setting to what is brought of it."""


def _lab(take: np.ndarray, setting: Setting, _: np.random.Generator) -> Brought:
    dry = take[:SEGMENT]
    return Brought(dry, render(dry, setting))


def _wet(change: Callable[[np.ndarray, np.random.Generator], np.ndarray]) -> Condition:
    """In the laboratory, but something became of the wet sound."""

    def brought(take: np.ndarray, setting: Setting, generator: np.random.Generator) -> Brought:
        lab = _lab(take, setting, generator)
        return Brought(lab.dry, change(lab.wet, generator))

    return brought


def _made_at(studio_rate: int, brought_at: int) -> Condition:
    """Made at one rate, brought at another. Takes are packed at 24 kHz: nothing is above 12 kHz."""

    def brought(take: np.ndarray, setting: Setting, _: np.random.Generator) -> Brought:
        dry = resampled(take[:SEGMENT], SAMPLE_RATE, studio_rate)
        wet = render(dry, setting, studio_rate)
        return Brought(resampled(dry, studio_rate, brought_at), resampled(wet, studio_rate, brought_at), brought_at)

    return brought


def _cut(take: np.ndarray, setting: Setting, _: np.random.Generator) -> Brought:
    wet = render(take, setting)
    return Brought(take[_BEFORE : _BEFORE + SEGMENT], wet[_BEFORE : _BEFORE + SEGMENT])


def _short(take: np.ndarray, setting: Setting, generator: np.random.Generator) -> Brought:
    loud = loudest(take[:SEGMENT], 36_000)
    return _lab(take[loud : loud + 36_000], setting, generator)


def _noisy(wet: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    noise = generator.normal(0, 10 ** (-50 / 20) * np.sqrt(np.square(wet).mean()), len(wet))
    return wet + noise.astype(np.float32)


def _mp3(wet: np.ndarray, _: np.random.Generator) -> np.ndarray:
    """Through an MP3 file of 128 kbit/s and 44.1 kHz, whose encoder is late by what it is late."""
    encoded = io.BytesIO()
    with AudioFile(encoded, "w", samplerate=44_100, num_channels=1, format="mp3", quality=128) as file:
        file.write(resampled(wet, SAMPLE_RATE, 44_100)[None])
    return read(encoded.getvalue())


CONDITIONS: dict[str, Condition] = {
    "as in the lab": _lab,
    "turned down 6 dB": _wet(lambda wet, _: 0.5 * wet),
    "50 samples late": _wet(lambda wet, _: np.concatenate([np.zeros(50, np.float32), wet])),
    "made at 44.1 kHz, brought at 24": _made_at(44_100, SAMPLE_RATE),
    "made and brought at 44.1 kHz": _made_at(44_100, 44_100),
    "made and brought at 48 kHz": _made_at(48_000, 48_000),
    "noise 50 dB below": _wet(_noisy),
    "MP3, 128 kbit/s": _wet(_mp3),
    "cut out of a longer take": _cut,
    "1.5 s long": _short,
    "polarity turned": _wet(lambda wet, _: -wet),
}
"""Ways in which a pair comes about, by name."""


@dataclass(frozen=True)
class Matched:
    """What became of a pair: whether the effect was found; errors of the knobs, by the network and by the answer, where
    it was; what the answer leaves of the distance between dry and wet, as such and over what it may leave; and whether
    it was called explained."""

    speaker: int
    effect: str
    found: bool
    network_error: float
    error: float
    leftover: float
    share_of_limit: float
    explained: bool


@dataclass(frozen=True)
class Source:
    """Where pairs come from: what a worker process is told, as it maps the corpus itself."""

    checkpoint: Path
    corpus: Path
    split: str
    seed: int

    @property
    def explorer(self) -> Explorer:
        return _explorer(self.checkpoint)

    @property
    def pairs(self) -> Pairs:
        return _pairs(self)


def matched(
    source: Source, count: int, names: Iterable[str], pool: ProcessPoolExecutor | None
) -> dict[str, list[Matched]]:
    """What becomes of `count` pairs under each condition, by its name."""
    effects = len(source.pairs.effects)  # within two rounds of them, settings are the same
    jobs = [(source, name, index + index // effects * effects) for name in names for index in range(count)]
    done = track(in_turn(pool, _matched, jobs), f"Matching {len(jobs):,} pairs as people bring them", len(jobs))
    by_name: dict[str, list[Matched]] = {}
    for (_, name, _), one in zip(jobs, done, strict=True):
        by_name.setdefault(name, []).append(one)
    return by_name


def conditions(report: Report, by_name: dict[str, list[Matched]]) -> None:
    """The robustness table, as conditions.NAME.SCORE."""
    for name, rows in by_name.items():
        speaker = np.array([row.speaker for row in rows])
        key = f"conditions.{name.replace('.', '_')}"
        report.put(f"{key}.examples", len(rows))
        for score in ("found", "leftover", "explained"):
            report.mean(f"{key}.{score}", np.array([float(getattr(row, score)) for row in rows]), speaker=speaker)
        right = [row for row in rows if row.found]
        for score in ("network_error", "error"):
            known = [error for row in right if np.isfinite(error := getattr(row, score))]
            report.put(f"{key}.{score}", float(np.mean(known)) if known else None)


def brought(pairs: Pairs, name: str, index: int) -> tuple[Brought, Setting, int]:
    """Pair `index` under a condition, its setting and its speaker."""
    generator = stream("takes that people bring", pairs.seed, index)
    speaker = int(generator.integers(len(pairs.speakers)))
    take = pairs.corpus.words(pairs.speakers[speaker], generator, SEGMENT + _BEFORE)
    setting = pairs.setting(index)
    return CONDITIONS[name](take * np.float32(gain_to(take)), setting, generator), setting, speaker


def _matched(job: tuple[Source, str, int]) -> Matched:
    source, name, index = job
    pair, true, speaker = brought(source.pairs, name, index)
    match = source.explorer.match(pair.dry, pair.wet, sample_rate=pair.sample_rate)
    answer, estimate = match.answer.setting, match.estimate.chain
    found = answer is not None and answer.effect == true.effect
    return Matched(
        speaker,
        true.effect,
        found,
        _error(estimate.settings[0], true) if estimate.effects == (true.effect,) else np.nan,
        _error(answer, true) if answer is not None and found else np.nan,
        match.leftover,
        share_of_limit(match),
        match.explained,
    )


def share_of_limit(match: Match) -> float:
    """What an answer leaves over what it may leave; more than 1: unexplained."""
    return match.leftover / match.limit if match.aligned else _FAR


def _error(setting: Setting, true: Setting) -> float:
    return float(np.abs(np.subtract(setting.values, true.values)).mean())


@lru_cache(maxsize=1)
def _explorer(checkpoint: Path) -> Explorer:
    return Explorer.load(checkpoint, "cpu")


@lru_cache(maxsize=2)
def _pairs(source: Source) -> Pairs:
    return Pairs(Corpus(source.corpus), source.split, source.explorer.config.effects, source.seed)
