"""From the parts of a file to blocks of samples: libsndfile, and FFmpeg (PyAV) for what that cannot read.

FFmpeg is imported where it is needed and not before. It gets the container's name and reads from memory alone, so that
no file of a stranger makes it open another one or an address; and it decodes codecs of sound, no others.
"""

import io
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import accumulate
from types import ModuleType
from typing import Any, Protocol

import numpy as np
import soundfile

from core.audio.containers.part import Part

_BLOCK = 2**18  # samples of all channels together
_SIP = 4096  # frames; where a file is broken, at most so many before that are lost
_BEFORE_S = 0.5  # a decoder needs a little of what lies before a place, to get going
_LENGTH_UNKNOWN = 2**63 - 1  # what libsndfile says of a file that was streamed while it was made
_FFMPEG = {
    "WAV": "wav", "W64": "w64", "AIFF": "aiff", "CAF": "caf", "FLAC": "flac", "OGG": "ogg", "MP3": "mp3",
    "MP4": "mov", "WEBM": "matroska", "AAC": "aac", "AMR": "amr", "WMA": "asf",
}  # fmt: skip
"""What FFmpeg calls the containers."""
_CODECS = {
    "aac", "alac", "flac", "mp3", "mp3float", "mp2", "mp2float", "mp1", "mp1float", "opus", "vorbis", "wmav1", "wmav2",
    "wmapro", "ac3", "eac3", "amrnb", "amrwb", "libopencore_amrnb", "libopencore_amrwb", "libopus", "speex",
}  # fmt: skip
_NAMES = {"MP4": "M4A or MP4", "WEBM": "WebM or Matroska"}
_CLOCKED = {"MP4", "WEBM", "WMA"}  # say how long they are, and when each packet is heard
_GAP_S = 0.1
_LIBSNDFILE = {"WAV", "W64", "AIFF", "CAF", "FLAC", "OGG", "MP3"}


class Undecodable(ValueError):
    """A part that no decoder opens, or that breaks off. reason: why, in words that go on after the file's name."""


class Missing(Undecodable):
    """A part that only FFmpeg reads, where PyAV is not installed."""


class Decoder(Protocol):
    """An open part.

    seconds: how long it is, None where that is known when it has been decoded. gaps_s: how much is missing within what
    has been decoded, by its own clock. track, tracks: which sound track it is, from 1 on, and of how many.
    """

    track: int
    tracks: int
    rate: int
    channels: int
    seconds: float | None
    gaps_s: float

    def skip(self, seconds: float) -> None:
        """Go on so far behind the beginning; once, before the blocks."""

    def blocks(self) -> Iterator[np.ndarray]:
        """All that follows, (time, channel) float32; Undecodable where it breaks off."""


@contextmanager
def opened(part: Part, searching: bool = False, track: int = 1) -> Iterator[Decoder]:
    """A part, open in libsndfile or, where that refuses, in FFmpeg; Undecodable where both do.

    searching: whether `skip` will be asked for. track: the first to come into question of a film's sound tracks; those
    of a kind that is not read are passed over.
    """
    pieces = part.searched if searching and part.searched else part.pieces
    with ExitStack() as stack:
        decoder: Decoder | None = None
        if part.kind in _LIBSNDFILE:
            with suppress(soundfile.LibsndfileError, OSError, ValueError, TypeError):
                decoder = _Libsndfile(stack.enter_context(_Stream(_Pieces(pieces))))
        yield decoder or stack.enter_context(_ffmpeg(part, track))


@contextmanager
def opened_otherwise(part: Part, track: int = 1) -> Iterator[Decoder]:
    """A part that libsndfile did not read to its end, open in FFmpeg, which goes on behind what is broken."""
    with _ffmpeg(part, track) as decoder:
        yield decoder


class _Pieces(io.RawIOBase):
    """Bytes in a row as one file. A decoder, misled by a broken header, may seek to a place before its start."""

    def __init__(self, pieces: Sequence[bytes | memoryview]) -> None:
        self._pieces = [memoryview(piece) for piece in pieces if len(piece)]
        self._ends = list(accumulate(map(len, self._pieces)))
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._ends[-1] if self._ends else 0}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        target, done = memoryview(buffer).cast("B"), 0
        number = bisect_right(self._ends, self._at)
        while done < len(target) and number < len(self._pieces):
            piece = self._pieces[number]
            start = self._at - (self._ends[number] - len(piece))
            count = min(len(target) - done, len(piece) - start)
            target[done : done + count] = piece[start : start + count]
            done, self._at, number = done + count, self._at + count, number + 1
        return done

    def write(self, data: Any) -> int:
        raise OSError("only to be read")


class _Stream(soundfile.SoundFile):
    """A file read from start to end: soundfile seeks after each block, which fails in a FLAC of unknown length."""

    def seekable(self) -> bool:
        return False


