"""What the network reads off a pair."""

from dataclasses import dataclass, replace

import numpy as np

from core.effects import KnobLayout, Setting, effect_named

_MEASURED = 0.005


@dataclass(frozen=True)
class Estimate:
    """A setting read off a pair.

    spread: expected absolute error of each knob position. probabilities: of each effect, the likeliest first.
    """

    setting: Setting
    spread: tuple[float, ...]
    probabilities: dict[str, float]

    @classmethod
    def of(cls, knobs: KnobLayout, read: tuple[np.ndarray, ...], effect: str | None = None) -> "Estimate":
        """What a controller says, as a setting.

        read: probabilities (1, effect), then positions and spread (1, knob) in the row of all knobs. effect: that one's
        knobs, whichever is likeliest.
        """
        (probabilities,), (positions,), (spread,) = read
        number = int(probabilities.argmax()) if effect is None else knobs.effects.index(effect)
        by_effect = sorted(zip(knobs.effects, probabilities.tolist(), strict=True), key=lambda pair: -pair[1])
        own = knobs.own(number)
        setting = Setting(knobs.effects[number], tuple(positions[own].clip(0, 1).tolist()))
        return cls(setting, tuple(spread[own].tolist()), dict(by_effect))

    def at_level(self, level_db: float) -> "Estimate":
        """The same, but for knobs of the role "level": they stand where wet is so much louder than dry."""
        values, spread = list(self.setting.values), list(self.spread)
        for number, parameter in enumerate(effect_named(self.setting.effect).parameters):
            if parameter.role == "level":
                values[number] = parameter.to_unit(float(np.clip(level_db, parameter.low, parameter.high)))
                spread[number] = min(spread[number], _MEASURED)
        return replace(self, setting=Setting(self.setting.effect, tuple(values)), spread=tuple(spread))
