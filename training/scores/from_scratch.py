"""A search for knobs from nothing, as its author sets it up, stopped where it stands still: what matches are beside."""

import time
from dataclasses import dataclass

import cma
import numpy as np

from core.audio.distance import mrstft
from core.audio.stft import bands_db
from core.effects import Setting, effect_named, render
from training.seeds import stream

_WIDTH = 0.3
_LEAST_DB = 0.02  # root mean square: nothing is left to find
_STILL = 1e-3  # of a knob's way


@dataclass(frozen=True)
class Searched:
    """What a search found: the setting, its MR-STFT distance, how many settings were heard, and how long it took."""

    setting: Setting
    distance: float
    heard: int
    seconds: float


def search_from_scratch(dry: np.ndarray, wet: np.ndarray, effect: str, seed: int = 0, most: int = 3200) -> Searched:
    """CMA-ES (Hansen 2016) on the knobs of the true effect, from all at 0.5, in its default population.

    dry, wet (time,), aligned. What it lowers is what polish lowers, the difference of dB in 64 bands: a rendering costs
    little then. It stops where nothing is left or where its steps are below a thousandth of a knob's way; a search that
    stands still far off begins anew elsewhere, as long as fewer than `most` settings were heard.
    """
    started, generator = time.perf_counter(), stream("search from scratch", seed)
    count, target = len(effect_named(effect).parameters), bands_db(wet)
    best, least, heard, begin = np.full(count, 0.5), np.inf, 0, np.full(count, 0.5)
    while heard < most and least > _LEAST_DB:
        search = cma.CMAEvolutionStrategy(
            list(begin), _WIDTH,
            # By itself, cma draws from NumPy's global state, and says what it does.
            {"bounds": [0, 1], "verbose": -9, "seed": np.nan, "tolx": _STILL, "tolfun": 1e-4,
             "randn": lambda *shape: generator.standard_normal(shape)},
        )  # fmt: skip
        while not search.stop() and heard < most and least > _LEAST_DB:
            asked = [np.clip(one, 0, 1) for one in search.ask()]
            left = [_left(dry, effect, values, target) for values in asked]
            search.tell(asked, left)
            heard += len(asked)
            if min(left) < least:
                best, least = asked[int(np.argmin(left))], min(left)
        begin = generator.random(count)
    setting = Setting(effect, tuple(best))
    seconds = time.perf_counter() - started
    return Searched(setting, mrstft(render(dry, setting), wet), heard, seconds)


def _left(dry: np.ndarray, effect: str, values: np.ndarray, target: np.ndarray) -> float:
    """Root mean square difference in dB of bands that is left at values (knob,)."""
    return float(np.sqrt(np.square(bands_db(render(dry, Setting(effect, tuple(values)))) - target).mean()))
