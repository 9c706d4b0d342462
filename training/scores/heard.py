"""How what is decoded sounds to models of the ear: PESQ and ViSQOL, pair by pair."""

import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from rich.progress import track

from core.audio import SAMPLE_RATE
from core.audio.rate import resampled
from core.audio.spectrogram import prepare_pair
from core.effects import render
from core.explorer import Explorer
from training.scores.conditions import Source
from training.scores.report import Report
from training.spsa import in_turn

PESQ_HZ, VISQOL_HZ = 16_000, 48_000
VISQOL_SHARE = 6
"""ViSQOL takes .65 s of CPU a comparison, PESQ .05: it hears one pair in so many, rounded up to rounds of effects."""


@dataclass(frozen=True)
class Heard:
    """What the ear models say of one pair: MOS by "SIDE.ROUTE", NaN where the sound was refused; see `sounds`.

    visqol: empty where it was not asked.
    """

    speaker: int
    effect: str
    pesq: dict[str, float]
    visqol: dict[str, float]


def heard(report: Report, source: Source, count: int, pool: ProcessPoolExecutor | None) -> None:
    """MOS of decoded sounds, as heard.MODEL.SIDE.ROUTE, means over `count` pairs; pesq: wide band; visqol: audio mode.

    left_out: pairs of which a model refused a sound, as PESQ does where nobody speaks; they count nowhere. by_effect:
    of wet. above_do_nothing: effects whose decoded wet sound is above the dry one.
    """
    effects = source.pairs.effects
    asked = min(count, -(-count // (VISQOL_SHARE * len(effects))) * len(effects))  # whole rounds of the effects
    jobs = [(source, index + index // len(effects) * len(effects), index < asked) for index in range(count)]
    rows = list(track(in_turn(pool, _heard, jobs), f"Hearing {count:,} pairs by ear models", count))
    report.put("heard.split", source.split)
    report.put("heard.corpus", source.pairs.corpus.about)
    _tell(report, "heard.pesq", [(row, row.pesq) for row in rows], effects)
    _tell(report, "heard.visqol", [(row, row.visqol) for row in rows if row.visqol], effects)


def _tell(report: Report, key: str, rows: Sequence[tuple[Heard, dict[str, float]]], effects: Sequence[str]) -> None:
    """The scores of one ear model."""
    kept = [(row, said) for row, said in rows if np.isfinite(list(said.values())).all()]
    report.put(f"{key}.pairs", len(kept))
    report.put(f"{key}.left_out", len(rows) - len(kept))
    if len(kept) < 2:
        return
    speaker, effect = (np.array([getattr(row, name) for row, _ in kept]) for name in ("speaker", "effect"))
    for route in kept[0][1]:
        values = np.array([said[route] for _, said in kept])
        report.mean(f"{key}.{route}", values, speaker=speaker)
        if route.startswith("wet."):
            for name in (name for name in effects if name in effect):
                report.put(f"{key}.by_effect.{name}.{route[4:]}", float(values[effect == name].mean()))
    by_effect = [report.scores["heard"][key.split(".")[1]]["by_effect"][name] for name in effects if name in effect]
    report.put(f"{key}.above_do_nothing", sum(row["decoded"] > row["do_nothing"] for row in by_effect))


def _heard(job: tuple[Source, int, bool]) -> Heard:
    source, index, with_visqol = job
    pair = source.pairs[index]
    dry, wet = prepare_pair(pair.dry, pair.wet, source.explorer.spectrogram_config.samples)
    compared = sounds(source.explorer, dry, wet)
    pesq_says = {route: pesq_mos(*two) for route, two in compared.items()}
    visqol_says = {route: visqol_mos(*two) for route, two in compared.items()} if with_visqol else {}
    return Heard(pair.speaker, pair.setting.effect, pesq_says, visqol_says)


def sounds(explorer: Explorer, dry: np.ndarray, wet: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The true sound and what stands for it, each (time,), by "SIDE.ROUTE", of a prepared pair (time,), (time,).

    dry, by Griffin-Lim from the own phase or a random one: "decoded..." of the decoded spectrogram, "true..." of the
    true one, the most that a model can reach. wet: "decoded" and "true" alike, by transfer; "do_nothing", the dry
    sound; "controller", the setting that the controller reads off z, rendered, where there is one.
    """
    z = explorer.encode(dry, wet)
    found: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    magnitudes = {"decoded": explorer.decode(z), "true": explorer.spectrogram(dry, wet)}
    for name, joint in magnitudes.items():
        found[f"dry.{name}_own_phase"] = dry, explorer.to_audio(joint[:, :1], dry)[0, 0]
        found[f"dry.{name}_random_phase"] = dry, explorer.to_audio(joint[:, :1])[0, 0]
        found[f"wet.{name}"] = wet, explorer.transfer(joint, dry)[0]
    found["wet.do_nothing"] = wet, dry
    if explorer.config.controllers:
        found["wet.controller"] = wet, render(dry, explorer.estimate(z).setting)
    return found


def pesq_mos(true: np.ndarray, sound: np.ndarray) -> float:
    """PESQ-WB (ITU-T P.862.2) of a sound (time,) against the true one, 1 ... 4.64; NaN where it finds no utterance or
    one of them is silent."""
    from pesq import NoUtterancesError, pesq

    if not (true.any() and sound.any()):
        return float("nan")
    try:
        return float(pesq(PESQ_HZ, *_at(PESQ_HZ, true, sound), "wb"))
    except NoUtterancesError:
        return float("nan")


def visqol_mos(true: np.ndarray, sound: np.ndarray) -> float:
    """ViSQOL in audio mode (Chinen et al. 2020) of a sound (time,) against the true one, 1 ... 4.73; NaN where one of
    them is silent: it calls anything a perfect copy of silence."""
    if not (true.any() and sound.any()):
        return float("nan")
    return float(_visqol()(*_at(VISQOL_HZ, true, sound), VISQOL_HZ).moslqo)


def _at(rate: int, *sounds: np.ndarray) -> list[np.ndarray]:
    return [resampled(sound, SAMPLE_RATE, rate).astype(np.float64) for sound in sounds]


@lru_cache(maxsize=1)
def _visqol() -> Callable[..., Any]:
    """ViSQOL's comparison of two arrays at a sample rate."""
    # Before numba is imported: else its threads wait for each other in a loop, and, by OpenMP, torch's, too. Once it is
    # there, as beside a map, it takes no other number.
    if "numba" not in sys.modules:
        os.environ.setdefault("NUMBA_NUM_THREADS", "1")
        os.environ.setdefault("NUMBA_THREADING_LAYER", "workqueue")
    from visqol import VisqolApi

    api = VisqolApi()
    api.create(mode="audio")
    return api.measure_from_arrays
