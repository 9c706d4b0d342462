"""Audio files, whole and broken in every way that was thought of, made in memory; each from its number or name."""

import io
import pickle
import struct
import zipfile
from collections.abc import Callable, Iterator
from functools import cache, partial

import numpy as np
import soundfile

from tests import damaged_audio

Case = tuple[str, bytes]


def sound_file(samples: np.ndarray, rate: int, kind: str, subtype: str | None = None) -> bytes:
    buffer, samples = io.BytesIO(), samples.reshape(len(samples), -1)
    with soundfile.SoundFile(buffer, "w", rate, samples.shape[1], subtype, format=kind) as file:
        for start in range(0, len(samples), 2**16):  # libsndfile falls over a long Ogg file in one piece
            file.write(samples[start : start + 2**16])
    return buffer.getvalue()


@cache
def voice(seconds: float = 0.7, rate: int = 24_000, channels: int = 1) -> np.ndarray:
    """A buzzing, wavering sound (time, channel), the same each time."""
    time_s = np.arange(int(seconds * rate)) / rate
    buzz = 0.3 * np.sign(np.sin(2 * np.pi * 150 * time_s)) * np.sin(2 * np.pi * 2 * time_s)
    noise = np.random.default_rng(0).normal(0, 0.02, len(time_s))
    return np.repeat((buzz + noise)[:, None], channels, axis=1)


def silent_flac(hours: float, rate: int = 8000, channels: int = 1, clicks: bool = False) -> bytes:
    """Hours of silence in little space, with a click every ten seconds or without."""
    buffer, block = io.BytesIO(), np.zeros((10 * rate, channels), dtype=np.int16)
    block[0] = 20_000 if clicks else 0
    with soundfile.SoundFile(buffer, "w", rate, channels, "PCM_16", format="FLAC") as file:
        for _ in range(int(hours * 360)):
            file.write(block)
    return buffer.getvalue()


def patched(data: bytes, where: int, new: bytes) -> bytes:
    return data[:where] + new + data[where + len(new) :]


def claiming(flac: bytes | None, frames: int) -> bytes:
    """A FLAC file that says it has so many frames: the last 36 of 64 bits, behind rate, channels and width."""
    flac = flac or sources()["flac"]
    kept = int.from_bytes(flac[18:26], "big") >> 36 << 36
    return patched(flac, 18, (kept | frames).to_bytes(8, "big"))


def wav(samples: np.ndarray, rate: int = 24_000, subtype: str = "PCM_16") -> bytes:
    return sound_file(samples, rate, "WAV", subtype)


def saying(where: int, size: int) -> bytes:
    """A WAV file with a size at byte `where` that may not be so."""
    return patched(sources()["wav"], where, struct.pack("<I", size))


def with_chunk(data: bytes, name: bytes, content: bytes, claimed: int | None = None) -> bytes:
    """A WAV file with one more chunk before the others."""
    size = struct.pack("<I", len(content) if claimed is None else claimed)
    return data[:12] + name + size + content + data[12:]


def flac_with_block(kind: int, content: bytes, claimed: int | None = None) -> bytes:
    """A FLAC file with one more metadata block behind its first."""
    data = sources()["flac"]
    head = bytes([kind]) + (len(content) if claimed is None else claimed).to_bytes(3, "big")
    return data[:4] + b"\0" + data[5:42] + head + content + data[42:]


def id3(size: int, content: bytes) -> bytes:
    """An ID3v2 tag that says it is so long (28 bits), before an MP3 file."""
    return b"ID3\3\0\0" + bytes(size >> shift & 127 for shift in (21, 14, 7, 0)) + content + sources()["mp3"]


def packed(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, bytes(10_000_000))
    return buffer.getvalue()


@cache
def sources() -> dict[str, bytes]:
    """Good files of every kind, which the others are made from."""
    kinds = {
        "wav": ("WAV", "PCM_16"), "wav 24": ("WAV", "PCM_24"), "wav float": ("WAV", "FLOAT"),
        "wav ulaw": ("WAV", "ULAW"), "wav adpcm": ("WAV", "MS_ADPCM"), "wavex": ("WAVEX", "PCM_32"),
        "rf64": ("RF64", "PCM_16"), "flac": ("FLAC", "PCM_16"), "ogg": ("OGG", "VORBIS"),
        "ogg opus": ("OGG", "OPUS"), "mp3": ("MP3", "MPEG_LAYER_III"), "aiff": ("AIFF", "PCM_16"),
    }  # fmt: skip
    by_ffmpeg = {"m4a": damaged_audio.by_ffmpeg("mp4", "aac"), "webm": damaged_audio.by_ffmpeg("webm", "libopus")}
    return {name: sound_file(voice(channels=2), 24_000, *kind) for name, kind in kinds.items()} | by_ffmpeg


