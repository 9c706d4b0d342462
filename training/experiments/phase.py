"""How phases should be shown to a network: every way trained alike, then heard by every route back to sound."""

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import auraloss
import numpy as np
import torch
from matplotlib.figure import Figure
from rich.progress import track

from core.audio.spectrogram import PhaseSpectrogramConfig, Spectrogram, prepare_pair
from core.explorer import Explorer
from core.models.phase_vae import Phase
from training.config import ALL_EFFECTS, VAERun
from training.corpus import Corpus
from training.markdown import table
from training.pairs import Pairs
from training.vae import train

TEST_SEED = 103  # not a training run's
VARIANTS = ("mel magnitudes", "magnitudes", *get_args(Phase))
DRY, NOTHING = "dry itself", "-"
COLUMNS = ("variant", "pair", "effect", "route", "measure", "value")
ERRORS = ("phase error of dry", "of wet", "of wet, dry known")
ROUTES = {
    "do nothing": "the dry sound",
    "direct": "inverse STFT of what is decoded",
    "direct, dry known": "the same, dry's phase in place of the decoded one",
    "direct, true phase": "inverse STFT of decoded magnitudes and the true phase: what no decoder surpasses",
    "Griffin-Lim, random": "from decoded magnitudes, random start",
    "Griffin-Lim, dry": "from decoded magnitudes and the dry clip's phase",
    "transfer": "the dry sound with the decoded change of magnitude",
    "transfer, phase": "the same, and the decoded change of phase",
}


@dataclass(frozen=True)
class PhaseRun:
    """Compare representations of phase: train each alike, beside magnitudes alone; leaves CSV, PNG and checkpoints.

    A second call with the same `out` goes on where the first was killed.
    """

    corpus: Path
    out: Path
    variants: tuple[str, ...] = VARIANTS
    pairs: int = 640
    epochs: int = 3
    batch: int = 8
    width: int = 320
    examples: int = 48  # pairs of unseen speakers to compare on
    precision: Literal["auto", "32-true", "bf16-mixed"] = "auto"


def compare(run: PhaseRun) -> Path:
    """Train the variants, hear them on the same pairs, print tables; returns the picture's path."""
    run.out.mkdir(parents=True, exist_ok=True)
    explorers = {name: trained(run, name) for name in run.variants}
    pairs = Pairs(Corpus(run.corpus), "valid", ALL_EFFECTS, TEST_SEED)
    rows: list[tuple] = []
    for index in track(range(run.examples), description=f"Hearing {run.examples:,} pairs by every route"):
        pair = pairs[index]
        dry, wet = prepare_pair(pair.dry, pair.wet, PhaseSpectrogramConfig().samples)
        for row in hear(dry, wet, explorers):
            rows.append((row[0], index, pair.setting.effect, *row[1:]))
    with (run.out / "phase.csv").open("w", newline="") as handle:
        csv.writer(handle).writerows([COLUMNS, *rows])
    values: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for variant, _, _, route, measure, value in rows:
        values[variant, route, measure].append(value)
    means = {key: float(np.mean(value)) for key, value in values.items()}
    print(tables(means, list(explorers)))
    draw(means, list(explorers)).savefig(run.out / "phase.png")
    return run.out / "phase.png"


def trained(run: PhaseRun, name: str) -> Explorer:
    """The variant of that name: latent size, pairs, their order and steps are the same for all."""
    stft = PhaseSpectrogramConfig()
    choice: dict = {
        "mel magnitudes": {},
        "magnitudes": {"spectrogram": {"fft": stft.fft, "hop": stft.hop, "bands": None}, "reduction": 32},
    }.get(name, {"phase": name})
    folder = run.out / name.replace(" ", "-")
    if not (folder / "checkpoint" / "config.json").exists():
        train(
            VAERun(
                (run.corpus,),
                out=folder,
                preset="joint-4ch" if "phase" in choice else "joint-2ch",
                pairs=run.pairs,
                cache=run.out / ("cache-phase" if "phase" in choice else f"cache-{folder.name}"),
                valid_pairs=16,
                epochs=run.epochs,
                batch=run.batch,
                beta_warmup=run.pairs * run.epochs // run.batch // 5,
                workers=0,
                accelerator="cpu",
                precision=run.precision,
                model={"width": run.width, **choice},
            )
        )
    return Explorer.load(folder / "checkpoint", device="cpu")


