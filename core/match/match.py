"""From a dry and a wet sound to the setting between them: alignment, baselines, and a search that refines."""

from collections.abc import Iterator
from dataclasses import dataclass

import cma
import numpy as np

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.deconvolution import even_floor, impulse_response
from core.audio.distance import mrstft
from core.effects import Setting, render

MAX_LAG_S = 2.0
_SEGMENTS = 12
_HEARD = 30 * SAMPLE_RATE
_FILTER_SAMPLES = 96  # what looks like a lag below 4 ms may be a filter's own delay


@dataclass(frozen=True)
class Estimate:
    """A setting read off a pair.

    spread: expected absolute error of each knob position. probabilities: of each effect, the likeliest first.
    """

    setting: Setting
    spread: tuple[float, ...]
    probabilities: dict[str, float]


@dataclass(frozen=True)
class Candidate:
    """A setting (None: nothing is done) with its sound (time,) and that sound's MR-STFT distance from the wet one."""

    setting: Setting | None
    sound: np.ndarray
    distance: float


@dataclass(frozen=True)
class Match:
    """What turned dry into wet.

    dry, wet (time,): aligned, of one length, scaled so that dry is at the reference loudness.
    lag: samples that wet came later than dry (negative: earlier), taken out. gain_db: what wet was turned up by,
    because it was not as loud as an effect here would leave it; 0: as it came.
    estimate: the network's answer. candidates: "estimate", "polished" (see core.match.polish), and what to
    compare them with
    ("nothing", "always 0.5", "random", "nearest neighbour"). limit: distance up to which an answer explains a sound.
    """

    dry: np.ndarray
    wet: np.ndarray
    lag: int
    gain_db: float
    estimate: Estimate
    candidates: dict[str, Candidate]
    limit: float

    @property
    def answer(self) -> Candidate:
        """The nearer one of "estimate" and "polished"."""
        return min(self.candidates["polished"], self.candidates["estimate"], key=lambda one: one.distance)

    @property
    def explained(self) -> bool:
        """Whether the answer's sound is as near to wet as those of nearly all true pairs."""
        return self.answer.distance <= self.limit


@dataclass(frozen=True)
class Refinement:
    """One iteration of `refine`: how many settings were heard so far, the best of them, and how often it was tried."""

    heard: int
    best: Candidate


def lag_of(dry: np.ndarray, wet: np.ndarray) -> int:
    """Samples that wet (time,) comes later than dry (time,), at most 2 s or half of the shorter; 0 for less than 4 ms.

    The first strong peak of the cross-correlation of the whitened sounds: an echo is louder than what it repeats at
    times, but never earlier.
    """
    response = np.abs(impulse_response(dry, wet, even_floor))
    most = int(min(MAX_LAG_S * SAMPLE_RATE, min(len(dry), len(wet)) // 2))  # half of the shorter one stays to compare
    around = np.concatenate([response[-most:], response[: most + 1]])
    first = int((around > 0.4 * around.max()).argmax())
    lag = first + int(around[first : first + 3].argmax()) - most  # the peak itself, not its rise
    return 0 if abs(lag) <= _FILTER_SAMPLES else lag


def residual_lag(predicted: np.ndarray, wet: np.ndarray, most: int = 32) -> int:
    """Samples, at most `most` either way, that wet (time,) comes later than what is thought to be the same sound."""
    size = min(len(predicted), len(wet), 2 * SEGMENT)
    # Differences: high frequencies tell samples apart, low ones hardly.
    p, w = np.diff(predicted[:size], n=2), np.pad(np.diff(wet[:size], n=2), most)
    return int(np.argmax([p @ w[start : start + len(p)] for start in range(2 * most + 1)])) - most


def align(dry: np.ndarray, wet: np.ndarray, lag: int | None = None) -> tuple[np.ndarray, np.ndarray, int]:
    """dry and wet without the lag between them, cut to what both have, and the lag in samples; None: see `lag_of`."""
    lag = lag_of(dry, wet) if lag is None else lag
    dry, wet = dry[max(0, -lag) :], wet[max(0, lag) :]
    length = min(len(dry), len(wet))
    return dry[:length], wet[:length], lag


def segments(length: int) -> list[int]:
    """Where the segments begin that a sound of this many samples is judged by: all that it has, at most 12."""
    starts = list(range(0, max(1, length - SEGMENT + 1), SEGMENT))
    if length - (starts[-1] + SEGMENT) > SEGMENT // 4:
        starts.append(length - SEGMENT)
    if len(starts) > _SEGMENTS:
        return [starts[place] for place in np.linspace(0, len(starts) - 1, _SEGMENTS).astype(int)]
    return starts


def try_setting(setting: Setting | None, dry: np.ndarray, wet: np.ndarray) -> Candidate:
    """How near dry through a setting comes to wet; their first 30 s count."""
    sound = dry if setting is None else render(dry, setting)
    return Candidate(setting, sound, mrstft(sound[:_HEARD], wet[:_HEARD]))


def refine(
    dry: np.ndarray,
    wet: np.ndarray,
    setting: Setting,
    spread: tuple[float, ...] | float = 0.1,
    iterations: int = 15,
    population: int = 8,
    seed: int = 0,
) -> Iterator[Refinement]:
    """Search from a setting for one that sounds nearer to wet: CMA-ES (Hansen 2016) on the knobs of its effect.

    Yields after every iteration, so that a caller can show progress or stop. spread: how far to look at first, of
    each knob position or of all. Without an estimate, as ST-ITO does: all knobs at 0.5, spread 0.3, 100 iterations
    of 32.
    """
    count = len(setting.values)
    step = np.clip(np.broadcast_to(spread, count), 0.01, 0.3)
    best = try_setting(setting, dry, wet)
    generator = np.random.default_rng(seed)
    search = cma.CMAEvolutionStrategy(
        list(setting.values), 1.0,
        # By itself, cma draws from NumPy's global state, which other searches draw from at the same time.
        {"bounds": [0, 1], "CMA_stds": step, "popsize": population, "verbose": -9, "seed": np.nan,
         "randn": lambda *shape: generator.standard_normal(shape)},
    )  # fmt: skip
    heard = 1
    for _ in range(iterations):
        asked = search.ask()
        tried = [try_setting(Setting(setting.effect, tuple(np.clip(x, 0, 1))), dry, wet) for x in asked]
        search.tell(asked, [candidate.distance for candidate in tried])
        heard += len(tried)
        best = min(best, *tried, key=lambda candidate: candidate.distance)
        yield Refinement(heard, best)
