"""Read and write audio files; with `decoders` the only user of soundfile."""

import io
import mmap
import os
import warnings
from contextlib import suppress
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile

from core.audio import SAMPLE_RATE
from core.audio.channels import centred, is_silent
from core.audio.containers.parts import parts
from core.audio.decoders import Undecodable, opened
from core.audio.given import as_array, as_floats, checked_sound
from core.audio.reading import EXPORT, FORMATS, LATEST_S, MAX_SECONDS, AudioError, NothingThere, Reading, TooLong

__all__ = [
    "ENDINGS", "FORMATS", "LATEST_S", "MAX_PEAK", "MAX_SECONDS", "MIN_SECONDS", "AudioError", "AudioNote", "Loaded",
    "NothingThere", "TooLong", "bytes_of", "check", "encode", "encode_exactly", "label_of", "length_s", "load",
    "read",
]  # fmt: skip

MAX_PEAK = 2.0**31
"""32-bit whole numbers stored as floats; squares of much more are beyond single precision."""
MIN_SECONDS = 0.1
ENDINGS = (
    ".wav", ".wave", ".bwf", ".rf64", ".w64", ".flac", ".ogg", ".oga", ".opus", ".spx", ".mp3", ".mp2", ".aif", ".aiff",
    ".aifc", ".caf", ".m4a", ".m4b", ".m4r", ".mp4", ".m4v", ".mov", ".3gp", ".3g2", ".aac", ".amr", ".awb", ".webm",
    ".weba", ".mkv", ".mka", ".wma", ".asf",
)  # fmt: skip
"""What names of files that can be read end in; what is in them decides."""
_MOST_CHANNELS = 1024  # that soundfile writes
_MOST_IN_MEMORY = 2**28  # bytes of a file; a larger one is mapped

Source = str | os.PathLike | bytes | bytearray | memoryview | BinaryIO


class _NoSource(ValueError):
    """What is given holds no recording: why, and the remedy, in words that go on after its name."""


class AudioNote(UserWarning):
    """What there is to say of a recording that was read: it ends early, its recorder crashed, its channels cancel."""


@dataclass(frozen=True)
class Loaded:
    """A recording (time,) at 24 kHz, and what there is to say of it, a sentence each.

    track: which of a film's sound tracks it is, from 1 on.
    """

    audio: np.ndarray
    notes: tuple[str, ...]
    track: int = 1


def read(source: Source, name: str = "", start_s: float = 0.0, seconds: float | None = None) -> np.ndarray:
    """Read a recording as `load` does; what there is to say of it becomes a warning, AudioNote."""
    loaded = load(source, name, start_s, seconds)
    for note in loaded.notes:
        warnings.warn(note, AudioNote, stacklevel=2)
    return loaded.audio


def load(source: Source, name: str = "", start_s: float = 0.0, seconds: float | None = None) -> Loaded:
    """Read a recording as float32 mono at 24 kHz, at its own level, without an offset; and what there is to say of it.

    Files are read to their end, whatever their header says (core.audio.containers); of those that break off, what is
    there; of a film's sound tracks, the first that sounds. Channels are averaged where nothing is lost in that
    (core.audio.channels). Files at other rates are resampled (soxr, high quality).
    Strangers' files are safe to read: only the named formats come near a decoder, what the header says is checked
    before anything is decoded, and what comes out is counted and mixed down block by block, as headers lie. So no
    file costs more than 200 MB beside its own bytes.

    source: path, encoded bytes, or an open binary file, from where it stands. name: what messages call it (default: the
    path). start_s, seconds: the stretch that is wanted, by default to the end; what lies before it is not decoded where
    the format allows it, and a file longer than 10 min can be read there.
    Raises AudioError: unreadable, empty, shorter than 0.1 s, longer than 10 min, at an odd rate, not finite or silent.
    """
    label = label_of(source, name)
    wanted_s = MAX_SECONDS if seconds is None else seconds
    numbers = isinstance(start_s, Real) and isinstance(wanted_s, Real)
    if not numbers or not 0 <= start_s < 1e7 or not MIN_SECONDS <= wanted_s <= MAX_SECONDS:
        begin, length = (f"{one:g}" if isinstance(one, Real) else repr(one) for one in (start_s, wanted_s))
        raise AudioError(
            f"{label} has no stretch of {length} s from {begin} s on. Please ask for "
            f"{MIN_SECONDS} to {MAX_SECONDS:.0f} s."
        )
    try:
        data = bytes_of(source)
    except _NoSource as error:
        raise AudioError(f"{label} {error}.") from error
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        why = getattr(error, "strerror", None) or error
        raise AudioError(f"{label} cannot be read ({why}). Please choose another file.") from error
    try:
        found = parts(data)
    except ValueError as error:
        raise AudioError(f"{label} {error}.") from error
    if not found:
        raise AudioError(f"{label} is not a readable {FORMATS} file. {EXPORT}.")
    reading = Reading(label, start_s, seconds)
    reading.look(found)
    for part in found:
        reading.take(part)
    audio, notes = reading.done(len(found))
    try:
        return Loaded(check(audio, label), tuple(f"{label} {note}." for note in notes), reading.track)
    except AudioError as error:
        raise AudioError(" ".join([str(error), *(f"It {note}." for note in notes)])) from error


