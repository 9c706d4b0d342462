"""Promise: the free corpora are built out of packages by one command, each recording under whoever is heard in it."""

import shutil
import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from core.checkpoints.folder import load_config
from training.corpus import SPLITS, Corpus, pack
from training.debian import soundfont
from training.debian.music import MUSIC
from training.debian.packages import Collection, fetch
from training.debian.speech import SPEECH


@pytest.mark.parametrize(
    ("path", "speaker"),
    [
        ("festvox-ru/usr/share/festival/wav/a.wav", "festvox-ru"),
        ("tuxpaint-stamps-default/usr/share/x/dog_desc_da.ogg", "tux-da"),
        ("tuxpaint-stamps-default/usr/share/x/dog_desc_es.ogg", None),
        ("fillets-ng-data-nl/usr/share/x/nl/zd1-m-cesta.ogg", "fil-nl-m"),
        ("klettres-data/usr/share/klettres/en_GB/syllab/ba.ogg", "kle-en_GB"),
        ("hedgewars-data/usr/share/games/hedgewars/Data/Sounds/voices/Surfer/Boring.ogg", "hed-Surfer"),
    ],
)
def test_speakers_of_the_speech_packages(path: str, speaker: str | None) -> None:
    assert SPEECH.speaker_of(path) == speaker


@pytest.mark.parametrize(
    ("path", "speaker"),
    [
        ("wesnoth-1.16-music/usr/share/games/wesnoth/1.16/data/core/music/battle-epic.ogg", "wes-battle-epic"),
        ("wesnoth-1.16-music/usr/share/games/wesnoth/1.16/data/core/music/frantic.ogg", None),
        ("warzone2100-music/usr/share/games/warzone2100/music/albums/x/track3.opus", "war-track3"),
        ("warzone2100-music/usr/share/games/warzone2100/music/albums/x/track3_enhanced.opus", None),
        ("unknown-horizons/usr/share/x/content/audio/music/menu/main_theme.ogg", "uh-main_theme"),
        ("unknown-horizons/usr/share/x/content/audio/sounds/click.ogg", None),
        ("unknown-horizons/usr/share/x/content/audio/voice/de/0/new_world/0.ogg", None),
        ("hydrogen-drumkits/usr/share/hydrogen/data/drumkits/circAfrique v4/Kick.flac", "kit-circAfrique_v4"),
        ("hydrogen-drumkits/usr/share/hydrogen/data/drumkits/circAfrique v4/drumkit.xml", None),
        ("fluid-soundfont-gm/instruments/Cello/Cello_E7_L.wav", "gm-Cello"),
    ],
)
def test_speakers_of_the_music_packages(path: str, speaker: str | None) -> None:
    assert MUSIC.speaker_of(path) == speaker


@pytest.mark.parametrize("name", ["factor", "joint-2ch", "week5"])
def test_what_ships_was_trained_on_these_speakers(name: str) -> None:
    """So that whoever builds the corpora trains on the same ones, and measures on none of them."""
    trained = set(load_config(Path("checkpoints") / name).training["speakers"])
    music = {one for one in trained if one.startswith(("gm-", "kit-", "uh-", "war-", "wes-", "lin-"))}
    assert music == set(MUSIC.splits["train"])
    held = [one for split in SPLITS[1:] for one in (*MUSIC.splits[split], *SPEECH.splits[split])]
    assert len(held) == len(set(held))
    assert not trained & set(held)


@pytest.mark.parametrize(
    ("name", "instrument"),
    [
        ("Church Organ C#6", "Church_Organ"),
        ("E's Bassoon C#4(L)", "E_s_Bassoon"),
        ("P200 Piano D2(L)", "P"),
        ("sitar_g5(L)", "sitar"),
        ("Banjo 6", "Banjo"),
        ("Clean F615", "Clean"),
        ("808 Clave", ""),
    ],
)
def test_an_instrument_is_what_stands_before_the_note(name: str, instrument: str) -> None:
    assert soundfont.instrument_of(name) == instrument


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _header(name: str, start: int, end: int, rate: int, kind: int) -> bytes:
    return struct.pack("<20s5IBbHH", name.encode(), start, end, start, end, rate, 60, 0, 0, kind)