def hear(dry: np.ndarray, wet: np.ndarray, explorers: dict[str, Explorer]) -> list[tuple[str, str, str, float]]:
    """Rows (variant, route, measure, value) of one pair (time,), (time,).

    mrstft: multi-resolution STFT distance (Yamamoto et al. 2020); convergence_db: spectral convergence at 2048 samples
    in dB (Arik et al. 2019); both of the wet sound, both fall as sounds come closer.
    """
    distance = auraloss.freq.MultiResolutionSTFTLoss()
    convergence = auraloss.freq.STFTLoss(2048, 512, 2048, w_log_mag=0.0)
    sounds = {(DRY, "do nothing"): dry}
    true = Spectrogram(PhaseSpectrogramConfig())(*(torch.from_numpy(sound)[None] for sound in (dry, wet))).numpy()
    copied = true.copy()
    copied[:, 3] = true[:, 2]
    rows = phase_errors(DRY, copied[0], true[0])[1:2]
    for name, explorer in explorers.items():
        decoded = explorer.decode(explorer.encode(dry, wet))
        sounds[name, "Griffin-Lim, random"] = explorer.to_audio(decoded[:, 1:2])[0, 0]
        sounds[name, "Griffin-Lim, dry"] = explorer.to_audio(decoded[:, 1:2], dry)[0, 0]
        sounds[name, "transfer"] = explorer.transfer(decoded[:, :2], dry)[0]
        if decoded.shape[1] == 4:
            rows += phase_errors(name, decoded[0], true[0])
            sounds[name, "direct"] = explorer.to_audio(decoded)[0, 1]
            sounds[name, "direct, dry known"] = explorer.to_audio(decoded, dry)[0, 1]
            ceiling = np.concatenate([decoded[:, :2], true[:, 2:]], axis=1)
            sounds[name, "direct, true phase"] = explorer.to_audio(ceiling)[0, 1]
            sounds[name, "transfer, phase"] = explorer.transfer(decoded, dry)[0]
    for (name, route), sound in sounds.items():
        both = [torch.from_numpy(audio)[None, None] for audio in (sound, wet)]
        rows.append((name, route, "mrstft", float(distance(*both))))
        rows.append((name, route, "convergence_db", 20 * float(np.log10(convergence(*both)))))
    return rows


def phase_errors(name: str, decoded: np.ndarray, true: np.ndarray) -> list[tuple[str, str, str, float]]:
    """Rows of the mean of 1 - cos of the phase error, weighted by magnitude, of joint spectrograms (4, bin, frame).

    0: exact; 1: as good as chance; 2: opposite.
    """
    error = decoded[2:] - true[2:]
    return [
        (name, NOTHING, measure, float(np.average(1 - np.cos(angle), weights=magnitude)))
        for measure, angle, magnitude in zip(
            ERRORS, (error[0], error[1], error[1] - error[0]), (true[0], true[1], true[1]), strict=True
        )
    ]


def tables(means: dict[tuple[str, str, str], float], variants: list[str]) -> str:
    """Two Markdown tables: phase errors, and the wet sound by every route."""

    def cell(key: tuple[str, str]) -> str:
        there = (*key, "mrstft") in means
        return f"{means[*key, 'mrstft']:.3f} / {means[*key, 'convergence_db']:.1f}" if there else ""

    found = {name: [means.get((name, NOTHING, measure)) for measure in ERRORS] for name in (DRY, *variants)}
    errors = [
        [name, *("" if value is None else f"{value:.3f}" for value in values)]
        for name, values in found.items()
        if any(value is not None for value in values)
    ]
    heard = [
        [f"{route}: {meaning}", *(cell((DRY if route == "do nothing" else name, route)) for name in variants)]
        for route, meaning in ROUTES.items()
    ]
    head = "MR-STFT distance / spectral convergence in dB"
    return "\n".join(["", *table(("phases as", *ERRORS), errors), "", *table((head, *variants), heard)])


def draw(means: dict[tuple[str, str, str], float], variants: list[str]) -> Figure:
    """Phase errors (left) and MR-STFT distance by every route (right); lower is better."""
    figure = Figure(figsize=(11, 3.6), dpi=120, layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.6))
    for offset, measure in zip((-0.25, 0, 0.25), ERRORS, strict=True):
        found = [means.get((name, NOTHING, measure), np.nan) for name in get_args(Phase)]
        left.bar(np.arange(len(found)) + offset, found, 0.22, label=measure)
    left.axhline(1, color="grey", lw=1, ls=":", label="chance")
    left.axhline(means[DRY, NOTHING, ERRORS[1]], color="black", lw=1, ls="--", label="wet: dry's phase copied")
    left.set_xticks(range(len(get_args(Phase))), get_args(Phase), fontsize=8)
    left.set(title="1 - cos of the phase error, weighted by magnitude", ylim=(0, 1.6))
    left.legend(fontsize=6, ncols=2)
    for name in variants:
        found = [means.get((name, route, "mrstft"), np.nan) for route in list(ROUTES)[1:]]
        right.plot(found, range(len(found)), "o", label=name)
    right.axvline(means[DRY, "do nothing", "mrstft"], color="black", lw=1, ls="--", label="the dry sound")
    right.set_yticks(range(len(ROUTES) - 1), list(ROUTES)[1:], fontsize=8)
    right.set(title="wet sound: MR-STFT distance to the true one")
    right.legend(fontsize=6)
    return figure
