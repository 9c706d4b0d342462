"""Read and write audio files; the only user of soundfile."""

import io
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile
import soxr

from core.audio import SAMPLE_RATE

MAX_SECONDS = 600.0
MAX_DECODED_BYTES = 512 * 2**20
MIN_SECONDS = 0.1
FORMATS = "WAV, FLAC, OGG, MP3 or AIFF"


class AudioError(ValueError):
    """A recording that cannot be used, with the reason and the remedy in plain words."""


def read(source: str | Path | bytes | BinaryIO, name: str = "") -> np.ndarray:
    """Read a recording as float32 mono at 24 kHz, shape (time,), at its own level.

    Channels are averaged. Files at other rates are resampled (soxr, high quality).
    The header is checked before anything is decoded, so that a lying or an hour-long file costs no memory.

    source: path, encoded bytes or an open binary file. name: what messages call it (default: the path).
    Raises AudioError: unreadable, empty, shorter than 0.1 s, longer than 10 min, not finite, or silent.
    """
    label = name or (str(source) if isinstance(source, str | Path) else "The recording")
    handle = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        with soundfile.SoundFile(handle) as file:
            seconds = file.frames / file.samplerate
            if seconds > MAX_SECONDS or file.frames * file.channels * 4 > MAX_DECODED_BYTES:
                raise AudioError(
                    f"{label} lasts {seconds / 60:.0f} min in {file.channels} channel(s): too much to load. "
                    f"Please cut it to {MAX_SECONDS / 60:.0f} min or less."
                )
            samples = file.read(dtype="float32", always_2d=True)
            rate = file.samplerate
    except (soundfile.LibsndfileError, OSError, ValueError, TypeError) as error:
        if isinstance(error, AudioError):
            raise
        raise AudioError(f"{label} is not a readable {FORMATS} file. Please export it again as WAV or FLAC.") from error
    return check(soxr.resample(samples.mean(axis=1), rate, SAMPLE_RATE) if len(samples) else samples[:, 0], label)


def check(audio: np.ndarray, name: str = "The recording") -> np.ndarray:
    """Return audio (time,) as float32, or raise AudioError where there is nothing to work with (see `read`)."""
    audio = np.ascontiguousarray(audio, dtype=np.float32)
    if audio.ndim != 1:
        raise AudioError(f"{name} has shape {audio.shape}; one channel, shape (time,), is needed.")
    if len(audio) < MIN_SECONDS * SAMPLE_RATE:
        raise AudioError(f"{name} is empty or shorter than {MIN_SECONDS} s. Please choose a longer one.")
    if not np.isfinite(audio).all():
        raise AudioError(f"{name} holds samples that are not numbers (NaN or infinity). Please export it again.")
    if np.abs(audio).max() < 1e-4:
        raise AudioError(f"{name} is silent (peak below -80 dB). Please choose one with sound in it.")
    return audio


def encode(audio: np.ndarray, kind: str = "wav") -> bytes:
    """Encode audio (time,) at 24 kHz as the bytes of a 16-bit "wav" or "flac" file, at its own level.

    Samples beyond full scale are clipped; at the reference loudness of -23 LUFS there are 20 dB of headroom.
    """
    buffer = io.BytesIO()
    soundfile.write(buffer, np.clip(audio, -1.0, 1.0), SAMPLE_RATE, format=kind.upper(), subtype="PCM_16")
    return buffer.getvalue()


def encode_exactly(audio: np.ndarray) -> bytes:
    """Encode audio (time,) at 24 kHz as the bytes of a WAV file of 32-bit floats, bit for bit."""
    buffer = io.BytesIO()
    soundfile.write(buffer, np.asarray(audio, dtype=np.float32), SAMPLE_RATE, format="WAV", subtype="FLOAT")
    return buffer.getvalue()
