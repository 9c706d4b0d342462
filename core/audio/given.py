"""Sounds and sample rates as scripts give them: taken as what they are, or refused in a sentence."""

from numbers import Real
from typing import Any

import numpy as np

from core.audio.reading import RATES_HZ, AudioError

_CHANNELS = 8


def as_array(given: Any) -> np.ndarray:
    """An array, a list or a tensor, also one that learns or lies on a GPU, as an array of the numbers that it holds."""
    if hasattr(given, "detach"):  # torch, which is not imported here
        given = given.detach().cpu()
        given = given.float() if given.is_floating_point() else given
    return np.asanyarray(given)


def as_floats(audio: Any, name: str) -> np.ndarray:
    """audio, an array, a list or a tensor of any shape, as float32; its level stays, of whole numbers, too.

    AudioError where that would lose some of it: unsigned whole numbers, whose silence is not 0, complex ones, masks;
    and for a list of rows of different lengths.
    """
    try:
        found = as_array(audio)
    except ValueError as error:
        raise AudioError(f"{name} has rows of different lengths. Please give one by one.") from error
    if found.dtype.kind not in "fi":
        raise AudioError(
            f"{name} holds numbers of the type {found.dtype}; floats or signed whole numbers are needed. Please "
            "convert it; of unsigned numbers take half their range away first."
        )
    if np.ma.is_masked(found):
        raise AudioError(f"{name} holds masked numbers. Please fill them.")
    with np.errstate(over="ignore"):  # what is too loud becomes infinite, which is refused where it is heard
        return np.asarray(found, dtype=np.float32)


def checked_sound(audio: Any, name: str = "The dry sound", channels: int = _CHANNELS) -> np.ndarray:
    """audio as float32, (time,) or (channel, time), of one sample at least; else AudioError, see `as_floats`.

    channels: the most that there may be.
    """
    found = as_floats(audio, name)
    if found.ndim not in (1, 2) or (found.ndim == 2 and not 1 <= len(found) <= channels):
        raise AudioError(
            f"{name} has shape {found.shape}; (time,) or (channel, time) is needed, with at most {channels} channels. "
            "Please put time last."
        )
    if not found.size:
        raise AudioError(f"{name} is empty. Please choose one with sound in it.")
    return found


def checked_rate(rate: Any) -> int:
    """A sample rate in Hz, whole and in RATES_HZ as those of files; else AudioError."""
    whole = isinstance(rate, Real) and not isinstance(rate, bool) and float(rate).is_integer()
    if not whole or not RATES_HZ[0] <= rate <= RATES_HZ[1]:
        raise AudioError(
            f"The sample rate is {rate!r}; a whole number of Hz is needed, {RATES_HZ[0]:,} to {RATES_HZ[1]:,}."
        )
    return int(rate)
