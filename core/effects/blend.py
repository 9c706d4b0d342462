"""Effects side by side: what is played between two settings of different effects."""

from dataclasses import dataclass

import numpy as np

from core.audio import SAMPLE_RATE
from core.effects.rack import Setting
from core.effects.render import render


@dataclass(frozen=True)
class Blend:
    """Settings of different effects that play at once, each with its share of the sound; shares sum to 1.

    Raises ValueError where there is none, where an effect comes twice, or where shares are negative or sum to less or
    more than 1.
    """

    parts: tuple[tuple[Setting, float], ...]

    def __post_init__(self) -> None:
        effects = [setting.effect for setting, _ in self.parts]
        shares = [share for _, share in self.parts]
        if not effects or len(set(effects)) < len(effects):
            raise ValueError(f"a blend has one setting of each of its effects, got {effects}")
        if min(shares) < 0 or abs(sum(shares) - 1) > 1e-6:
            raise ValueError(f"shares of a blend are positive and sum to 1, got {shares}")

    @classmethod
    def of(cls, setting: Setting) -> "Blend":
        """One setting alone."""
        return cls(((setting, 1.0),))

    @property
    def main(self) -> Setting:
        """The setting with the largest share."""
        return max(self.parts, key=lambda part: part[1])[0]

    @property
    def text(self) -> str:
        """For people: "70 % Delay · time 0.25 s ... + 30 % Overdrive · ..."; a setting alone as itself."""
        if len(self.parts) == 1:
            return self.parts[0][0].text
        return " + ".join(f"{share:.0%} {setting.text}" for setting, share in self.parts)


def render_blend(dry: np.ndarray, blend: Blend, sample_rate: int = SAMPLE_RATE) -> np.ndarray:
    """Wet of dry, (time,) or (channel, time): the effects' sounds (see `render`), mixed by their shares."""
    wet = np.zeros_like(np.asarray(dry, dtype=np.float32))
    for setting, share in blend.parts:
        wet += np.float32(share) * render(dry, setting, sample_rate)
    return wet
