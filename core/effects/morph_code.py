"""A morph as a program of its own: what `automate` does, without this project."""

import inspect

from core.effects import live

_HEAD = '''"""The morph that LatentFX wrote down in a path or a score: the same sound, bit for bit.

pip install numpy pedalboard soundfile
python morph.py path.json dry.wav wet.wav          one dry sound all the way
python morph.py path.json dry_a.wav dry_b.wav wet.wav

The dry sounds are those exported beside the file: one channel, 24 kHz, 32-bit float. The wet one is written alike.
Bit for bit holds on one machine with one version of pedalboard ({version} when this was written).
"""

import json
import sys
'''

_TAIL = '''

def read(file):
    """A dry sound (time,)."""
    try:
        audio, rate = soundfile.read(file, dtype="float32")
    except (soundfile.LibsndfileError, OSError) as error:
        sys.exit(f"{file} cannot be read as a sound: {error}")
    if rate != RATE or audio.ndim != 1:
        sys.exit(f"{file} has {rate} Hz and shape {audio.shape}; please give one channel at {RATE} Hz.")
    return audio


def main(arguments):
    if len(arguments) not in (3, 4):
        sys.exit(__doc__)
    try:
        with open(arguments[0], encoding="utf-8") as file:
            score = json.load(file)
        if isinstance(score, dict) and "score" in score:
            score = score["score"]  # of a path
        check(score)
        drys = [read(file) for file in arguments[1:-1]]
        wet = play(score, drys)
    except (OSError, RecursionError, ValueError) as error:
        sys.exit(f"This morph cannot be played: {error}")
    if [fingerprint(dry) for dry in drys] != score["drys"]:
        print("These are not the recordings that the morph was made with: levels may differ.", file=sys.stderr)
    soundfile.write(arguments[-1], wet, RATE, subtype="FLOAT")


main(sys.argv[1:])
'''


def morph_as_code() -> str:
    """A complete Python script that plays a score, alone or in an exported path (see core.paths.path_file), on dry
    WAV files.

    It needs numpy, pedalboard and soundfile. Its arguments: score or path, dry sound or those of A and B, file to write
    (32-bit float). Its core is the source of `core.effects.live`, so it computes what the app computes.
    """
    _, notes, source = inspect.getsource(live).split('"""', 2)
    head = _HEAD.format(version=live.pedalboard.__version__)
    imports, rest = source.lstrip().split("import pedalboard\n", 1)
    comment = "".join(f"# {line}".rstrip() + "\n" for line in notes.strip().splitlines())
    return f"{head}{imports}import pedalboard\nimport soundfile\n\n{comment}{rest}{_TAIL}"
