"""A setting, a chain, or a morph, as a program of its own: what `render` and `automate` do, without this project."""

import inspect
import re
import sys
from types import ModuleType
from typing import Any

from pedalboard import Plugin

from core.audio import SAMPLE_RATE
from core.audio.channels import CLICK_LEAST, CLICK_S, OFFSET
from core.audio.io import MIN_SECONDS
from core.audio.measure import QUIET_LUFS, REFERENCE_LUFS, SILENT
from core.effects import live, score
from core.effects.chain import Chain, Setting
from core.effects.render import MOST_RISE
from core.effects.score import properties

_SETTING = '''"""{text}

pip install pedalboard pyloudnorm soundfile
python {name}.py dry.wav wet.wav

The sound keeps its sample rate and its one or two channels (more are averaged), and is written as 32-bit float.
"""

import sys

import numpy as np
import pyloudnorm
import soundfile
from pedalboard import {imports}

REFERENCE_LUFS = {reference}  # what the effect hears, so that a threshold means the same for every recording
LEVEL_DB = {level}  # loudness of the wet sound against the dry one
MOST_RISE = {rise}  # of its peak over the dry one's: what is left as a click is no blast

board = Pedalboard(
    [
{plugins}
    ]
)


def centred(channel, rate):
    """channel (time,) without its offset, which nobody hears; a click has none."""
    size, sounding = np.abs(channel), np.flatnonzero(channel)
    loud = np.flatnonzero(size > {click_least} * size.max(initial=0.0))
    if len(loud) == 0 or loud[-1] - loud[0] < {click_s} * rate:
        return channel
    span = channel[sounding[0] : sounding[-1] + 1]
    offset = span.mean(dtype=np.float64)
    if abs(offset) > {offset} * np.sqrt(float(span @ span) / len(span)):
        span -= np.float32(offset)
    return channel


def gain(audio, rate):
    """Factor that brings audio (channel, time), without silence around it, to REFERENCE_LUFS (ITU-R BS.1770, of two
    channels the mean; what is very quiet as a whole as if it were turned up), 1 for silence."""
    heard = np.flatnonzero(np.abs(audio).max(axis=0) > 1e-7 * np.abs(audio).max(initial=0.0))
    if len(heard):
        audio = audio[:, heard[0] : heard[-1] + 1]
        audio = np.pad(audio, ((0, 0), (0, max(0, rate // 10 - audio.shape[1]))))
    peak = np.abs(audio).max(initial=0.0)
    if not {silent} < peak < np.inf:
        return 1.0
    loudness = integrated(audio, rate)
    if loudness <= {quiet} and peak < 1:
        up = 2.0 ** -np.floor(np.log2(peak))
        loudness = integrated(audio * np.float32(up), rate) - 20 * np.log10(up)
    return 10 ** ((REFERENCE_LUFS - loudness) / 20) if np.isfinite(loudness) else 1.0


def integrated(audio, rate):
    meter = pyloudnorm.Meter(rate)
    block = int(meter.block_size * rate)
    if audio.shape[1] <= block:
        audio = np.stack([np.resize(channel, block + 1) for channel in audio])  # the standard needs a full block
    with np.errstate(divide="ignore"):
        return meter.integrated_loudness(audio.T / len(audio) ** 0.5)


if len(sys.argv) != 3:
    sys.exit(__doc__)
try:
    samples, rate = soundfile.read(sys.argv[1], dtype="float32", always_2d=True)
except (OSError, TypeError, soundfile.LibsndfileError) as error:
    sys.exit(f"{{sys.argv[1]}} cannot be read as a sound: {{error}}")
if rate < {least}:
    sys.exit(f"{{sys.argv[1]}} has {{rate}} Hz. Please bring it to {least}: below, effects are others than they say.")
if len(samples) < {seconds} * rate:
    sys.exit(f"{{sys.argv[1]}} is empty or shorter than {seconds} s. Please choose a longer one.")
if not np.isfinite(samples).all():
    sys.exit(f"{{sys.argv[1]}} holds samples that are not numbers (NaN or infinity). Please export it again.")
dry = np.ascontiguousarray(samples.T if samples.shape[1] < 3 else samples.mean(axis=1)[None])
dry = np.stack([centred(channel, rate) for channel in dry])
into = gain(dry, rate)
wet = board(dry * np.float32(into), rate, reset=True)
if not np.isfinite(wet).all():
    sys.exit("This setting makes samples that are no sound (NaN or infinity) of this recording.")
back = min(gain(wet, rate), MOST_RISE * into * np.abs(dry).max(initial=0.0) / max(np.abs(wet).max(initial=0.0), 1e-20))
wet = wet * np.float32(back / into * 10 ** (LEVEL_DB / 20))
try:
    soundfile.write(sys.argv[2], wet.T, rate, subtype="FLOAT")
except (OSError, TypeError, ValueError, soundfile.LibsndfileError) as error:
    sys.exit(f"{{sys.argv[2]}} cannot be written: {{error}}. Please name a .wav in a folder that is there.")
'''

_MORPH_HEAD = '''"""The morph that LatentFX wrote down in a path or a score: the same sound, bit for bit.

pip install numpy pedalboard soundfile
python morph.py path.json dry.wav wet.wav          one dry sound all the way
python morph.py path.json dry_a.wav dry_b.wav wet.wav

The dry sounds are those exported beside the file. The wet one has their sample rate and channels, as 32-bit float.
Bit for bit holds on one machine with one version of pedalboard ({version} when this was written).
"""'''

