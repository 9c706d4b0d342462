"""How pairs come about where people make them: late, louder, at other rates, out of a running take, through codecs."""

import io
from dataclasses import dataclass

import numpy as np
import scipy.signal
from pedalboard.io import AudioFile

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.io import read
from core.audio.measure import gain_to
from core.audio.rate import resampled
from core.effects import Chain, Setting, render

LONGEST_LEAD = 3 * SAMPLE_RATE
"""Samples of a take that may lie before the part that is brought."""

_RATES = (44_100, 48_000)
_LEAST_S = 1.0
_CODECS = (("mp3", 64), ("mp3", 96), ("mp3", 128), ("mp3", 192), ("ogg", 64), ("ogg", 128))
_CODEC_RATE = 44_100
_SILENT = 1e-4  # 80 dB below full scale: nothing that a file would keep


@dataclass(frozen=True)
class Way:
    """What becomes of a pair; the defaults: nothing, as in a laboratory.

    lead: samples of the take before the part that is brought, whose state and oscillators are then unknown. rate: in
    Hz, at which the effects are at work. seconds: of sound that is left. band_hz: edges of what the microphone hears.
    dry_noise_db, wet_noise_db: white noise against the sound. codec: format and kbit/s that wet goes through.
    gain_db, offset, inverted: of wet. late: samples that wet comes later.
    """

    lead: int = 0
    rate: int = SAMPLE_RATE
    seconds: float = SEGMENT / SAMPLE_RATE
    band_hz: tuple[float, float] | None = None
    dry_noise_db: float | None = None
    wet_noise_db: float | None = None
    codec: tuple[str, int] | None = None
    gain_db: float = 0.0
    offset: float = 0.0
    inverted: bool = False
    late: int = 0

    @classmethod
    def draw(cls, generator: np.random.Generator) -> "Way":
        """One of four pairs comes from a laboratory; of the others each thing happens to one in a few."""
        lab = generator.random() < 0.25
        happens = generator.random(10) < (0.4, 0.35, 0.25, 0.2, 0.2, 0.3, 0.12, 0.35, 0.1, 0.3)
        lead, rate, short, band, dry_noise, wet_noise, codec, gain, offset, late = happens & (not lab)
        low, high = float(generator.uniform(40, 200)), float(np.exp(generator.uniform(np.log(3500), np.log(11_000))))
        return cls(
            lead=int(generator.integers(1, LONGEST_LEAD)) if lead else 0,
            rate=int(generator.choice(_RATES)) if rate else SAMPLE_RATE,
            seconds=float(generator.uniform(_LEAST_S, SEGMENT / SAMPLE_RATE)) if short else cls.seconds,
            band_hz=(low, high) if band else None,
            dry_noise_db=float(generator.uniform(-70, -40)) if dry_noise else None,
            wet_noise_db=float(generator.uniform(-70, -40)) if wet_noise else None,
            codec=_CODECS[generator.integers(len(_CODECS))] if codec else None,
            gain_db=float(generator.uniform(-12, 6)) if gain else 0.0,
            offset=float(generator.uniform(-0.02, 0.02)) if offset else 0.0,
            inverted=bool(generator.random() < 0.15) and not lab,
            late=int(generator.integers(-20, 201)) if late else 0,
        )


def bring(take: np.ndarray, chain: Chain | Setting, way: Way, generator: np.random.Generator) -> np.ndarray:
    """Dry and wet (2, SEGMENT), float32, of a take (way.lead + SEGMENT,) at 24 kHz, dry at -23 LUFS."""
    if way.band_hz is not None:
        band = scipy.signal.butter(2, way.band_hz, "bandpass", fs=SAMPLE_RATE, output="sos")
        take = scipy.signal.sosfilt(band, take).astype(np.float32)
    take = take * np.float32(gain_to(take))
    wet = render(take, chain) if way.rate == SAMPLE_RATE else _at(take, chain, way.rate)
    dry, wet = take[way.lead :], wet[way.lead :]
    kept = int(way.seconds * SAMPLE_RATE)
    dry, wet = _faded(dry, kept), _faded(wet, kept)
    wet = _coded(wet, *way.codec) if way.codec and np.abs(wet).max() > _SILENT else wet
    wet = wet * np.float32((-1 if way.inverted else 1) * 10 ** (way.gain_db / 20))
    dry, wet = _noisy(dry, way.dry_noise_db, generator), _noisy(wet, way.wet_noise_db, generator)
    wet = _later(wet + np.float32(way.offset), way.late)
    whole = not way.lead and way.seconds == Way.seconds
    return np.stack([dry, wet]) * np.float32(1 if whole else gain_to(dry))


def _at(take: np.ndarray, chain: Chain | Setting, rate: int) -> np.ndarray:
    """What the effects make of a take at another rate."""
    wet = resampled(render(resampled(take, SAMPLE_RATE, rate), chain, rate), rate, SAMPLE_RATE)
    return _as_long(wet, len(take))


def _faded(sound: np.ndarray, kept: int) -> np.ndarray:
    """A sound of which some is left."""
    out = sound.copy()
    out[kept:] = 0
    return out


def _noisy(sound: np.ndarray, level_db: float | None, generator: np.random.Generator) -> np.ndarray:
    if level_db is None:
        return sound
    size = 10 ** (level_db / 20) * np.sqrt(np.square(sound).mean())
    return sound + size * generator.standard_normal(len(sound), np.float32)


def _later(sound: np.ndarray, late: int) -> np.ndarray:
    if late < 0:
        return _as_long(sound[-late:], len(sound))
    return np.concatenate([np.zeros(late, np.float32), sound])[: len(sound)]


def _as_long(sound: np.ndarray, length: int) -> np.ndarray:
    return np.pad(sound[:length], (0, max(0, length - len(sound))))


def _coded(sound: np.ndarray, kind: str, quality: int) -> np.ndarray:
    """A sound through a file of a codec, without what its encoder puts before it."""
    encoded = io.BytesIO()
    with AudioFile(encoded, "w", samplerate=_CODEC_RATE, num_channels=1, format=kind, quality=quality) as file:
        file.write(resampled(sound, SAMPLE_RATE, _CODEC_RATE)[None])
    return _as_long(read(encoded.getvalue()), len(sound))
