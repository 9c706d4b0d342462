"""Promise: a session's file brings back all that was in it and makes the same file again; what is none is refused in a
sentence."""

import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.audio.clips import load_clip
from core.audio.io import encode
from core.audio.own import Own
from core.effects import Chain, Setting, random_setting
from core.explorer import Explorer
from core.own_map import file as map_file
from core.own_map.own_map import Made, OwnMap, as_mapped
from pages.shared.messages import sentence
from pages.shared.own_maps import Held
from pages.shared.presets import Played, Preset
from pages.shared.recordings import Recording
from pages.shared.visit.contents import Visit
from pages.shared.visit.file import FORMAT, SessionFileError, from_bytes, to_bytes

DELAY = Setting("delay", (0.1 + 0.2, 1 / 3, 0.4))
PLAYED = Played("factor", (0.123, -1.5), "all", DELAY)
BOTH = DELAY | random_setting("phaser")
BELL = Recording("*my* bell.WAV", encode(load_clip("bell")))
ANSWER = {"participant": "p1", "trial": 1, "voice": "decoded", "correct": True, "Distance": None, "Evenness": 0.5}
VISIT = Visit(
    choices={
        "checkpoint": "factor", "steps": 7, "reach": (-0.25, 1.0), "shown": ("delay",), "a_clip": BELL.key,
        "a_delay_time": 1 / 3, "p_w2_1": 0.31, "m_dry_begin_s": 2.5, "m_dry_length_s": 3.0, "loop": False, "point": 3,
    },
    brought={"a_upload_kept": BELL.key},
    rows={"blind_rows": (ANSWER,), "lab_0123456789abcdef_rows": ({"kind": "linear", "voice": "decoded"},)},
    presets=(Preset("Hall", random_setting("reverb", 1), PLAYED), Preset("Both", BOTH, replace(PLAYED, setting=BOTH))),
    played=replace(PLAYED, setting=BOTH),
    curve=((0.0, 0.25), (1.0, 0.5)),
    recordings=(BELL, Recording("no ending", b"RIFF")),
)  # fmt: skip


@pytest.fixture(scope="module")
def data() -> bytes:
    return to_bytes(VISIT, "factor", "0123456789abcdef")


def test_all_comes_back_and_makes_the_same_file(data: bytes) -> None:
    opened = from_bytes(data)
    assert (opened.checkpoint, opened.revision) == ("factor", "0123456789abcdef")
    assert opened.visit == replace(VISIT, choices={k: v for k, v in VISIT.choices.items() if k != "checkpoint"})
    assert to_bytes(opened.visit, "factor", "0123456789abcdef") == data


