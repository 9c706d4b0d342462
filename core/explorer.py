"""Explorer: a loaded checkpoint, and everything a person does with it. Numpy in, numpy out; 24 kHz."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, wraps
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import numpy as np
import torch

from core.audio.clips import clips
from core.audio.inversion import change_gain, direct, griffin_lim
from core.audio.io import check
from core.audio.measure import gain_to, loudness_lufs, rmse_db, to_db
from core.audio.measurements import measure_pair
from core.audio.spectrogram import Spectrogram, fit, prepare_pair
from core.checkpoints import folder as checkpoint
from core.checkpoints.hub import CHECKPOINTS, fetch
from core.checkpoints.limits import CheckpointError, file_of
from core.effects import Blend, KnobLayout, Setting, random_setting, render, render_blend
from core.latent.atlas import Atlas
from core.latent.graph import NeighbourGraph
from core.latent.layout import Layout
from core.latent.projection import PCA, block_rows, from_block_rows
from core.match.match import Candidate, Estimate, Match, align, residual_lag, segments, try_setting
from core.match.polish import polish
from core.models.controller import Controller, Prediction
from core.models.layers import compress
from core.paths.interpolation import VOICES, Interpolation, crossfade
from core.paths.route import PathError, Route, arc, line, polyline, spline, spread, square
from core.strict_json import plain

SAME_AUDIO_ROUTE = "transfer"
"""How a wet sound comes back from its spectrogram where the dry sound is known; `training evaluate` compares all."""

_LEAST_SHARE = 0.03
"""Effects less likely than this are not heard along a path."""


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


Method = TypeVar("Method", bound=Callable[..., Any])


def _or_on_the_cpu(method: Method) -> Method:
    """A method that, where the GPU's memory runs out, is run again on the CPU; from then on all of them go there.

    What is on the GPU stays as it is: other threads may be at work on it.
    """

    @wraps(method)
    def run(self: "Explorer", *arguments: Any, **named: Any) -> Any:
        if not self.gpu_is_full:
            try:
                return method(self, *arguments, **named)
            except torch.OutOfMemoryError:
                self._leave_gpu()
        return method(self._on_cpu, *arguments, **named)

    return run  # type: ignore[return-value]


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
        self._on_cpu: Explorer | None = None
        self._leaving = Lock()

    @classmethod
    def load(cls, reference: str | Path, device: str = "auto") -> "Explorer":
        """Load a checkpoint: a folder, a name in checkpoints/, or "org/name@revision" of the Hub; see
        core.checkpoints.hub.fetch.

        device: "cpu", "cuda", or "auto" for a GPU where there is one.
        Raises CheckpointError, in plain words, where it cannot be found or fetched or anything in it is wrong.
        """
        folder = fetch(reference)
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        try:
            return cls(folder, torch.device(device))
        except torch.OutOfMemoryError:
            loaded = cls(folder, torch.device("cpu"))
            loaded._on_cpu = loaded
            return loaded

    @property
    def gpu_is_full(self) -> bool:
        """Whether the GPU's memory ran out, and the CPU computes instead."""
        return self._on_cpu is not None

    def _leave_gpu(self) -> None:
        with self._leaving:
            self._on_cpu = self._on_cpu or Explorer(self.folder, torch.device("cpu"))

    @cached_property
    def atlas(self) -> Atlas:
        """The checkpoint's map; CheckpointError where atlas.npz is missing, broken, or made for another model."""
        file = file_of(self.folder, "atlas.npz")
        try:
            atlas = Atlas.load(file)
        except ValueError as error:
            raise CheckpointError(f"{self.name}: {error}. Please run `python -m training atlas` again.") from error
        frames, odd = divmod(atlas.block_mean.size, 2 * self.spectrogram_config.bins)  # of dry and wet
        if (
            atlas.pca_mean.shape != (self.map_part.stop - self.map_part.start,)
            or tuple(atlas.effects) != self.config.effects
            or odd
            or not frames
            or self.spectrogram_config.frames % frames
            or any(  # a point of each effect has a position for each of its knobs
                np.isnan(atlas.values[atlas.effect == number, :count]).any() or count > atlas.values.shape[1]
                for number, count in enumerate(self.knobs.counts)
            )
        ):
            raise CheckpointError(f"{self.name}: atlas.npz was made for another model.")
        if unknown := sorted({str(name) for name in atlas.clips} - {clip.name for clip in clips()}):
            raise CheckpointError(f"{self.name}: atlas.npz was made from other clips ({plain(unknown[0])}).")
        return atlas

    @cached_property
    def knobs(self) -> KnobLayout:
        """The row of all knobs of the checkpoint's effects; CheckpointError for an effect that is not known here."""
        try:
            return KnobLayout(self.config.effects)
        except KeyError as error:
            raise CheckpointError(f"{self.name}: {error.args[0]}.") from error

    @cached_property
    def controllers(self) -> dict[str, Controller]:
        """The checkpoint's controllers: "full", "linear", and "w2", "w3", ... with a bottleneck of that size."""
        with torch.inference_mode(False):  # whoever asks first: `place` needs weights that gradients pass through
            loaded = checkpoint.load_controllers(self.folder, self.config)
            controllers = {name: one.to(self.device) for name, one in loaded.items()}
        counts, latent = self.knobs.counts, self.map_part.stop - self.map_part.start
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

    @_or_on_the_cpu
    def spectrogram(self, dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
        """Joint spectrograms (batch, channel, bin, frame) of dry and wet, each (time,) or (batch, time).

        What `decode` imitates: the first 5.46 s (shorter sounds end in silence), brought to -23 LUFS by dry's gain.
        """
        pairs = self._prepare(dry, wet)
        with torch.inference_mode():
            return self._spectrogram(pairs[:, 0], pairs[:, 1]).cpu().numpy()

    @_or_on_the_cpu
    def encode(self, dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
        """z of a pair, (latent,), or of a batch, (batch, latent): mu, never a sample. Inputs as in `spectrogram`."""
        magnitude, views = self._look(self._prepare(dry, wet))
        with torch.inference_mode():
            mu, _ = self.model.encode(magnitude, views)
        z = mu.float().cpu().numpy()
        return z[0] if np.ndim(dry) == 1 else z

    @_or_on_the_cpu
    def decode(self, z: np.ndarray) -> np.ndarray:
        """Joint spectrograms (batch, channel, bin, frame) of z, (latent,) or (batch, latent).

        Magnitudes of dry and wet; after them, of a model with phases, their phases. ValueError for another size of z.
        """
        z = np.atleast_2d(np.asarray(z, dtype=np.float32))
        if z.shape[1] != self.layout.size:
            raise ValueError(f"{self.name} has {self.layout.size} latent numbers, got {z.shape[1]}")
        with torch.inference_mode():
            return self.model.decode(torch.from_numpy(z).to(self.device)).float().cpu().numpy()

    @_or_on_the_cpu
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

    @_or_on_the_cpu
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
        self, z_a: np.ndarray, z_b: np.ndarray, route: Route | None = None, positions: np.ndarray | None = None
    ) -> np.ndarray:
        """Points (step, latent) from z_a to z_b, each part of z by itself; see Route.

        positions: instead of the route's. Splines and walks along the data bend what the atlas maps; what it does not
        know goes straight. PathError for a part or a waypoint that is not there.
        """
        route = route or Route()
        z_a, z_b = np.asarray(z_a, dtype=np.float32), np.asarray(z_b, dtype=np.float32)
        positions = route.positions if positions is None else positions
        points = np.repeat(z_a[None], len(positions), axis=0)
        for name in self._moving(route):
            where = self.layout.part(name)
            points[:, where] = (arc if route.kind == "spherical" else line)(z_a[where], z_b[where], positions)
            if where == self.map_part and route.kind in ("spline", "manifold"):
                points[:, where] += self._bend(z_a[where], z_b[where], route, positions)
        return points

    def _moving(self, route: Route) -> tuple[str, ...]:
        """Names of the parts of z that a route moves."""
        if route.part is None:
            return self.layout.names
        if route.part not in self.layout.names:
            raise PathError(f"{self.name} has no part {route.part!r}; known: {', '.join(self.layout.names)}.")
        return (route.part,)

    def _bend(self, a: np.ndarray, b: np.ndarray, route: Route, positions: np.ndarray) -> np.ndarray:
        """How far (step, latent) a route through the atlas lies from the straight line; nothing at its ends."""
        pca = PCA(self.atlas.pca_mean, self.atlas.pca_basis)
        ends = pca.project(np.stack([a, b]))
        if route.kind == "spline":
            if any(not 0 <= index < len(self.atlas) for index in route.via):
                raise PathError(f"A waypoint is not on the map: it has points 0 to {len(self.atlas) - 1:,}.")
            curve = spline(np.concatenate([ends[:1], self.atlas.pca[list(route.via)], ends[1:]]), positions)
        else:
            curve = polyline(self.neighbours.walk(*ends), positions)
        return ((curve - line(ends[0], ends[1], positions)) @ pca.basis).astype(np.float32)

    def distance(self, path: Interpolation) -> float:
        """Mean distance of the inner steps of a path from the nearest point of the atlas, over the usual distance
        between neighbours there; 1: as near as real pairs are to each other."""
        own = PCA(self.atlas.pca_mean, self.atlas.pca_basis).project(path.z[1:-1, self.map_part])
        return float(self.neighbours.distance(own).mean() / self.neighbours.usual_distance)

    @cached_property
    def neighbours(self) -> NeighbourGraph:
        """The atlas as a graph of neighbours, in its principal coordinates."""
        return NeighbourGraph(self.atlas.pca, self.atlas.effect)

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

    def interpolate(self, pairs: Sequence[tuple[np.ndarray, np.ndarray]], route: Route | None = None) -> Interpolation:
        """Decode a path between two pairs, or a square between four, each (dry, wet) of shape (time,).

        Its sounds come from `voice`. Raises PathError where the route does not suit the model or the number of pairs.
        """
        route = route or Route()
        if len(pairs) != (4 if route.kind == "corners" else 2):
            raise PathError(f"A {route.kind} path does not join {len(pairs)} sounds: a square has four, others two.")
        samples = self.spectrogram_config.samples
        drys, wets = (
            np.stack(sounds) for sounds in zip(*(prepare_pair(*pair, samples) for pair in pairs), strict=True)
        )
        # One by one, as in `reconstruct`: in a batch the last bits depend on the neighbours.
        z = np.stack([self.encode(dry, wet) for dry, wet in zip(drys, wets, strict=True)])
        positions = route.positions
        if route.kind == "corners":
            points = np.repeat(z[:1], len(positions), axis=0)
            for name in self._moving(route):
                where = self.layout.part(name)
                points[:, where] = square(z[:, where], positions)
        else:
            if route.easing == "equal change":
                positions = self._equal_change(z, route)
            points = self.path(z[0], z[1], route, positions)
        spectrograms = np.concatenate([self.decode(point) for point in points])
        return Interpolation(
            route=route,
            position=positions.astype(np.float32),
            z=points,
            z_ends=z,
            spectrograms=spectrograms,
            drys=drys,
            wets=wets,
            originals=self.spectrogram(drys, wets)[:, :2],
            drift_db=np.array([rmse_db(step[0], spectrograms[0, 0]) for step in spectrograms]),
        )

    def _equal_change(self, z: np.ndarray, route: Route) -> np.ndarray:
        """Positions (step,) between which the decoded wet spectrogram changes equally."""
        fine = np.linspace(route.low, route.high, 4 * route.steps + 1)
        wet = self.decode(self.path(z[0], z[1], route, fine))[:, 1]
        return spread(fine, np.array([rmse_db(a, b) for a, b in pairwise(wet)]), route.steps)

    @_or_on_the_cpu
    def blends(self, path: Interpolation, settings: Sequence[Setting]) -> list[Blend]:
        """What the controller reads off each step: effects with their probabilities as shares, and their knobs.

        settings: of the ends, as they are known or as `match` finds them. The controller's answers are shifted so that
        they agree with them there, and less and less so further away. Effects of less than 3 % are left out.
        """
        controller, count = self.controller("full"), len(path.z)
        z = np.concatenate([path.z, path.z_ends])[:, self.map_part]
        with torch.inference_mode():
            said = controller(torch.from_numpy(z).to(self.device))
        probabilities, knobs = said.effect.float().softmax(dim=1).cpu().numpy(), said.knobs.float().cpu().numpy()
        settings, shares = path.moved(settings)[0], path.effect_shares
        blends = []
        for step in range(count):
            if path.is_end(step):
                blends.append(Blend.of(settings[int(shares[step].argmax())]))
                continue
            likely = np.where(probabilities[step] >= _LEAST_SHARE, probabilities[step], 0.0)
            parts = []
            for number in np.flatnonzero(likely):
                effect, own = self.config.effects[number], self.knobs.own(int(number))
                off = [
                    share * (np.array(setting.values) - knobs[count + end, own])
                    for end, (setting, share) in enumerate(zip(settings, shares[step], strict=True))
                    if setting.effect == effect
                ]
                values = np.clip(knobs[step, own] + sum(off), 0, 1)
                parts.append((Setting(effect, tuple(values)), float(likely[number] / likely.sum())))
            blends.append(Blend(tuple(parts)))
        return blends

    def voice(
        self, path: Interpolation, step: int, voice: str, settings: Sequence[Setting] = (), blends: Sequence[Blend] = ()
    ) -> np.ndarray:
        """Sound (time,) of one step of a path, see VOICES.

        settings: of the ends; only the decoded voices do without. blends: from `blends`, for "re-rendered".
        """
        if voice == "decoded":
            return self.step_sound(path.spectrograms[step], path.dry(step), 1, path.same_audio)
        if voice == "decoded dry":
            return self.step_sound(path.spectrograms[step], path.dry(step), 0, path.same_audio)
        if voice == "re-rendered":
            return render_blend(path.dry(step), blends[step])
        if voice == "parameter line":
            return render_blend(path.dry(step), path.blend(step, settings))
        if voice == "crossfade":
            wets = path.wets
            if path.route.part is not None:
                wets = np.stack([render(dry, own) for own, dry in zip(*path.moved(settings), strict=True)])
            return crossfade(wets, path.shares[step])
        raise ValueError(f"no voice {voice!r}; known: {', '.join(VOICES)}")

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

    @_or_on_the_cpu
    def estimate(self, z: np.ndarray, controller: str = "full") -> Estimate:
        """Effect and setting that z stands for. z: (latent,), or (batch, latent) of one sound's segments together.

        Segments are weighed: the effect by the product of their probabilities, each knob by how sure a segment is.
        """
        part = np.atleast_2d(z)[:, self.map_part].astype(np.float32)
        with torch.inference_mode():
            said = self.controller(controller)(torch.from_numpy(part).to(self.device))
        return self._estimate(said)

    @_or_on_the_cpu
    def play(self, w: np.ndarray, effect: str | None = None) -> Estimate:
        """Effect and setting at the point w (w,), one of `dimensions` numbers; effect: that one's knobs instead."""
        name = f"w{len(w)}"
        with torch.inference_mode():
            said = self.controller(name).decode(
                torch.tensor(np.asarray(w), dtype=torch.float32, device=self.device)[None]
            )
        return self._estimate(said, effect)

    @_or_on_the_cpu
    def place(self, setting: Setting, dimensions: int) -> np.ndarray:
        """The point w (w,) that plays what is nearest to a setting; see Controller.place."""
        controller, effect = self.controller(f"w{dimensions}"), self.config.effects.index(setting.effect)
        starts = torch.from_numpy(self.places(dimensions)[self.atlas.effect == effect]).to(self.device)
        values = torch.tensor(setting.values, device=self.device)
        return controller.place(effect, self.knobs.own(effect), values, starts).cpu().numpy()

    @_or_on_the_cpu
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
        brought = check(dry, "The dry sound"), check(wet, "The wet sound")
        dry, wet, lag = _aligned(*brought)
        answer = self._answer(dry, wet, controller)
        # An echo or a filter hides the last samples of a lag; against a sound that is nearly right they show.
        if lag and (off := residual_lag(answer[0].sound, answer[2])):
            moved = _aligned(*brought, lag + off)
            again = self._answer(*moved[:2], controller)
            if again[0].distance < answer[0].distance:
                (dry, _, lag), answer = moved, again
        first, estimate, wet, turned_db, z = answer
        effect = estimate.setting.effect
        half = Setting.all_at(effect, 0.5)
        others = {
            "nothing": None, "always 0.5": half, "random": random_setting(effect, seed),
            "nearest neighbour": self.nearest(z.mean(axis=0)),
        }  # fmt: skip
        polished = polish(dry, wet, estimate.setting, estimate.spread)
        candidates = {"estimate": first, "polished": try_setting(polished, dry, wet)}
        candidates |= {name: try_setting(other, dry, wet) for name, other in others.items()}
        limit = self.config.scores.get("controller", {}).get("explained_below", np.inf)
        return Match(dry, wet, lag, turned_db, estimate, candidates, limit)

    def _answer(
        self, dry: np.ndarray, wet: np.ndarray, controller: str
    ) -> tuple[Candidate, Estimate, np.ndarray, float, np.ndarray]:
        """The network's answer for an aligned pair: its sound, the estimate, wet as it was explained, the dB that wet
        was turned up by, and z (segment, latent)."""
        answers: list[tuple[Candidate, Estimate, np.ndarray, float, np.ndarray]] = []
        for turned_db in (0.0, _level_db(dry) - _level_db(wet)):
            if not answers or abs(turned_db) > 0.5:
                target = wet * np.float32(10 ** (turned_db / 20))
                z = self._encode_long(dry, target)
                estimate = self.estimate(z, controller)
                answers.append((try_setting(estimate.setting, dry, target), estimate, target, turned_db, z))
        # As it came, unless the other is clearly nearer.
        return min(answers, key=lambda one: one[0].distance * (0.8 if one[3] else 1.0))

    def nearest(self, z: np.ndarray) -> Setting:
        """The setting of the atlas point nearest to z (latent,)."""
        own = PCA(self.atlas.pca_mean, self.atlas.pca_basis).project(z[None, self.map_part])
        index = int(np.linalg.norm(self.atlas.pca - own, axis=1).argmin())
        return self.knobs.setting_of_point(self.atlas.effect[index], self.atlas.values[index])

    def _estimate(self, said: Prediction, effect: str | None = None) -> Estimate:
        """One estimate from what a controller says of the segments of a sound; effect: the knobs of that one."""
        knobs, spread = said.knobs.float().cpu(), said.spread.float().cpu()
        probabilities = said.effect.float().cpu().log_softmax(dim=1).mean(dim=0).softmax(dim=0).tolist()
        number = int(np.argmax(probabilities)) if effect is None else self.config.effects.index(effect)
        own = self.knobs.own(number)
        weight = 1 / spread[:, own].square()
        weight = weight / weight.sum(dim=0)
        values = (weight * knobs[:, own]).sum(dim=0).clamp(0, 1)
        by_effect = sorted(zip(self.config.effects, probabilities, strict=True), key=lambda pair: -pair[1])
        uncertain = (weight * spread[:, own]).sum(dim=0)
        return Estimate(
            Setting(self.config.effects[number], tuple(values.tolist())), tuple(uncertain.tolist()), dict(by_effect)
        )

    @_or_on_the_cpu
    def _encode_long(self, dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
        """z (segment, latent) of the segments of a pair (time,) that hold sound, at the level they have."""
        samples = self.spectrogram_config.samples
        cut = [(fit(dry[start:], samples), fit(wet[start:], samples)) for start in segments(len(dry))]
        loud = [pair for pair in cut if np.abs(pair[0]).max() > 1e-3] or cut[:1]
        with torch.inference_mode():
            mu, _ = self.model.encode(*self._look(torch.from_numpy(np.stack(loud)).to(self.device)))
        return mu.float().cpu().numpy()

    def _prepare(self, dry: np.ndarray, wet: np.ndarray) -> torch.Tensor:
        """Pairs (batch, 2, time) as the model hears them, on the device; see core.audio.spectrogram.prepare_pair."""
        dry, wet = np.atleast_2d(dry), np.atleast_2d(wet)
        if len(dry) != len(wet):
            raise ValueError(f"{len(dry)} dry sounds and {len(wet)} wet ones are no pairs")
        pairs = [prepare_pair(a, b, self.spectrogram_config.samples) for a, b in zip(dry, wet, strict=True)]
        return torch.from_numpy(np.stack([np.stack(pair) for pair in pairs])).to(self.device)

    def _look(self, pairs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Joint spectrograms (batch, channel, bin, frame) and views (batch, view) of what `_prepare` returns."""
        with torch.inference_mode():
            magnitude = self._spectrogram(pairs[:, 0], pairs[:, 1])
            return magnitude, measure_pair(pairs[:, 0], pairs[:, 1], magnitude, self.spectrogram_config)

    def _by_pca(self, original: np.ndarray) -> np.ndarray:
        """original (batch, 2, bin, frame) through the atlas's PCA of blocks and back."""
        pca = PCA(self.atlas.block_mean.astype(np.float32), self.atlas.block_basis.astype(np.float32))
        frames = pca.mean.size // (original.shape[1] * original.shape[2])
        rows = block_rows(to_db(original), frames)
        return 10 ** (from_block_rows(pca.restore(pca.project(rows)), original.shape, frames) / 20)


def _aligned(dry: np.ndarray, wet: np.ndarray, lag: int | None = None) -> tuple[np.ndarray, np.ndarray, int]:
    """dry and wet without their lag, dry at the reference loudness; AudioError where too little is left."""
    dry, wet, lag = align(dry, wet, lag)
    check(dry, "The dry sound, in what both sounds have in common,")
    check(wet, "The wet sound, in what both sounds have in common,")
    gain = np.float32(gain_to(dry))
    return dry * gain, wet * gain, lag


def _level_db(audio: np.ndarray) -> float:
    """Loudness, or of a sound too soft to have one its level."""
    loudness = loudness_lufs(audio)
    return loudness if np.isfinite(loudness) else 20 * float(np.log10(np.sqrt(np.square(audio).mean()) + 1e-12))


def local_checkpoints() -> list[str]:
    """Names of the checkpoint folders that come with the product."""
    return sorted(config.parent.name for config in CHECKPOINTS.glob("*/config.json"))
