"""Codec: a VAE with its spectrogram on a device. Sounds in, z out, and back; numpy at both ends, 24 kHz."""

from collections.abc import Callable
from itertools import accumulate
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.full_rate import with_gains
from core.audio.given import as_floats, checked_rate, checked_sound
from core.audio.inversion import change_gain, direct, griffin_lim
from core.audio.io import MIN_SECONDS, AudioError, check
from core.audio.measurements import measure_pair
from core.audio.spectrogram import Spectrogram, SpectrogramConfig, fit, prepare_pair
from core.models.layers import compress
from core.models.on_device import OnDevice, or_on_the_cpu
from core.models.points import rows

SAME_AUDIO_ROUTE = "transfer"
"""How a wet sound comes back from its spectrogram where the dry sound is known; `training evaluate` compares all."""

_SEGMENTS = 12


class VAEConfig(Protocol):
    """What the configuration of a VAE must tell: the spectrograms it works on, and the named parts of z in order."""

    @property
    def spectrogram(self) -> SpectrogramConfig: ...
    @property
    def parts(self) -> tuple[tuple[str, int], ...]: ...


class VAE(Protocol):
    """What a model must offer to be explored: an nn.Module in a file beside this one, with an entry in the table
    MODELS of core.checkpoints.folder. `compress`, `expand`, `decode_compressed` and `kl` are for training alone.
    """

    @property
    def config(self) -> Any:
        """A frozen dataclass of plain values that rebuilds the model: a VAEConfig."""

    def encode(self, magnitude: Tensor, measurements: Tensor) -> tuple[Tensor, Tensor]:
        """mu and logvar, each (batch, latent), of joint spectrograms (batch, channel, bin, frame), measurements."""

    def decode(self, z: Tensor) -> Tensor:
        """Joint spectrograms (batch, channel, bin, frame) of z (batch, latent)."""

    def compress(self, magnitude: Tensor) -> Tensor:
        """Joint spectrograms as the network sees them, (batch, feature, bin, frame)."""

    def expand(self, compressed: Tensor) -> Tensor:
        """Inverse of `compress`."""

    def decode_compressed(self, z: Tensor) -> Tensor:
        """What `decode` returns, as `compress` shows it."""

    def kl(self, mu: Tensor, logvar: Tensor) -> Tensor:
        """KL divergence in nats (batch, latent) from the prior."""

    def to(self, device: torch.device, /) -> Self:
        """The module, moved."""


@runtime_checkable
class TellsEffect(Protocol):
    """A VAE with an effect part that it hears of measurements alone."""

    def encode_effect(self, measurements: Tensor) -> tuple[Tensor, Tensor]:
        """mu and logvar of the effect part, each (batch, effect), of measurements (batch, measurement)."""


