"""Traces of an effect in a pair: matched measurements, each made for one family of effects.

Where `core.audio.views` pools, this looks closely: a repeat's time to the sample, a modulation's rate, a compressor's
curve. What an effect of another family makes of a measurement is meaningless but repeatable, which tells as well.
"""

from functools import lru_cache
from itertools import pairwise

import numpy as np
import scipy.fft
from pedalboard import Compressor

from core.audio import SAMPLE_RATE
from core.audio.measure import loudness_lufs

TRACES = 804
"""How many numbers `traces` gives."""

_TINY = 1e-9
_ECHO = 65_536  # samples of an impulse response that are looked at: 2.7 s
_HOP = 64  # samples: 2.7 ms, shorter than a compressor's release
_RELEASES_MS = np.geomspace(18, 550, 10)
_THRESHOLDS_DB = np.arange(-54.0, -15.0, 1.5)
_DRIVES_DB = np.arange(2.0, 48.0, 4.0)
_CUTOFFS_HZ = np.geomspace(500, 11_000, 32)
_RATES_HZ = np.geomspace(0.12, 9.0, 96)
_DECAY_BANDS_HZ = ((150, 600), (600, 1500), (1500, 3500), (3500, 7000), (7000, 11_500))
_BANDS = 24


def traces(dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
    """Traces (trace,) of what turned dry into wet, both (time,), float32 at 24 kHz, dry at the reference loudness.

    Finite for any finite sound, silence included. On the whole of the order of 1.
    """
    dry, wet = np.asarray(dry, dtype=np.float32), np.asarray(wet, dtype=np.float32)
    parts = (_echoes(dry, wet), _bands(dry, wet), _short_echoes(dry, wet), _dynamics(dry, wet), _clipping(dry, wet))
    found = np.concatenate([*parts, _steps(wet), _level(dry, wet)])
    return np.clip(np.nan_to_num(found), -10, 10).astype(np.float32)


def impulse_response(dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
    """Response (2 * time,) that makes wet of dry, both (time,); negative times are its end.

    A deconvolution over twice the length, so that nothing wraps round. Its regularisation follows the spectrum: there
    is no noise to fear, only what the end of the segment cuts off.
    """
    size = scipy.fft.next_fast_len(2 * len(dry), real=True)
    d, w = scipy.fft.rfft(dry, size), scipy.fft.rfft(wet, size)
    power = d.real**2 + d.imag**2
    local = np.convolve(np.add.reduceat(power, np.arange(0, len(power), 256)) / 256, np.ones(9) / 9, "same")
    floor = 0.03 * np.repeat(local, 256)[: len(power)] + 1e-4 * power.mean() + _TINY
    return scipy.fft.irfft(w * d.conj() / (power + floor), size)


def _echoes(dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
    """Delay and reverb: the strongest repeat, its time and its own repeats; decay of the response in bands."""
    response = impulse_response(dry, wet)
    size_s = np.abs(response[: 2 * SAMPLE_RATE])
    first, last = int(0.045 * SAMPLE_RATE), int(0.64 * SAMPLE_RATE)
    time = first + int(size_s[first:last].argmax())

    def near(place: int) -> float:
        return float(size_s[max(0, place - 4) : place + 5].max(initial=0.0))

    direct, repeats = near(4), [near(time * turn) for turn in (1, 2, 3)]
    usual = float(np.median(size_s[first:last]))
    ratio = repeats[0] / (direct + _TINY)
    again = [min(b / (a + _TINY), 2.0) for a, b in pairwise(repeats)]
    clear = np.log10(repeats[0] / (usual + _TINY) + _TINY)
    found = [_unit(time / SAMPLE_RATE, 0.05, 0.6), ratio / (1 + ratio), *again, np.clip(clear, -2, 4)]

    spectrum = scipy.fft.rfft(response[:_ECHO])
    hz = np.linspace(0, SAMPLE_RATE / 2, len(spectrum))
    edges = (np.geomspace(0.012, 1.7, 19) * SAMPLE_RATE).astype(int)
    centre_s = np.sqrt(edges[1:] * edges[:-1]) / SAMPLE_RATE
    total = (response[: edges[0]] ** 2).sum() + _TINY
    out = [np.array(found)]
    for low, high in _DECAY_BANDS_HZ:
        band = scipy.fft.irfft(spectrum * ((hz >= low) & (hz < high)), _ECHO)
        energy = np.add.reduceat(band[: edges[-1]] ** 2, edges[:-1])
        own = (band[: edges[0]] ** 2).sum() + _TINY
        density = 10 * np.log10(energy / np.diff(edges) * edges[0] / own + 1e-8)
        slope, start = np.polyfit(centre_s[5:15], density[5:15], 1)
        out.append(np.array([slope / 60, start / 30, *(density / 40), np.log10(own / total + 1e-4)]))
    fine = np.concatenate([np.arange(0, 1200, 120), (np.geomspace(0.05, 1.5, 80) * SAMPLE_RATE).astype(int)])
    energy = np.add.reduceat(response[: fine[-1] + 1] ** 2, fine)[:-1]
    out.append(np.log10(energy / (energy.sum() + _TINY) + 1e-6))
    return np.concatenate(out)


def _bands(dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
    """Filters and phaser: the linear transfer from dry to wet, coherence, and how the ratio of bands sways over time.

    Sway: the rate whose first three harmonics hold most of it in all bands; each band's strength at that rate.
    """
    d, w = _stft(dry, 1024, 512), _stft(wet, 1024, 512)
    edges = np.unique(np.round(np.geomspace(80, 11_800, 57) / SAMPLE_RATE * 1024).astype(int))
    cross, own, other = (w * d.conj()).sum(0), (np.abs(d) ** 2).sum(0), (np.abs(w) ** 2).sum(0)
    linear = np.log10(np.abs(_pool(cross, edges)) / (_pool(own, edges) + _TINY) + 1e-4)
    power = np.log10(_pool(other, edges) / (_pool(own, edges) + _TINY) + 1e-6)
    coherent = _pool(np.abs(cross) ** 2 / (own * other + _TINY), edges) / np.diff(edges)
    coherence = np.log10(1 - np.clip(coherent, 0, 1) + 1e-4)

    edges = np.round(np.geomspace(150, 10_500, _BANDS + 1) / SAMPLE_RATE * 1024).astype(int)
    d_db, w_db = (10 * np.log10(_pool(np.abs(x) ** 2, edges) + 1e-7) for x in (d, w))  # (frame, band)
    active = (d_db > -55).astype(float)
    course = (w_db - d_db) * active
    count = active.sum(0) + _TINY
    mean = course.sum(0) / count
    course = (course - mean * active) / 10
    deviation = np.sqrt((course**2).sum(0) / count + 1e-6)
    by_level, quarter = course[d_db.mean(1).argsort()], len(course) // 4
    quiet, loud = by_level[:quarter].mean(0), by_level[-quarter:].mean(0)
    seconds = len(dry) / SAMPLE_RATE
    return np.concatenate([
        linear, power / 2, coherence, mean / 10, deviation, quiet, loud, _sway(course, seconds), [np.mean(deviation)],
    ])  # fmt: skip


def _sway(course: np.ndarray, seconds: float) -> np.ndarray:
    """Rate of the sway of a course (frame, band), its share of the whole, spectrum over rates, strength by band."""
    window = np.hanning(len(course))
    turns = [_turns(len(course), seconds, harmonic) for harmonic in (1, 2, 3)]
    spectra = [np.abs((course * window[:, None]).T @ turn) ** 2 for turn in turns]  # (band, rate)
    score = sum(spectrum.sum(0) for spectrum in spectra)
    best = int(score.argmax())
    energy = ((course * window[:, None]) ** 2).sum() * window.sum() / 4 + _TINY
    strength = [np.log10(np.sqrt(spectrum[:, best]) / len(course) + 1e-3) for spectrum in spectra[:2]]
    profile = np.log10(np.sqrt(score.reshape(-1, 2).mean(1)) / len(course) + 1e-3)
    return np.concatenate([[_unit(_RATES_HZ[best], 0.2, 6.0), score[best] / energy], profile, *strength])


@lru_cache(maxsize=16)
def _turns(frames: int, seconds: float, harmonic: int) -> np.ndarray:
    """exp(-2 pi i rate t), (frame, rate)."""
    time = (np.arange(frames) + 0.5) / frames * seconds
    return np.exp(-2j * np.pi * harmonic * _RATES_HZ * time[:, None])


def _short_echoes(dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
    """Chorus: the delay of a wavering copy, frame by frame; where it dwells, how far and how fast it swings."""
    d, w = _stft(dry, 2048, 1024), _stft(wet, 2048, 1024)
    power = np.abs(d) ** 2
    transfer = w * d.conj() / (power + 0.05 * power.mean(1, keepdims=True) + _TINY)
    response = scipy.fft.irfft(transfer, axis=1)[:, :480] ** 2  # 20 ms
    energy = response.reshape(len(d), 120, 4).sum(2)
    total = power.sum(1)
    active = (total > 1e-4 * total.max()).astype(float)
    share = energy / (energy.sum(1, keepdims=True) + _TINY)
    dwell = (share * active[:, None]).sum(0) / (active.sum() + _TINY)
    late = energy[:, 6:] ** 2
    delay_ms = (np.arange(6, 120) + 0.5) * 4 / SAMPLE_RATE * 1000
    centre = (late * delay_ms).sum(1) / (late.sum(1) + 1e-30)
    mean = (centre * active).sum() / (active.sum() + _TINY)
    swing = np.where(active > 0, centre - mean, 0.0)
    span = np.quantile(centre[active > 0] - mean, (0.03, 0.1, 0.9, 0.97)) if active.any() else np.zeros(4)
    clear = np.log10(late.max(1) / (late.sum(1) + 1e-30) + 1e-3) @ active / (active.sum() + _TINY)
    return np.concatenate([
        np.log10(dwell.reshape(60, 2).sum(1) + 1e-4), span / 5, [mean / 7, clear, swing.std() / 3],
        _sway(swing[:, None] / 3, len(dry) / SAMPLE_RATE),
    ])  # fmt: skip


def _dynamics(dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
    """Compressor: for a bank of release times the best static curve, a straight fall of gain above a threshold.

    The level that a release time gives is read off a real compressor: at a threshold far below any sound and a ratio
    of 2 it turns down by half the level.
    """
    count = len(dry) // _HOP
    a, b = dry[: count * _HOP].reshape(count, _HOP), wet[: count * _HOP].reshape(count, _HOP)
    peak = np.abs(a).argmax(1)[:, None]
    top, answer = (np.abs(np.take_along_axis(x, peak, 1)[:, 0]) for x in (a, b))
    use = (top > 1e-3) & (answer > 1e-6)
    if use.sum() < 16:
        return np.zeros(6 + 2 * len(_RELEASES_MS) + 24)
    gain_db = 20 * np.log10(answer[use] / top[use])
    gain_db = np.clip(gain_db, *np.quantile(gain_db, (0.01, 0.99)))
    found, levels = [], []
    for release_ms in _RELEASES_MS:
        follower = Compressor(threshold_db=-80, ratio=2, attack_ms=2, release_ms=float(release_ms))
        turned = np.asarray(follower(dry, SAMPLE_RATE))[: count * _HOP].reshape(count, _HOP)
        turned = np.abs(np.take_along_axis(turned, peak, 1)[:, 0])[use]
        level_db = -80 - 2 * 20 * np.log10(turned / top[use] + _TINY)
        over = np.maximum(level_db - _THRESHOLDS_DB[:, None], 0)  # (threshold, frame)
        over_mean, gain_mean = over.mean(1, keepdims=True), gain_db.mean()
        covariance = ((over - over_mean) * (gain_db - gain_mean)).mean(1)
        slope = covariance / (over.var(1) + 1e-6)
        left = gain_db.var() - covariance**2 / (over.var(1) + 1e-6)
        best = int(left.argmin())
        found.append((left[best], slope[best], _THRESHOLDS_DB[best]))
        levels.append(level_db)
    left, slope, threshold = np.array(found).T
    best = int(left.argmin())
    ratio = 1 / np.clip(1 + slope[best], 0.02, 2.0)
    edges = np.linspace(-60, 0, 25)
    place = np.clip(np.digitize(levels[best], edges) - 1, 0, 23)
    curve = np.bincount(place, gain_db, 24) / np.maximum(np.bincount(place, minlength=24), 1)
    profile = np.log10(left + 1e-3)
    return np.concatenate([
        [_unit(_RELEASES_MS[best], 20, 500), (threshold[best] + 50) / 32, slope[best], _unit(ratio, 2, 20),
         profile[best], np.log10(gain_db.var() + 1e-3)],
        profile - profile[best], slope, curve / 10,
    ])  # fmt: skip


def _clipping(dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
    """Overdrive: for a bank of drives the clipped dry sound against the wet one; the tone filter that is left over."""
    edges = np.round(np.geomspace(120, 11_000, _BANDS + 1) / SAMPLE_RATE * 1024).astype(int)
    hz = np.sqrt(edges[1:] * np.maximum(edges[:-1], 1)) * SAMPLE_RATE / 1024
    wet_db = 10 * np.log10(_pool(np.abs(_stft(wet, 1024, 1024)) ** 2, edges) + 1e-7)
    active = 10 * np.log10(_pool(np.abs(_stft(dry, 1024, 1024)) ** 2, edges) + 1e-7) > -50
    count = active.sum(0) + _TINY
    warp = np.tan(np.pi * np.minimum(hz, 11_500) / SAMPLE_RATE) / np.tan(np.pi * _CUTOFFS_HZ[:, None] / SAMPLE_RATE)
    filters = -10 * np.log10(1 + warp**2)  # first order, (cutoff, band)
    left, tones, curves = [], [], []
    for drive_db in _DRIVES_DB:
        clipped = np.tanh(dry * 10 ** (drive_db / 20))
        ratio = wet_db - 10 * np.log10(_pool(np.abs(_stft(clipped, 1024, 1024)) ** 2, edges) + 1e-7)
        mean = (ratio * active).sum(0) / count
        left.append(((ratio - mean) ** 2 * active).sum() / (active.sum() + _TINY))
        off = mean - filters
        weight = count / count.sum()
        off = ((off - (off * weight).sum(1, keepdims=True)) ** 2 * weight).sum(1)
        tones.append(int(off.argmin()))
        curves.append(mean - (mean * weight).sum())
    best = int(np.argmin(left))
    profile = np.log10(np.array(left) + 1e-2)
    return np.concatenate([
        [_DRIVES_DB[best] / 40, _unit(_CUTOFFS_HZ[tones[best]], 700, 9000), profile[best]],
        profile - profile[best], _unit(_CUTOFFS_HZ[tones], 700, 9000), curves[best] / 20, _level_map(dry, wet),
    ])  # fmt: skip


def _level_map(dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
    """Amplitude of wet by that of dry, in 16 steps of 4 dB."""
    place = np.clip((20 * np.log10(np.abs(dry) + 1e-5) + 64) / 4, 0, 15).astype(int)
    held = np.bincount(place, np.abs(wet), 16) / np.maximum(np.bincount(place, minlength=16), 1)
    return np.log10(held + 1e-4)


def _steps(wet: np.ndarray) -> np.ndarray:
    """Bitcrush: the rate at which samples change, its clearness, gaps between changes, and the smallest step."""
    change = np.abs(np.diff(wet)) > 1e-5
    places = np.flatnonzero(change)
    if len(places) < 16:
        return np.zeros(18)
    gaps = np.bincount(np.minimum(np.diff(places), 12), minlength=13)[1:] / len(places)
    size = scipy.fft.next_fast_len(len(change), real=True)
    comb = np.abs(scipy.fft.rfft(change.astype(float), size)) / len(places)
    fast = gaps[0] > 0.02  # two changes in a row: more than half as many steps as samples, the comb is an image
    lowest = int((7900 if fast else 2300) / SAMPLE_RATE * size)
    top = comb[lowest:].max()
    peak = lowest + int((comb[lowest:] > 0.75 * top).argmax())
    rate_hz = peak * SAMPLE_RATE / size
    rate_hz = SAMPLE_RATE - rate_hz if fast else rate_hz
    sizes = np.abs(wet[np.abs(wet) > 1e-6])
    small = np.quantile(sizes, 0.002) if len(sizes) else 1e-6
    held = 1 - len(places) / len(wet)
    return np.array([_unit(rate_hz, 2500, 16_000), top, held, np.log10(1 - held + 1e-2), np.log10(small), *gaps[:12],
                     float(fast)])  # fmt: skip


def _level(dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
    """Loudness of wet against dry, and crest factors."""
    change = loudness_lufs(wet) - loudness_lufs(dry) if dry.any() and wet.any() else 0.0
    crest = [np.log10((np.abs(x).max() + 1e-5) / (np.sqrt((x**2).mean()) + 1e-5)) for x in (dry, wet)]
    return np.array([np.clip(np.nan_to_num(change), -30, 30) / 9, *crest])


def stft_bands_db(audio: np.ndarray) -> np.ndarray:
    """Power of audio (time,) in dB above -60 dB, (frame, band): 21 ms a frame, some 60 bands from 80 Hz up."""
    audio = np.pad(audio, (0, max(0, 1024 - len(audio))))
    edges = np.unique(np.round(np.geomspace(80, 11_800, 65) / SAMPLE_RATE * 1024).astype(int))
    return 10 * np.log10(_pool(np.abs(_stft(audio, 1024, 512)) ** 2, edges) + 1e-6)


def _stft(audio: np.ndarray, size: int, hop: int) -> np.ndarray:
    """Hann STFT (frame, bin), a full-scale sine at 1."""
    frames = np.lib.stride_tricks.sliding_window_view(audio, size)[::hop]
    window = np.hanning(size)
    return scipy.fft.rfft(frames * (2 * window / window.sum()), axis=1)


def _pool(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Sums of values (..., bin) between edges."""
    return np.add.reduceat(values, edges, axis=-1)[..., :-1]


def _unit(value: np.ndarray | float, low: float, high: float) -> np.ndarray | float:
    """Where value lies between low and high, on a logarithmic scale."""
    return np.log(value / low) / np.log(high / low)
