"""How much of a setting or a chain: 0 is the dry sound, 1 what it is, up to MOST beyond it.

Below 1 it is what the mix knob of a pedal does, y = x + amount (m - x), m the wet sound as loud as x: for Delay, Chorus
and Phaser their own mix. A low-pass ladder turns the phase, and a mix would cancel what lies about the cutoff: there
the cutoff comes down from where nothing is taken away. Above 1 a mix would take away what it should add (the highs
behind a low-pass come back turned over), so the knobs that are the strength go on, out of their range if need be, see
BEYOND. Of an effect that is not named there the mix goes on.

How far that is from the dry sound, against the setting itself, by `python -m training fading --out runs/fading`
(amounts.csv: MR-STFT above -70 dB, median of random settings, one on each of the 16 shipped clips, speech and music):

                  25 %  50 %  75 %  125 %  150 %                 25 %  50 %  75 %  125 %  150 %
    delay          .26   .52   .77   1.28   1.55    phaser        .36   .68   .92   1.00   1.14
    overdrive      .31   .60   .82   1.17   1.30    compressor    .27   .52   .77   1.06   1.09
    reverb         .25   .51   .76   1.40   1.85    bitcrush      .27   .58   .82   1.25   1.50
    chorus         .27   .53   .79   1.08   1.20    low-pass      .25   .43   .68   1.33   1.42

A compressor has little beyond: its loud passages are down already. Chorus and Phaser are deepest where both voices are
equally loud, so their mix goes no further, and the wavering grows; at 150 % 19 and 44 of 100 of their settings are
nearer to the dry sound than at 100 % by this measure (low-pass 6, others none).
"""

from collections.abc import Callable

import numpy as np

from core.audio import SAMPLE_RATE
from core.audio.given import checked_rate, checked_sound
from core.audio.measure import gain_to
from core.effects.chain import Chain, Setting, check_kind
from core.effects.fade import on_board
from core.effects.rack import effect_named
from core.effects.render import make_up, render, sounding

MOST = 1.5

Values = dict[str, float]
Turn = Callable[[Values, float], Values]
"""Values of an effect's knobs, but for level, and the amount; the values that play it."""

BEYOND: dict[str, Turn] = {
    "delay": lambda own, by: own | {"mix": min(1.0, own["mix"] * by)},
    "overdrive": lambda own, by: own | {"drive": own["drive"] * by},
    "reverb": lambda own, by: own | {"mix": min(1.0, own["mix"] * by)},
    "chorus": lambda own, by: {
        "rate": own["rate"],
        "depth": min(1.0, own["depth"] * by**2),
        "mix": max(own["mix"], min(0.5, own["mix"] * by)),
    },
    "phaser": lambda own, by: own | {"depth": min(1.0, own["depth"] * by), "feedback": min(0.95, own["feedback"] * by)},
    "compressor": lambda own, by: own | {"ratio": own["ratio"] ** by},
    "bitcrush": lambda own, by: {"bits": own["bits"] / by, "rate": own["rate"] / by},
    "lowpass": lambda own, by: {"cutoff": own["cutoff"] / by**2, "resonance": min(0.95, own["resonance"] * by)},
}
_OPEN_HZ = 11_500.0  # a ladder there takes away what few hear
_WITHIN: dict[str, Turn] = {
    "lowpass": lambda own, by: {
        "cutoff": _OPEN_HZ * (own["cutoff"] / _OPEN_HZ) ** by, "resonance": own["resonance"] * by
    },
}  # fmt: skip
_FADE = 0.1  # of a turn of knobs, which ends near the dry sound, and not in it


def render_amount(dry: np.ndarray, chain: Setting | Chain, amount: float, sample_rate: int = SAMPLE_RATE) -> np.ndarray:
    """Wet of dry, (time,) or (channel, time), with so much of a setting, or of each of a chain's; of dry's shape.

    amount: 0 ... MOST. At 0 the dry sound, at 1 `render`, both to the bit; between and beyond as loud as dry, in the
    same way, a knob of the role "level" by so much of its decibels. ValueError outside; else as `render`.
    """
    if not 0 <= amount <= MOST:
        raise ValueError(f"the amount of a setting lies in 0 ... {MOST}, got {amount}")
    check_kind(chain, Setting, Chain)
    dry, sample_rate = checked_sound(dry), checked_rate(sample_rate)
    if amount in (0, 1):
        return render(dry, chain, sample_rate) if amount else dry.copy()
    into = np.float32(gain_to(dry, sample_rate=sample_rate))
    heard = wet = dry * into
    for setting in chain.settings:
        wet = _some(wet, setting, amount, sample_rate)
    level = 10 ** ((amount - 1) * chain.level_db / 20)
    return (wet * np.float32(level * make_up(heard, wet, chain, sample_rate)) / into).astype(np.float32)


def _some(heard: np.ndarray, setting: Setting, amount: float, sample_rate: int) -> np.ndarray:
    """Some of a setting, at the level that its plugins leave it; heard: what they hear."""
    if turn := (BEYOND if amount > 1 else _WITHIN).get(setting.effect):
        return _mixed(heard, _played(heard, setting, turn, amount, sample_rate), min(1.0, amount / _FADE), sample_rate)
    return _mixed(heard, _played(heard, setting, None, amount, sample_rate), amount, sample_rate)


def _mixed(heard: np.ndarray, wet: np.ndarray, share: float, sample_rate: int) -> np.ndarray:
    """heard at a share of 0, wet at 1; between them, and beyond, a mix of both at one loudness."""
    loud = gain_to(wet, sample_rate=sample_rate) / gain_to(heard, sample_rate=sample_rate)
    mix = heard + np.float32(share) * (wet * np.float32(loud) - heard)
    return mix * np.float32(loud**-share)


def _played(heard: np.ndarray, setting: Setting, turn: Turn | None, amount: float, sample_rate: int) -> np.ndarray:
    """What the plugins of a setting play, their knobs turned."""
    effect, values = effect_named(setting.effect), setting.physical
    own = {knob.name: values[knob.name] for knob in effect.parameters if knob.role != "level"}
    knobs = turn(own, amount) if turn else own
    return sounding(on_board(lambda: effect.build(**knobs), heard, sample_rate), heard, setting.text)
