"""A setting as a program of its own: what `render` does, without this project."""

import re
from typing import Any

from pedalboard import Plugin

from core.audio.measure import REFERENCE_LUFS
from core.effects.live import properties
from core.effects.rack import Setting

_TEMPLATE = '''"""{text}: the sound that LatentFX plays for this setting.

pip install pedalboard pyloudnorm soundfile
python {effect}.py dry.wav wet.wav

Channels are averaged. LatentFX works at 24 kHz; at another rate the sound may differ a little.
"""

import sys

import numpy as np
import pyloudnorm
import soundfile
from pedalboard import {imports}

REFERENCE_LUFS = {reference}  # what the effect hears, so that a threshold means the same for every recording
LEVEL_DB = {level}  # loudness of the wet sound against the dry one

board = Pedalboard(
    [
{plugins}
    ]
)


def gain(audio, rate):
    """Factor that brings audio to REFERENCE_LUFS (ITU-R BS.1770), 1 for silence."""
    meter = pyloudnorm.Meter(rate)
    block = int(meter.block_size * rate)
    if len(audio) <= block:
        audio = np.resize(audio, block + 1)  # the standard needs a full block
    with np.errstate(divide="ignore"):
        loudness = meter.integrated_loudness(audio)
    return 10 ** ((REFERENCE_LUFS - loudness) / 20) if np.isfinite(loudness) else 1.0


if len(sys.argv) != 3:
    sys.exit(__doc__)
samples, rate = soundfile.read(sys.argv[1], dtype="float32", always_2d=True)
dry = samples.mean(axis=1)
into = gain(dry, rate)
wet = np.nan_to_num(board(dry * np.float32(into), rate, reset=True))
wet = wet * np.float32(gain(wet, rate) / into * 10 ** (LEVEL_DB / 20))
soundfile.write(sys.argv[2], np.clip(wet, -1, 1), rate, subtype="PCM_16")
'''


def as_code(setting: Setting) -> str:
    """A complete Python script that reads a WAV, does what `render` does with this setting, and writes a WAV.

    It needs pedalboard, pyloudnorm and soundfile. Its arguments: the file to read, the file to write (16 bit).
    """
    calls = [_call(plugin) for plugin in setting.plugins()]
    names = re.findall(r"(?<![\w.])([A-Z]\w*)(?=[(.])", " ".join(calls))  # classes, and those that own a choice
    return _TEMPLATE.format(
        text=setting.text,
        effect=setting.effect,
        imports=", ".join(sorted({"Pedalboard", *names})),
        reference=REFERENCE_LUFS,
        level=f"{setting.level_db:.9g}",
        plugins="\n".join(f"        {call}," for call in calls),
    )


def _call(plugin: Plugin) -> str:
    """The expression that makes this plugin: every property that pedalboard shows is an argument of its class."""
    kind = type(plugin).__name__
    values = {name: getattr(plugin, name) for name in properties(kind)}
    return f"{kind}({', '.join(f'{name}={_literal(value)}' for name, value in values.items())})"


def _literal(value: Any) -> str:
    """Numbers with the nine digits that single precision holds, which is what plugins compute in; choices by name."""
    if isinstance(value, bool):
        return str(value)
    return f"{value:.9g}" if isinstance(value, float) else f"{type(value).__qualname__}.{value.name}"
