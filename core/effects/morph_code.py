"""A morph as a program of its own: what `automate` does, without this project."""

import inspect

from core.effects import live

_HEAD = '''"""The morph that LatentFX wrote down in a path file: the same sound, bit for bit.

pip install numpy pedalboard soundfile
python morph.py path.json dry.wav wet.wav          one dry sound all the way
python morph.py path.json dry_a.wav dry_b.wav wet.wav

The dry sounds are those exported beside the path: one channel, 24 kHz, 32-bit float. The wet one is written alike.
Bit for bit holds on one machine with one version of pedalboard ({version} when this was written).
"""

import hashlib
import json
import sys

import soundfile

'''

_TAIL = '''

def read(file, end):
    """A dry sound (time,); a word of warning where it is not the one that the path was made with."""
    try:
        audio, rate = soundfile.read(file, dtype="float32")
    except (soundfile.LibsndfileError, OSError) as error:
        sys.exit(f"{file} cannot be read as a sound: {error}")
    if rate != RATE or audio.ndim != 1:
        sys.exit(f"{file} has {rate} Hz and shape {audio.shape}; please give one channel at {RATE} Hz.")
    if hashlib.sha256(audio.tobytes()).hexdigest() != end.get("sha256"):
        print(f"{file} is not the recording that the path was made with: levels may differ.", file=sys.stderr)
    return audio


def main(arguments):
    if len(arguments) not in (3, 4):
        sys.exit(__doc__)
    try:
        with open(arguments[0], encoding="utf-8") as file:
            path = json.load(file)
        if not str(path["format"]).startswith("latentfx-path/") or path["score"] is None:
            sys.exit(f"{arguments[0]} holds no score; please export the path of a re-rendered morph.")
        drys = [read(file, end) for file, end in zip(arguments[1:-1], path["ends"])]
        wet = play(path["score"], drys)
    except (OSError, RecursionError, TypeError, KeyError, ValueError) as error:
        sys.exit(f"This morph cannot be played: {error}")
    soundfile.write(arguments[-1], wet, RATE, subtype="FLOAT")


main(sys.argv[1:])
'''


def morph_as_code() -> str:
    """A complete Python script that plays the score in an exported path (see `core.journey`) on dry WAV files.

    It needs numpy, pedalboard and soundfile. Its arguments: path, dry sound or those of A and B, file to write (32-bit
    float). Its core is the source of `core.effects.live`, so it computes what the app computes.
    """
    _, notes, source = inspect.getsource(live).split('"""', 2)
    head = _HEAD.format(version=live.pedalboard.__version__)
    imports, rest = source.lstrip().split("import pedalboard\n", 1)
    comment = "".join(f"# {line}".rstrip() + "\n" for line in notes.strip().splitlines())
    return f"{head}{imports}import pedalboard\n{comment}{rest}{_TAIL}"
