"""What can be heard along a path: the decoded sound, the real effects, and two lines that know no latent space."""

from collections.abc import Sequence

import numpy as np

from core.effects import Blend, Setting, render, render_blend
from core.paths.interpolation import Interpolation, crossfade
from core.paths.space import Space

VOICES = ("decoded", "re-rendered", "parameter line", "crossfade", "decoded dry")
"""What is heard at a step. decoded: what the VAE makes of z. re-rendered: the real effects, with the settings that the
controller reads off z. parameter line: the real effects, with the settings of the ends interpolated, knob by knob.
crossfade: the wet sounds of the ends, mixed. decoded dry: the dry sound that the VAE decodes beside the wet one."""

_LEAST_SHARE = 0.03
"""Effects less likely than this are not heard along a path."""


def voice(
    space: Space, path: Interpolation, step: int, name: str, settings: Sequence[Setting], blends: Sequence[Blend]
) -> np.ndarray:
    """Sound (time,) of one step of a path in the voice of that name, see VOICES; ValueError for an unknown one.

    settings: of the ends; only the decoded voices do without. blends: from `blends`, for "re-rendered".
    """
    if name == "decoded":
        return space.step_sound(path.spectrograms[step], path.dry(step), 1, path.same_audio)
    if name == "decoded dry":
        return space.step_sound(path.spectrograms[step], path.dry(step), 0, path.same_audio)
    if name == "re-rendered":
        return render_blend(path.dry(step), blends[step])
    if name == "parameter line":
        return render_blend(path.dry(step), path.blend(step, settings))
    if name == "crossfade":
        wets = path.wets
        if path.route.part is not None:
            wets = np.stack([render(dry, own) for own, dry in zip(*path.moved(settings), strict=True)])
        return crossfade(wets, path.shares[step])
    raise ValueError(f"no voice {name!r}; known: {', '.join(VOICES)}")


def blends(space: Space, path: Interpolation, settings: Sequence[Setting]) -> list[Blend]:
    """What the controller reads off each step: effects with their probabilities as shares, and their knobs.

    settings: of the ends, as they are known or as a match finds them. The controller's answers are shifted so that
    they agree with them there, and less and less so further away. Effects of less than 3 % are left out.
    """
    probabilities, knobs, _ = space.read(np.concatenate([path.z, path.z_ends]))
    settings, shares, count = path.moved(settings)[0], path.effect_shares, len(path.z)
    at_ends = knobs[count:]
    found = []
    for step in range(count):
        if path.is_end(step):
            found.append(Blend.of(settings[int(shares[step].argmax())]))
            continue
        likely = np.where(probabilities[step] >= _LEAST_SHARE, probabilities[step], 0.0)
        parts = []
        for number in np.flatnonzero(likely):
            effect, own = space.knobs.effects[number], space.knobs.own(int(number))
            off = [
                share * (np.array(setting.values) - read[own])
                for setting, share, read in zip(settings, shares[step], at_ends, strict=True)
                if setting.effect == effect
            ]
            values = np.clip(knobs[step, own] + sum(off), 0, 1)
            parts.append((Setting(effect, tuple(values)), float(likely[number] / likely.sum())))
        found.append(Blend(tuple(parts)))
    return found
