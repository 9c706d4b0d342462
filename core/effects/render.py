"""From a dry sound and a setting, or a chain of them, to the wet sound."""

import numpy as np

from core.audio import SAMPLE_RATE
from core.audio.given import checked_rate, checked_sound
from core.audio.io import MAX_PEAK, AudioError
from core.audio.measure import gain_to
from core.effects.chain import Chain, Setting, check_kind
from core.effects.fade import Faded, Played, on_board, played

MOST_RISE = 4.0
"""12 dB, a little more than the sharpest settings give on music and speech."""
_ELSE = {"makes": "Please turn its knobs elsewhere", "is given": "Please give it another sound"}


class NoSound(AudioError):
    """What an effect made is no sound: samples that are not numbers, or beyond all measure. Names effect and knobs."""


def render(dry: np.ndarray, setting: Played, sample_rate: int = SAMPLE_RATE) -> np.ndarray:
    """Play dry, (time,) or (channel, time), through a real pedalboard effect; returns wet, float32, of the same shape.

    sample_rate: of both, in Hz. Deterministic, and independent of level in both directions:
    - the effect hears the dry sound at -23 LUFS, so a threshold or a drive means the same for every recording,
      and render(k * dry) = k * render(dry), but for a sound of which more falls below the standard's gate, see
      `loudness_lufs`;
    - the wet sound comes out as loud as the dry one (integrated loudness, BS.1770), so that nothing downstream can
      tell effects apart by level alone. A knob of the role "level" is applied after that: there, level is the effect.
    Where an effect leaves of a sound hardly more than a click, as a low-pass of a high tone, that would become a blast:
    no wet sound peaks higher than the dry one by more than MOST_RISE, and the level.
    Silence stays silence. Raises NoSound where an effect's plugins fail, AudioError for what is no sound or no rate to
    begin with, see core.audio.given.
    """
    check_kind(setting, Setting, Chain, Faded)
    dry, sample_rate = checked_sound(dry), checked_rate(sample_rate)
    into = gain_to(dry, sample_rate=sample_rate)
    wet = through(dry * np.float32(into), setting, sample_rate)
    return (wet * np.float32(make_up(dry * np.float32(into), wet, setting, sample_rate) / into)).astype(np.float32)


def make_up(heard: np.ndarray, wet: np.ndarray, setting: Played, sample_rate: int = SAMPLE_RATE) -> float:
    """The gain that brings what an effect made of what it heard, at -23 LUFS, to where `render` wants it."""
    loudest, most = float(np.abs(wet).max(initial=0.0)), MOST_RISE * float(np.abs(heard).max(initial=0.0))
    back = min(gain_to(wet, sample_rate=sample_rate), most / loudest if loudest else 1.0)
    return back * 10 ** (setting.level_db / 20)


def through(dry: np.ndarray, setting: Played, sample_rate: int = SAMPLE_RATE, lead_s: float = 0.0) -> np.ndarray:
    """What the effect's plugins make of dry, (time,) or (channel, time), float32, at the level it has.

    lead_s: seconds of silence that they hear before, so that an oscillator starts elsewhere. Plugins are made anew for
    each call: they carry state and must not be shared by threads. Raises NoSound, see there.
    """
    lead = round(lead_s * sample_rate)
    heard = np.concatenate([np.zeros((*dry.shape[:-1], lead), np.float32), dry], axis=-1) if lead else dry
    if isinstance(setting, Faded):
        wet = played(heard, setting, sample_rate)
    else:
        wet = on_board(setting.plugins, heard, sample_rate)
    return sounding(wet, heard, setting.text)[..., lead:]


def sounding(wet: np.ndarray, heard: np.ndarray, text: str) -> np.ndarray:
    """wet, what plugins made of what they heard; NoSound where it is none. text: what they are called."""
    if not np.abs(wet).max(initial=0.0) <= MAX_PEAK:  # nor is NaN
        what = "makes" if np.abs(heard).max(initial=0.0) <= MAX_PEAK else "is given"
        raise NoSound(f"{text} {what} samples that are no sound (NaN or infinity). {_ELSE[what]}.")
    return wet
