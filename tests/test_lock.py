"""Promise: a knob that is locked out of a morph stays at A's value, to the bit, and nothing else changes."""

import csv
import io
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from core.audio import SEGMENT
from core.audio.clips import load_clip
from core.audio.io import encode
from core.audio.own import load_own
from core.effects import Blend, Chain, Setting, random_setting, render
from core.effects.automation import write_score
from core.explorer import Explorer
from core.folder.__main__ import main
from core.folder.morph import morph
from core.paths.interpolation import Interpolation
from core.paths.lock import Lock, lockable
from core.paths.over_time import nodes
from core.paths.path_file import PathFileError, from_json, to_json
from core.paths.route import PathError, Route
from core.paths.table import parameter_csv
from pages.static import paths as static_paths
from tests.test_path_file import changed, path_file, put

NEAR, FAR = Setting("delay", (0.1, 0.7, 1 / 3)), Setting("delay", (0.9, 0.2, 0.8))
DRIVE, HALL = random_setting("overdrive", 1), random_setting("reverb", 2)
ENDS: dict[str, tuple[Setting | Chain, ...]] = {
    "settings": (NEAR, FAR),
    "chains": (DRIVE | NEAR, FAR | HALL),
    "other orders": (DRIVE | NEAR, FAR | DRIVE),  # delay moves: it fades out at one place and in at the other
    "corners": (NEAR, HALL, FAR, DRIVE | FAR),
}
MIX = 2
"""Number of the knob delay.mix, which is locked here."""


@pytest.fixture(scope="module")
def dry() -> np.ndarray:
    return np.resize(load_clip("speech_en_f_allison"), SEGMENT)


@pytest.fixture(scope="module")
def walked(factor: Explorer, dry: np.ndarray) -> dict[str, tuple[Interpolation, Interpolation]]:
    """Each path without a lock, and the same points with one."""
    found = {}
    for name, ends in ENDS.items():
        route = Route("corners", steps=3) if name == "corners" else Route(steps=6, low=-0.2, high=1.2)
        path = factor.interpolate([(dry, render(dry, own)) for own in ends], route)
        found[name] = path, replace(path, route=replace(route, locked=("delay.mix",)))
    return found


def delays(blends: Sequence[Blend]) -> np.ndarray:
    """Knobs (setting, knob) of every delay that plays."""
    parts = [own for blend in blends for played, _ in blend.parts for own in played.settings]
    return np.array([own.values for own in parts if own.effect == "delay"])


@pytest.mark.parametrize(("name", "voice"), product(ENDS, ("re-rendered", "parameter line")))
def test_a_locked_knob_stays_at_a_s_value_and_all_else_as_it_was(
    name: str, voice: str, walked: dict[str, tuple[Interpolation, Interpolation]], factor: Explorer
) -> None:
    ends, (free, locked) = ENDS[name], walked[name]

    def played(path: Interpolation) -> list[Blend]:
        along = [path.blend(step, ends) for step in range(len(path.z))]
        return along if voice == "parameter line" else factor.blends(path, ends)

    without, within = played(free), played(locked)
    assert np.ptp(delays(without)[:, MIX]) > 0.2
    assert set(delays(within)[:, MIX]) == {NEAR.values[MIX]}
    assert np.array_equal(delays(within)[:, :MIX], delays(without)[:, :MIX])
    for one, other in zip(within, without, strict=True):
        assert [share for _, share in one.parts] == [share for _, share in other.parts]
        assert [own.effects for own, _ in one.parts] == [own.effects for own, _ in other.parts]
        for (own, _), (before, _) in zip(one.parts, other.parts, strict=True):
            kept = [setting for setting in own.settings if setting.effect != "delay"]
            assert kept == [setting for setting in before.settings if setting.effect != "delay"]


def test_b_is_played_with_a_s_value(walked: dict[str, tuple[Interpolation, Interpolation]], factor: Explorer) -> None:
    path = replace(walked["settings"][1], position=np.linspace(0, 1, 6, dtype=np.float32))
    held = Setting("delay", (*FAR.values[:MIX], NEAR.values[MIX]))
    assert Lock.of(("delay.mix",), ENDS["settings"]).ends(ENDS["settings"]) == [NEAR, held]
    for last in (factor.blends(path, ENDS["settings"])[-1], path.blend(5, ENDS["settings"])):
        assert last == Blend.of(held)
    aside = replace(path, route=replace(path.route, part="effect"))
    wet = factor.voice(aside, 5, "crossfade", ENDS["settings"])
    assert np.array_equal(wet, render(path.drys[0], held))


@pytest.mark.parametrize("voice", ["re-rendered", "parameter line"])
@pytest.mark.parametrize("name", ["settings", "chains"])
def test_over_time_in_scores_and_tables_it_stands_still(
    name: str, voice: str, factor: Explorer, dry: np.ndarray
) -> None:
    found = nodes(factor, dry, ENDS[name], Route(low=-0.1, high=1.3, locked=("delay.mix",)), voice)
    assert set(delays([node.blend for node in found])[:, MIX]) == {NEAR.values[MIX]}
    score = write_score(dry, found, ((0.0, 0.0), (5.0, 1.0)))
    stages = [stage for effect in score["effects"] for stage in effect.get("stages", [effect])]
    delay = [plugin["knobs"]["mix"]["values"] for stage in stages for plugin in stage["plugins"][:1]
             if plugin["kind"] == "Delay"]  # fmt: skip
    assert delay
    assert len({value for values in delay for value in values}) == 1
    rows = list(csv.DictReader(io.StringIO(parameter_csv(found))))
    columns = [column for column in rows[0] if column.endswith("delay mix")]
    assert len({row[column] for row in rows for column in columns} - {""}) == 1


