"""Dry/wet pairs, rendered by worker processes while the model trains; the i-th pair of a seed is always the same."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import scipy.fft
import torch
from torch import Tensor
from torch.utils.data import Dataset

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.measure import gain_to
from core.audio.measurements import VERSION, measure_pair, measurement_count
from core.audio.spectrogram import Spectrogram, SpectrogramConfig, fit, prepare_pair
from core.effects import KnobLayout, Setting, effect_named, render
from training.corpus import Corpus, Speaker
from training.seeds import stream

DRAWS = 3
"""How pairs are drawn from a seed; in another way the pairs of a seed are others, and caches hold others."""


@dataclass(frozen=True)
class Pair:
    """One example: dry and wet (time,), the speaker's index, the setting."""

    dry: np.ndarray
    wet: np.ndarray
    speaker: int
    setting: Setting


class Pairs:
    """Pair i of a split of a corpus: speaker and words, effect and knobs, each drawn from a stream of its own.

    effects are taken in turn, so that any run of them is balanced. Pairs are twins: i and i + len(effects), within each
    round of 2 * len(effects), share one setting, so that what a latent says of it can be compared across speakers.
    fixed: all knobs at this position (the report: 0.5). vary: other speakers and microphones out of these recordings.
    """

    def __init__(
        self,
        corpus: Corpus,
        split: str,
        effects: tuple[str, ...],
        seed: int = 0,
        fixed: float | None = None,
        vary: bool = False,
    ) -> None:
        self.corpus, self.effects, self.seed, self.fixed, self.vary = corpus, effects, seed, fixed, vary
        self.split, self.speakers = split, corpus.split(split)

    def __getitem__(self, index: int) -> Pair:
        generator = self._stream("words", index)
        speaker = self._draw_voice(generator)
        words = (varied if self.vary else Corpus.words)(self.corpus, self.speakers[speaker], generator, SEGMENT)
        dry = words * np.float32(gain_to(words))
        setting = self.setting(index)
        return Pair(dry, render(dry, setting), speaker, setting)

    def voice(self, index: int) -> int:
        """Index of the speaker of pair `index`, without rendering it."""
        return self._draw_voice(self._stream("words", index))

    def _stream(self, purpose: str, *place: int) -> np.random.Generator:
        return stream(f"{purpose} of {self.split} pairs", self.seed, *place)

    def _draw_voice(self, generator: np.random.Generator) -> int:
        return int(generator.integers(len(self.speakers)))

    def sounds(self, index: int) -> np.ndarray:
        """Dry and wet (2, SEGMENT) of pair `index`, freshly rendered, dry at -23 LUFS."""
        pair = self[index]
        return np.stack(prepare_pair(pair.dry, pair.wet, SEGMENT, silence=True))

    def label(self, index: int) -> np.ndarray:
        """Label (effect + knob,), float32: 1 for the effect that is at work, 0 for others; then the knobs of all
        effects in a row, NaN where they are another effect's."""
        setting = self.setting(index)
        places = [float(name == setting.effect) for name in self.effects]
        return np.concatenate([places, KnobLayout(self.effects).row(setting)]).astype(np.float32)

    @property
    def about(self) -> dict[str, Any]:
        """What tells these pairs from others, as plain values."""
        return {
            "corpora": [self.corpus.digest], "split": self.split, "effects": list(self.effects), "seed": self.seed,
            "fixed": self.fixed, "vary": self.vary,
        }  # fmt: skip

    def setting(self, index: int) -> Setting:
        """Effect and knobs of pair `index`, without rendering it."""
        turn, place = divmod(index, 2 * len(self.effects))
        effect = self.effects[place % len(self.effects)]
        count = len(effect_named(effect).parameters)
        if self.fixed is not None:
            return Setting(effect, (self.fixed,) * count)
        return Setting(effect, tuple(self._stream("knobs", turn, place % len(self.effects)).random(count)))


