"""Promise: a folder of recordings through a setting, presets or a path; a path between two; what is wrong is said."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from core.audio.clips import load_clip
from core.audio.io import AudioError, encode, encode_exactly, read
from core.audio.measure import gain_to
from core.audio.rate import resampled
from core.effects import Blend, Setting, chain_file, random_setting, render, render_blend
from core.effects.automation import Node
from core.folder import FolderError, apply_files, morph_files
from core.folder.journal import journal_of
from core.folder.settings import blend_at, parse_setting, read_settings
from core.paths.path_file import End, PathFile, from_json, to_json
from core.paths.route import PathError, Route
from pages.shared.downloads import setting_json
from pages.shared.presets import Preset
from pages.shared.presets import to_json as presets_json

DELAY, LOWPASS = Setting("delay", (0.5, 0.3, 0.4)), Setting("lowpass", (0.2, 0.6))
NODES = (
    Node(0.0, Blend.of(DELAY)),
    Node(0.5, Blend(((DELAY, 0.25), (LOWPASS, 0.75)))),
    Node(1.0, Blend.of(Setting("lowpass", (0.6, 0.0)))),
)


@pytest.fixture
def path_json(tmp_path: Path) -> Path:
    ends = tuple(End("clip", 0, setting, "0" * 64) for setting in (DELAY, LOWPASS))
    file = tmp_path / "path.json"
    file.write_text(to_json(PathFile("factor", "0", ends, Route(steps=3), nodes=NODES)))
    return file


def test_sounds_are_what_render_makes_and_named_after_their_recordings(recordings: Path, tmp_path: Path) -> None:
    rows = apply_files("delay:0.5,0.3,0.4", recordings, tmp_path / "out", workers=2)
    assert [row.get("reason", "")[-20:] for row in rows] == ["again as WAV or FLAC.", "", ""] or rows
    made = sorted(str(file.relative_to(tmp_path / "out")) for file in (tmp_path / "out").rglob("*.wav"))
    assert made == ["inner/y_delay.wav", "x_delay.wav"]
    for row in rows:
        if "reason" in row:
            assert row["file"].endswith("broken.wav")
            continue
        assert np.array_equal(read(row["sound"]), render(read(row["file"]), DELAY))
        assert (row["delay_share"], row["delay_mix_position"], row["delay_mix"]) == (1, 0.4, 0.3)
    assert (tmp_path / "out" / "sounds.csv").read_text().startswith("file,sound,setting,position,")


def test_a_sound_keeps_its_rate_and_its_channels(tmp_path: Path) -> None:
    dry = np.random.default_rng(0).normal(0, 0.05, (2, 44_100)).astype(np.float32)
    (tmp_path / "wide.wav").write_bytes(encode_exactly(dry, 44_100))
    (row,) = apply_files("lowpass:0.2,0.6", tmp_path / "wide.wav", tmp_path / "out", workers=1)
    made, rate = soundfile.read(row["sound"], dtype="float32")
    assert rate == 44_100
    assert np.array_equal(made.T, render(dry, LOWPASS, 44_100))
    assert "note" not in row


def test_a_sound_that_was_removed_or_could_not_be_written_is_made_again(tmp_path: Path) -> None:
    for name in ("x.wav", "y.wav"):
        (tmp_path / name).write_bytes(encode(load_clip("bell")[:24_000]))
    out, names = tmp_path / "out", ("x_delay.wav", "y_delay.wav")
    (out / names[1]).mkdir(parents=True)
    journal_of(out / "sounds.csv").touch()
    made, refused = apply_files("delay", [tmp_path / "x.wav", tmp_path / "y.wav"], out, workers=1)
    assert refused["reason"] == f"{out / names[1]} cannot be written (Is a directory). " + (
        "Please mend that, or choose another --out."
    )
    assert not list(out.glob(".*"))
    (out / names[1]).rmdir()
    Path(made["sound"]).unlink()
    rows = apply_files("delay", [tmp_path / "x.wav", tmp_path / "y.wav"], out, workers=1)
    assert [Path(row["sound"]).name for row in rows] == [*names]
    assert all((out / name).is_file() for name in names)
    assert not any("reason" in row for row in rows)


def test_what_has_too_many_channels_is_one_at_24_khz_and_says_so(tmp_path: Path) -> None:
    dry = np.random.default_rng(0).normal(0, 0.05, (9, 44_100)).astype(np.float32)
    (tmp_path / "wide.wav").write_bytes(encode_exactly(dry, 44_100))
    (row,) = apply_files("lowpass", tmp_path / "wide.wav", tmp_path / "out", workers=1)
    assert soundfile.info(row["sound"]).samplerate == 24_000
    assert soundfile.info(row["sound"]).channels == 1
    assert row["note"].endswith("wide.wav is used as one channel at 24,000 Hz.")


def test_a_path_is_applied_at_positions_and_at_each_step(recordings: Path, path_json: Path, tmp_path: Path) -> None:
    file = recordings / "x.wav"
    dry = read(file)
    rows = apply_files(path_json, file, tmp_path / "at", positions=(0, 0.25, 0.5), workers=1)
    assert [Path(row["sound"]).name for row in rows] == ["x_at-0.wav", "x_at-0.25.wav", "x_at-0.5.wav"]
    assert [row["position"] for row in rows] == [0, 0.25, 0.5]
    wanted = [NODES[0].blend, Blend(((DELAY, 0.625), (LOWPASS, 0.375))), NODES[1].blend]
    for row, blend in zip(rows, wanted, strict=True):
        assert np.allclose(read(row["sound"]), render_blend(dry, blend), atol=1e-6)
    steps = apply_files(path_json, file, tmp_path / "steps", workers=1)
    assert [Path(row["sound"]).name for row in steps] == [f"x_step-0{step}.wav" for step in (1, 2, 3)]
    assert np.allclose(read(steps[2]["sound"]), render(dry, NODES[2].blend.main), atol=1e-6)


def test_between_the_steps_of_a_path_knobs_and_shares_move_evenly() -> None:
    blend = dict((setting.effect, (setting, share)) for setting, share in blend_at(NODES, 0.75).parts)  # noqa: C402
    assert np.allclose(blend["lowpass"][0].values, (0.4, 0.3))
    assert (blend["lowpass"][1], blend["delay"][1]) == pytest.approx((0.875, 0.125))
    assert blend_at(NODES, 1.2) == blend_at(NODES, 1.0)
    assert [blend_at(NODES, node.position) for node in NODES] == [node.blend for node in NODES]


def test_presets_and_a_setting_come_as_the_pages_export_them(recordings: Path, tmp_path: Path) -> None:
    file = tmp_path / "presets.json"
    file.write_bytes(presets_json([Preset("My echo/1", DELAY | LOWPASS), Preset("dark", LOWPASS)]))
    found = read_settings(str(file))
    assert [(one.label, one.name) for one in found] == [("My-echo-1", "My echo/1"), ("dark", "dark")]
    for one, known in zip(found, (DELAY | LOWPASS, LOWPASS), strict=True):
        for own, other in zip(one.blend.main.settings, known.settings, strict=True):
            assert own.effect == other.effect
            assert own.values == pytest.approx(other.values, abs=1e-9)
    (row,) = apply_files(file, recordings / "x.wav", tmp_path / "out", preset="dark", workers=1)
    assert Path(row["sound"]).name == "x_dark.wav"
    assert np.allclose(read(row["sound"]), render(read(recordings / "x.wav"), LOWPASS), atol=1e-5)
    one = tmp_path / "setting.json"
    one.write_bytes(setting_json("factor", (0.1, 0.2), LOWPASS))
    assert [own.blend for own in read_settings(str(one))] == [Blend.of(LOWPASS)]
    with pytest.raises(FolderError, match=r"has no preset 'bright'. Known: My echo/1, dark"):
        read_settings(str(file), preset="bright")


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ("delay:0.5,0.3,0.4", DELAY),
        (" Delay : .5, 0.3 ,4e-1", DELAY),
        ("lowpass:cutoff=1200Hz", Setting("lowpass", parse_setting("lowpass").values)),
        ("lowpass:cutoff=200,resonance=0.9", Setting("lowpass", (0.0, 1.0))),
        ("delay:time=50ms,feedback=0,mix=0.6", Setting("delay", (0.0, 0.0, 1.0))),
        ("overdrive:drive=42 dB,level=-12dB,tone=700", Setting("overdrive", (1.0, 0.0, 0.0))),
        ("compressor:ratio=20:1,threshold=-18,release=0.5s", Setting("compressor", (1.0, 1.0, 1.0))),
    ],
)
def test_a_setting_is_read_as_positions_or_in_units(text: str, setting: Setting) -> None:
    found = parse_setting(text)
    assert found.effect == setting.effect
    assert np.allclose(found.values, setting.values)


def test_presets_that_are_called_alike_each_have_a_sound_of_their_own(recordings: Path, tmp_path: Path) -> None:
    file = tmp_path / "presets.json"
    names = ["Warm", "Warm!", "Warm 2", "warm", "é" * 199 + "a", "é" * 199 + "b", "=1+1"]
    settings = [random_setting("lowpass", seed) for seed in range(len(names))]
    file.write_bytes(presets_json([Preset(name, own) for name, own in zip(names, settings, strict=True)]))
    rows = apply_files(file, recordings / "x.wav", tmp_path / "out", workers=1)
    sounds = [Path(row["sound"]) for row in rows]
    assert len({sound.name.lower() for sound in sounds}) == len(names)
    for row, setting in zip(sorted(rows, key=lambda row: names.index(row["setting"])), settings, strict=True):
        assert np.allclose(read(row["sound"]), render(read(recordings / "x.wav"), setting), atol=1e-5)
    table = (tmp_path / "out" / "sounds.csv").read_text()
    assert ",'=1+1" in table
    assert ",=1+1" not in table


def test_a_long_chain_is_no_name_of_a_file() -> None:
    text = "overdrive:drive=20.123456789012345dB,tone=1234.567890123Hz,level=-1.234567890123dB | delay:time=0.1234567s"
    (found,) = read_settings(f"{text},feedback=0.1234567890123,mix=0.1234567890123 | reverb | lowpass:cutoff=1234Hz")
    assert found.blend.main.effects == ("overdrive", "delay", "reverb", "lowpass")


def test_a_chain_is_typed_or_comes_as_its_file(recordings: Path, tmp_path: Path) -> None:
    chain = LOWPASS | DELAY
    (typed,) = read_settings("lowpass:0.2,0.6 | delay:0.5,0.3,0.4")
    (tmp_path / "chain.json").write_text(chain_file.to_json(chain))
    (filed,) = read_settings(str(tmp_path / "chain.json"))
    (tmp_path / "object.json").write_text(f'{{"chain": {chain_file.to_json(chain)}}}')
    (of_an_object,) = read_settings(str(tmp_path / "object.json"))
    for one in (typed, filed, of_an_object):
        assert (one.label, one.name) == ("lowpass-delay", chain.text)
        assert np.allclose(np.concatenate([own.values for own in one.blend.main.settings]), (0.2, 0.6, 0.5, 0.3, 0.4))
    (row,) = apply_files("lowpass:0.2,0.6 | delay:0.5,0.3,0.4", recordings / "x.wav", tmp_path / "out", workers=1)
    assert Path(row["sound"]).name == "x_lowpass-delay.wav"
    assert np.array_equal(read(row["sound"]), render(read(recordings / "x.wav"), chain))
    assert (row["lowpass_share"], row["delay_share"], row["delay_mix_position"]) == (1, 1, 0.4)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("delay | reverb | delay", "delay | reverb | delay cannot be played: each effect comes once"),
        ("delay |", "There is no effect or file ''"),
        ("delya:0.5", "There is no effect or file 'delya'. Effects: delay, overdrive"),
        ("delay:0.5,0.3", "Delay has 3 knobs (time, feedback, mix), not 2."),
        ("delay:0.5,0.3,1.4", "Delay's mix stands between 0 and 1, not at '1.4'"),
        ("delay:0.5,0.3,loud", "Delay's mix stands between 0 and 1, not at 'loud'"),
        ("delay:time=0.25s,wet=0.4", "Delay has no knob 'wet'. Known: time, feedback, mix."),
        ("delay:mix=0.3,mix=0.4", "Delay has a knob that is given twice. Please leave one out."),
        ("delay:mix=2", "Delay's mix: 2.0 lies outside 0.1 ... 0.6. A setting"),
        ("delay:time=2s", "Delay's time: 2.0 s lies outside 0.05 ... 0.6 s"),
        ("delay:time=2kHz", "Delay's time is given in s, not in kHz"),
        ("delay:mix=0.3dB", "Delay's mix is given without a unit, not in dB"),
        ("delay:time=soon", "Delay's time is a number, not 'soon'"),
        ("delay:time=nan", "Delay's time is a number, not 'nan'"),
        ("nowhere.json", "nowhere.json cannot be read (No such file or directory)"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_in_a_sentence(text: str, said: str) -> None:
    with pytest.raises(FolderError, match=re.escape(said)):
        read_settings(text)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is not JSON, or only a part of it (line 1, column 2). Please mend it, or export it again."),
        ("{}", "is none of LatentFX's files"),
        ('[{"effect": "sox_echo"}]', "step 1 names the effect sox_echo"),
        ('{"format": "latentfx-presets/1"}', "lacks the field 'presets'"),
        ('{"format": "latentfx-presets/1", "presets": [3]}', "presets[0] must be an object"),
        ('{"format": "latentfx-presets/2", "presets": []}', "has no preset. Known: none."),
        (
            '{"format": "latentfx-presets/2", "presets": [{"name": "a", "chain": [3]}]}',
            "presets[0]: The chain file's step 1 must be an object",
        ),
        ('{"format": "latentfx-path/2"}', "lacks the field 'checkpoint'"),
        ('{"format": "latentfx-path/9"}', "newer than 5. Please update LatentFX"),
        (setting_json("factor", (), DELAY).decode().replace("delay", "delya"), "no effect 'delya'"),
        (setting_json("factor", (), DELAY).decode().replace("0.4\n", "1.4\n"), "mix: knob position 1.4 lies outside"),
        (" " * 1_000_001, "is none of LatentFX's files"),
    ],
)
def test_a_broken_file_of_settings_is_refused_in_a_sentence(content: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "some.json"
    file.write_text(content)
    with pytest.raises(FolderError, match=re.escape(said)) as refused:
        read_settings(str(file))
    assert str(refused.value).startswith(str(file))


def test_a_path_without_settings_or_a_place_beyond_it_is_refused(path_json: Path, tmp_path: Path) -> None:
    with pytest.raises(FolderError, match=r"from -0.3 to 1.3, A is 0 and B is 1; not to 1.5"):
        read_settings(str(path_json), [0.5, 1.5])
    bare = tmp_path / "bare.json"
    bare.write_text(json.dumps(json.loads(path_json.read_text()) | {"nodes": []}))
    with pytest.raises(FolderError, match="holds no settings"):
        read_settings(str(bare))
    with pytest.raises(FolderError, match="is no path: --position"):
        read_settings("delay", [0.5])
    with pytest.raises(FolderError, match="holds no presets: --preset"):
        read_settings("delay", preset="dark")


def test_a_path_between_two_is_written_with_a_file_that_plays_it_again(recordings: Path, tmp_path: Path) -> None:
    x = recordings / "x.wav"
    files = morph_files(x, x, tmp_path / "out", ("delay", random_setting("bitcrush")), Route(steps=3))
    assert [file.name for file in files] == [f"x-x_step-0{step}.wav" for step in (1, 2, 3)] + ["x-x.json"]
    path = from_json(files[-1].read_bytes())
    assert [end.setting for end in path.ends] == [parse_setting("delay"), random_setting("bitcrush")]
    dry = np.resize(read(x), len(read(files[0])))
    for file, node in zip(files, path.nodes, strict=False):
        wet = render_blend(dry, node.blend)
        assert np.allclose(read(file), wet * gain_to(dry), atol=1e-4)
    with pytest.raises(FolderError, match=r"x-x_step-01.wav is there already"):
        morph_files(x, x, tmp_path / "out", ("delay", "bitcrush"), Route(steps=3))
    with pytest.raises(PathError, match="has no part 'words'"):
        morph_files(x, x, tmp_path / "two", ("delay", "bitcrush"), Route(steps=3, part="words"))
    with pytest.raises(AudioError, match=r"broken.wav is not a readable"):
        morph_files(recordings / "broken.wav", x, tmp_path / "three", ("delay", "bitcrush"))


def test_a_path_s_sounds_keep_the_rate_and_the_channels_of_their_recordings(tmp_path: Path) -> None:
    left = resampled(load_clip("guitar_em9"), 24_000, 44_100)
    wide = np.stack([left, 0.3 * left[::-1]])
    (tmp_path / "wide.wav").write_bytes(encode_exactly(wide, 44_100))
    for voice in ("re-rendered", "decoded"):
        files = morph_files(
            *(tmp_path / "wide.wav",) * 2, tmp_path / voice, ("lowpass", "delay"), Route(steps=3), voice
        )
        for file in files[:-1]:
            sound, rate = soundfile.read(file, dtype="float32")
            assert (rate, sound.shape) == (44_100, (round(131_072 * 44_100 / 24_000), 2))
            assert np.abs(sound[:, 0] - sound[:, 1]).max() > 0.05
        if voice == "re-rendered":
            own, blend = wide[:, : len(sound)], from_json(files[-1].read_bytes()).nodes[1].blend
            middle = soundfile.read(files[1], dtype="float32")[0].T
            wet = render_blend(own * np.float32(gain_to(own, sample_rate=rate)), blend, rate)
            assert np.abs(middle - wet).max() < 1e-3
