"""Digital audio effects: what knobs they have (`EFFECTS`), and what they do to a sound (`render`)."""

from core.effects.blend import Blend, render_blend
from core.effects.chain import Chain, Setting, random_setting
from core.effects.fade import Faded
from core.effects.knobs import KnobLayout
from core.effects.parameter import Parameter
from core.effects.rack import EFFECTS, Effect, effect_named
from core.effects.render import render

__all__ = [
    "EFFECTS",
    "Blend",
    "Chain",
    "Effect",
    "Faded",
    "KnobLayout",
    "Parameter",
    "Setting",
    "effect_named",
    "random_setting",
    "render",
    "render_blend",
]