class Codec(OnDevice[VAE]):
    """A VAE, what it hears and where it computes; read-only, safe to share between threads.

    load: reads the model, in eval mode.
    """

    def __init__(self, load: Callable[[], VAE], device: torch.device) -> None:
        super().__init__(load, device)
        self.model = load().to(device)
        config: VAEConfig = self.model.config
        self.parts, self.spectrogram_config = tuple(config.parts), config.spectrogram
        self._spectrogram = Spectrogram(self.spectrogram_config).to(device)

    @or_on_the_cpu
    def spectrogram(self, dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
        """Joint spectrograms (batch, channel, bin, frame) of dry and wet, each (time,) or (batch, time).

        What `decode` imitates: the first 5.46 s (shorter sounds end in silence), brought to -23 LUFS by dry's gain.
        AudioError for axes in another order.
        """
        pairs = self._prepare(dry, wet)
        with torch.inference_mode():
            return self._spectrogram(pairs[:, 0], pairs[:, 1]).cpu().numpy()

    @or_on_the_cpu
    def encode(self, dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
        """z of a pair, (latent,), or of a batch, (batch, latent): mu, never a sample. Inputs as in `spectrogram`."""
        z = self._mu(self._prepare(dry, wet))
        return z[0] if np.ndim(dry) == 1 else z

    @or_on_the_cpu
    def encode_long(self, dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
        """z (segment, latent) of the `segments` of a pair (time,), (time,) that hold sound, at the level they have."""
        samples = self.spectrogram_config.samples
        cut = [(fit(dry[start:], samples), fit(wet[start:], samples)) for start in segments(len(dry))]
        loud = [pair for pair in cut if np.abs(pair[0]).max() > 1e-3] or cut[:1]
        return self._mu(self._put(np.stack(loud)))

    @or_on_the_cpu
    def encode_part(self, pairs: np.ndarray, part: slice) -> np.ndarray:
        """A part of z (batch, number) of pairs (batch, 2, time) that are as `prepare_pair` leaves them.

        What `encode` gives there; where it is the effect, and the model hears that of measurements that look at sounds
        alone, it does not listen to what is said, which takes half the time.
        """
        unseen = self.spectrogram_config.measurements != "pooled"
        if not (isinstance(self.model, TellsEffect) and unseen and part == self._effect):
            return self._mu(self._put(pairs))[:, part]
        sounds = self._put(pairs)
        with torch.inference_mode():
            none = sounds.new_zeros((len(pairs), 2, 0, 0))
            measured = measure_pair(sounds[:, 0], sounds[:, 1], none, self.spectrogram_config)
            return self.model.encode_effect(measured)[0].float().cpu().numpy()

    @property
    def _effect(self) -> slice | None:
        """Where in z the effect part lies, None where there is none."""
        ends = dict(zip((name for name, _ in self.parts), accumulate(size for _, size in self.parts), strict=True))
        return slice(ends["effect"] - dict(self.parts)["effect"], ends["effect"]) if "effect" in ends else None

    @or_on_the_cpu
    def decode(self, z: np.ndarray) -> np.ndarray:
        """Joint spectrograms (batch, channel, bin, frame) of z, (latent,) or (batch, latent).

        Magnitudes of dry and wet; after them, of a model with phases, their phases. ValueError for what is no z of it.
        """
        z = rows(z, sum(size for _, size in self.parts))
        with torch.inference_mode():
            return self.model.decode(self._put(z)).float().cpu().numpy()

    @or_on_the_cpu
    def to_audio(
        self, spectrograms: np.ndarray, phase_of: np.ndarray | None = None, iterations: int = 16
    ) -> np.ndarray:
        """Sound (batch, channel, time) with these magnitudes (batch, channel, bin, frame), by Griffin-Lim.

        phase_of: a sound, (time,) or (batch, time), usually the dry one, whose phases are the first guess and whose
        fine structure fills the mel bands; without it the start is random, and sounds rougher.
        Joint spectrograms with phases (batch, 4, bin, frame) need no Griffin-Lim: see core.audio.inversion.direct.
        """
        magnitude = self._put(self._joint(spectrograms))
        hint = None
        if phase_of is not None:
            known = _sounds(phase_of, "The sound whose phases are the first guess")
            if len(known) not in (1, len(magnitude)):
                raise AudioError(f"{len(known)} sounds for the phases of {len(magnitude)} spectrograms do not fit.")
            guide = fit(known, self.spectrogram_config.samples)
            hint = self._spectrogram.stft(self._put(guide))[:, None]
        with torch.inference_mode():
            if magnitude.shape[1] == 4:
                return direct(magnitude, self._spectrogram, hint).cpu().numpy()
            linear = self._spectrogram.linear(magnitude, None if hint is None else hint.abs())
            return griffin_lim(linear, self._spectrogram, hint, iterations).cpu().numpy()

    @or_on_the_cpu
    def transfer(self, spectrograms: np.ndarray, dry: np.ndarray) -> np.ndarray:
        """Sound (batch, time): dry (time,), at the reference loudness, changed as the decoded wet differs from the dry.

        spectrograms: decoded magnitudes (batch, 2, bin, frame); see core.audio.inversion.change_gain. What the model
        lost of the words does not matter. With phases (batch, 4, bin, frame), dry's own gets the decoded change, too.
        """
        decoded = self._put(self._joint(spectrograms, least=2))
        (known,) = _sounds(dry, "The dry sound", most=1)
        own = self._spectrogram.stft(self._put(fit(known, self.spectrogram_config.samples)))
        with torch.inference_mode():
            wet = own * 10 ** self._gains(decoded, own)
            if decoded.shape[1] == 4:
                wet = wet * torch.exp(1j * (decoded[:, 3] - decoded[:, 2]))
            return self._spectrogram.istft(wet).cpu().numpy()

    @or_on_the_cpu
    def transfer_to(self, audio: np.ndarray, rate: int, spectrogram: np.ndarray, dry: np.ndarray) -> np.ndarray:
        """audio, (time,) or (channel, time), at `rate` Hz, changed as `transfer` changes what is heard of it.

        spectrogram: decoded, (2, bin, frame), or with phases, which are not used. dry (time,): what is heard of audio,
        at the reference loudness. Each channel gets the same gains; see core.audio.full_rate.
        """
        config = self.spectrogram_config
        (known,) = _sounds(dry, "The dry sound", most=1)
        own = self._spectrogram.stft(self._put(fit(known, config.samples)))
        with torch.inference_mode():
            gains = self._gains(self._put(self._joint(spectrogram[None], least=2)), own)[0].cpu().numpy()
        sound = checked_sound(audio, "The recording")
        return with_gains(sound, checked_rate(rate), gains, config.fft, config.hop)

    def step_sound(self, spectrogram: np.ndarray, dry: np.ndarray, channel: int, same_audio: bool) -> np.ndarray:
        """Sound (time,) of channel 0 (dry) or 1 (wet) of one joint spectrogram (channel, bin, frame).

        Over one recording the wet sound is that recording, dry (time,), changed as decoded (`transfer`); between two
        recordings, whose words are decoded, too, it is Griffin-Lim's from the phases of their crossfade, dry (time,).
        """
        if same_audio and channel == 1:
            return self.transfer(spectrogram[None], dry)[0]
        if len(spectrogram) == 4:
            return self.to_audio(spectrogram[None], dry)[0, channel]
        return self.to_audio(spectrogram[None, channel : channel + 1], dry)[0, 0]

    def _gains(self, decoded: Tensor, own: Tensor) -> Tensor:
        """Gains, log10 (batch, fft/2 + 1, frame), that change an STFT `own` as the decoded wet differs from the dry."""
        change = compress(decoded[:, 1]) - compress(decoded[:, 0])
        return self._spectrogram.spread(change_gain(change, self._spectrogram.magnitude(own)))

    def _prepare(self, dry: np.ndarray, wet: np.ndarray) -> Tensor:
        """Pairs (batch, 2, time) as the model hears them, on the device; see core.audio.spectrogram.prepare_pair."""
        dry, wet = _rows(dry, "The dry sound"), _rows(wet, "The wet sound")
        if len(dry) != len(wet):
            raise ValueError(f"{len(dry)} dry sounds and {len(wet)} wet ones are no pairs")
        pairs = [prepare_pair(a, b, self.spectrogram_config.samples) for a, b in zip(dry, wet, strict=True)]
        return self._put(np.stack([np.stack(pair) for pair in pairs]))

    def _joint(self, spectrograms: np.ndarray, least: int = 1) -> np.ndarray:
        """Decoded spectrograms (batch, channel, bin, frame), as they are given; ValueError for what is none."""
        found, config = as_floats(spectrograms, "The spectrogram"), self.spectrogram_config
        if found.ndim != 4 or found.shape[2:] != (config.bins, config.frames) or not least <= found.shape[1] <= 4:
            raise ValueError(
                f"The spectrogram has shape {found.shape}; (batch, channel, bin, frame) is needed, with {least} to 4 "
                f"channels, {config.bins} bins and {config.frames} frames."
            )
        if not np.isfinite(found).all():
            raise ValueError("The spectrogram holds numbers that are not finite (NaN or infinity).")
        return found

    def _put(self, numbers: np.ndarray) -> Tensor:
        # A copy: what is cached is read-only, which a tensor cannot be.
        return torch.from_numpy(np.array(numbers, dtype=np.float32)).to(self.device)

    def _mu(self, pairs: Tensor) -> np.ndarray:
        """z (batch, latent) of pairs (batch, 2, time) on the device."""
        with torch.inference_mode():
            magnitude = self._spectrogram(pairs[:, 0], pairs[:, 1])
            measured = measure_pair(pairs[:, 0], pairs[:, 1], magnitude, self.spectrogram_config)
            return self.model.encode(magnitude, measured)[0].float().cpu().numpy()


def segments(length: int) -> list[int]:
    """Where the segments begin that a sound of this many samples is judged by: all that it has, at most 12."""
    starts = list(range(0, max(1, length - SEGMENT + 1), SEGMENT))
    if length - (starts[-1] + SEGMENT) > SEGMENT // 4:
        starts.append(length - SEGMENT)
    if len(starts) > _SEGMENTS:
        return [starts[place] for place in np.linspace(0, len(starts) - 1, _SEGMENTS).astype(int)]
    return starts


def _sounds(audio: np.ndarray, name: str, most: int | None = None) -> np.ndarray:
    """`_rows` of which each is a sound, or silence; else AudioError, see core.audio.io.check."""
    for row in (rows := _rows(audio, name, most)):
        check(row, name, silence=True)
    return rows


def _rows(audio: np.ndarray, name: str, most: int | None = None) -> np.ndarray:
    """Sounds (time,) or (batch, time) as (batch, time), at most so many.

    AudioError for (time, channel), as soundfile reads it: each sample would count as a recording.
    """
    rows = np.atleast_2d(as_floats(audio, name))
    enough = rows.ndim == 2 and len(rows) and rows.shape[1] >= MIN_SECONDS * SAMPLE_RATE
    if not enough or (most is not None and len(rows) > most):
        wanted = "(time,)" if most == 1 else "(time,) or (batch, time)"
        raise AudioError(
            f"{name} has shape {np.shape(audio)}; {wanted} with at least {MIN_SECONDS} s is needed. Please mix "
            "channels to one, and put time last."
        )
    return rows
