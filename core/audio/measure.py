"""Measures of sound: level, loudness, brightness, distances in dB."""

import numpy as np
from pyloudnorm import Meter

from core.audio import SAMPLE_RATE
from core.audio.stft import stft

REFERENCE_LUFS = -23.0
"""Loudness every pair is brought to (EBU R 128), so that no latent can live on level."""

FLOOR_DB = -70.0
"""Magnitudes below count as silence in every score and picture: 47 dB under the reference loudness, where recordings
hold their own noise."""

QUIET_LUFS = -55.0  # as a whole; its pauses are 15 dB below at most, where the standard's gate begins
SILENT = 1e-7
_WHOLE_S = 60  # longer sounds are measured in pieces
_FFT = 2048


def loudness_lufs(audio: np.ndarray, sample_rate: int = SAMPLE_RATE) -> float:
    """Integrated loudness of audio, (time,) or (channel, time), in LUFS (ITU-R BS.1770-4, by pyloudnorm).

    -inf below a peak of -140 dB. Of channels the mean counts, not the sum: a sound in two equal channels is as loud as
    in one. Clips shorter than the standard's 0.4 s block are repeated until they fill one. The standard takes all below
    -70 LUFS for a pause; here a recording that is so quiet as a whole is measured as if it were turned up. So
    a sound that fades for long is not exactly as much softer as it is turned down: a bell by 20 dB is 1.1 dB louder.
    Silence around a sound, which nobody hears, changes nothing.
    """
    audio = _sounding(audio, sample_rate // 10)
    peak = float(max(audio.max(initial=0.0), -audio.min(initial=0.0)))
    if not SILENT < peak < np.inf:
        return -np.inf
    found = _integrated(audio, sample_rate)
    if found > QUIET_LUFS or peak >= 1:
        return found
    up = 2.0 ** -np.floor(np.log2(peak))  # a power of two: no sample is rounded
    return _integrated(audio * audio.dtype.type(up), sample_rate) - 20 * float(np.log10(up))


def _integrated(audio: np.ndarray, sample_rate: int) -> float:
    """Loudness of audio, (time,) or (channel, time), by the letter of the standard."""
    shortest = int(Meter(sample_rate).block_size * sample_rate) + 1
    if audio.shape[-1] < shortest:
        audio = np.stack([np.resize(channel, shortest) for channel in np.atleast_2d(audio)])
    channels = np.atleast_2d(audio)
    with np.errstate(divide="ignore"):
        if len(channels) == 1 and audio.shape[-1] <= _WHOLE_S * sample_rate:
            return float(Meter(sample_rate).integrated_loudness(channels[0]))
        power = np.mean([_block_powers(channel, sample_rate) for channel in channels], axis=0)
        loud = power[power > 10 ** (-7 + 0.0691)]
        return float(-0.691 + 10 * np.log10(loud[loud > loud.mean() / 10].mean())) if len(loud) else -np.inf


def _block_powers(channel: np.ndarray, sample_rate: int) -> np.ndarray:
    """Weighted power (block,) of the standard's blocks of 0.4 s, one each 0.1 s, in a channel (time,) of any length.

    pyloudnorm takes 30 bytes a sample; so a long sound comes in pieces, each with a block before it for the filters.
    """
    hop = round(0.1 * sample_rate)
    found: list[float] = []
    for start in range(0, len(channel) - 4 * hop + 1, _WHOLE_S * 10 * hop):
        before, meter = min(start, 4 * hop), Meter(sample_rate)
        meter.integrated_loudness(channel[start - before : start + (_WHOLE_S * 10 + 3) * hop])
        found += meter.blockwise_loudness[before // hop :]
    return 10 ** ((np.array(found) + 0.691) / 10)


def _sounding(audio: np.ndarray, least: int) -> np.ndarray:
    """audio (..., time) without what lies before its first and behind its last sample above -140 dB of its peak.

    A click keeps `least` samples: repeated, it would become a tone.
    """
    level = np.abs(audio).reshape(-1, audio.shape[-1]).max(axis=0, initial=0.0)
    heard = level > SILENT * level.max(initial=0.0)
    if not heard.any():
        return audio
    inner = audio[..., int(heard.argmax()) : len(heard) - int(heard[::-1].argmax())]
    missing = max(least - inner.shape[-1], 0)
    return np.pad(inner, [(0, 0)] * (inner.ndim - 1) + [(0, missing)]) if missing else inner


def gain_to(audio: np.ndarray, target_lufs: float = REFERENCE_LUFS, sample_rate: int = SAMPLE_RATE) -> float:
    """Linear gain that brings audio, (time,) or (channel, time), to target_lufs; 1.0 where it has no loudness."""
    loudness = loudness_lufs(audio, sample_rate)
    return 1.0 if not np.isfinite(loudness) else float(10 ** ((target_lufs - loudness) / 20))


def to_db(magnitude: np.ndarray, floor_db: float = FLOOR_DB) -> np.ndarray:
    """Magnitudes as 20 log10, no lower than floor_db."""
    return 20 * np.log10(np.maximum(magnitude, 10 ** (floor_db / 20)))


def rmse_db(a: np.ndarray, b: np.ndarray, floor_db: float = FLOOR_DB) -> float:
    """Root mean square difference of two magnitude arrays of one shape in dB, both limited to floor_db."""
    return float(np.sqrt(np.mean((to_db(a, floor_db) - to_db(b, floor_db)) ** 2)))


def _magnitudes(audio: np.ndarray) -> np.ndarray:
    """STFT magnitudes (frame, bin) of audio (time,), 85 ms a frame; shorter sounds end in silence."""
    return np.abs(stft(np.pad(audio, (0, max(0, _FFT - len(audio)))), _FFT, _FFT // 4))


def spectral_distance_db(a: np.ndarray, b: np.ndarray, floor_db: float = FLOOR_DB) -> float:
    """Log-spectral distance in dB of two signals (time,): rmse_db of their STFT magnitudes, cut to the shorter one.

    0 for equal signals; some 8 dB between two takes of one noise. Gray & Markel 1976, pooled over all frames.
    """
    length = min(len(a), len(b))
    return rmse_db(_magnitudes(a[:length]), _magnitudes(b[:length]), floor_db)


def brightness_hz(audio: np.ndarray) -> float:
    """Spectral centroid in Hz of the mean power spectrum of audio (time,); 0 for silence. Peeters 2004."""
    power = (_magnitudes(audio) ** 2).mean(axis=0)
    total = power.sum()
    return float((power * np.linspace(0, SAMPLE_RATE / 2, len(power))).sum() / total) if total > 0 else 0.0