def length_s(source: Source) -> float | None:
    """How long a recording says that it is, in seconds, without decoding it; None where that cannot be told."""
    total = 0.0
    try:
        for part in parts(bytes_of(source)):
            with opened(part) as decoder:
                total += part.claimed_s or decoder.seconds or np.nan
    except (Undecodable, ValueError, OSError):
        return None
    return float(total) if total > 0 else None  # not where one of them cannot be told, either


def bytes_of(source: Source) -> memoryview:
    """All bytes of a source, a large file's without reading them yet; OSError or ValueError where it has none."""
    if isinstance(source, str | os.PathLike):
        data = _file_bytes(Path(os.fsdecode(source)))
    elif isinstance(source, bytes | bytearray | memoryview):
        data = memoryview(source)
    elif hasattr(source, "read"):
        data = _stream_bytes(source)
    else:
        raise _NoSource(
            f"is no recording but of type {type(source).__name__}. Please give a path, bytes or an open binary file"
        )
    if not len(data):
        raise _NoSource("is empty (0 bytes). Please choose another one")
    return data.cast("B") if data.c_contiguous else memoryview(data.tobytes())


def _stream_bytes(source: BinaryIO) -> memoryview:
    data = source.read()
    if not isinstance(data, bytes | bytearray | memoryview):
        raise _NoSource(f"gives {type(data).__name__}, not bytes. Please open it as a binary file")
    with suppress(OSError, AttributeError):  # a pipe does not tell
        if not data and source.tell():
            raise _NoSource("stands at its end. Please call its seek(0)")
    return memoryview(data)


def _file_bytes(path: Path) -> memoryview:
    if path.exists() and not path.is_file():
        raise OSError("it is no file")  # to open a pipe would be to wait for ever
    with path.open("rb") as file:
        if path.stat().st_size <= _MOST_IN_MEMORY:
            return memoryview(file.read())
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def label_of(source: Source, name: str = "") -> str:
    """What messages call a recording: its name, or its path."""
    return str(name or (os.fsdecode(source) if isinstance(source, str | os.PathLike) else "The recording"))


def check(audio: np.ndarray, name: str = "The recording", silence: bool = False) -> np.ndarray:
    """audio (time,) as float32, without an offset; AudioError where there is nothing to work with (see `load`).

    silence: whether that will do, as for a wet sound.
    """
    audio = np.ascontiguousarray(as_floats(audio, name))
    if audio.ndim != 1:
        raise AudioError(f"{name} has shape {audio.shape}; one channel, shape (time,), is needed.")
    if len(audio) < MIN_SECONDS * SAMPLE_RATE:
        raise AudioError(f"{name} is empty or shorter than {MIN_SECONDS} s. Please choose a longer one.")
    if not np.isfinite(audio).all():
        raise AudioError(f"{name} holds samples that are not numbers (NaN or infinity). Please export it again.")
    peak = max(audio.max(), -audio.min())
    if peak > MAX_PEAK:
        raise AudioError(f"{name} is {20 * np.log10(peak):.0f} dB over full scale. Please export it again.")
    if not silence and is_silent(audio):
        raise AudioError(f"{name} is silent (peak below -80 dB). Please choose one with sound in it.")
    return centred(audio)


def encode(audio: np.ndarray, kind: str = "wav", rate: int = SAMPLE_RATE) -> bytes:
    """Encode audio, (time,) or (channel, time), as the bytes of a 16-bit "wav" or "flac" file, at its own level.

    Samples beyond full scale are clipped; at the reference loudness of -23 LUFS there are 20 dB of headroom.
    AudioError for what is no sound, or in whole numbers, whose full scale is not said.
    """
    buffer = io.BytesIO()
    soundfile.write(buffer, np.clip(_written(audio), -1.0, 1.0).T, rate, format=kind.upper(), subtype="PCM_16")
    return buffer.getvalue()


def encode_exactly(audio: np.ndarray, rate: int = SAMPLE_RATE) -> bytes:
    """Encode audio, (time,) or (channel, time), as the bytes of a WAV file of 32-bit floats, bit for bit.

    AudioError as `encode`.
    """
    buffer = io.BytesIO()
    soundfile.write(buffer, _written(audio).T, rate, format="WAV", subtype="FLOAT")
    return buffer.getvalue()


def _written(audio: np.ndarray) -> np.ndarray:
    """Sound as it is written, float32; see `encode`."""
    found = checked_sound(audio, "The sound", _MOST_CHANNELS)
    if as_array(audio).dtype.kind == "i":
        raise AudioError("The sound is in whole numbers; floats with full scale at 1 are needed. Please divide them.")
    if not np.isfinite(found).all():
        raise AudioError("The sound holds samples that are not numbers (NaN or infinity). Please make it again.")
    return found