class _Libsndfile:
    """A part as libsndfile reads it."""

    track = tracks = 1

    def __init__(self, file: soundfile.SoundFile) -> None:
        self._file, self.rate, self.channels = file, file.samplerate, file.channels
        self.seconds = file.frames / file.samplerate if file.frames < _LENGTH_UNKNOWN and file.samplerate else None
        self._left = file.frames  # to ask for more would be to decode the rubbish behind a FLAC file
        self.gaps_s, self._broken = 0.0, False

    def skip(self, seconds: float) -> None:
        frames = round(seconds * self.rate)
        lead = int(_BEFORE_S * self.rate) if self._file.format == "MP3" else 0  # its bits lie in frames before, too
        try:
            at = self._file.seek(max(frames - lead, 0))
        except (soundfile.LibsndfileError, RuntimeError):
            at = 0  # then all that lies before is decoded
        self._left, frames = self._left - at, frames - at
        while frames > 0 and len(block := self._read(frames)):
            frames -= len(block)

    def blocks(self) -> Iterator[np.ndarray]:
        while len(block := self._read(_BLOCK)):
            yield block
        if self._broken:
            raise Undecodable("is damaged")

    def _read(self, most: int) -> np.ndarray:
        """The next frames; none at the end, or where the file is broken: soundfile then drops what it was asked for."""
        block = np.empty((max(min(_BLOCK // self.channels, most), 1), self.channels), dtype=np.float32)
        done = 0
        while done < len(block) and not self._broken:
            try:
                count = len(self._file.read(out=block[done : done + min(_SIP, self._left)]))
            except soundfile.LibsndfileError:
                self._broken = True
            else:
                done, self._left = done + count, self._left - count
                if not count:
                    break
        return block[:done]


@contextmanager
def _ffmpeg(part: Part, track: int) -> Iterator["_FFmpeg"]:
    """A part as FFmpeg reads it; Undecodable, or Missing where it is not installed."""
    try:
        import av
    except ImportError as error:
        raise Missing(f"is {_NAMES.get(part.kind, part.kind)}, which takes PyAV to read") from error
    av.logging.set_level(None)
    try:
        with av.open(_Pieces(part.pieces), format=_FFMPEG[part.kind], metadata_errors="ignore") as container:
            yield _FFmpeg(av, container, part.kind in _CLOCKED, track)
    except (av.FFmpegError, ValueError, IndexError, KeyError) as error:
        if isinstance(error, Undecodable):
            raise
        raise Undecodable("cannot be decoded") from error


def _is_read(stream: Any) -> bool:
    codec = stream.codec_context
    return codec is not None and (codec.name in _CODECS or codec.name.startswith(("pcm_", "adpcm_")))


class _FFmpeg:
    """A part as FFmpeg reads it: its first stream of sound, from number `track` on, of a kind that is read."""

    def __init__(self, av: ModuleType, container: Any, clocked: bool, track: int) -> None:
        streams = container.streams.audio
        if not streams:
            raise Undecodable("holds no sound")
        self.track = next((number for number in range(track, len(streams) + 1) if _is_read(streams[number - 1])), 0)
        if not self.track:
            raise Undecodable("holds sound of a kind that is not read")
        self._av, self._container, self._stream, self.tracks = av, container, streams[self.track - 1], len(streams)
        codec = self._stream.codec_context
        self.rate, self.channels, self._layout = codec.sample_rate, codec.layout.nb_channels, codec.layout.name
        if not self.rate or not self.channels:
            raise Undecodable("cannot be decoded")
        ticks = self._stream.duration
        alone = not container.streams.video and len(streams) == 1  # else the whole may last longer than its sound
        lasts_s = float(ticks * self._stream.time_base) if ticks else alone and (container.duration or 0) / 1e6
        self.seconds = (clocked and lasts_s) or None  # of others, FFmpeg guesses
        self.gaps_s, self._from_s, self._clocked = 0.0, 0.0, clocked

    def skip(self, seconds: float) -> None:
        self._from_s = seconds
        with suppress(self._av.FFmpegError):  # else it is decoded and dropped
            self._container.seek(int(max(seconds - _BEFORE_S, 0) * 1e6))

    def blocks(self) -> Iterator[np.ndarray]:
        """What a packet that is damaged held is left out; so is what lies before the place that was skipped to."""
        origin = (self._stream.start_time or 0) * self._stream.time_base
        resampler, kind, behind_s = self._av.AudioResampler("flt", self._layout, self.rate), None, 0.0
        for packet in self._packets():
            for frame in self._frames(packet):
                if (now := (frame.format.name, frame.layout.name, frame.sample_rate)) != kind:
                    kind = now
                    resampler = self._av.AudioResampler("flt", self._layout, self.rate)
                at_s = behind_s if frame.pts is None else float(frame.pts * frame.time_base - origin)
                self.gaps_s += at_s - behind_s if self._clocked and behind_s and at_s - behind_s > _GAP_S else 0.0
                frame.pts, late = None, self._from_s - at_s
                for done in resampler.resample(frame):
                    block = done.to_ndarray().reshape(-1, self.channels)
                    behind_s = at_s + len(block) / self.rate
                    if late < len(block) / self.rate:
                        yield block[max(round(late * self.rate), 0) :]

    def _packets(self) -> Iterator[Any]:
        try:
            yield from self._container.demux(self._stream)
        except self._av.FFmpegError as error:
            raise Undecodable("is damaged") from error

    def _frames(self, packet: Any) -> Iterator[Any]:
        with suppress(self._av.FFmpegError):
            yield from packet.decode()
