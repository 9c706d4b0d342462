"""Explorer: a loaded checkpoint, and everything a person does with it. Numpy in, numpy out; 24 kHz."""

from collections.abc import Sequence
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import torch

from core.audio import SAMPLE_RATE
from core.audio.clips import clips
from core.checkpoints import folder as checkpoint
from core.checkpoints.hub import CHECKPOINTS, fetch
from core.checkpoints.limits import CheckpointError, file_of
from core.effects import Blend, Chain, KnobLayout, Setting
from core.effects.chain import check_kind
from core.latent.atlas import Atlas
from core.latent.graph import NeighbourGraph
from core.latent.latent_map import LatentMap
from core.latent.layout import Layout
from core.match.estimate import Estimate, Guess
from core.match.match import Match, match
from core.match.reading import Reader
from core.match.watch import NOBODY, Watch
from core.models.codec import SAME_AUDIO_ROUTE, Codec
from core.models.controller import Controller
from core.models.controllers import Controllers, Read
from core.models.points import rows
from core.models.reconstruction import Reconstruction, reconstruct
from core.paths import voices
from core.paths.interpolation import Interpolation, Pairs, interpolate
from core.paths.route import Route
from core.paths.space import points

__all__ = ["CHECKPOINTS", "SAME_AUDIO_ROUTE", "Explorer", "Reconstruction"]


