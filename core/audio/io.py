"""Read and write audio files; the only user of soundfile."""

import io
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile
import soxr

from core.audio import SAMPLE_RATE
from core.audio.repair import whole_mp3, whole_wav

MAX_SECONDS = 600.0
MAX_SAMPLES = 2**27
"""Of all channels together: ten minutes of stereo at 96 kHz, some two seconds of decoding."""
RATES_HZ = 2_000, 768_000
MAX_PEAK = 2.0**31
"""32-bit whole numbers stored as floats; squares of much more are beyond single precision."""
MIN_SECONDS = 0.1
FORMATS = "WAV, FLAC, OGG, MP3 or AIFF"
_BLOCK = 2**18
_CANCELLED = 1e-3  # of the loudest channel's peak
_MOST_REPAIRED = 2**26  # bytes; what is longer is not read to its end anyway
_LENGTH_UNKNOWN = 2**63 - 1  # what libsndfile says of a file that was streamed while it was made


class AudioError(ValueError):
    """A recording that cannot be used, with the reason and the remedy in plain words."""


class _Memory(io.BytesIO):
    """Bytes as a file for libsndfile, which, misled by a broken header, may seek to a place before its start."""

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return super().seek(max(offset, 0) if whence == io.SEEK_SET else offset, whence)


class _Stream(soundfile.SoundFile):
    """A file read from start to end: soundfile's seek after each block fails where a FLAC file's length is unknown."""

    def seekable(self) -> bool:
        return False


def read(source: str | Path | bytes | BinaryIO, name: str = "") -> np.ndarray:
    """Read a recording as float32 mono at 24 kHz, shape (time,), at its own level.

    Channels are averaged. Files at other rates are resampled (soxr, high quality). Files that hold more than their
    header says are read to their end, see core.audio.repair.
    Strangers' files are safe to read: only the named formats come near a decoder, what the header says is checked
    before anything is decoded, and what comes out is counted and mixed down block by block, as headers lie. So no
    file costs more than 200 MB beside its own bytes.

    source: path, encoded bytes or an open binary file. name: what messages call it (default: the path).
    Raises AudioError: unreadable, empty, shorter than 0.1 s, longer than 10 min, at an odd rate, not finite, silent,
    or of channels that cancel each other.
    """
    label = name or (str(source) if isinstance(source, str | Path) else "The recording")
    try:
        handle: str | Path | _Memory
        if isinstance(source, str | Path):
            with open(source, "rb") as start:
                head, handle = start.read(12), source
        else:
            handle = _Memory(source if isinstance(source, bytes) else source.read())
            head = handle.getvalue()[:12]
        if not _is_known(head):
            raise ValueError("neither of the formats")
        with _Stream(handle) as file:
            whole = _whole(handle, head, file, label)
            if whole is None:
                return check(_decode(file, label), label)
        with _Stream(_Memory(whole)) as file:
            return check(_decode(file, label), label)
    except (soundfile.LibsndfileError, OSError, ValueError, TypeError) as error:
        if isinstance(error, AudioError):
            raise
        raise AudioError(f"{label} is not a readable {FORMATS} file. Please export it again as WAV or FLAC.") from error


def _whole(handle: "str | Path | _Memory", head: bytes, file: soundfile.SoundFile, label: str) -> bytes | None:
    """The bytes of a file that holds more than its header says, with a true one; None for all others."""
    kind = "mp3" if file.format == "MP3" else "wav" if head.startswith(b"RIFF") and not file.frames else ""
    size = len(handle.getbuffer()) if isinstance(handle, _Memory) else Path(handle).stat().st_size
    if not kind or size > _MOST_REPAIRED:
        return None
    data = handle.getvalue() if isinstance(handle, _Memory) else Path(handle).read_bytes()
    try:
        return whole_mp3(data, file.frames) if kind == "mp3" else whole_wav(data)
    except ValueError as error:
        raise AudioError(f"{label} {error}.") from error


def _is_known(head: bytes) -> bool:
    """Whether a file starts as one of FORMATS does; libsndfile would try twenty more."""
    return (
        head.startswith((b"RIFF", b"RIFX", b"RF64", b"fLaC", b"OggS", b"ID3"))
        or (head.startswith(b"FORM") and head[8:11] == b"AIF")
        or (head.startswith(b"\xff") and head[1:2] >= b"\xe0")  # MPEG's sync word
    )


def _decode(file: soundfile.SoundFile, label: str) -> np.ndarray:
    """All of an open file as mono (time,) at 24 kHz; AudioError for one that is too long or at an odd rate."""
    rate, channels = file.samplerate, file.channels
    if not RATES_HZ[0] <= rate <= RATES_HZ[1]:
        raise AudioError(f"{label} has a sample rate of {rate:,} Hz. Please export it at 44,100 Hz.")
    most = min(int(MAX_SECONDS * rate), MAX_SAMPLES // channels)

    def too_much(frames: int, more: str = "") -> AudioError:
        return AudioError(
            f"{label} lasts {more}{frames / rate / 60:,.0f} min in {channels} channel(s) at {rate:,} Hz: too much to "
            f"load. Please cut it to {MAX_SECONDS / 60:.0f} min or less, in one or two channels at 48,000 Hz."
        )

    if most < file.frames < _LENGTH_UNKNOWN:
        raise too_much(file.frames)
    loudest = 0.0
    resampler = soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32")
    parts, frames = [], 0
    while len(block := file.read(max(_BLOCK // channels, 1), dtype="float32", always_2d=True)):
        frames += len(block)
        if frames > most:
            raise too_much(most, "more than ")
        with np.errstate(over="ignore", invalid="ignore"):  # check() refuses what comes out
            mono = block.mean(axis=1)
            loudest = max(loudest, float(np.abs(block).max()))
        parts.append(resampler.resample_chunk(mono))
    parts.append(resampler.resample_chunk(np.zeros(0, dtype=np.float32), last=True))
    mixed = np.concatenate(parts)
    if np.abs(mixed).max(initial=0.0) < _CANCELLED * loudest:
        raise AudioError(f"{label} has channels that cancel each other in the mix. Please export one of them alone.")
    return mixed


def check(audio: np.ndarray, name: str = "The recording") -> np.ndarray:
    """Return audio (time,) as float32, or raise AudioError where there is nothing to work with (see `read`)."""
    audio = np.ascontiguousarray(audio, dtype=np.float32)
    if audio.ndim != 1:
        raise AudioError(f"{name} has shape {audio.shape}; one channel, shape (time,), is needed.")
    if len(audio) < MIN_SECONDS * SAMPLE_RATE:
        raise AudioError(f"{name} is empty or shorter than {MIN_SECONDS} s. Please choose a longer one.")
    if not np.isfinite(audio).all():
        raise AudioError(f"{name} holds samples that are not numbers (NaN or infinity). Please export it again.")
    peak = max(audio.max(), -audio.min())
    if peak > MAX_PEAK:
        raise AudioError(f"{name} is {20 * np.log10(peak):.0f} dB over full scale. Please export it again.")
    if peak < 1e-4:
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
