"""Chains side by side: what is played between two settings of different effects."""

from dataclasses import dataclass

import numpy as np

from core.audio import SAMPLE_RATE
from core.audio.given import checked_sound
from core.effects.chain import check_kind, plainest
from core.effects.fade import Played
from core.effects.render import render


@dataclass(frozen=True)
class Blend:
    """Settings or chains that play at once, each with its share of the sound; shares sum to 1.

    No two of them have the same effects in the same order. A chain of one is kept as its setting.
    Raises ValueError where there is none, where an order of effects comes twice, or where shares are negative or sum to
    less or more than 1.
    """

    parts: tuple[tuple[Played, float], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", tuple((plainest(own), share) for own, share in self.parts))
        orders = [" → ".join(own.effects) for own, _ in self.parts]
        shares = [share for _, share in self.parts]
        if not orders or len(set(orders)) < len(orders):
            raise ValueError(f"a blend has one setting of each of its effects, got {orders}")
        if min(shares) < 0 or abs(sum(shares) - 1) > 1e-6:
            raise ValueError(f"shares of a blend are positive and sum to 1, got {shares}")

    @classmethod
    def of(cls, own: Played) -> "Blend":
        """One setting, or one chain, alone."""
        return cls(((own, 1.0),))

    @property
    def main(self) -> Played:
        """What has the largest share."""
        return max(self.parts, key=lambda part: part[1])[0]

    @property
    def text(self) -> str:
        """For people: "70 % Delay · time 0.25 s ... + 30 % Overdrive · ..."; a setting alone as itself."""
        if len(self.parts) == 1:
            return self.parts[0][0].text
        return " + ".join(f"{share:.0%} {own.text}" for own, share in self.parts)


def render_blend(dry: np.ndarray, blend: Blend, sample_rate: int = SAMPLE_RATE) -> np.ndarray:
    """Wet of dry, (time,) or (channel, time): the parts' sounds (see `render`), mixed by their shares."""
    check_kind(blend, Blend)
    wet = np.zeros_like(dry := checked_sound(dry))
    for own, share in blend.parts:
        wet += np.float32(share) * render(dry, own, sample_rate)
    return wet