_LOUD = 0.3 * np.ones((12_000, 1))
_HOLED = np.where(np.arange(12_000) == 99, np.nan, 0.1)
SHORT: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "one byte": lambda: b"R",
    "zip": lambda: packed("sound.wav"),
    "pickle": lambda: pickle.dumps({"sound": np.ones(1000)}),
    "numpy": lambda: b"\x93NUMPY" + bytes(5000),
    "html": lambda: b"<html><script>alert(1)</script>" * 50,
    "zeros": lambda: bytes(100_000),
    "ones": lambda: b"\xff" * 100_000,
    "random": lambda: np.random.default_rng(1).bytes(100_000),
    "au": lambda: sound_file(voice(), 24_000, "AU"),
    "caf": lambda: sound_file(voice(), 24_000, "CAF"),
    "mat5": lambda: sound_file(voice(), 24_000, "MAT5"),
    "voc": lambda: sound_file(voice(), 24_000, "VOC", "PCM_16"),
    "w64": lambda: sound_file(voice(), 24_000, "W64"),
    "wav, 64 channels": lambda: wav(voice(channels=64)),
    "wav, 1024 channels": lambda: wav(voice(0.2, channels=1024)),
    "wav, 65535 channels said": lambda: patched(sources()["wav"], 22, b"\xff\xff"),
    "wav, no channel": lambda: patched(sources()["wav"], 22, b"\0\0"),
    "wav, no bytes a sample": lambda: patched(sources()["wav"], 32, b"\0\0\0\0"),
    **{f"wav, {rate} Hz": partial(wav, voice(), rate) for rate in (1, 2, 99, 384_000, 2**31 - 1)},
    **{
        f"{part}, {size} bytes said": partial(saying, where, size)
        for part, where in (("wav", 40), ("riff", 4), ("format", 16))
        for size in (0, 1, 2**31 - 1, 2**31, 2**32 - 1)
    },
    **{f"flac, {frames} frames said": partial(claiming, None, frames) for frames in (0, 1, 2**31, 2**36 - 1)},
    "flac, 384 kHz, 8 channels": lambda: sound_file(voice(0.3, 384_000, 8), 384_000, "FLAC"),
    "flac, 655 kHz": lambda: sound_file(voice(0.3), 655_350, "FLAC"),
    "flac, picture of 16 MB said": lambda: flac_with_block(6, b"\0" * 40, 2**24 - 1),
    "flac, 16 MB of padding": lambda: flac_with_block(1, bytes(2**24 - 1)),
    "flac, 2^32 comments said": lambda: flac_with_block(4, b"\0\0\0\0\xff\xff\xff\xff"),
    "flac, 2^31 long comment": lambda: flac_with_block(4, b"\xff\xff\xff\x7f" + bytes(40)),
    "mp3, tag of 256 MB said": lambda: id3(2**28 - 1, b""),
    "mp3, tag of 20 MB": lambda: id3(20_000_000, bytes(20_000_000)),
    "mp3 many times over": lambda: sources()["mp3"] * 1500,
    "ogg many times over": lambda: sources()["ogg"] * 500,
    "wav, 1,000,000 empty chunks": lambda: with_chunk(sources()["wav"], b"junk", b"junk\0\0\0\0" * 10**6, 0),
    "wav, comment of 10 MB": lambda: with_chunk(sources()["wav"], b"LIST", b"INFOICMT\0\0\x98\0" + b"a" * 10**7),
    "wav, chunk of 4 GB said": lambda: with_chunk(sources()["wav"], b"LIST", b"INFO", 2**32 - 1),
    "aiff, 100,000 notes": lambda: sources()["aiff"][:12] + b"ANNO\0\0\0\2hi" * 100_000 + sources()["aiff"][12:],
    "aiff, a nameless chunk": lambda: patched(sources()["aiff"], 38, b"\1"),  # libsndfile seeks to byte -1
    "not a number": lambda: wav(_HOLED, subtype="FLOAT"),
    "infinity": lambda: wav(np.where(np.isnan(_HOLED), -np.inf, _HOLED), subtype="FLOAT"),
    "huge": lambda: wav(_LOUD * 1e38, subtype="FLOAT"),
    "huge, many channels": lambda: wav(np.repeat(_LOUD, 8, axis=1) * 1e39 / 4, subtype="FLOAT"),
    "huge doubles": lambda: wav(_LOUD * 1e300, subtype="DOUBLE"),
    "huge for a moment": lambda: wav(np.where(np.isnan(_HOLED), 1e18, 0.1), subtype="FLOAT"),
    "direct current": lambda: wav(_LOUD),
    "silence, then a click": lambda: wav(np.eye(1, 12_000, 11_999).T),
    "denormal": lambda: wav(_LOUD * 1e-40, subtype="FLOAT"),
    "denormal doubles": lambda: wav(_LOUD * 1e-310, subtype="DOUBLE"),
    "channels that cancel": lambda: wav(np.hstack([voice(), -voice()])),
    "silence": lambda: wav(_LOUD * 0),
}  # fmt: skip