_MORPH_TAIL = '''

def read(file):
    """A dry sound, (time,) or (channel, time), and its sample rate."""
    try:
        audio, rate = soundfile.read(file, dtype="float32")
    except (OSError, TypeError, soundfile.LibsndfileError) as error:
        sys.exit(f"{file} cannot be read as a sound: {error}")
    if rate < RATE:
        sys.exit(f"{file} has {rate} Hz. Please bring it to {RATE}: below, effects are others than they say.")
    return np.ascontiguousarray(audio.T), rate


def main(arguments):
    if len(arguments) not in (3, 4):
        sys.exit(__doc__)
    try:
        with open(arguments[0], "rb") as file:
            score = json.load(file)
        if isinstance(score, dict) and "score" in score:
            score = score["score"]  # of a path
        check(score)
        drys, rates = zip(*(read(file) for file in arguments[1:-1]), strict=True)
        if len(set(rates)) > 1:
            sys.exit(f"The dry sounds have {' and '.join(map(str, rates))} Hz; please give two at one sample rate.")
        wet = play(score, drys, rate=rates[0])
    except (OSError, RecursionError, ValueError) as error:
        sys.exit(f"This morph cannot be played: {error}")
    if [fingerprint(dry) for dry in drys] != score["drys"]:
        print("These are not the recordings that the morph was made with: levels may differ.", file=sys.stderr)
    try:
        soundfile.write(arguments[-1], wet.T, rates[0], subtype="FLOAT")
    except (OSError, TypeError, ValueError, soundfile.LibsndfileError) as error:
        sys.exit(f"{arguments[-1]} cannot be written: {error}. Please name a .wav in a folder that is there.")


main(sys.argv[1:])
'''


def as_code(setting: Setting | Chain) -> str:
    """A complete Python script that reads a WAV, does what `render` does with this setting or chain, and writes a WAV.

    It needs pedalboard, pyloudnorm and soundfile. Its arguments: the file to read, the file to write (32-bit float).
    Rate and channels stay; more than two channels are averaged, where the app plays each, and a rate below 24 kHz is
    refused, where the app brings it there.
    """
    calls = [_call(plugin) for plugin in setting.plugins()]
    names = re.findall(r"(?<![\w.])([A-Z]\w*)(?=[(.])", " ".join(calls))  # classes, and those that own a choice
    return _SETTING.format(
        text=_told(setting),
        name=file_name(setting),
        imports=", ".join(sorted({"Pedalboard", *names})),
        reference=REFERENCE_LUFS,
        rise=MOST_RISE,
        level=f"{setting.level_db:.9g}",
        silent=SILENT,
        quiet=QUIET_LUFS,
        offset=OFFSET,
        click_s=CLICK_S,
        click_least=CLICK_LEAST,
        least=SAMPLE_RATE,
        seconds=MIN_SECONDS,
        plugins="\n".join(f"        {call}," for call in calls),
    )


def file_name(setting: Setting | Chain) -> str:
    """What a file of it is called, without an ending: its effects in signal order, "overdrive-delay"."""
    return "-".join(setting.effects) or "bypass"


def _told(setting: Setting | Chain) -> str:
    """What the script says of itself: of a chain a line for each setting."""
    if len(setting.settings) == 1:
        return f"{setting.settings[0].text}: the sound that LatentFX plays for this setting."
    lines = [f"{number}. {own.text}" for number, own in enumerate(setting.settings, 1)]
    return "\n".join(("The sound that LatentFX plays for this chain, in signal order:", "", *(lines or ["No effect"])))


def morph_as_code() -> str:
    """A complete Python script that plays a score, alone or in an exported path (see core.paths.path_file), on dry
    WAV files.

    It needs numpy, pedalboard and soundfile. Its arguments: score or path, dry sound or those of A and B, file to write
    (32-bit float). Its core is the source of `core.effects.score` and `core.effects.live`, so it computes what the app
    computes.
    """
    sources = [_source(module) for module in (score, live)]
    imports = sorted({"import json", "import sys", "import soundfile", *(line for own, _ in sources for line in own)})
    standard = [line for line in imports if line.split()[1].split(".")[0] in sys.stdlib_module_names]
    others = [line for line in imports if line not in standard]
    head = _MORPH_HEAD.format(version=live.pedalboard.__version__)
    blocks = (head, "\n".join(standard), "\n".join(others), *(f"{code}\n" for _, code in sources))
    return "\n\n".join(blocks) + _MORPH_TAIL


def _source(module: ModuleType) -> tuple[list[str], str]:
    """The imports of a module, but those of ours, and its source below them, with what it says of itself as comment."""
    _, notes, source = inspect.getsource(module).split('"""', 2)
    lines = source.splitlines()
    imports = [number for number, line in enumerate(lines) if line.startswith(("import ", "from "))]
    foreign = [lines[number] for number in imports if not lines[number].startswith("from core.")]
    comment = "\n".join(f"# {line}".rstrip() for line in notes.strip().splitlines())
    return foreign, comment + "\n" + "\n".join(lines[imports[-1] + 1 :]).rstrip()


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
