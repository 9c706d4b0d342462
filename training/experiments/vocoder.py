"""Would a small network that makes phases sound better than Griffin-Lim? Trained, and heard as it learns."""

import csv
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import torch
from rich.progress import track
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.spectrogram import PhaseSpectrogramConfig, Spectrogram
from core.explorer import CHECKPOINTS, Explorer
from training.corpus import Corpus
from training.experiments.vocoder_model import PER_FRAME, Vocoder, loss
from training.losses import stop_where_endless
from training.markdown import table
from training.pairs import Pairs
from training.scores.heard import pesq_mos, visqol_mos
from training.seeds import stream

CROP, WARM_UP = 64, 50  # mel frames of a stretch; steps until the learning rate is reached
FIRST = 8  # pairs to begin with
HEARD = "heard.csv"
COLUMNS = ("step", "minutes", "corpus", "pair", "route", "measure", "value")
EARS = {"PESQ": pesq_mos, "ViSQOL": visqol_mos}


@dataclass(frozen=True)
class VocoderRun:
    """Train a small vocoder on what a checkpoint hears and decodes, and hear it beside Griffin-Lim and transfer.

    Heard on the validation split. A second call with the same `out` goes on where the first was killed.
    """

    corpus: tuple[Path, ...]  # packed, each heard as often as any other
    out: Path
    checkpoint: Path = CHECKPOINTS / "factor"
    # What a network is given, and turns: bands alone, or what Griffin-Lim makes of them.
    starts: tuple[Literal["mel", "griffin-lim"], ...] = ("mel", "griffin-lim")
    minutes: float = 12.0  # of training each; hearing and the baselines come on top
    hear_every: float = 6.0  # minutes of training
    pairs: int = 96  # kept in memory, the oldest replaced as training goes
    renew: int = 8  # steps between new pairs
    batch: int = 6  # stretches of 1.4 s a step
    examples: int = 16  # pairs of each corpus to hear; ViSQOL, which is slow, hears half of them
    learning_rate: float = 1e-3  # falls to 0 in a straight line
    width: int = 256
    blocks: int = 6
    seed: int = 0


@dataclass
class Studio:
    """What sounds are made with: a checkpoint, its spectrogram, the finer one of the vocoder."""

    explorer: Explorer
    start: str
    fine: Spectrogram = field(default_factory=lambda: Spectrogram(PhaseSpectrogramConfig(samples=SEGMENT)))

    def given(self, mel: np.ndarray) -> Tensor:
        """`start` of mel magnitudes (sound, band, frame): a finished sound, or the bands, with phase 0."""
        if self.start == "griffin-lim":
            return self.fine.stft(torch.from_numpy(self.explorer.to_audio(mel[None])[0]))
        coarse = Spectrogram(self.explorer.spectrogram_config)
        of_bins = torch.from_numpy(mel) / coarse.filters.sum(dim=0).clamp_min(0.5).sqrt()[:, None]
        thin = coarse.spread(of_bins)[..., ::2, :].repeat_interleave(PER_FRAME, dim=-1)
        return torch.complex(thin, torch.zeros_like(thin))

    def sounds(self, pair: np.ndarray) -> list[tuple[Tensor, Tensor, Tensor]]:
        """Mel, start and true sound of dry and wet, from true and from decoded magnitudes, of a pair (2, SEGMENT)."""
        return [
            row
            for (joint,) in magnitudes(self.explorer, *pair).values()
            for row in zip(torch.from_numpy(joint), self.given(joint), torch.from_numpy(pair), strict=True)
        ]


def compare(run: VocoderRun) -> Path:
    """Train, hear at intervals, print a table; returns the file of all that was heard."""
    run.out.mkdir(parents=True, exist_ok=True)
    explorer = Explorer.load(run.checkpoint, device="cpu")
    pairs = {
        folder.name: Pairs(Corpus(folder), "valid", explorer.config.effects, run.seed + 1) for folder in run.corpus
    }
    if not (run.out / HEARD).exists():
        hear(run, pairs, 0, 0.0, lambda dry, wet: baselines(explorer, dry, wet))
    costs = [train(run, Studio(explorer, start), pairs) for start in run.starts]
    print("\n".join([told(run.out / HEARD), *costs]))
    return run.out / HEARD