def test_what_a_or_all_others_lack_is_not_locked() -> None:
    assert lockable((NEAR, FAR | DRIVE)) == ["delay.time", "delay.feedback", "delay.mix"]
    assert lockable((NEAR, HALL, FAR)) == lockable((NEAR, FAR))
    for ends in ((NEAR, DRIVE), (DRIVE, NEAR), (Chain(), FAR), ()):
        assert not lockable(ends)
    assert Lock.of(("delay.mix",), (DRIVE, NEAR)).ends((DRIVE, NEAR)) == [DRIVE, NEAR]


@pytest.mark.parametrize(
    ("locked", "kind", "words"),
    [
        (("delay.colour",), "linear", "'delay.colour' to lock. Please name .*: delay.time, delay.feedback, delay.mix."),
        (("mix",), "linear", "no knob 'mix' to lock. Please name an effect and its knob: .*, overdrive.drive, "),
        (("delay.mix",) * 2, "linear", "locked twice. Please"),
        (("delay.mix",), "difference", "Please lock none, or choose another kind"),
    ],
)
def test_a_lock_that_cannot_be_is_a_sentence(locked: tuple[str, ...], kind: str, words: str) -> None:
    with pytest.raises(PathError, match=words):
        Route(kind, locked=locked)


def test_a_path_file_keeps_it_and_older_ones_know_none() -> None:
    known = path_file()
    locked = replace(known.route, locked=("delay.mix", "overdrive.level"))
    path = path_file(ends=(known.ends[0], replace(known.ends[0], setting=FAR)), route=locked)
    text = to_json(path)
    assert json.loads(text)["format"] == "latentfx-path/5"
    assert from_json(text) == path
    assert to_json(from_json(text)) == text
    assert path.ends[1].setting == FAR
    assert path.heard[1].setting == replace(FAR, values=(*FAR.values[:2], path.ends[0].setting.values[2]))
    assert "locked" not in to_json(known)
    assert known.heard == known.ends  # a ready pair: nobody knows its knobs
    older = json.loads(text) | {"format": "latentfx-path/4"}
    with pytest.raises(PathFileError, match="format is 4, which has no locked knobs"):
        from_json(json.dumps(older))
    for wrong, words in (([], "at least 1"), (["delay.colour"], "no knob"), ("delay.mix", "list"), ([1], "text")):
        with pytest.raises(PathFileError, match=words):
            from_json(put(wrong, "route", "locked"))
    assert from_json(changed(lambda content: None)).route.locked == ()


def test_a_folder_s_morph_plays_it_and_its_file_has_b_as_it_was(
    factor: Explorer, dry: np.ndarray, tmp_path: Path
) -> None:
    (file := tmp_path / "take.wav").write_bytes(encode(dry))
    route = Route(steps=2, locked=("delay.mix",))
    sounds, _, made = morph(factor, file, file, (NEAR, FAR), route, "crossfade")
    assert [end.setting for end in made.ends] == [NEAR, FAR]
    assert made.route == route
    held = render(load_own(file).heard, made.heard[1].setting)
    assert np.abs(sounds[1] - held).max() < 0.01 * np.abs(sounds[1] - sounds[0]).max()


MORPH = "a.wav a.wav --settings delay:0.1,0.7,0.3 delay:0.9,0.2,0.8 --steps 3 --out between"


def command(monkeypatch: pytest.MonkeyPatch, folder: Path, dry: np.ndarray, more: str) -> object:
    """What `latentfx morph` of a recording in this folder exits with."""
    (folder / "a.wav").write_bytes(encode(dry))
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["latentfx", "morph", *MORPH.split(), *more.split()])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


def test_the_command_line_locks_knobs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, dry: np.ndarray) -> None:
    assert command(monkeypatch, tmp_path, dry, "--lock delay.mix delay.time") == 0
    made = from_json((tmp_path / "between" / "a-a.json").read_bytes())
    assert made.route.locked == ("delay.mix", "delay.time")
    assert [end.setting.values[MIX] for end in made.ends if isinstance(end.setting, Setting)] == [0.3, 0.8]
    found = delays([node.blend for node in made.nodes])
    assert len(found) == 3
    assert set(found[:, MIX]) == {0.3}
    assert set(found[:, 0]) == {0.1}
    assert np.ptp(found[:, 1]) == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize(
    ("lock", "said"),
    [
        ("delay.colour", "There is no knob 'delay.colour' to lock. Please name an effect and its knob: delay.time, "
         "delay.feedback, delay.mix."),
        ("reverb.mix", "reverb.mix cannot be locked: A (Delay · time"),
    ],
)  # fmt: skip
def test_a_lock_that_the_command_line_cannot_hold_is_a_sentence(
    lock: str, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, dry: np.ndarray
) -> None:
    refused = str(command(monkeypatch, tmp_path, dry, f"--lock {lock}"))
    assert refused.startswith(said)
    assert not list(tmp_path.glob("between/*"))


def test_the_page_without_a_server_plays_it(factor: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    file = static_paths.default(factor)
    ends = tuple(replace(file.ends[0], setting=own) for own in (NEAR, FAR))
    file = replace(file, ends=ends, route=replace(file.route, steps=2, locked=("delay.mix",)), voice="crossfade")
    heard: list[Sequence[Setting]] = []
    monkeypatch.setattr(static_paths, "_voice", lambda explorer, path, settings, *rest: heard.append(settings))
    made = static_paths.made(factor, file, "path")
    assert made.title.count(NEAR.text.rpartition(" · ")[2]) == 2
    assert {own.values[MIX] for own in heard[0]} == {NEAR.values[MIX]}
