"""What the numbers of a checkpoint mean: at which sample rate, for which knobs, measured how."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.audio import SAMPLE_RATE
from core.audio.measurements import VERSION
from core.effects import EFFECTS, Parameter
from core.strict_json import Finite, plain


@dataclass(frozen=True)
class Knob:
    """One knob as it was when the checkpoint learned it; 0 and 1 mean low and high, see core.effects.Parameter."""

    name: str
    unit: str
    low: Finite
    high: Finite
    curve: str

    @classmethod
    def of(cls, parameter: Parameter) -> "Knob":
        return cls(parameter.name, parameter.unit, parameter.low, parameter.high, parameter.curve)

    def __str__(self) -> str:
        return f"{plain(self.name)} from {self.low:g} to {self.high:g} {plain(self.unit)} ({plain(self.curve)})"


@dataclass(frozen=True)
class Meaning:
    """sample_rate in Hz. measurements: their version, see core.audio.measurements. knobs: by effect, in its order."""

    sample_rate: int
    measurements: int
    knobs: dict[str, tuple[Knob, ...]]

    @classmethod
    def here(cls, effects: Iterable[str]) -> "Meaning":
        """What the numbers of these effects mean in this version of the product."""
        asked = set(effects)
        knobs = {effect.name: tuple(map(Knob.of, effect.parameters)) for effect in EFFECTS if effect.name in asked}
        return cls(SAMPLE_RATE, VERSION, knobs)

    def misfit(self, effects: Iterable[str]) -> str:
        """What of these effects means something else here, in words that go on after "is for "; "" where nothing does.

        Of effects that are unknown here nothing is asked.
        """
        if self.sample_rate != SAMPLE_RATE:
            return f"sounds at {self.sample_rate:,} Hz, and here all are at {SAMPLE_RATE:,} Hz"
        if self.measurements != VERSION:
            return f"version {self.measurements} of the measurements, and this is version {VERSION}"
        for name, own in Meaning.here(effects).knobs.items():
            there = self.knobs.get(name, ())
            if len(own) != len(there):
                return f"{len(there)} knobs of {name}, and here it has {len(own)}"
            for one, other in zip(own, there, strict=True):
                if one != other:
                    return f"{name} with {other}, and here that is {one}"
        return ""