def train(run: VocoderRun, studio: Studio, valid: dict[str, Pairs]) -> str:
    """Train one vocoder, and hear it at intervals; returns what it costs, in words."""
    torch.manual_seed(run.seed)
    hears = studio.start == "griffin-lim"
    vocoder = Vocoder(studio.explorer.spectrogram_config.bins, run.width, run.blocks, hears)
    optimizer = torch.optim.AdamW(vocoder.parameters(), run.learning_rate, betas=(0.8, 0.99))
    file = run.out / f"{studio.start}.safetensors"
    step, spent = resume(file, vocoder, optimizer)
    batches, due = batches_of(run, studio, step), spent // run.hear_every + 1
    while spent < run.minutes:
        begun = time.perf_counter()
        optimizer.param_groups[0]["lr"] = run.learning_rate * min(1 - spent / run.minutes, (step + 1) / WARM_UP)
        mel, start, true = next(batches)
        error = loss(vocoder.train()(mel, start), true)
        stop_where_endless(error, step)
        optimizer.zero_grad()
        error.backward()
        nn.utils.clip_grad_norm_(vocoder.parameters(), 5.0)
        optimizer.step()
        step, spent = step + 1, spent + (time.perf_counter() - begun) / 60
        if spent >= min(due * run.hear_every, run.minutes):
            due += 1
            vocoder.eval()
            hear(run, valid, step, spent, lambda dry, wet: vocoded(studio, vocoder, dry, wet))
            keep(file, vocoder, optimizer, step, spent)
            print(f"{studio.start}: step {step:,}, {spent:.1f} minutes, loss {error.item():.3f}", flush=True)
    size = sum(weight.numel() for weight in vocoder.parameters()) * 4 / 2**20
    return f"{studio.start}: {size:.1f} MB; {real_time(studio, vocoder.eval(), valid):.4f} of real time, start and all"