def varied(corpus: Corpus, speaker: Speaker, generator: np.random.Generator, length: int = SEGMENT) -> np.ndarray:
    """Recordings of one speaker (length,), joined, played at 0.88 ... 1.14 of its speed and through a random equaliser.

    Speed moves pitch and formants (Ko et al. 2015), a smooth curve of +-6 dB stands for another microphone: the corpus
    has few speakers, and a model that is to meet others must not learn these by heart.
    """
    whole = -(-length // 1024)  # lengths with small prime factors
    samples = 1024 * round(whole * generator.uniform(0.875, 1.145))
    spectrum = scipy.fft.rfft(corpus.words(speaker, generator, samples))[: 512 * whole + 1]
    hz = np.arange(1, len(spectrum) + 1) * (SAMPLE_RATE / (1024 * whole))
    curve_db = np.interp(np.log(hz), np.log(np.geomspace(60, SAMPLE_RATE / 2, 6)), generator.uniform(-6, 6, 6))
    out = scipy.fft.irfft(spectrum * (10 ** (curve_db / 20)).astype(np.float32), 1024 * whole)[:length]
    return out.astype(np.float32)


class Source(Protocol):
    """Where a PairTensors takes its pairs from: Pairs, or RealPairs."""

    @property
    def effects(self) -> tuple[str, ...]: ...
    @property
    def about(self) -> dict[str, Any]:
        """What tells these pairs from others, as plain values."""

    def sounds(self, index: int) -> np.ndarray:
        """Dry and wet (2, SEGMENT) of pair `index`, freshly rendered, dry at -23 LUFS."""

    def label(self, index: int) -> np.ndarray:
        """Label (effect + knob,), float32: each effect's place in the chain, from 1 on, 0 where it is not in it; then
        the knobs of all effects in a row, NaN where an effect is not in it."""


_WHOLE, _MEASURED = 1, 2
"""Marks of a pair in a cache: all of it is there, or its measurements alone."""

Example = tuple[Tensor, Tensor, Tensor]
"""Joint spectrogram (channel, bin, frame), measurements (measurement,), label (effect + knob,); see PairTensors."""


class PairTensors(Dataset[Example]):
    """Joint spectrogram (channel, bin, frame), measurements (measurement,) and label (effect + knob,) of each pair,
    float32; label: see Source.label.

    With a cache folder each pair is rendered once, stored there in half precision (dB, so that quiet bins keep
    theirs), and read from then on: rendering takes four times as long as a training step. Of pairs with phases the
    sound itself is kept, which takes a quarter of the room of four channels.
    A pair's mark is written after its data, so that a killed run leaves no half-written pair behind; where files of a
    cache are shorter than they were or gone, all is rendered anew.
    roll: turn each spectrogram round in time by a random number of frames, dry and wet alike, each time it is read; the
    measurements stay, as they hardly know when something was said.
    measured_alone: for who reads `measured` only; the cache then keeps measurements, a fortieth of the room.
    """

    def __init__(
        self, pairs: Source, count: int, config: SpectrogramConfig, cache: Path | None = None, roll: bool = False,
        measured_alone: bool = False,
    ) -> None:  # fmt: skip
        self.pairs, self.count, self.config = pairs, count, config
        self.spectrogram = Spectrogram(config)
        self.cache, self.roll, self.measured_alone = cache, roll, measured_alone
        if cache is not None:
            cache.mkdir(parents=True, exist_ok=True)
            self._claim(cache / "pairs.json")
            if not measured_alone:
                about = (config.bins, config.frames) if config.channels == 2 else (config.samples,)
                name = "magnitudes.f16" if config.channels == 2 else "sounds.f16"
                self.kept = self._map(name, np.float16, (count, 2, *about))
            self.measurements = self._map("measurements.f32", np.float32, (count, measurement_count(config)))
            self.done = self._map("done.u8", np.uint8, (count,))

    def _claim(self, file: Path) -> None:
        """Say what the cache holds, or check that it holds this; SystemExit where it holds other pairs."""
        about = self.pairs.about | {"pairs": self.count, "spectrogram": asdict(self.config), "draws": DRAWS}
        about |= {"measurements": VERSION}
        if self.config.channels != 2:
            about["channels"] = self.config.channels
        if not file.exists():
            self._clear_marks()
            partial = file.with_suffix(f".{os.getpid()}.partial")  # other processes may be here, too
            partial.write_text(json.dumps(about, indent=1) + "\n")
            os.replace(partial, file)
        try:
            found = json.loads(file.read_text())
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise SystemExit(f"{file} is damaged. Please delete it: the pairs of that folder are then rendered anew.")
        if found != about:
            odd = ", ".join(sorted(name for name in about if found.get(name) != about[name]))
            raise SystemExit(f"{file.parent} holds other pairs ({odd} differ). Please choose another folder for them.")

    def _map(self, name: str, kind: type, shape: tuple[int, ...]) -> np.memmap:
        """The array `name` in the cache, its room on the disk taken at once: a later want of it would kill the run."""
        assert self.cache is not None
        file, size = self.cache / name, int(np.prod(shape)) * np.dtype(kind).itemsize
        with file.open("ab") as handle:  # appending never empties what another process has begun
            if handle.tell() < size:
                self._clear_marks()
            try:
                os.posix_fallocate(handle.fileno(), 0, size)
            except OSError as error:
                raise SystemExit(f"{file}: no room for {size / 1e9:.1f} GB of rendered pairs ({error}).") from error
        return np.memmap(file, kind, mode="r+", shape=shape)

    def _clear_marks(self) -> None:
        """Forget which pairs the cache holds, in place: other processes may have the marks mapped."""
        assert self.cache is not None
        marks = self.cache / "done.u8"
        if marks.exists():
            with marks.open("r+b") as handle:
                handle.write(bytes(marks.stat().st_size))

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Example:
        magnitude, measurements = self.read(index)
        if self.roll:
            magnitude = magnitude.roll(int(torch.randint(self.config.frames, ())), dims=-1)
        return magnitude, measurements, self.label(index)

    def label(self, index: int) -> Tensor:
        """What was done to pair `index`; see its source."""
        return torch.from_numpy(self.pairs.label(index))

    def read(self, index: int) -> tuple[Tensor, Tensor]:
        """Pair `index` from the cache, or rendered and kept there."""
        if self.cache is None:
            return look(self.render(index), self.spectrogram)
        if self.done[index] == _WHOLE:
            kept = torch.from_numpy(self.kept[index].astype(np.float32))
            joint = 10**kept if self.config.channels == 2 else self.spectrogram(*kept[:, None])[0]
            return joint, torch.from_numpy(np.array(self.measurements[index]))
        sounds = self.render(index)
        joint, measurements = look(sounds, self.spectrogram)
        self.kept[index] = (torch.log10(joint + 1e-6) if self.config.channels == 2 else sounds).half().numpy()
        self.measurements[index] = measurements.numpy()
        self.done[index] = _WHOLE
        return joint, measurements

    def measured(self, index: int) -> Tensor:
        """Measurements of pair `index`; from the cache without a look at its spectrograms."""
        if self.cache is None or not (self.done[index] or self.measured_alone):
            return self.read(index)[1]
        if not self.done[index]:
            self.measurements[index] = look(self.render(index), self.spectrogram)[1].numpy()
            self.done[index] = _MEASURED
        return torch.from_numpy(np.array(self.measurements[index]))

    def render(self, index: int) -> Tensor:
        """Dry and wet (2, time) of pair `index`, freshly rendered."""
        return torch.from_numpy(fit(self.pairs.sounds(index), self.config.samples))


def look(sounds: Tensor, spectrogram: Spectrogram) -> tuple[Tensor, Tensor]:
    """Joint spectrogram (channel, bin, frame) and measurements (measurement,) of a pair of sounds (2, time)."""
    dry, wet = sounds[:, None]
    with torch.no_grad():
        joint = spectrogram(dry, wet)
        return joint[0], measure_pair(dry, wet, joint, spectrogram.config)[0]


class Labelled(Dataset[tuple[Tensor, Tensor]]):
    """Measurements (measurement,) and label of pairs, without their spectrograms."""

    def __init__(self, pairs: PairTensors) -> None:
        self.pairs = pairs

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.pairs.measured(index), self.pairs.label(index)