class Explorer:
    """A checkpoint in memory: read-only, safe to share between threads and visitors. layout: the named parts of z.
    map_part: where in z lies what the atlas maps, the effect part if there is one."""

    def __init__(self, folder: Path, device: torch.device) -> None:
        self.folder, self.name, self.config = folder, folder.name, checkpoint.load_config(folder)
        self.codec = Codec.on(lambda: checkpoint.load(folder)[0], device)
        self.device, self.model = self.codec.device, self.codec.model
        self.spectrogram_config, self.layout = self.codec.spectrogram_config, Layout(self.codec.parts)
        self.map_part = self.layout.part("effect" if "effect" in self.layout.names else self.layout.names[0])
        self._places: dict[int, np.ndarray] = {}

    @classmethod
    def load(cls, reference: str | Path, device: str = "auto") -> "Explorer":
        """Load a checkpoint: a folder, a name in checkpoints/, or "org/name@revision" of the Hub (see hub.fetch).

        device: "cpu", "cuda", or "auto" for a GPU where there is one. Raises CheckpointError, in plain words, where it
        cannot be found or fetched or anything in it is wrong, and where there is no such device.
        """
        best = "cuda" if torch.cuda.is_available() else "cpu"
        try:
            wanted = torch.device(best if device == "auto" else device)
        except (RuntimeError, TypeError) as error:
            raise CheckpointError(f"There is no device {device!r}. Please choose cpu, cuda or auto.") from error
        if wanted.type == "cuda" and (wanted.index or 0) >= torch.cuda.device_count():
            raise CheckpointError(f"There is no GPU {device!r} that PyTorch can use. Please choose cpu or auto.")
        return cls(fetch(reference), wanted)

    @property
    def gpu_is_full(self) -> bool:
        """Whether the GPU's memory ran out, and the CPU computes instead."""
        return self.codec.gpu_is_full or ("controllers" in vars(self) and self.controllers.gpu_is_full)

    def spectrogram(self, dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
        """Joint spectrograms (batch, channel, bin, frame) of pairs, what `decode` imitates; see Codec.spectrogram."""
        return self.codec.spectrogram(dry, wet)

    def encode(self, dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
        """z of a pair, (latent,), or of a batch, (batch, latent): mu, never a sample; see Codec.encode."""
        return self.codec.encode(dry, wet)

    def decode(self, z: np.ndarray) -> np.ndarray:
        """Joint spectrograms (batch, channel, bin, frame) of z, (latent,) or (batch, latent); see Codec.decode."""
        return self.codec.decode(z)

    def to_audio(
        self, spectrograms: np.ndarray, phase_of: np.ndarray | None = None, iterations: int = 16
    ) -> np.ndarray:
        """Sound (batch, channel, time) with these magnitudes, by Griffin-Lim; see Codec.to_audio."""
        return self.codec.to_audio(spectrograms, phase_of, iterations)

    def transfer(self, spectrograms: np.ndarray, dry: np.ndarray) -> np.ndarray:
        """Sound (batch, time): dry (time,), changed as the decoded wet differs from the dry; see Codec.transfer."""
        return self.codec.transfer(spectrograms, dry)

    def transfer_to(self, audio: np.ndarray, rate: int, spectrogram: np.ndarray, dry: np.ndarray) -> np.ndarray:
        """audio, (time,) or (channel, time), at `rate` Hz, changed as `transfer` does dry; see Codec.transfer_to."""
        return self.codec.transfer_to(audio, rate, spectrogram, dry)

    def step_sound(self, spectrogram: np.ndarray, dry: np.ndarray, channel: int, same_audio: bool) -> np.ndarray:
        """Sound (time,) of one channel of one joint spectrogram; see Codec.step_sound."""
        return self.codec.step_sound(spectrogram, dry, channel, same_audio)

    def reconstruct(self, dry: np.ndarray, wet: np.ndarray) -> Reconstruction:
        """Encode and decode one pair (time,), (time,), and compare."""
        return reconstruct(self.codec, dry, wet, self.map.by_blocks)

    @cached_property
    def map(self) -> LatentMap:
        """What answers questions about the atlas; CheckpointError where it is missing, broken or another model's."""
        knobs, config, file = self.knobs, self.spectrogram_config, file_of(self.folder, "atlas.npz")
        try:
            latent_map = LatentMap(Atlas.load(file), self.map_part)
            latent_map.check(knobs.effects, knobs.counts, config.bins, config.frames, [clip.name for clip in clips()])
        except ValueError as error:
            raise CheckpointError(f"{self.name}: {error}. Please run `python -m training atlas` again.") from error
        return latent_map

    @property
    def atlas(self) -> Atlas:
        return self.map.atlas

    @property
    def neighbours(self) -> NeighbourGraph:
        return self.map.neighbours

    def nearest(self, z: np.ndarray) -> Setting:
        """The setting of the atlas point nearest to z (latent,)."""
        return self.knobs.setting_of_point(*self.map.nearest(self._z(z)))

    def path(
        self, z_a: np.ndarray, z_b: np.ndarray, route: Route | None = None, positions: np.ndarray | None = None
    ) -> np.ndarray:
        """Points (step, latent) from z_a to z_b, each (latent,); see core.paths.space.points."""
        return points(self, self._z(z_a), self._z(z_b), route or Route(), positions)

    def _z(self, z: np.ndarray) -> np.ndarray:
        """z (latent,) as it is given, or a sentence."""
        return rows(z, self.layout.size, most=1)[0]

    def interpolate(self, pairs: Pairs, route: Route | None = None, z: np.ndarray | None = None) -> Interpolation:
        """Decode a path between two pairs, or a square between four; see core.paths.interpolation.interpolate."""
        return interpolate(self, pairs, route or Route(), z)

    def blends(self, path: Interpolation, settings: Sequence[Setting | Chain]) -> list[Blend]:
        """What the controller reads off each step; settings: of the ends. See core.paths.voices.blends."""
        return voices.blends(self, path, settings)

    def voice(
        self,
        path: Interpolation,
        step: int,
        voice: str,
        settings: Sequence[Setting | Chain] = (),
        blends: Sequence[Blend] = (),
        takes: voices.Takes | None = None,
    ) -> np.ndarray:
        """Sound (time,) of one step of a path, or in the shape of its takes; see core.paths.voices."""
        return voices.voice(self, path, step, voice, settings, blends, takes)

    def distance(self, path: Interpolation) -> float:
        """How far the inner steps of a path lie from the atlas; 1: as real pairs from each other. See LatentMap."""
        return self.map.distance(path.z[1:-1])

    @cached_property
    def knobs(self) -> KnobLayout:
        """The row of all knobs of the checkpoint's effects; CheckpointError for an effect that is not known here."""
        try:
            return KnobLayout(self.config.effects)
        except KeyError as error:
            raise CheckpointError(f"{self.name}: {error.args[0]}.") from error

    @cached_property
    def controllers(self) -> Controllers:
        """The checkpoint's controllers by name; CheckpointError where they are broken or made for another model."""
        counts = self.knobs.counts
        found = Controllers.on(partial(checkpoint.load_controllers, self.folder, self.config), self.device)
        try:
            found.check(counts, self.map_part.stop - self.map_part.start)
        except ValueError as error:
            raise CheckpointError(f"{self.name}: {error}.") from error
        return found

    def controller(self, name: str) -> Controller:
        """A controller by name; CheckpointError that says how to get one where there is none."""
        if name not in self.controllers:
            known = f"known: {', '.join(self.controllers) or 'none'}"
            remedy = "Please choose another checkpoint, or run `python -m training controller`."
            raise CheckpointError(f"{self.name} has no controller {name!r} ({known}). {remedy}")
        return self.controllers[name]

    @property
    def tells_chains(self) -> bool:
        """Whether its controller tells which effects are in a chain."""
        return "full" in self.controllers and self.controllers["full"].config.chains

    @property
    def dimensions(self) -> tuple[int, ...]:
        return self.controllers.dimensions

    def read(self, z: np.ndarray) -> Read:
        """What the controller says of each z (batch, latent), by itself."""
        self.controller("full")
        return self.controllers.read("full", rows(z, self.layout.size)[:, self.map_part])

    def estimate(self, z: np.ndarray, controller: str = "full", effect: str | None = None) -> Estimate:
        """Effect and setting that z stands for; effect: that one's knobs, whichever it is.

        z: (latent,), or (batch, latent) of one sound's segments together.
        """
        self.controller(controller)
        read = self.controllers.read_together(controller, rows(z, self.layout.size)[:, self.map_part])
        return Estimate.of(self.knobs, read, effect)

    def guess(self, z: np.ndarray, controller: str = "full") -> Guess:
        """All that a controller says of z (segment, latent) of one sound, of chains if it tells them."""
        self.controller(controller)
        return Guess(self.knobs, *self.controllers.read_all(controller, rows(z, self.layout.size)[:, self.map_part]))

    def play(self, w: np.ndarray, effect: str | Sequence[str] | None = None) -> Estimate:
        """What plays at the point w (w,), one of `dimensions` numbers: the likeliest effect, or a chain where more of
        them are likelier there than not; effect: the knobs of that one, or of a chain of these, whatever plays."""
        asked = (effect,) if isinstance(effect, str) else tuple(effect or ())
        (w,) = rows(w, None, "w", most=1)
        self.controller(name := f"w{len(w)}")
        chains = self.controllers.of_chains(name)
        if len(asked) > 1 or (not asked and self.plays_chains(w[None])[0]):
            self.controller(chains := chains or f"{name}-chains")
            guess = Guess(self.knobs, *self.controllers.read_all(chains, w[None]))
            return guess.estimate(asked or guess.present)
        return Estimate.of(self.knobs, self.controllers.play(name, w), asked[0] if asked else None)

    def plays_chains(self, w: np.ndarray) -> np.ndarray:
        """Whether a chain plays (batch,) at each point w (batch, w)."""
        if not (chains := self.controllers.of_chains(f"w{w.shape[1]}")):
            return np.zeros(len(w), bool)
        return (self.controllers.presence(chains, w) > 0.5).sum(axis=1) > 1

    def place(self, setting: Setting | Chain, dimensions: int) -> np.ndarray:
        """The point w (w,) that plays what is nearest to a setting, or to a chain where chains are told there; see
        Controller.place."""
        check_kind(setting, Setting, Chain)
        if not setting.effects:
            raise ValueError("A bypass has no point on the pad. Please give it an effect.")
        numbers = [self.knobs.number(effect) for effect in setting.effects]
        values = [value for own in setting.settings for value in own.values]
        if len(numbers) > 1:
            self.controller(name := self.controllers.of_chains(f"w{dimensions}") or f"w{dimensions}-chains")
            knobs = [knob for number in numbers for knob in range(self.knobs.size)[self.knobs.own(number)]]
            both = np.concatenate([self.places(dimensions), self.chain_places(dimensions)])
            return self.controllers.place(name, numbers, knobs, values, both)
        starts = self.places(dimensions)[self.atlas.effect == numbers[0]]
        return self.controllers.place(f"w{dimensions}", numbers, self.knobs.own(numbers[0]), values, starts)

    def places(self, dimensions: int) -> np.ndarray:
        """w (N, w) of every point of the atlas; kept for the last eight sizes of w."""
        return self._both_places(dimensions)[: len(self.atlas)]

    def chain_places(self, dimensions: int) -> np.ndarray:
        """w (M, w) of the atlas's chains; see `places`."""
        return self._both_places(dimensions)[len(self.atlas) :]

    def _both_places(self, dimensions: int) -> np.ndarray:
        if (places := self._places.get(dimensions)) is None:
            self.controller(name := f"w{dimensions}")
            places = np.concatenate([self.controllers.places(name, z) for z in (self.map.z, self.map.chain_z)])
            self._places = dict([*self._places.items(), (dimensions, places)][-8:])
        return places

    def match(
        self, dry: np.ndarray, wet: np.ndarray, controller: str = "full", seed: int = 0, sample_rate: int = SAMPLE_RATE,
        watch: Watch = NOBODY,
    ) -> Match:  # fmt: skip
        """Which chain turned dry into wet, both (time,) or (channel, time), of any length; see core.match.match."""
        limits = self.config.training.get("limits", {}).get("leftover", {})
        reader = Reader(self.codec.encode_long, partial(self.guess, controller=controller), self.nearest, limits, watch)
        return match(dry, wet, reader, seed, sample_rate)
