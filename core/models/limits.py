"""What a configuration may ask for: it may come from a stranger, and must be refused before anything is built."""

import re
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

MOST_WEIGHTS = 160_000_000
"""Numbers in all tensors of a file; the largest model here, the report's, has 127 million."""

SPECTROGRAM = {"samples": (1024, 2**20), "fft": (64, 16384), "hop": (16, 8192)}
"""Ranges of a SpectrogramConfig: up to 43 s, which a page still decodes in a second."""

_LONGEST, _TEXT, _LARGEST = 256, 200, 2**31
_WORDS = {int: "whole number", float: "number", str: "short text", bool: "true or false", dict: "object"}


class CheckpointError(ValueError):
    """A checkpoint folder that cannot be used, with the file, the reason and the remedy in plain words."""


def check_types(kind: Any, raw: Any, name: str) -> None:
    """Raise ValueError unless raw, as JSON gives it, is of the annotated type `kind`, dataclasses field by field.

    Types come before ranges: `samples % hop` with a text for samples would already format gigabytes of text.
    """
    origin: Any = get_origin(kind)
    inner: Any = get_args(kind)
    if is_dataclass(kind):
        if not isinstance(raw, dict):
            raise ValueError(f"{name} holds no object")
        known = {field.name for field in fields(kind)}
        if unknown := sorted(set(raw) - known):
            raise ValueError(f"{name} has an unknown field {plain(unknown[0])}")
        for key, hint in get_type_hints(kind).items():
            if key in raw:
                check_types(hint, raw[key], key)
    elif origin is tuple:
        if not isinstance(raw, list | tuple) or len(raw) > _LONGEST:
            raise ValueError(f"{name} is no list of at most {_LONGEST}")
        for one in raw:
            check_types(inner[0], one, name)
    elif origin is UnionType:
        if raw is not None or NoneType not in inner:
            check_types(next(hint for hint in inner if hint is not NoneType), raw, name)
    elif origin is Literal:
        if raw not in inner:
            raise ValueError(f"{name} {plain(raw)} must be one of {', '.join(inner)}")
    elif not _is(kind, raw):
        raise ValueError(f"{name} {plain(raw)} is no {_WORDS[kind]}")


def _is(kind: Any, raw: Any) -> bool:
    """Whether raw is a short text, a yes or no, or a finite number of moderate size, as `kind` asks."""
    if kind in (int, float):
        whole = isinstance(raw, int) and not isinstance(raw, bool)
        return (whole or (kind is float and isinstance(raw, float))) and abs(raw) <= _LARGEST  # NaN is not
    return isinstance(raw, kind) and (not isinstance(raw, str) or len(raw) <= _TEXT)


def check_ranges(config: Any, **ranges: tuple[float, float]) -> None:
    """Raise ValueError unless each named field of config lies in its range, the ends included."""
    for name, (least, most) in ranges.items():
        if not least <= getattr(config, name) <= most:
            raise ValueError(f"{name} {getattr(config, name)} must lie in {least} ... {most}")


def plain(text: Any, most: int = 60) -> str:
    """A stranger's text, fit for a sentence: short, on one line, without what Markdown or a terminal would obey."""
    return re.sub(r"[^\w .,+-]", "?", str(text)[:most])
