"""Paths that play: those of path files, or one from the first effect to the second."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.clips import clip_segment, clips, load_clip
from core.audio.own import Own
from core.effects import Chain, Setting, render
from core.explorer import Explorer
from core.paths import arithmetic
from core.paths.interpolation import Interpolation
from core.paths.path_file import End, PathFile, PathFileError, fingerprint
from core.paths.route import Route
from pages.shared.figures.film_strip import film_strip
from pages.static.text import apart, lossless, script
from pages.widgets import morph

MOST = 12
"""Paths of one page, at most."""
_FIRST_STEPS = 3
_CLIP = "speech_en_f_allison"
_LABELS = {clip.name: clip.label for clip in clips()}
_TELL = {"transferred": "As decoded", "re-rendered": "Re-rendered", "crossfade": "Crossfade"}


@dataclass(frozen=True)
class Voice:
    """What a path sounds like. files: names of the scripts, the ends first."""

    label: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class Path:
    """A path as the page shows it. key: names it. strip: HTML. scripts: name -> bytes."""

    key: str
    title: str
    voices: tuple[Voice, ...]
    strip: str
    scripts: dict[str, bytes]


def default(explorer: Explorer) -> PathFile:
    """Over one recording from an effect to the next: Delay to Overdrive, as in the report, where both are known."""
    known = list(explorer.config.effects)
    names = [*(name for name in ("delay", "overdrive") if name in known), *known]
    dry = Own.of(load_clip(_CLIP)).lasting(SEGMENT, True).heard
    ends = [End(_CLIP, 0, Setting.all_at(name, 0.5), fingerprint(dry)) for name in dict.fromkeys(names)][:2]
    if len(ends) < 2:
        ends = [ends[0], replace(ends[0], setting=Setting.all_at(known[0], 0.9))]
    part = "effect" if "effect" in explorer.layout.names else None
    voice = "re-rendered" if "full" in explorer.controllers else "transferred"
    return PathFile(explorer.name, "default", tuple(ends), Route(part=part), voice)


def made(explorer: Explorer, file: PathFile, key: str) -> Path:
    """The path of a file, walked by this checkpoint; PathFileError, PathError or CheckpointError where it cannot be."""
    ends = _by_rule(file.heard) if file.route.kind == "difference" else file.heard
    pairs = [_pair(end, letter) for end, letter in zip(ends, "ABCD", strict=False)]
    path = explorer.interpolate(pairs, file.route)
    ends = ends[2:] if file.route.kind == "difference" else ends
    settings = [end.setting for end in ends if end.setting is not None]
    labels = _labels(path, ends)
    title = "  →  ".join(f"{_text(end)}" for end in ends)
    scripts: dict[str, bytes] = {}
    heard = [_voice(explorer, path, settings, name, labels, key, scripts) for name in _voices(file.voice)]
    config = explorer.spectrogram_config
    strip = film_strip(path, config.bin_hz(), config.frame_s, f"Spectrograms along the path {title}")
    return Path(key, title, tuple(heard), strip, scripts)


def _voices(own: str) -> tuple[str, ...]:
    """The path's own voice, and the two that it is to be compared with."""
    return tuple(dict.fromkeys((own, "transferred", "crossfade")))


def _voice(
    explorer: Explorer, path: Interpolation, settings: Sequence[Setting | Chain], name: str, labels: Sequence[str],
    key: str, scripts: dict[str, bytes],
) -> Voice:  # fmt: skip
    """A voice of a path; its scripts are added to those that are there."""
    blends = explorer.blends(path, settings) if name == "re-rendered" else ()
    side = path.route.steps if path.route.kind == "corners" else 0
    short = name.replace(" ", "-")
    for number, steps in enumerate((path.order[:_FIRST_STEPS], path.order[_FIRST_STEPS:])):
        sounds = {f"{name}/{step}": explorer.voice(path, step, name, settings, blends) for step in steps}
        message = morph.pack(
            sounds, version=key, voice=name, labels=labels, samples=SEGMENT, rate=SAMPLE_RATE, side=side,
            position=(0.5, 0.5) if side else 0.0, strip=key, moves=0,
        )  # fmt: skip
        header, parts = apart(message)
        coded = [lossless(part, SAMPLE_RATE) for part in parts]
        header |= {"coded": [0, [levels for _, levels in coded]]}
        file = f"{key}-{short}-{number}"
        scripts[file] = script(file, header, [flac for flac, _ in coded])
    return Voice(_TELL.get(name, name.capitalize()), (f"{key}-{short}-0", f"{key}-{short}-1"))


def _by_rule(ends: Sequence[End]) -> tuple[End, ...]:
    """A, B and C of a difference, and D, what the knobs' rule makes of C; PathFileError where one is a ready pair."""
    settings = [end.setting for end in ends if end.setting is not None]
    if len(settings) < len(ends):
        raise PathFileError("An end of the path is a ready pair. Please give paths between recordings through effects.")
    return (*ends, replace(ends[2], setting=arithmetic.by_rule(*settings)))


def _pair(end: End, letter: str) -> tuple[np.ndarray, np.ndarray]:
    """Dry and wet sound (time,) of an end."""
    if end.clip not in _LABELS or end.setting is None:
        raise PathFileError(
            f"End {letter} of the path is no shipped recording through effects. Please give paths between those."
        )
    dry = clip_segment(end.clip, end.start) if end.start else load_clip(end.clip)
    for loop in (True, False):
        heard = Own.of(dry).lasting(SEGMENT, loop).heard
        if fingerprint(heard) == end.sha256:
            return heard, render(heard, end.setting)
    raise PathFileError(f"End {letter} of the path was made from another {end.clip}. Please export the path again.")


def _labels(path: Interpolation, ends: Sequence[End]) -> list[str]:
    """What each step is called: the ends by their sounds, the others by their number."""
    count = len(path.z)
    names = [f"step {step + 1}" for step in range(count)]
    side = path.route.steps - 1
    places = (0, side, count - 1 - side, count - 1) if path.route.kind == "corners" else (0, count - 1)
    for place, end in zip(places, ends, strict=True):
        names[place] = f"{_LABELS[end.clip]} · {_text(end)}"
    return names


def _text(end: End) -> str:
    return "" if end.setting is None else end.setting.text
