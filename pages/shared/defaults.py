"""What each page asks a visitor: fields are session keys, and values are defaults."""

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from core.effects.chain import MOST
from core.paths.route import MAX_SIDE, MAX_STEPS, REACH

_Reached = Annotated[float, Meta(ge=-REACH, le=1 + REACH)]

UPLOAD, RECORD = "upload", "record"
"""What a pair's clip is called where the visitor brings it."""

READY, NONE = "ready", "none"
"""What a pair's effect is called where the visitor brings the wet sound, too; where there is none."""


@dataclass(frozen=True)
class Frame:
    """What all pages share."""

    checkpoint: str = "factor"


@dataclass(frozen=True)
class Overview:
    """The first listen."""

    listen_clip: str = "speech_en_f_allison"
    listen_effect: str = "delay"


@dataclass(frozen=True)
class Clusters:
    """The map and the chosen point; shown: effects in colour, none for all of them.

    map_of: "atlas", or "own" for the map of a recording, whose choices begin with o_, see `PairState`.
    """

    map_of: str = "atlas"
    o_clip: str = "speech_en_f_allison"
    o_points: int = 500
    o_point: int | None = None
    o_like_clip: str = "tabla_loop"
    colour: str = "effect"
    projection: str = "umap"
    dimensions: int = 2
    shown: tuple[str, ...] = ()
    point: int | None = None


@dataclass(frozen=True)
class Reconstruct:
    """The pair; the keys of its controls begin with r_, see `PairState`. r_other: the checkpoint beside, or ""."""

    r_clip: str = "speech_en_f_allison"
    r_effect: str = "delay"
    r_other: str = ""


@dataclass(frozen=True)
class Interpolate:
    """The path, what is heard of it, and what is shown below the player. Keys of the ends begin with a_, b_, c_ and d_,
    see `PairState`.

    steps; side: of the square between four corners. reach: where the path begins and ends, 0: A, 1: B. via: numbers of
    the atlas's points that a spline goes through. locked: knobs that stay at A's value, as "delay.mix". loop: short
    sounds are repeated, not ended in silence. t_clip: what is morphed over time.
    """

    kind: str = "linear"
    part: str = "all"
    steps: Annotated[int, Meta(ge=2, le=MAX_STEPS)] = 11
    side: Annotated[int, Meta(ge=2, le=MAX_SIDE)] = 4
    easing: str = "even"
    reach: tuple[_Reached, _Reached] = (0.0, 1.0)
    via: str = ""
    locked: tuple[str, ...] = ()
    voice: str = "transferred"
    matched: bool = False
    loop: bool = True
    view: str = "strip"
    strip: str = "level"
    step: Annotated[int, Meta(ge=1)] = 1
    other: str = ""
    t_clip: str = "loop_safari"


@dataclass(frozen=True)
class Play:
    """The pad; p_x, p_y: axes of w across and up, counted from 1; p_along: the axis of the traverse. k_clip: what a
    preset is played on; k_amount: how much of it in percent, see core.effects.amount.

    Keys of the knobs begin with p_, see `PairState`; those of the axes of w are `Play.axis`.
    """

    p_clip: str = "speech_en_f_allison"
    p_effect: str = "all"
    p_colour: str = "effect"
    p_dimensions: int = 2
    p_x: int = 1
    p_y: int = 2
    p_along: int = 1
    k_clip: str = "guitar_em9"
    k_amount: Annotated[int, Meta(ge=0, le=150)] = 100

    @staticmethod
    def axis(dimensions: int, axis: int) -> str:
        """Key of the slider of axis 0, 1, ... of w with that many numbers."""
        return f"p_w{dimensions}_{axis + 1}"


@dataclass(frozen=True)
class Match:
    """What is to be matched; keys of the pair's controls begin with m_. m_length: effects that a riddle hides.

    m_source: "surprise", "pair" or "files". m_seed: of the riddle. m_dry_from, m_wet_from: UPLOAD or RECORD.
    m_from_s: where in a long sound the player begins. m_reveal: whether the truth is shown; never in the address.
    m_rack: the boxes that a visitor changed, see pages.match.rack.
    """

    m_source: str = "surprise"
    m_seed: Annotated[int, Meta(ge=1, le=9999)] = 1
    m_clip: str = "tabla_loop"
    m_effect: str = "delay"
    m_length: int = 1
    m_dry_from: str = UPLOAD
    m_wet_from: str = UPLOAD
    m_from_s: Annotated[int, Meta(ge=0)] = 0
    m_reveal: bool = False
    m_rack: Annotated[str, Meta(max_length=1000)] = ""


@dataclass(frozen=True)
class Report:
    """present: whether one figure at a time is shown, for a projector; figure: which, a key of words.FIGURES."""

    present: bool = False
    figure: str = "1"


@dataclass(frozen=True)
class Models:
    """by_effect: which score is shown effect by effect, a key of catalogue.BY_EFFECT. hub: a checkpoint of the Hub."""

    by_effect: str = "sound"
    hub: str = ""


@dataclass(frozen=True)
class PairState:
    """Keys of the controls of one pair: "a_clip", "a_effect", "a_delay_time", ..."""

    prefix: str

    @property
    def clip(self) -> str:
        return f"{self.prefix}_clip"

    @property
    def effect(self) -> str:
        return f"{self.prefix}_effect"

    @property
    def start_s(self) -> str:
        return f"{self.prefix}_start_s"

    @property
    def offset_s(self) -> str:
        """Where in a shipped clip, played in a loop, a point of the map begins."""
        return f"{self.prefix}_offset_s"

    @property
    def slots(self) -> tuple[str, ...]:
        """Of the effects of a chain, in signal order; the first is that of a single one."""
        return (self.effect, *(f"{self.effect}{place}" for place in range(2, MOST + 1)))

    def knob(self, effect: str, parameter: str) -> str:
        return f"{self.prefix}_{effect}_{parameter}"
