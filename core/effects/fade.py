"""A chain on its way to another: each of its settings has an amount, from bypass to all of it.

How an effect comes and goes without holes in the spectrum and without jumps, by `python -m training fading --out
runs/fading`: by how much the sound at an amount of .01 to .9 lies, in its deepest band of 23 Hz, below both what the
effect hears and what it makes, in dB; white noise, 12 random settings, median and most; merely mixed, and as here:

    delay       0.4  0.9    0.0  0.1        phaser      0.6  1.9    0.1  1.2
    overdrive   1.2  1.9    0.1  0.1        compressor  0.0  0.0    0.0  0.0
    reverb      0.1  0.4    0.1  0.2        bitcrush    6.1  7.7    3.1  4.8
    chorus      0.7  1.7    0.3  0.8        lowpass    13.4 30.8   -0.3 -0.1

- What an effect makes is mixed with what it hears, its share the square of its amount. Of delay, reverb and chorus that
  is the same as turning down their mix.
- The ladder turns phases, so that a mix cuts holes. It is opened instead, its resonance goes (`Parameter.away`), and
  only while it is nearly open it is mixed.
- Bitcrush holds its samples, which are late by half of that; in those bands it leaves little anyway. Turning up its
  rate instead is worse, 8.6 and 11.9: the holes that its holding cuts wander.

What is made is first brought to the strength of what is heard, else 20 dB of drive would be there at once.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from pedalboard import Pedalboard, Plugin

from core.effects.chain import Chain, Setting
from core.effects.live import played_on
from core.effects.rack import effect_named

MOST_PARTS = 16
"""Four chains of four, at most, meet."""
TAPER = 2.0
"""Exponent from an amount to a share of the sound, as of a potentiometer for loudness."""
_OPEN = 0.25
"""Amount below which what is opened, not mixed, is mixed nevertheless: until then it hardly differs from bypass."""


@dataclass(frozen=True)
class Faded:
    """Settings in signal order, each with its amount in [0, 1]: 0 is bypass, 1 the setting as it is.

    An effect may come twice: where its place moves it fades out here and in there. A knob of the role "level" counts by
    the amount of its setting. Raises ValueError for more than MOST_PARTS, or an amount out of range.
    """

    parts: tuple[tuple[Setting, float], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", tuple((own, float(amount)) for own, amount in self.parts))
        if len(self.parts) > MOST_PARTS:
            raise ValueError(f"at most {MOST_PARTS} settings fade into each other, got {len(self.parts)}")
        for own, amount in self.parts:
            if not 0 <= amount <= 1:
                raise ValueError(f"the amount of {own.effect} lies between 0 and 1, not at {amount}")

    @property
    def settings(self) -> tuple[Setting, ...]:
        """All settings in signal order, those that are not heard, too."""
        return tuple(own for own, _ in self.parts)

    @property
    def effects(self) -> tuple[str, ...]:
        """Names of the effects, in signal order."""
        return tuple(own.effect for own, _ in self.parts)

    @property
    def level_db(self) -> float:
        """See Setting.level_db: of all settings together, by their amounts."""
        return sum((amount * own.level_db for own, amount in self.parts), 0.0)

    @property
    def text(self) -> str:
        """For people: the settings that are heard, in signal order, those that fade with their amount."""
        heard = [(own.text, amount) for own, amount in self.parts if amount > 0]
        return " → ".join(text if amount == 1 else f"{amount:.0%} {text}" for text, amount in heard) or "No effect"


Played = Setting | Chain | Faded
"""What plays a sound."""


def plugins_at(own: Setting, amount: float) -> list[Plugin]:
    """Fresh plugins of a setting of which there is an amount; see Setting.plugins."""
    effect = effect_named(own.effect)
    values = zip(effect.parameters, own.values, strict=True)
    return effect.build(**{p.name: p.faded(value, amount) for p, value in values if p.role != "level"})


def shares(own: Setting, amount: float, heard: np.ndarray, made: np.ndarray) -> tuple[float, float]:
    """How much there is of what a setting hears, and of what its plugins make, in what it plays at an amount.

    The strength of what it plays goes evenly, in dB, from that of the one to that of the other.
    """
    if amount in (0.0, 1.0):
        return 1.0 - amount, amount
    opened = any(parameter.away is not None for parameter in effect_named(own.effect).parameters)
    share = min(1.0, amount / _OPEN) if opened else amount**TAPER
    before, after = (float(np.sqrt(np.square(sound, dtype=np.float64).mean())) for sound in (heard, made))
    rise = after / before if before > 0 and after > 0 else 1.0
    return rise**share * (1 - share), rise ** (share - 1) * share


def mixed(heard: np.ndarray, made: np.ndarray, by: tuple[float, float]) -> np.ndarray:
    """What a setting plays, see `shares`."""
    return np.float32(by[0]) * heard + np.float32(by[1]) * made


def on_board(plugins: Callable[[], list[Plugin]], heard: np.ndarray, rate: int) -> np.ndarray:
    """What fresh plugins make of a sound, (time,) or (channel, time), float32; of more than two channels each is played
    by itself, as some plugins hand those on as they are."""
    if heard.ndim == 2 and len(heard) > 2:
        return np.stack([on_board(plugins, channel, rate) for channel in heard])
    return played_on(Pedalboard(plugins()), heard, rate)


def played(heard: np.ndarray, own: Faded, rate: int) -> np.ndarray:
    """What a chain that fades makes of a sound, (time,) or (channel, time), float32, at the level it has."""
    if all(amount in (0, 1) for _, amount in own.parts):  # on one board, so bit for bit what that chain plays
        return on_board(lambda: [plug for one, amount in own.parts if amount for plug in one.plugins()], heard, rate)
    return [sound for sound, _ in stages(heard, own, rate)][-1]


def stages(heard: np.ndarray, own: Faded, rate: int) -> Iterator[tuple[np.ndarray, tuple[float, float]]]:
    """What each part plays, (time,) or (channel, time), of what the one before it plays; and its `shares`."""
    for setting, amount in own.parts:
        if amount == 0:
            yield heard, (1.0, 0.0)
            continue
        made = on_board(partial(plugins_at, setting, amount), heard, rate)
        by = shares(setting, amount, heard, made)
        heard = made if amount == 1 else mixed(heard, made, by)
        yield heard, by
