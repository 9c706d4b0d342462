"""Explorer: a loaded checkpoint, and everything a person does with it. Numpy in, numpy out; 24 kHz."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from core.audio.inversion import change_gain, direct, griffin_lim
from core.audio.io import check
from core.audio.measure import gain_to, loudness_lufs, rmse_db, to_db
from core.audio.spectrogram import Spectrogram, fit, prepare_pair
from core.audio.views import pair_views
from core.effects import Setting, effect_named, random_setting
from core.latent.atlas import Atlas
from core.latent.layout import Layout
from core.latent.paths import path
from core.latent.projection import PCA, block_rows, from_block_rows
from core.matching import Candidate, Estimate, Match, align, segments, try_setting
from core.models import checkpoint
from core.models.checkpoint import CheckpointError
from core.models.controller import Controller, Prediction
from core.models.layers import compress
from core.polish import polish

SAME_AUDIO_ROUTE = "transfer"
"""How a wet sound comes back from its spectrogram where the dry sound is known; `training evaluate` compares all."""

CHECKPOINTS = Path(__file__).parents[1] / "checkpoints"


@dataclass(frozen=True)
class Reconstruction:
    """A pair and what the VAE makes of it.

    original, decoded: magnitudes (2, bin, frame). difference_db: decoded over original in dB (2, bin, frame).
    dry, wet, dry_decoded, wet_decoded: sounds (time,) at the reference loudness; wet_decoded by `transfer`.
    rmse_db, pca_rmse_db: error of dry and of wet, by the VAE and by a PCA that spends as many numbers a segment.
    """

    original: np.ndarray
    decoded: np.ndarray
    difference_db: np.ndarray
    dry: np.ndarray
    wet: np.ndarray
    dry_decoded: np.ndarray
    wet_decoded: np.ndarray
    rmse_db: tuple[float, float]
    pca_rmse_db: tuple[float, float]

    @property
    def against_pca_db(self) -> tuple[float, float]:
        """How much more the VAE errs than the PCA, dry and wet, in dB; below 0: less."""
        return self.rmse_db[0] - self.pca_rmse_db[0], self.rmse_db[1] - self.pca_rmse_db[1]


@dataclass(frozen=True)
class Interpolation:
    """A path between two pairs, decoded.

    position (step,): 0 at A, 1 at B. z (step, latent). spectrograms (step, channel, bin, frame), see `Explorer.decode`.
    original_a, original_b: magnitudes (2, bin, frame) of the two pairs. drift_db (step,): how far the
    decoded dry spectrogram has moved from that of the first step. phase_of (step, time): where phases are taken from,
    the dry sounds crossfaded. same_audio: whether both pairs have one dry sound.
    """

    position: np.ndarray
    z: np.ndarray
    spectrograms: np.ndarray
    original_a: np.ndarray
    original_b: np.ndarray
    drift_db: np.ndarray
    phase_of: np.ndarray
    same_audio: bool

    @property
    def mean_drift_db(self) -> float:
        return float(self.drift_db.mean())


class Explorer:
    """A checkpoint in memory: read-only, safe to share between threads and visitors.

    layout: the named parts of z. map_part: where in z lies what the atlas maps, the effect part if there is one.
    """

    def __init__(self, folder: Path, device: torch.device) -> None:
        model, self.config = checkpoint.load(folder)
        self.folder, self.name, self.device = folder, folder.name, device
        self.model = model.to(device)
        self.spectrogram_config = model.config.spectrogram
        self.layout = Layout(tuple(model.config.parts))
        self.map_part = self.layout.part("effect" if "effect" in self.layout.names else self.layout.names[0])
        self._spectrogram = Spectrogram(self.spectrogram_config).to(device)
        self._places: dict[int, np.ndarray] = {}

    @classmethod
    def load(cls, reference: str | Path, device: str = "auto") -> "Explorer":
        """Load a checkpoint folder, given by path or by its name in checkpoints/.

        device: "cpu", "cuda", or "auto" for a GPU where there is one.
        Raises CheckpointError, in plain words, where the folder is missing or anything in it is wrong.
        """
        folder = Path(reference)
        if not folder.is_dir():
            folder = CHECKPOINTS / reference
        if not folder.is_dir():
            raise CheckpointError(f"There is no checkpoint {reference!r}. Known: {', '.join(local_checkpoints())}.")
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        return cls(folder, torch.device(device))

    @cached_property
    def atlas(self) -> Atlas:
        """The checkpoint's map; CheckpointError where atlas.npz is missing, broken, or made for another model."""
        try:
            atlas = Atlas.load(self.folder / "atlas.npz")
        except ValueError as error:
            raise CheckpointError(f"{self.name}: {error}. Please run `python -m training atlas` again.") from error
        if atlas.pca_mean.shape != (self.map_part.stop - self.map_part.start,):
            raise CheckpointError(f"{self.name}: atlas.npz was made for another model.")
        return atlas

    @cached_property
    def controllers(self) -> dict[str, Controller]:
        """The checkpoint's controllers: "full", "linear", and "w2", "w3", ... with a bottleneck of that size."""
        with torch.inference_mode(False):  # whoever asks first: `place` needs weights that gradients pass through
            loaded = checkpoint.load_controllers(self.folder, self.config)
            controllers = {name: one.to(self.device) for name, one in loaded.items()}
        try:
            counts = tuple(len(effect_named(name).parameters) for name in self.config.effects)
        except KeyError as error:
            raise CheckpointError(f"{self.name}: {error.args[0]}.") from error
        latent = self.map_part.stop - self.map_part.start
        for name, one in controllers.items():
            if one.config.parameters != counts or one.config.latent != latent:
                raise CheckpointError(
                    f"{self.name}: the controller {name} was made for another model or other effects."
                )
        return controllers

    @property
    def dimensions(self) -> tuple[int, ...]:
        """Sizes of w that there is a controller for, to `play` with."""
        return tuple(sorted(one.config.bottleneck for one in self.controllers.values() if one.config.bottleneck))

    def spectrogram(self, dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
        """Joint spectrograms (batch, channel, bin, frame) of dry and wet, each (time,) or (batch, time).

        What `decode` imitates: the first 5.46 s (shorter sounds end in silence), brought to -23 LUFS by dry's gain.
        """
        return self._analyse(dry, wet)[0].cpu().numpy()

    def encode(self, dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
        """z of a pair, (latent,), or of a batch, (batch, latent): mu, never a sample. Inputs as in `spectrogram`."""
        magnitude, views = self._analyse(dry, wet)
        with torch.inference_mode():
            mu, _ = self.model.encode(magnitude, views)
        z = mu.float().cpu().numpy()
        return z[0] if np.ndim(dry) == 1 else z

    def decode(self, z: np.ndarray) -> np.ndarray:
        """Joint spectrograms (batch, channel, bin, frame) of z, (latent,) or (batch, latent).

        Magnitudes of dry and wet; after them, of a model with phases, their phases. ValueError for another size of z.
        """
        z = np.atleast_2d(np.asarray(z, dtype=np.float32))
        if z.shape[1] != self.layout.size:
            raise ValueError(f"{self.name} has {self.layout.size} latent numbers, got {z.shape[1]}")
        with torch.inference_mode():
            return self.model.decode(torch.from_numpy(z).to(self.device)).float().cpu().numpy()

    def to_audio(
        self, spectrograms: np.ndarray, phase_of: np.ndarray | None = None, iterations: int = 16
    ) -> np.ndarray:
        """Sound (batch, channel, time) with these magnitudes (batch, channel, bin, frame), by Griffin-Lim.

        phase_of: a sound, (time,) or (batch, time), usually the dry one, whose phases are the first guess and whose
        fine structure fills the mel bands; without it the start is random, and sounds rougher.
        Joint spectrograms with phases (batch, 4, bin, frame) need no Griffin-Lim: see core.audio.inversion.direct.
        """
        magnitude = torch.from_numpy(np.asarray(spectrograms, dtype=np.float32)).to(self.device)
        hint = None
        if phase_of is not None:
            guide = fit(np.atleast_2d(phase_of), self.spectrogram_config.samples)
            hint = self._spectrogram.stft(torch.from_numpy(guide).to(self.device))[:, None]
        with torch.inference_mode():
            if magnitude.shape[1] == 4:
                return direct(magnitude, self._spectrogram, hint).cpu().numpy()
            linear = self._spectrogram.linear(magnitude, None if hint is None else hint.abs())
            return griffin_lim(linear, self._spectrogram, hint, iterations).cpu().numpy()

    def transfer(self, spectrograms: np.ndarray, dry: np.ndarray) -> np.ndarray:
        """Sound (batch, time): dry (time,), at the reference loudness, changed as the decoded wet differs from the dry.

        spectrograms: decoded magnitudes (batch, 2, bin, frame); see core.audio.inversion.change_gain. What the model
        lost of the words does not matter. With phases (batch, 4, bin, frame), dry's own gets the decoded change, too.
        """
        decoded = torch.from_numpy(np.asarray(spectrograms, dtype=np.float32)).to(self.device)
        own = self._spectrogram.stft(torch.from_numpy(fit(dry, self.spectrogram_config.samples)).to(self.device))
        with torch.inference_mode():
            change = compress(decoded[:, 1]) - compress(decoded[:, 0])
            gain = change_gain(change, self._spectrogram.magnitude(own))
            wet = own * 10 ** self._spectrogram.spread(gain)
            if decoded.shape[1] == 4:
                wet = wet * torch.exp(1j * (decoded[:, 3] - decoded[:, 2]))
            return self._spectrogram.istft(wet).cpu().numpy()

    def path(
        self, z_a: np.ndarray, z_b: np.ndarray, steps: int = 11, kind: str = "linear", part: str | None = None
    ) -> np.ndarray:
        """Points (step, latent) from z_a to z_b; see core.latent.paths.path, which joins each part by itself.

        part: move only this part of z ("content", "effect"), the others stay at z_a; KeyError for an unknown one.
        """
        points = np.repeat(np.asarray(z_a, dtype=np.float32)[None], steps, axis=0)
        for name in self.layout.names if part is None else (part,):
            where = self.layout.part(name)
            points[:, where] = path(z_a[where], z_b[where], steps, kind)
        return points

    def reconstruct(self, dry: np.ndarray, wet: np.ndarray) -> Reconstruction:
        """Encode and decode one pair (time,), (time,), and compare."""
        dry, wet = prepare_pair(dry, wet, self.spectrogram_config.samples)
        original = self.spectrogram(dry, wet)
        decoded = self.decode(self.encode(dry, wet))
        by_pca = self._by_pca(original[:, :2])
        return Reconstruction(
            original=original[0, :2],
            decoded=decoded[0, :2],
            difference_db=to_db(decoded[0, :2]) - to_db(original[0, :2]),
            dry=dry,
            wet=wet,
            dry_decoded=self.step_sound(decoded[0], dry, channel=0, same_audio=True),
            wet_decoded=self.step_sound(decoded[0], dry, channel=1, same_audio=True),
            rmse_db=(rmse_db(decoded[0, 0], original[0, 0]), rmse_db(decoded[0, 1], original[0, 1])),
            pca_rmse_db=(rmse_db(by_pca[0, 0], original[0, 0]), rmse_db(by_pca[0, 1], original[0, 1])),
        )

    def interpolate(
        self,
        pair_a: tuple[np.ndarray, np.ndarray],
        pair_b: tuple[np.ndarray, np.ndarray],
        steps: int = 11,
        kind: str = "linear",
        part: str | None = None,
    ) -> Interpolation:
        """Decode a path from pair_a to pair_b, each (dry, wet) of shape (time,); its sounds come from `sounds`.

        part: as in `path`.
        """
        samples = self.spectrogram_config.samples
        (dry_a, wet_a), (dry_b, wet_b) = prepare_pair(*pair_a, samples), prepare_pair(*pair_b, samples)
        dry, wet = np.stack([dry_a, dry_b]), np.stack([wet_a, wet_b])
        z_a, z_b = self.encode(dry, wet)
        points = self.path(z_a, z_b, steps, kind, part)
        spectrograms = self.decode(points)
        original_a, original_b = self.spectrogram(dry, wet)[:, :2]
        position = np.linspace(0.0, 1.0, steps, dtype=np.float32)
        return Interpolation(
            position=position,
            z=points,
            spectrograms=spectrograms,
            original_a=original_a,
            original_b=original_b,
            drift_db=np.array([rmse_db(step[0], spectrograms[0, 0]) for step in spectrograms]),
            phase_of=dry_a + position[:, None] * (dry_b - dry_a),
            same_audio=np.array_equal(dry_a, dry_b),
        )

    def sounds(self, interpolation: Interpolation, channel: int = 1) -> Iterator[tuple[int, np.ndarray]]:
        """Yield (step, sound (time,)) of channel 0 (dry) or 1 (wet), the two ends first, as each is ready."""
        last = len(interpolation.z) - 1
        for step in (0, last, *range(1, last)):
            spectrogram, dry = interpolation.spectrograms[step], interpolation.phase_of[step]
            yield step, self.step_sound(spectrogram, dry, channel, interpolation.same_audio)

    def step_sound(self, spectrogram: np.ndarray, dry: np.ndarray, channel: int, same_audio: bool) -> np.ndarray:
        """Sound (time,) of channel 0 (dry) or 1 (wet) of one step's joint spectrogram (channel, bin, frame).

        Along a path over one recording the wet sound is that recording, changed as decoded (`transfer`); between two
        recordings, whose words are decoded, too, it is Griffin-Lim's from the phases of their crossfade, dry (time,).
        """
        if same_audio and channel == 1:
            return self.transfer(spectrogram[None], dry)[0]
        if len(spectrogram) == 4:
            return self.to_audio(spectrogram[None], dry)[0, channel]
        return self.to_audio(spectrogram[None, channel : channel + 1], dry)[0, 0]

    def controller(self, name: str) -> Controller:
        """A controller by name; CheckpointError that says how to get one where there is none."""
        if name not in self.controllers:
            raise CheckpointError(
                f"{self.name} has no controller {name!r} (known: {', '.join(self.controllers) or 'none'}). "
                "Please choose another checkpoint, or run `python -m training controller`."
            )
        return self.controllers[name]

    def estimate(self, z: np.ndarray, controller: str = "full") -> Estimate:
        """Effect and setting that z stands for. z: (latent,), or (batch, latent) of one sound's segments together.

        Segments are weighed: the effect by the product of their probabilities, each knob by how sure a segment is.
        """
        part = np.atleast_2d(z)[:, self.map_part].astype(np.float32)
        with torch.inference_mode():
            said = self.controller(controller)(torch.from_numpy(part).to(self.device))
        return self._estimate(controller, said)

    def play(self, w: np.ndarray, effect: str | None = None) -> Estimate:
        """Effect and setting at the point w (w,), one of `dimensions` numbers; effect: that one's knobs instead."""
        name = f"w{len(w)}"
        with torch.inference_mode():
            said = self.controller(name).decode(
                torch.tensor(np.asarray(w), dtype=torch.float32, device=self.device)[None]
            )
        return self._estimate(name, said, effect)

    def place(self, setting: Setting, dimensions: int) -> np.ndarray:
        """The point w (w,) that plays what is nearest to a setting; see Controller.place."""
        controller, effect = self.controller(f"w{dimensions}"), self.config.effects.index(setting.effect)
        starts = torch.from_numpy(self.places(dimensions)[self.atlas.effect == effect]).to(self.device)
        values = torch.tensor(setting.values, device=self.device)
        return controller.place(effect, values, starts).cpu().numpy()

    def places(self, dimensions: int) -> np.ndarray:
        """w (N, w) of every point of the atlas."""
        if dimensions not in self._places:
            z = self.atlas.pca @ self.atlas.pca_basis + self.atlas.pca_mean
            with torch.inference_mode():
                w, _ = self.controller(f"w{dimensions}").encode(torch.from_numpy(z.astype(np.float32)).to(self.device))
            self._places[dimensions] = w.float().cpu().numpy()
        return self._places[dimensions]

    def match(self, dry: np.ndarray, wet: np.ndarray, controller: str = "full", seed: int = 0) -> Match:
        """Which setting turned dry into wet, both (time,) of any length; see Match. seed: of the random setting.

        The sounds are aligned, and where wet is not as loud as any effect here would leave it, a second answer is
        sought with its loudness matched; the nearer sound wins. Raises AudioError where a sound is silent, not finite
        or shorter than 0.1 s, by itself or in what both have in common.
        """
        dry, wet, lag = align(check(dry, "The dry sound"), check(wet, "The wet sound"))
        check(dry, "The dry sound, in what both sounds have in common,")
        check(wet, "The wet sound, in what both sounds have in common,")
        gain = np.float32(gain_to(dry))
        dry, wet = dry * gain, wet * gain
        answers: list[tuple[Candidate, Estimate, np.ndarray, float, np.ndarray]] = []
        for turned_db in (0.0, loudness_lufs(dry) - loudness_lufs(wet)):
            if not answers or (np.isfinite(turned_db) and abs(turned_db) > 0.5):
                target = wet * np.float32(10 ** (turned_db / 20))
                z = self._encode_long(dry, target)
                estimate = self.estimate(z, controller)
                answers.append((try_setting(estimate.setting, dry, target), estimate, target, turned_db, z))
        # As it came, unless the other is clearly nearer.
        first, estimate, wet, turned_db, z = min(answers, key=lambda one: one[0].distance * (0.8 if one[3] else 1.0))
        effect = estimate.setting.effect
        half = Setting(effect, (0.5,) * len(estimate.setting.values))
        others = {
            "nothing": None, "always 0.5": half, "random": random_setting(effect, seed),
            "nearest neighbour": self.nearest(z.mean(axis=0)),
        }  # fmt: skip
        polished = polish(dry, wet, estimate.setting, estimate.spread)
        candidates = {"estimate": first, "polished": try_setting(polished, dry, wet)}
        candidates |= {name: try_setting(other, dry, wet) for name, other in others.items()}
        limit = self.config.scores.get("controller", {}).get("explained_below", np.inf)
        return Match(dry, wet, lag, turned_db, estimate, candidates, limit)

    def nearest(self, z: np.ndarray) -> Setting:
        """The setting of the atlas point nearest to z (latent,)."""
        own = PCA(self.atlas.pca_mean, self.atlas.pca_basis).project(z[None, self.map_part])
        index = int(np.linalg.norm(self.atlas.pca - own, axis=1).argmin())
        effect = effect_named(self.config.effects[self.atlas.effect[index]])
        return Setting(effect.name, tuple(self.atlas.values[index, : len(effect.parameters)]))

    def _estimate(self, name: str, said: Prediction, effect: str | None = None) -> Estimate:
        """One estimate from what a controller says of the segments of a sound; effect: the knobs of that one."""
        knobs, spread = said.knobs.float().cpu(), said.spread.float().cpu()
        probabilities = said.effect.float().cpu().log_softmax(dim=1).mean(dim=0).softmax(dim=0).tolist()
        number = int(np.argmax(probabilities)) if effect is None else self.config.effects.index(effect)
        own = self.controller(name).own_knobs(number)
        weight = 1 / spread[:, own].square()
        weight = weight / weight.sum(dim=0)
        values = (weight * knobs[:, own]).sum(dim=0).clamp(0, 1)
        by_effect = sorted(zip(self.config.effects, probabilities, strict=True), key=lambda pair: -pair[1])
        uncertain = (weight * spread[:, own]).sum(dim=0)
        return Estimate(
            Setting(self.config.effects[number], tuple(values.tolist())), tuple(uncertain.tolist()), dict(by_effect)
        )

    def _encode_long(self, dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
        """z (segment, latent) of the segments of a pair (time,) that hold sound, at the level they have."""
        samples = self.spectrogram_config.samples
        cut = [(fit(dry[start:], samples), fit(wet[start:], samples)) for start in segments(len(dry))]
        loud = [pair for pair in cut if np.abs(pair[0]).max() > 1e-3] or cut[:1]
        with torch.inference_mode():
            mu, _ = self.model.encode(*self._look(np.stack(loud)))
        return mu.float().cpu().numpy()

    def _analyse(self, dry: np.ndarray, wet: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """Joint spectrograms (batch, channel, bin, frame) and views (batch, view) of pairs, on the device."""
        dry, wet = np.atleast_2d(dry), np.atleast_2d(wet)
        if len(dry) != len(wet):
            raise ValueError(f"{len(dry)} dry sounds and {len(wet)} wet ones are no pairs")
        pairs = [prepare_pair(a, b, self.spectrogram_config.samples) for a, b in zip(dry, wet, strict=True)]
        return self._look(np.stack([np.stack(pair) for pair in pairs]))

    def _look(self, pairs: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """Joint spectrograms and views of prepared pairs (batch, 2, time)."""
        stacked = torch.from_numpy(pairs).to(self.device)
        with torch.inference_mode():
            magnitude = self._spectrogram(stacked[:, 0], stacked[:, 1])
            return magnitude, pair_views(stacked[:, 0], stacked[:, 1], magnitude, self.spectrogram_config)

    def _by_pca(self, original: np.ndarray) -> np.ndarray:
        """original (batch, 2, bin, frame) through the atlas's PCA of blocks and back."""
        pca = PCA(self.atlas.block_mean.astype(np.float32), self.atlas.block_basis.astype(np.float32))
        frames = pca.mean.size // (original.shape[1] * original.shape[2])
        rows = block_rows(to_db(original), frames)
        return 10 ** (from_block_rows(pca.restore(pca.project(rows)), original.shape, frames) / 20)


def local_checkpoints() -> list[str]:
    """Names of the checkpoint folders that come with the product."""
    return sorted(config.parent.name for config in CHECKPOINTS.glob("*/config.json"))