def batches_of(run: VocoderRun, studio: Studio, step: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Stretches of mel (batch, band, CROP), start (batch, bin, 2 * CROP) and sound (batch, time), from `step` on."""
    effects = studio.explorer.config.effects
    sources = [Pairs(Corpus(folder), "train", effects, run.seed) for folder in run.corpus]
    generator, hop = stream("vocoder", run.seed, step), studio.explorer.spectrogram_config.hop
    pool: list[tuple[Tensor, Tensor, Tensor]] = []
    fresh = step // run.renew
    while True:
        for _ in range(max(min(FIRST, run.pairs) - len(pool) // 4, int(step % run.renew == 0))):
            pair = sources[fresh % len(sources)].sounds(fresh // len(sources))
            pool, fresh = (pool + studio.sounds(pair))[-4 * run.pairs :], fresh + 1
        rows = []
        for place in generator.integers(len(pool), size=run.batch):
            mel, start, true = pool[place]
            at = int(generator.integers(mel.shape[-1] - CROP + 1))
            cut = (slice(at * by, (at + CROP) * by) for by in (1, PER_FRAME, hop))
            rows.append([whole[..., part] for whole, part in zip((mel, start, true), cut, strict=True)])
        mels, starts, trues = zip(*rows, strict=True)
        step += 1
        yield torch.stack(mels), torch.stack(starts), torch.stack(trues)


def hear(
    run: VocoderRun, valid: dict[str, Pairs], step: int, minutes: float,
    made_of: Callable[[np.ndarray, np.ndarray], dict[str, np.ndarray]],
) -> None:  # fmt: skip
    """Write what ear models say of sounds (time,) by route that are made of validation pairs, dry and wet (time,)."""
    rows = []
    for corpus, pairs in valid.items():
        for number in track(range(run.examples), f"Hearing {corpus}"):
            dry, wet = pairs.sounds(number)
            for route, sound in made_of(dry, wet).items():
                for measure, ear in EARS.items():
                    if measure == "PESQ" or number < run.examples / 2:
                        value = ear(wet if route.startswith("wet") else dry, sound)
                        rows.append((step, round(minutes, 2), corpus, number, route, measure, value))
    new = not (run.out / HEARD).exists()
    with (run.out / HEARD).open("a", newline="") as handle:
        csv.writer(handle).writerows([COLUMNS, *rows] if new else rows)


def baselines(explorer: Explorer, dry: np.ndarray, wet: np.ndarray) -> dict[str, np.ndarray]:
    """Sounds (time,) by "SIDE, MAGNITUDES, ROUTE" that need no vocoder."""
    found = {"wet, -, do nothing": dry}
    for name, joint in magnitudes(explorer, dry, wet).items():
        found[f"dry, {name}, Griffin-Lim, random"] = explorer.to_audio(joint[:, :1])[0, 0]
        found[f"dry, {name}, Griffin-Lim, random, 32 steps"] = explorer.to_audio(joint[:, :1], iterations=32)[0, 0]
        of_dry, of_wet = explorer.to_audio(joint, dry)[0]
        found |= {f"dry, {name}, Griffin-Lim, own phase": of_dry, f"wet, {name}, Griffin-Lim, dry's phase": of_wet}
        found[f"wet, {name}, transfer"] = explorer.transfer(joint, dry)[0]
    return found


@torch.inference_mode()
def vocoded(studio: Studio, vocoder: Vocoder, dry: np.ndarray, wet: np.ndarray) -> dict[str, np.ndarray]:
    """Sounds (time,) by "SIDE, MAGNITUDES, ROUTE" of the vocoder, and of Griffin-Lim that begins with its phases."""
    explorer, found = studio.explorer, {}
    for name, joint in magnitudes(explorer, dry, wet).items():
        sounds = vocoder(torch.from_numpy(joint[0]), studio.given(joint[0])).numpy()
        found[f"dry, {name}, vocoder of {studio.start}"] = sounds[0]
        again = explorer.to_audio(joint[:, :1], sounds[0])[0, 0]
        found[f"dry, {name}, vocoder of {studio.start}, then Griffin-Lim"] = again
    return found | {f"wet, {name}, vocoder of {studio.start}": sounds[1]}


def magnitudes(explorer: Explorer, dry: np.ndarray, wet: np.ndarray) -> dict[str, np.ndarray]:
    """Joint spectrograms (1, 2, band, frame), true and decoded."""
    return {"true": explorer.spectrogram(dry, wet), "decoded": explorer.decode(explorer.encode(dry, wet))}


def told(file: Path) -> str:
    """A Markdown table of means by route and step, PESQ / ViSQOL, a column a corpus."""
    rows = pd.read_csv(file)
    means = rows.groupby(["route", "step", "minutes", "corpus", "measure"])["value"].mean().unstack([-2, -1])
    cells = [
        [*place, *(" / ".join(f"{row[corpus, ear]:.2f}" for ear in EARS) for corpus in rows["corpus"].unique())]
        for place, row in means.iterrows()
    ]
    return "\n".join(table(("route, PESQ / ViSQOL", "step", "minutes", *rows["corpus"].unique()), cells))


@torch.inference_mode()
def real_time(studio: Studio, vocoder: Vocoder, valid: dict[str, Pairs]) -> float:
    """Seconds of computing for a second of one sound, from its mel magnitudes, the best of five."""
    dry, wet = next(iter(valid.values())).sounds(0)
    mel, took = studio.explorer.spectrogram(dry, wet)[0, :1], []
    for _ in range(5):
        begun = time.perf_counter()
        vocoder(torch.from_numpy(mel), studio.given(mel))
        took.append(time.perf_counter() - begun)
    return min(took) / (SEGMENT / SAMPLE_RATE)


def keep(file: Path, vocoder: Vocoder, optimizer: torch.optim.Optimizer, step: int, spent: float) -> None:
    """Write weights and the optimiser's moments, whole or not at all."""
    tensors = {f"weight.{name}": value for name, value in vocoder.state_dict().items()}
    for number, moments in optimizer.state_dict()["state"].items():
        tensors |= {f"moment.{number}.{name}": value for name, value in moments.items()}
    save_file(tensors | {"place": torch.tensor([step, spent], dtype=torch.float64)}, f"{file}.new")
    os.replace(f"{file}.new", file)


def resume(file: Path, vocoder: Vocoder, optimizer: torch.optim.Optimizer) -> tuple[int, float]:
    """Put back what `keep` wrote, if it did; returns steps and minutes so far."""
    if not file.exists():
        return 0, 0.0
    tensors = load_file(file)
    vocoder.load_state_dict({name: tensors[f"weight.{name}"] for name in vocoder.state_dict()})
    state = optimizer.state_dict()
    for name, value in tensors.items():
        if name.startswith("moment."):
            _, number, moment = name.split(".")
            state["state"].setdefault(int(number), {})[moment] = value
    optimizer.load_state_dict(state)
    step, spent = tensors["place"].tolist()
    return int(step), spent
