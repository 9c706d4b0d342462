"""From a dry sound and a setting to the wet sound."""

import numpy as np
from pedalboard import Pedalboard

from core.audio import SAMPLE_RATE
from core.audio.measure import REFERENCE_LUFS, gain_to
from core.effects.rack import Setting

MOST_RISE = 4.0
"""12 dB, a little more than the sharpest settings give on music and speech."""


def render(dry: np.ndarray, setting: Setting) -> np.ndarray:
    """Play dry (time,), float32 at 24 kHz, through a real pedalboard effect; returns wet of the same shape.

    Deterministic, and independent of level in both directions:
    - the effect hears the dry sound at -23 LUFS, so a threshold or a drive means the same for every recording,
      and render(k * dry) = k * render(dry);
    - the wet sound comes out as loud as the dry one (integrated loudness, BS.1770), so that nothing downstream can
      tell effects apart by level alone. A knob of the role "level" is applied after that: there, level is the effect.
    Where an effect leaves of a sound hardly more than a click, as a low-pass of a high tone, that would become a blast:
    no wet sound peaks higher than the dry one by more than MOST_RISE, and the level.
    Silence stays silence. Plugins are made anew for each call: they carry state and must not be shared by threads.
    """
    dry = np.asarray(dry, dtype=np.float32)
    into = gain_to(dry)
    wet, back = through(dry, setting, into)
    return (wet * np.float32(back)).astype(np.float32)


def through(dry: np.ndarray, setting: Setting, into: float) -> tuple[np.ndarray, float]:
    """What the effect's plugins make of dry (time,) once it is raised by the gain `into`, and the gain that brings this
    to where `render` wants it."""
    wet = Pedalboard(setting.plugins())(dry * np.float32(into), SAMPLE_RATE, reset=True)
    wet = np.nan_to_num(np.asarray(wet, dtype=np.float32).reshape(dry.shape))
    loudest, most = float(np.abs(wet).max(initial=0.0)), MOST_RISE * into * float(np.abs(dry).max(initial=0.0))
    back = min(gain_to(wet, REFERENCE_LUFS), most / loudest if loudest else 1.0)
    return wet, back / into * 10 ** (setting.level_db / 20)