def test_a_recording_is_a_file_as_it_was_brought(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["session.json", "recordings/1.wav", "recordings/2"]
        assert archive.read("recordings/1.wav") == BELL.data
        assert BELL.name in archive.read("session.json").decode()


def packed(parts: dict[str, Any], kind: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def changed(change: Callable[[dict[str, Any]], Any], data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts: dict[str, Any] = {name: archive.read(name) for name in archive.namelist()}
    raw = json.loads(parts["session.json"])
    change(raw)
    return packed(parts | {"session.json": json.dumps(raw)})


def put(*path: Any) -> Callable[[dict[str, Any]], Any]:
    *place, last, value = path

    def change(raw: Any) -> None:
        for name in place:
            raw = raw[name]
        raw[last] = value

    return change


def test_a_map_is_in_the_file_and_comes_back(factor: Explorer) -> None:
    """Of two points that nobody has heard."""
    chains = [Chain((random_setting(effect, 1),)) for effect in ("delay", "reverb")]
    rows = np.ones((2, factor.map_part.stop - factor.map_part.start + 2), np.float32)
    voice = as_mapped(Own.of(load_clip("speech_en_f_allison")), "A voice")
    own = OwnMap("A voice", voice, "factor", "0123", factor.knobs, Made.of(factor.knobs, chains, rows))
    data = to_bytes(replace(VISIT, own_map=Held(own, "speech_en_f_allison", 1.5)), "factor", "0123")
    opened = from_bytes(data)
    assert opened.map
    found, clip, start_s = opened.map
    assert (clip, start_s) == ("speech_en_f_allison", 1.5)
    part = factor.map_part.stop - factor.map_part.start
    again = Held(map_file.from_bytes(found, "factor", "0123", part), clip, start_s)
    assert again.own_map.played(1) == own.played(1)
    assert to_bytes(replace(opened.visit, own_map=again), "factor", "0123") == data


WRONG = {
    "another version": (put("format", "latentfx-session/9"), "is of the version latentfx-session/9"),
    "no version": (lambda raw: raw.pop("format"), "lacks the field 'format'"),
    "an unknown field": (put("more", 1), "has an unknown field more"),
    "no choice": (put("choices", "shelf", "x"), "choices.shelf is no choice of this version"),
    "a secret": (put("choices", "visit_key", "x"), "choices.visit_key is no choice"),
    "a text for a number": (put("choices", "steps", "7"), "choices.steps must be a whole number"),
    "a number out of range": (put("choices", "steps", 700), "choices.steps"),
    "a knob out of range": (put("choices", "a_delay_time", 1.1), "choices.a_delay_time"),
    "an infinite number": (put("choices", "p_w2_1", float("inf")), "choices.p_w2_1"),
    "a list for a clip": (put("choices", "a_clip", ["x"]), "choices.a_clip must be a text"),
    "rows of nobody": (put("rows", "shelf_rows", []), "rows.shelf_rows are no rows"),
    "a row in a row": (put("rows", "blind_rows", [{"a": [1]}]), "rows"),
    "an uploader that is none": (put("brought", "shelf", "x"), "brought.shelf is no uploader"),
    "an effect that is none": (put("presets", 0, "chain", 0, "effect", "evil"), "presets[0].chain[0] is no setting"),
    "an effect twice": (lambda raw: raw["presets"][1]["chain"].append(raw["presets"][1]["chain"][0]), "comes once"),
    "a knob too many": (put("played", "values", [0.1] * 9), "played is no setting"),
    "a curve beyond": (put("curve", 0, [0.0, 7.0]), "curve[0]"),
    "a way out": (put("recordings", 0, "file", "recordings/../../x.wav"), "recordings[0].file"),
    "a part that is not there": (put("recordings", 0, "file", "recordings/7.wav"), "other parts than it names"),
    "a map that is not there": (put("map", {"clip": "x", "start_s": 0.0}), "other parts than it names"),
    "a part twice": (put("recordings", 1, "file", "recordings/1.wav"), "other parts than it names"),
}  # fmt: skip


@pytest.mark.parametrize("reason", WRONG)
def test_a_changed_file_is_refused_in_a_sentence(data: bytes, reason: str) -> None:
    change, said = WRONG[reason]
    with pytest.raises(SessionFileError) as refused:
        from_bytes(changed(change, data))
    assert said in str(refused.value), refused.value
    assert "Please" in sentence(refused.value)


def test_what_is_no_session_is_refused(data: bytes) -> None:
    bomb = packed({"session.json": b" " * 2**24, "recordings/1.wav": b""}, zipfile.ZIP_DEFLATED)
    path = packed({"session.json": b"{}", "../../etc/passwd": b"x"})
    nested = packed({"session.json": b"[" * 100_000})
    wrong = [b"", b"PK", b"Dear Sir or Madam", bomb, path, nested, packed({"other.json": b"{}"}), packed({})]
    for one in wrong:
        with pytest.raises(SessionFileError, match="Please"):
            from_bytes(one)


@pytest.mark.parametrize("folder", ["", "session.latentfx/", "session\\"])
def test_what_was_unpacked_and_packed_anew_comes_back(data: bytes, folder: str) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    slash = "\\" if "\\" in folder else "/"
    beside = {f"{folder}recordings{slash}": b"", "__MACOSX/._session.json": b"\0", f"{folder}.DS_Store": b"\0"}
    anew = {folder + name.replace("/", slash): part for name, part in parts.items()} | beside
    assert from_bytes(packed(anew, zipfile.ZIP_DEFLATED)) == from_bytes(data)


def test_a_truncated_or_damaged_file_is_refused(data: bytes) -> None:
    for share in (0.1, 0.5, 0.9, 0.999):
        with pytest.raises(SessionFileError, match="Please"):
            from_bytes(data[: int(share * len(data))])
    middle = bytearray(data)
    middle[len(data) // 2] ^= 0xFF
    with pytest.raises(SessionFileError, match="whole file"):
        from_bytes(bytes(middle))


def test_a_lie_about_sizes_costs_nothing(data: bytes) -> None:
    """A header that promises gigabytes is no reason to reserve them."""
    at = data.rindex(b"PK\x01\x02")
    lie = bytearray(data)
    lie[at + 20 : at + 28] = (0x7FFFFFFF).to_bytes(4, "little") * 2
    with pytest.raises(SessionFileError, match="more than 100 MB"):
        from_bytes(bytes(lie))


def test_a_part_unfolds_to_no_more_than_it_says() -> None:
    lie = bytearray(packed({"session.json": b" " * 2**25}, zipfile.ZIP_DEFLATED))
    at = lie.rindex(b"PK\x01\x02")
    lie[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    tracemalloc.start()
    with pytest.raises(SessionFileError, match="whole file"):
        from_bytes(bytes(lie))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 2**20


def test_the_format_is_named_once(data: bytes) -> None:
    assert data.count(FORMAT.encode()) == 1