def test_recordings_of_a_soundfont_are_unfolded(tmp_path: Path) -> None:
    """Mono and left ones, at their own rates; of the right ones, of the end mark and of what has no name nothing."""
    audio = np.arange(-300, 300, dtype="<i2")
    headers = b"".join(
        [
            _header("Cello C5(L)", 0, 100, 44_100, 4),
            _header("Cello C5(R)", 100, 200, 44_100, 2),
            _header("Banjo 6", 200, 600, 22_050, 1),
            _header("808 Clave", 0, 50, 44_100, 1),
            _header("EOS", 0, 0, 0, 0),
        ]
    )
    info, samples = _chunk(b"INAM", b"odd"), _chunk(b"smpl", audio.tobytes())
    lists = [b"INFO" + info, b"sdta" + samples, b"pdta" + _chunk(b"shdr", headers)]
    body = b"sfbk" + b"".join(_chunk(b"LIST", one) for one in lists)
    (tmp_path / "a.sf2").write_bytes(_chunk(b"RIFF", body))
    soundfont.unfold(tmp_path / "a.sf2", tmp_path / "out")
    files = sorted(file.relative_to(tmp_path / "out").as_posix() for file in (tmp_path / "out").rglob("*.wav"))
    assert files == ["Banjo/Banjo_6.wav", "Cello/Cello_C5_L.wav"]
    banjo, rate = soundfile.read(tmp_path / "out" / files[0], dtype="int16")
    assert rate == 22_050
    assert np.array_equal(banjo, audio[200:600])


def _collection(shop: Path) -> Collection:
    """Two packages, as they lie in a shop: a file, and one that another is unfolded from."""
    for package, file in (("horns", "usr/low.wav"), ("box", "usr/box.bin")):
        (shop / package / file).parent.mkdir(parents=True)
        with (shop / package / file).open("wb") as sound:
            noise = np.random.default_rng(len(package)).normal(size=24_000) * 0.1
            soundfile.write(sound, noise, 24_000, format="WAV")

    def unfold(unpacked: Path) -> None:
        (unpacked / "box" / "unfolded.wav").write_bytes((unpacked / "box/usr/box.bin").read_bytes())

    def speaker_of(path: str) -> str | None:
        return {"horns/usr/low.wav": "horn", "box/unfolded.wav": "box"}.get(path)

    return Collection("two sounds", {"horns": "CC0", "box": "MIT"}, {"test": ("box",)}, speaker_of, unfold)


def test_packages_become_a_corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """apt-get and dpkg-deb are played, as no shop is near: one puts an archive there, the other unpacks it."""
    collection, asked = _collection(tmp_path / "shop"), []

    def run(command: tuple[str, ...], cwd: Path, **_: object) -> None:
        asked.append(command)
        if command[0] == "apt-get":
            (cwd / f"{command[-1]}_1.0-1_all.deb").touch()
        else:
            archive, package = command[-2:]
            assert (cwd / archive).is_file()
            shutil.copytree(tmp_path / "shop" / package, cwd / package)

    monkeypatch.setattr(subprocess, "run", run)
    for _ in range(2):
        fetch(collection, tmp_path / "corpus")
    assert [command[0] for command in asked] == ["apt-get", "dpkg-deb"] * 2
    assert not list((tmp_path / "corpus").rglob("*.deb"))
    pack(tmp_path / "corpus")
    packed = Corpus(tmp_path / "corpus")
    assert {one.name: one.split for one in packed.speakers} == {"horn": "train", "box": "test"}
    assert packed.about == "two sounds out of the Debian packages horns 1.0-1 (CC0), box 1.0-1 (MIT)"


def test_a_package_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object, **options: object) -> None:
        assert options["capture_output"]
        raise subprocess.CalledProcessError(100, "apt-get", stderr="W: a\nE: Unable to locate package no-such-sounds\n")

    monkeypatch.setattr(subprocess, "run", run)
    collection = replace(SPEECH, packages={"no-such-sounds": "CC0"})
    with pytest.raises(SystemExit, match=r"no-such-sounds of Debian 12 could not be fetched: E: Unable"):
        fetch(collection, tmp_path)
