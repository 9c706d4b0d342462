"""Recordings as people bring them: every container and codec that can be written here, with every damage known.

python -m tests.damaged_audio  prints what becomes of each.
"""

import io
import struct
import tempfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import numpy as np
import soundfile

from core.audio import SAMPLE_RATE

SECONDS, RATE = 3.0, 48_000
Damage = Callable[[bytes, str], bytes]


@cache
def sweep(seconds: float = SECONDS, rate: int = RATE) -> np.ndarray:
    """A tone (time, 2) that rises by 300 Hz a second from 200 Hz on: its pitch tells the place."""
    time_s = np.arange(int(seconds * rate)) / rate
    tone = 0.3 * np.sin(2 * np.pi * (200 + 150 * time_s) * time_s)
    return np.stack([tone, 0.8 * tone], axis=1)


@cache
def by_libsndfile(kind: str, subtype: str | None = None, **options: object) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, sweep(), RATE, format=kind, subtype=subtype, **options)
    return buffer.getvalue()


@cache
def by_ffmpeg(
    kind: str, codec: str, rate: int = RATE, layout: str = "stereo", movie: str = "", **options: str
) -> bytes:
    """As FFmpeg writes it; movie: a codec of pictures that are in it, too."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "sound")
        _write(path, kind, codec, rate, layout, movie, options)
        return path.read_bytes()


def _write(path: Path, kind: str, codec: str, rate: int, layout: str, movie: str, options: dict[str, str]) -> None:
    import av

    with av.open(str(path), "w", format=kind, options=options) as out:
        pictures = out.add_stream(movie, rate=25) if movie else None
        if pictures:
            pictures.width, pictures.height, pictures.pix_fmt = 64, 64, "yuv420p"
        stream = out.add_stream(codec, rate=rate, layout=layout, options={"strict": "-2"} if codec == "vorbis" else {})
        stream.bit_rate = 64_000
        sound = sweep(rate=rate).astype(np.float32)[:, : stream.codec_context.layout.nb_channels]
        for start in range(0, len(sound), 960):
            block = np.ascontiguousarray(sound[start : start + 960]).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(block, format="flt", layout=layout)
            frame.sample_rate, frame.pts = rate, start
            out.mux(stream.encode(frame))
            if pictures and start % (rate // 25) < 960:
                out.mux(pictures.encode(av.VideoFrame.from_ndarray(np.zeros((96, 64), np.uint8), format="yuv420p")))
        for one in filter(None, (pictures, stream)):
            out.mux(one.encode(None))


SOURCES: dict[str, Callable[[], bytes]] = {
    **{
        f"{kind} {subtype}".lower(): partial(by_libsndfile, kind, subtype)
        for kind, subtype in (
            ("WAV", "PCM_U8"), ("WAV", "PCM_16"), ("WAV", "PCM_24"), ("WAV", "FLOAT"), ("WAV", "DOUBLE"),
            ("WAV", "ULAW"), ("WAV", "MS_ADPCM"), ("WAV", "IMA_ADPCM"), ("WAVEX", "PCM_32"), ("RF64", "PCM_16"),
            ("W64", "PCM_24"), ("W64", "FLOAT"), ("AIFF", "PCM_16"), ("AIFF", "FLOAT"), ("CAF", "PCM_16"),
            ("CAF", "ALAC_16"), ("FLAC", "PCM_16"), ("FLAC", "PCM_24"), ("OGG", "VORBIS"), ("OGG", "OPUS"),
            ("OGG", "FLAC"),
        )
        if soundfile.check_format(kind, subtype)
    },
    "mp3 constant": lambda: by_libsndfile("MP3", bitrate_mode="CONSTANT"),
    "mp3 variable": lambda: by_libsndfile("MP3", bitrate_mode="VARIABLE", compression_level=0.4),
    "mp3 ffmpeg": lambda: by_ffmpeg("mp3", "libmp3lame"),
    "mp3 unsaid": lambda: by_ffmpeg("mp3", "libmp3lame", write_xing="0"),
    "m4a aac": lambda: by_ffmpeg("ipod", "aac"),
    "m4a aac, index first": lambda: by_ffmpeg("ipod", "aac", movflags="faststart"),
    "m4a alac": lambda: by_ffmpeg("ipod", "alac"),
    "m4a fragments": lambda: by_ffmpeg("mp4", "aac", movflags="frag_keyframe+empty_moov"),
    "mp4 film": lambda: by_ffmpeg("mp4", "aac", movie="mpeg4"),
    "mp4 opus": lambda: by_ffmpeg("mp4", "libopus"),
    "mov pcm": lambda: by_ffmpeg("mov", "pcm_s16le"),
    "3gp amr": lambda: by_ffmpeg("3gp", "libopencore_amrnb", 8000, "mono"),
    "aac": lambda: by_ffmpeg("adts", "aac"),
    "amr": lambda: by_ffmpeg("amr", "libopencore_amrnb", 8000, "mono"),
    "webm opus": lambda: by_ffmpeg("webm", "libopus"),
    "webm live": lambda: by_ffmpeg("webm", "libopus", live="1"),
    "webm vorbis": lambda: by_ffmpeg("webm", "vorbis"),
    "mkv flac": lambda: by_ffmpeg("matroska", "flac"),
    "ogg opus ffmpeg": lambda: by_ffmpeg("ogg", "libopus"),
    "wma": lambda: by_ffmpeg("asf", "wmav2", 44_100),
    "wav streamed": lambda: unsaid(by_libsndfile("WAV", "PCM_16"), b"data", b"\xff" * 4),
    "flac streamed": lambda: unsaid(by_libsndfile("FLAC"), b"fLaC", b"\0\0\0\0", 18 + 4 - 4),
}  # fmt: skip


def unsaid(data: bytes, word: bytes, size: bytes, behind: int = 0) -> bytes:
    """data with what stands behind a word overwritten."""
    at = data.index(word) + len(word) + behind
    return data[:at] + size + data[at + len(size) :]


def crashed(data: bytes, name: str) -> bytes:
    """As a recorder leaves it that died: sizes are as they were written at the start, and the end is missing."""
    kept = data[: int(0.8 * len(data))]
    if data.startswith((b"RIFF", b"RF64")):
        kept = unsaid(kept[:4] + bytes(4) + kept[8:], b"data", bytes(4))
        return (
            kept.replace(b"ds64" + kept[16:20] + kept[20:44], b"ds64" + kept[16:20] + bytes(24))
            if b"ds64" in kept[:20]
            else kept
        )
    if data.startswith(b"FORM"):
        return unsaid(unsaid(kept[:4] + bytes(4) + kept[8:], b"COMM", bytes(4), 6), b"SSND", struct.pack(">I", 8))
    if data.startswith(b"riff"):
        return unsaid(kept, b"data", struct.pack("<Q", 24), 12)
    if data.startswith(b"caff"):
        return unsaid(kept, b"data", b"\xff" * 8)
    if data.startswith(b"fLaC"):
        return kept[:21] + bytes([kept[21] & 0xF0]) + bytes(4) + kept[26:]
    return kept


_TAG = b"ID3\3\0\0\0\0\0\x64" + bytes(100)
_RUBBISH = np.random.default_rng(0).bytes(3000)

DAMAGES: dict[str, Damage] = {
    "whole": lambda data, name: data,
    "half": lambda data, name: data[: len(data) // 2],
    "nine tenths": lambda data, name: data[: int(0.9 * len(data)) + 1],
    "crashed": crashed,
    "joined": lambda data, name: data + data,
    "joined, tag between": lambda data, name: data + _TAG + data,
    "half joined to whole": lambda data, name: data[: len(data) // 2] + data,
    "zeros behind": lambda data, name: data + bytes(5000),
    "text behind": lambda data, name: data + b"<!-- sent from my phone -->" * 9,
    "old tag behind": lambda data, name: data + b"TAG" + bytes(125),
    "tag in front": lambda data, name: _TAG + data,
    "padded tag in front": lambda data, name: _TAG + bytes(2000) + data,
    "zeros in front": lambda data, name: bytes(500) + data,
    "zeros inside": lambda data, name: data[: len(data) // 2] + bytes(300) + data[len(data) // 2 + 300 :],
    "rubbish inside": lambda data, name: data[: len(data) // 2] + _RUBBISH + data[len(data) // 2 :],
}
"""By name: what is done to a file, out of its bytes and its name."""

CUT = {"half": 0.5, "nine tenths": 0.9, "crashed": 0.8}
"""How much is left of those damages that take the end away."""
SILENT = {"mp3 unsaid", "aac", "amr", "webm live", "wav streamed", "flac streamed"}
"""Sources that nowhere say how long they are: of those that are cut, all that is there is all that can be known."""
LASTS = {"joined": 2.0, "joined, tag between": 2.0, "half joined to whole": 1.5}


def judged(name: str, what: str) -> str:
    """What becomes of a damaged file: its length, notes or the refusal; "WRONG" where sound is lost without a word."""
    from core.audio.io import AudioError, load

    try:
        loaded = load(DAMAGES[what](SOURCES[name](), name), "It")
    except AudioError as error:
        return f"refused: {error}"
    found_s = len(loaded.audio) / SAMPLE_RATE
    silent = name in SILENT or (name.startswith("caf") and what == "crashed")
    wanted_s = SECONDS * LASTS.get(what, CUT.get(what, 1.0) if silent else 1)
    right = abs(found_s - wanted_s) < 0.2 or (loaded.notes and found_s < 1.1 * wanted_s + 0.2)
    return f"{'' if right else 'WRONG '}{found_s:.2f} s {' '.join(loaded.notes)}".strip()


def main() -> None:
    for name in SOURCES:
        for what in DAMAGES:
            print(f"{name:24} {what:22} {judged(name, what)}")


if __name__ == "__main__":
    main()
