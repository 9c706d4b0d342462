"""One knob of an effect."""

from dataclasses import dataclass
from math import exp, log
from typing import Literal

ROUNDING = 1e-6
"""Of a range: what lies no further out of it, as single precision or a sum of tenths may lead, is taken for its end."""

SECONDS = {"s": 1.0, "ms": 0.001}
"""How long one of a unit of time is."""

Role = Literal["", "level", "repeat", "rate", "hold", "step"]
"""What a knob is to those who do more than turn it; most have none. level: loudness against the dry sound, in dB, which
`render` applies after matching it; the plugins never hear of it. repeat: pause before what was heard is heard once
more, which can be read off a response. rate: speed of an oscillator: right or quite wrong, and no slope leads there.
hold: how often a sample is taken, and held until the next; step: how fine its values are, in bits of full scale. Both
show in the wet sound's samples, and no slope leads there."""

_ROLE_UNITS = {"level": ("dB",), "repeat": tuple(SECONDS), "rate": ("Hz",), "hold": ("Hz",), "step": ("bit",)}


@dataclass(frozen=True)
class Parameter:
    """One knob, declared once: the same object serves rendering, sampling, optimisation and the slider.

    name: identifier. unit: "s", "Hz", "dB", "ms", "bit", ":1" or "" for a plain number. low, high: range in that unit.
    curve: "linear", or "log" where equal turns of the knob should multiply the value (Hz, s).
    default: value in the unit. description: one sentence for people. role: see Role. away: value in the unit, beyond
    the range or not, to which the knob goes as its effect fades out (see core.effects.fade); None: it stays.
    Raises ValueError where the range is empty, a log range reaches 0, the default lies outside, or the role does not
    suit the unit.
    """

    name: str
    unit: str
    low: float
    high: float
    default: float
    description: str
    curve: str = "linear"
    role: Role = ""
    away: float | None = None

    def __post_init__(self) -> None:
        if self.curve not in ("linear", "log"):
            raise ValueError(f"{self.name}: curve {self.curve!r} is neither 'linear' nor 'log'")
        if not self.low < self.high or (self.curve == "log" and self.low <= 0):
            raise ValueError(f"{self.name}: no {self.curve} range from {self.low} to {self.high}")
        if not self.low <= self.default <= self.high:
            raise ValueError(f"{self.name}: default {self.default} lies outside {self.low} ... {self.high}")
        if self.role and self.unit not in _ROLE_UNITS.get(self.role, ()):
            raise ValueError(f"{self.name}: role {self.role!r} does not go with the unit {self.unit!r}")

    @property
    def label(self) -> str:
        return self.name.replace("_", " ").capitalize()

    @property
    def title(self) -> str:
        """The label with its unit; without one that only makes sense behind a number, as in "6:1"."""
        return f"{self.label} ({self.unit})" if self.unit and not self.unit.startswith(":") else self.label

    def to_value(self, unit: float) -> float:
        """Value in the parameter's unit for a knob position in [0, 1]; ValueError outside."""
        if not 0.0 <= unit <= 1.0:
            raise ValueError(f"{self.name}: knob position {unit} lies outside 0 ... 1")
        if self.curve == "log":
            value = exp(log(self.low) + unit * (log(self.high) - log(self.low)))
        else:
            value = self.low + unit * (self.high - self.low)
        return min(self.high, max(self.low, value))  # rounding must not leave the range

    def faded(self, unit: float, amount: float) -> float:
        """Value in the parameter's unit where of its effect there is an amount in [0, 1]; 1: as it stands, see away."""
        value = self.to_value(unit)
        if self.away is None or amount == 1:
            return value
        if self.curve == "log":
            return exp(log(self.away) + amount * (log(value) - log(self.away)))
        return self.away + amount * (value - self.away)

    def to_unit(self, value: float) -> float:
        """Knob position in [0, 1] for a value in the parameter's unit; ValueError outside the range, see ROUNDING."""
        slack = ROUNDING * (self.high - self.low)
        if not self.low - slack <= value <= self.high + slack:
            ends = f"{self.low} ... {self.high} {self.unit}".rstrip()
            raise ValueError(f"{self.name}: {f'{value} {self.unit}'.rstrip()} lies outside {ends}")
        value = min(self.high, max(self.low, value))
        if self.curve == "log":
            return min(1.0, max(0.0, (log(value) - log(self.low)) / (log(self.high) - log(self.low))))
        return (value - self.low) / (self.high - self.low)

    def text(self, unit: float) -> str:
        """The value at a knob position, with three digits and its unit, for people."""
        value = round(self.to_value(unit), 4) + 0.0  # neither 1e-08 nor -0
        number = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
        return f"{number}{self.unit}" if self.unit.startswith(":") else f"{number} {self.unit}".strip()
