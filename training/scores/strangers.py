"""Hard strangers: wet sounds that no setting of the product makes, though they resemble some: called explained?"""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from pedalboard import (
    Chorus,
    Clipping,
    HighShelfFilter,
    LowShelfFilter,
    NoiseGate,
    PeakFilter,
    Pedalboard,
    Phaser,
    PitchShift,
    Plugin,
)
from rich.progress import track
from sklearn.metrics import roc_auc_score

from core.audio import SAMPLE_RATE
from core.effects import Setting, render
from training.scores.conditions import Source, brought, share_of_limit
from training.scores.report import Report
from training.seeds import stream
from training.spsa import in_turn

Stranger = Callable[[np.ndarray, np.random.Generator], np.ndarray]
"""From a dry sound (time,) at -23 LUFS to a wet one."""


def _through(*plugins: Callable[[], Plugin]) -> Stranger:
    def wet(dry: np.ndarray, _: np.random.Generator) -> np.ndarray:
        return np.asarray(Pedalboard([plugin() for plugin in plugins])(dry, SAMPLE_RATE)).reshape(-1)

    return wet


def _chain(dry: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Four effects of the product, one after the other: more than a match looks for."""
    for effect in generator.permutation(["overdrive", "reverb", "chorus", "phaser", "lowpass", "delay"])[:4]:
        count = 2 if effect == "lowpass" else 3
        dry = render(dry, Setting(str(effect), tuple(generator.uniform(0.3, 1, count))))
    return dry


def _tube(dry: np.ndarray, _: np.random.Generator) -> np.ndarray:
    """Another pedal's distortion: more of one half wave than of the other, and a mid hump."""
    driven = 12 * dry + 0.15
    return _through(lambda: PeakFilter(800, 8, 0.8))(np.arctan(driven) + 0.3 * np.maximum(driven, 0), _)


STRANGERS: dict[str, Stranger] = {
    "low shelf, +6 dB": _through(lambda: LowShelfFilter(300, 6)),
    "high shelf, -8 dB": _through(lambda: HighShelfFilter(3000, -8)),
    "phaser about 400 Hz": _through(lambda: Phaser(0.7, depth=0.6, centre_frequency_hz=400, feedback=0.5, mix=0.5)),
    "flanger": _through(lambda: Chorus(rate_hz=0.4, depth=0.3, centre_delay_ms=1.5, feedback=0.6, mix=0.5)),
    "hard clipping": _through(lambda: Clipping(threshold_db=-22)),
    "another pedal's distortion": _tube,
    "gate": _through(lambda: NoiseGate(threshold_db=-22, ratio=10)),
    "pitch shift": _through(lambda: PitchShift(semitones=1)),
    "chain of four": _chain,
    "bypass": lambda dry, _: dry,
}
"""What no setting of the product makes, by name. A chain is one of four of its effects."""


@dataclass(frozen=True)
class Answered:
    """The answer to a stranger: its effects, what it leaves of the distance between dry and wet, and that over what it
    may leave."""

    effects: tuple[str, ...]
    leftover: float
    share_of_limit: float


def strangers(report: Report, source: Source, count: int, true: np.ndarray, pool: ProcessPoolExecutor | None) -> None:
    """How many strangers are called unexplained: strangers.found, by kind, and the area under the ROC curve beside true
    pairs, whose shares of the limit `true` (pair,) are."""
    found = answered(source, count, pool)
    shares = np.array([one.share_of_limit for one in found]).reshape(count, len(STRANGERS))
    report.put("strangers.examples", len(found))
    report.mean("strangers.found", (shares > 1).mean(axis=1))
    for number, name in enumerate(STRANGERS):
        report.put(f"strangers.found_by_kind.{name}", float((shares[:, number] > 1).mean()))
    labels = np.concatenate([np.zeros(len(true)), np.ones(shares.size)])
    report.put("strangers.roc_area", float(roc_auc_score(labels, np.concatenate([true, shares.ravel()]))))
    limit = np.quantile(true, 0.95)
    report.put("strangers.found_at_5_percent_false_alarms", float((shares > limit).mean()))


def answered(source: Source, count: int, pool: ProcessPoolExecutor | None) -> list[Answered]:
    """What becomes of `count` strangers of each kind, one after the other."""
    jobs = [(source, name, index) for index in range(count) for name in STRANGERS]
    return list(track(in_turn(pool, _answered, jobs), f"Matching {len(jobs):,} hard strangers", len(jobs)))


def _answered(job: tuple[Source, str, int]) -> Answered:
    source, name, index = job
    lab, _, _ = brought(source.pairs, "as in the lab", index)
    wet = STRANGERS[name](lab.dry, stream(f"stranger {name}", source.seed, index))
    match = source.explorer.match(lab.dry, wet.astype(np.float32))
    return Answered(match.answer.chain.effects, match.leftover, share_of_limit(match))