LONG: dict[str, Callable[[], bytes]] = {
    "flac, 3 hours": lambda: silent_flac(3),
    "flac, 3 hours, clicks": lambda: silent_flac(3, clicks=True),
    "flac, 3 hours, 1 s said": lambda: claiming(silent_flac(3, clicks=True), 8000),
    "flac, 3 hours, length unsaid": lambda: claiming(silent_flac(3, clicks=True), 0),
    "flac, 3 hours, 9 min said": lambda: claiming(silent_flac(3, clicks=True), 540 * 8000),
    "flac, 9 min, 4 channels, 48 kHz": lambda: silent_flac(0.15, 48_000, 4, True),
    "flac, 9 min, 192 kHz": lambda: silent_flac(0.15, 192_000, 1, True),
    "flac, 9 min, 8 channels, 384 kHz": lambda: silent_flac(0.05, 384_000, 8, True),
    "flac, the same, length unsaid": lambda: claiming(silent_flac(0.05, 384_000, 8, True), 0),
    "flac, 3 min, 640 kHz": lambda: silent_flac(0.05, 640_000, 1, True),
    "wav, 9 min": lambda: wav(np.tile(voice(1.0, 22_050), (540, 1)), 22_050),
    "wav, 50 min": lambda: wav(np.tile(voice(1.0, 8000), (3000, 1)), 8000, "ULAW"),
    "wav, 64 channels, 8 s": lambda: wav(voice(8.0, channels=64)),
    "wav, 1024 channels, 1 Hz": lambda: wav(voice(0.2, channels=1024)[:600], 1),
    "mp3, 9 min": lambda: sound_file(np.tile(voice(1.0), (540, 1)), 24_000, "MP3"),
    "mp3, 40 min": lambda: sound_file(np.tile(voice(1.0, 8000), (2400, 1)), 8000, "MP3"),
    "ogg, 9 min": lambda: sound_file(np.tile(voice(1.0, 8000), (540, 1)), 8000, "OGG"),
    "ogg, 30 min": lambda: sound_file(np.tile(voice(1.0, 8000), (1800, 1)), 8000, "OGG"),
}
LONG_FROM = 500
"""Files in a run from which on the long ones, which take half a minute to make, are among them."""


@cache
def _ogg_table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value >> 31 else 0)) & 0xFFFFFFFF
        table.append(value)
    return table


def with_checksums(ogg: bytes) -> bytes:
    """An Ogg file whose pages have right checksums again, so that what is broken in them reaches the decoder."""
    data, start, table = bytearray(ogg), 0, _ogg_table()
    while (start := data.find(b"OggS", start)) >= 0 and start + 27 <= len(data):
        segments = data[start + 26]
        end = start + 27 + segments + sum(data[start + 27 : start + 27 + segments])
        data[start + 22 : start + 26] = bytes(4)
        checksum = 0
        for byte in data[start:end]:
            checksum = (checksum << 8 & 0xFFFFFFFF) ^ table[checksum >> 24 ^ byte]
        data[start + 22 : start + 26] = struct.pack("<I", checksum)
        start += 27
    return bytes(data)


def broken(data: bytes, random: np.random.Generator) -> bytes:
    """data with one thing broken: its length, some bits, a number, or a piece that is gone, doubled or swapped."""
    if not data:
        return data
    work, way = bytearray(data), random.integers(8)
    head = min(len(work), 120)
    place, other = sorted(random.integers(len(work), size=2).tolist())
    if way == 0:
        return bytes(work[: random.integers(len(work))])
    if way in (1, 2):  # bits, in the header or anywhere
        for where in random.integers(head if way == 1 else len(work), size=random.integers(1, 12)):
            work[where] ^= 1 << random.integers(8)
    elif way in (3, 4):  # a number that is 0, 1 or as large as it can be
        value = int(random.choice([0, 1, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1]))
        where = int(random.integers(head))
        work[where : where + 4] = value.to_bytes(4, "little" if way == 3 else "big")
    elif way == 5:
        del work[place : min(other, place + 2000)]
    elif way == 6:
        work[place:place] = work[place:other] if random.random() < 0.5 else random.bytes(int(random.integers(1, 3000)))
    else:
        donor = list(sources().values())[random.integers(len(sources()))]
        work[place:other] = donor[place:other]
    return bytes(work)


def random_case(number: int) -> Case:
    """File `number`: a good one with up to three things broken."""
    random = np.random.default_rng(number)
    name = str(random.choice(list(sources())))
    data = sources()[name]
    for _ in range(random.integers(1, 4)):
        data = broken(data, random)
    if name.startswith("ogg") and random.random() < 0.8:
        data = with_checksums(data)
    return f"{name} {number}", data


def cases(files: int) -> Iterator[Case]:
    """So many files: the special ones, then random ones."""
    special = SHORT | LONG if files >= LONG_FROM else SHORT
    for name, make in list(special.items())[:files]:
        yield name, make()
    yield from map(random_case, range(files - len(special)))
