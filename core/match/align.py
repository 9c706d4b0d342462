"""How much later than the dry sound the wet one comes, and whether it is turned upside down."""

from dataclasses import dataclass

import numpy as np

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.deconvolution import even_floor, impulse_response

_REPEAT = int(0.7 * SAMPLE_RATE)  # an echo may be louder than what it repeats, but comes this much later at most
_LONGEST, _AROUND = 20 * SAMPLE_RATE, 30 * SAMPLE_RATE
_LEAST = int(0.5 * SAMPLE_RATE)
_SURE = 15.0  # times the mean; unrelated sounds reach 13, related ones begin at 30


@dataclass(frozen=True)
class Alignment:
    """lag: samples that wet comes later than dry (negative: earlier). inverted: whether its polarity is turned.
    sure: whether the two have a sound in common at all; without, lag is 0.
    """

    lag: int
    inverted: bool = False
    sure: bool = True


def alignment(dry: np.ndarray, wet: np.ndarray) -> Alignment:
    """Where wet (time,) lies against dry (time,), both at 24 kHz, as long as half a second or half of one is left.

    The first strong peak of the cross-correlation of the whitened sounds: an echo is louder than what it repeats at
    times, but never earlier. Of a long dry sound the loudest 20 s are looked for: nearby, then everywhere.
    """
    begin = loudest(dry, _LONGEST)
    part = dry[begin : begin + _LONGEST]
    near = slice(min(max(0, begin - _AROUND), max(0, len(wet) - _AROUND)), begin + len(part) + _AROUND)
    for place in (near, slice(0, len(wet))):
        found = _lag(part, wet[place])
        if found.sure:
            return Alignment(found.lag + place.start - begin, found.inverted)
        if place.start == 0 and len(wet) <= near.stop:
            break
    return Alignment(0, sure=False)


def _lag(dry: np.ndarray, wet: np.ndarray) -> Alignment:
    response = impulse_response(dry, wet, even_floor)
    least = min(_LEAST, min(len(dry), len(wet)) // 2)
    latest, earliest = len(wet) - least, len(dry) - least
    around = np.concatenate([response[len(response) - earliest :], response[: latest + 1]])
    size = np.abs(around)
    top = int(size.argmax())
    start = max(0, top - _REPEAT)
    first = start + int((size[start : top + 1] > 0.4 * size[top]).argmax())
    peak = first + int(size[first : first + 3].argmax())  # the peak itself, not its rise
    return Alignment(peak - earliest, bool(around[peak] < 0), bool(size[top] >= _SURE * size.mean()))


def residual(predicted: np.ndarray, wet: np.ndarray, most: int) -> tuple[int, bool]:
    """Samples, at most `most` either way, that wet (time,) comes later than what is thought to be the same sound, and
    whether it is turned upside down."""
    size = min(len(predicted), len(wet), 2 * SEGMENT)
    begin = loudest(predicted, size)
    # Differences: high frequencies tell samples apart, low ones hardly.
    p, w = np.diff(predicted[begin : begin + size], n=2), np.pad(np.diff(wet[begin : begin + size], n=2), most)
    found = np.correlate(w, p)
    at = int(np.abs(found).argmax())
    return at - most, bool(found[at] < 0)


def loudest(sound: np.ndarray, length: int) -> int:
    """Where the `length` samples of a sound (time,) begin that have the most to hear: each 0.1 s counts by its level in
    dB, down to 50 below the loudest; 0 for a shorter sound."""
    hop = SAMPLE_RATE // 10
    if len(sound) <= length + hop:
        return 0
    power = np.square(sound[: len(sound) // hop * hop].reshape(-1, hop)).mean(axis=1)
    heard = np.maximum(10 * np.log10(power / power.max() + 1e-5), -50) + 50
    sums = np.concatenate([[0.0], np.cumsum(heard)])
    blocks = length // hop
    return int((sums[blocks:] - sums[:-blocks]).argmax()) * hop
