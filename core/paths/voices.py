"""What can be heard along a path: the decoded sound, the real effects, and two lines that know no latent space."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.measure import gain_to
from core.audio.own import as_channels
from core.audio.rate import resampled
from core.effects import Blend, Chain, Faded, Setting, render, render_blend
from core.paths.alignment import aligned
from core.paths.interpolation import Interpolation, crossfade, singles
from core.paths.space import Space

VOICES = ("transferred", "decoded", "re-rendered", "parameter line", "crossfade", "decoded dry")
"""What is heard at a step. transferred: the wet sounds of the ends, each changed as the VAE decodes from its end to the
step, and mixed; over one recording, decoded. decoded: what the VAE makes of z. re-rendered: the real effects, with the
settings that the controller reads off z. parameter line: the real effects, with the settings of the ends interpolated,
knob by knob. crossfade: the wet sounds of the ends, mixed. decoded dry: the dry sound that the VAE decodes beside the
wet one."""

_LEAST_SHARE = 0.03
"""Effects less likely than this are not heard along a path."""


@dataclass(frozen=True)
class Takes:
    """The ends' recordings as they were brought, at one rate in Hz and in the same channels.

    drys, wets: (end, time) or (end, channel, time); dry at the reference loudness, wet turned by the same gain.
    """

    drys: np.ndarray
    wets: np.ndarray
    rate: int

    @classmethod
    def of(cls, pairs: Sequence[tuple[np.ndarray, np.ndarray, int]], same_audio: bool) -> "Takes":
        """Of a path's ends: dry and wet, (time,) or (channel, time), and their rate, each 5.46 s long.

        same_audio: A's recording is heard all the way, so its rate and channels count; else the highest rate and the
        most channels of all.
        """
        counted = pairs[:1] if same_audio else pairs
        rate = max(own for *_, own in counted)
        like = max((dry for dry, *_ in counted), key=lambda dry: np.atleast_2d(dry).shape[0])
        length = round(SEGMENT * rate / SAMPLE_RATE)
        found = []
        for *sounds, own in pairs:
            dry, wet = (_fit(as_channels(resampled(sound, own, rate), like), length) for sound in sounds)
            gain = np.float32(gain_to(dry, sample_rate=rate))
            found.append((dry * gain, wet * gain))
        drys, wets = zip(*found, strict=True)
        return cls(np.stack(drys), np.stack(wets), rate)


def voice_rate(path: Interpolation, name: str, takes: Takes | None) -> int:
    """Sample rate in Hz of what `voice` gives: what a network makes up, words and all, is at 24 kHz."""
    made_up = name == "decoded dry" or (name == "decoded" and not path.same_audio)
    return SAMPLE_RATE if takes is None or made_up else takes.rate


def voice(
    space: Space,
    path: Interpolation,
    step: int,
    name: str,
    settings: Sequence[Setting | Chain],
    blends: Sequence[Blend],
    takes: Takes | None = None,
) -> np.ndarray:
    """Sound (time,) of one step of a path in the voice of that name, see VOICES; ValueError for an unknown one, or what
    it lacks.

    settings: of the ends; only the decoded voices do without. blends: from `blends`, for "re-rendered". takes: what is
    heard is made of them, in their shape; see `voice_rate`.
    """
    if not -len(path.z) <= step < len(path.z):
        raise ValueError(f"There is no step {step}: the path has steps 0 to {len(path.z) - 1}.")
    if name == "re-rendered" and len(blends) != len(path.z):
        raise ValueError(f"Re-rendered, the {len(path.z)} steps need what `blends` gives for them, not {len(blends)}.")
    own = path if takes is None else replace(path, drys=takes.drys, wets=takes.wets)
    rate = voice_rate(path, name, takes)
    if name == "transferred" and not path.same_audio:
        return _transferred(space, path, step, takes)
    if name in ("transferred", "decoded") and takes is not None and path.same_audio:
        return space.transfer_to(own.dry(step), rate, path.spectrograms[step], path.dry(step))
    if name in ("transferred", "decoded", "decoded dry"):
        return space.step_sound(path.spectrograms[step], path.dry(step), int(name != "decoded dry"), path.same_audio)
    if name == "re-rendered":
        return render_blend(own.dry(step), blends[step], rate)
    if name == "parameter line":
        return render_blend(own.dry(step), path.blend(step, settings), rate)
    if name == "crossfade":
        wets = own.wets
        if path.route.part is not None:
            wets = np.stack([render(dry, one, rate) for one, dry in zip(*own.moved(settings), strict=True)])
        return crossfade(wets, path.shares[step])
    raise ValueError(f"no voice {name!r}; known: {', '.join(VOICES)}")


def _transferred(space: Space, path: Interpolation, step: int, takes: Takes | None) -> np.ndarray:
    """Sound of a step between different recordings, in the shape of a take, which no phase has to be guessed for.

    Their wet sounds, each with the change of the decoded wet spectrogram from its end to this step, mixed by the shares
    of the ends; as strong as its parts, as those of two recordings do not add up as one's would.
    """
    shares, wets = path.shares[step], path.wets if takes is None else takes.wets
    if path.is_end(step) and path.route.part is None:
        return wets[int(shares.argmax())]
    here, near = path.spectrograms[step], np.flatnonzero(shares)
    parts = []
    for end in near:
        there = space.decode(path.z_ends[end])[0]
        change = np.stack([there, here], axis=1)[1::2].reshape(here.shape)  # of wet: magnitudes, and phases if any
        if takes is None:
            parts.append(space.transfer(change[None], path.wets[end])[0])
        else:
            parts.append(space.transfer_to(wets[end], takes.rate, change, path.wets[end]))
    mixed = crossfade(np.stack(parts), shares[near])
    strong = sum(share * np.square(part).mean() for share, part in zip(shares[near], parts, strict=True))
    lost = strong / max(np.square(mixed).mean(), 1e-12)  # as many times as there are parts, where nothing is in common
    return mixed * np.float32(np.sqrt(min(lost, len(parts))))


def blends(space: Space, path: Interpolation, settings: Sequence[Setting | Chain]) -> list[Blend]:
    """What plays at each step, re-rendered. settings: of the ends, as they are known or as a match finds them.

    Between single settings: what the controller reads off z, effects with their probabilities as shares, and their
    knobs. Its answers are shifted so that they agree with the settings at the ends, and less and less so further away;
    where a difference leads nothing is known to agree with. Effects of less than 3 % are left out.
    Between chains one chain plays, see core.paths.alignment: effects that an end lacks fade, knobs go evenly from end
    to end. Locked knobs stay at A's value.
    """
    own, lock = path.moved(settings)[0], path.lock(settings)
    alone = singles(own)
    return [lock.blend(blend) for blend in (_read(space, path, alone) if alone else _between(path, own))]


def _between(path: Interpolation, own: Sequence[Setting | Chain]) -> list[Blend]:
    """`blends` between chains."""
    shares = path.effect_shares
    way = aligned(*own)
    found = [Blend.of(way.mean(share)) for share in shares]
    for step, share in enumerate(shares):
        end = own[int(share.argmax())]
        if path.is_end(step) and _heard(found[step]) != end.settings:  # another order of what sounds alike
            found[step] = Blend.of(end)
    return found


def _heard(blend: Blend) -> tuple[Setting, ...]:
    """The settings of a blend of one that are heard."""
    own = blend.main
    return tuple(setting for setting, amount in own.parts if amount > 0) if isinstance(own, Faded) else own.settings


def _read(space: Space, path: Interpolation, settings: Sequence[Setting]) -> list[Blend]:
    """`blends` between single settings."""
    probabilities, knobs, _ = space.read(np.concatenate([path.z, path.z_ends]))
    shares, count = path.effect_shares, len(path.z)
    at_ends = knobs[count:]
    found = []
    for step in range(count):
        end = int(shares[step].argmax())
        if path.is_end(step) and path.known[end]:
            found.append(Blend.of(settings[end]))
            continue
        likely = np.where(probabilities[step] >= _LEAST_SHARE, probabilities[step], 0.0)
        parts = []
        for number in np.flatnonzero(likely):
            effect, own = space.knobs.effects[number], space.knobs.own(int(number))
            off = [
                share * (np.array(setting.values) - read[own])
                for setting, share, read, known in zip(settings, shares[step], at_ends, path.known, strict=True)
                if known and setting.effect == effect
            ]
            values = np.clip(knobs[step, own] + sum(off), 0, 1)
            parts.append((Setting(effect, tuple(values)), float(likely[number] / likely.sum())))
        found.append(Blend(tuple(parts)))
    return found


def _fit(audio: np.ndarray, samples: int) -> np.ndarray:
    """audio (..., time) cut to so many samples, or ended in silence: rates round differently."""
    short = max(0, samples - audio.shape[-1])
    return np.pad(audio[..., :samples], [*[(0, 0)] * (audio.ndim - 1), (0, short)])
