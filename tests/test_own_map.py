"""Promise: a recording becomes a map of the checkpoint, point by point, and comes back from a file that is checked."""

import io
import shutil
import time
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from core.audio import SEGMENT
from core.audio.clips import clip_segment, load_clip
from core.audio.io import AudioError
from core.audio.measure import loudness_lufs
from core.audio.own import Own
from core.effects import EFFECTS, Chain, Setting, render
from core.effects.render import NoSound
from core.explorer import Explorer
from core.own_map import listener as listeners
from core.own_map.draw import drawn
from core.own_map.file import MapFileError, from_bytes, to_bytes
from core.own_map.listener import Listener
from core.own_map.making import BATCH, Making, Wanted
from core.own_map.own_map import Made, OwnMap, as_mapped

NAMES = [effect.name for effect in EFFECTS]
CHAINS = [drawn(NAMES, number, True) for number in range(len(NAMES), 3 * len(NAMES))]


@pytest.fixture(scope="module")
def own() -> Own:
    """The sentence in two channels at 48 kHz, as a visitor might bring it."""
    heard = load_clip("speech_en_f_allison")
    return as_mapped(Own(np.stack([np.repeat(heard, 2), 0.5 * np.repeat(heard, 2)]), 48_000, heard), "It")


@pytest.fixture(scope="module")
def listener(factor: Explorer, own: Own) -> Listener:
    return Listener(factor.codec, factor.map_part, own.heard, SEGMENT)


@pytest.fixture(scope="module")
def own_map(factor: Explorer, own: Own, listener: Listener) -> OwnMap:
    """Sixteen points, half of them chains."""
    return OwnMap("A voice", own, "factor", "0123", factor.knobs, Made.of(factor.knobs, CHAINS, listener.rows(CHAINS)))


def wanted(explorer: Explorer, own: Own, points: int = 2 * BATCH) -> Wanted:
    part = explorer.map_part.stop - explorer.map_part.start
    return Wanted(explorer.folder, explorer.knobs, part, own.heard, points, False)


def waited(making: Making, seconds: float = 120) -> Making:
    until = time.monotonic() + seconds
    while making.running and time.monotonic() < until:
        making.stay()
        time.sleep(0.02)
    return making


def test_each_effect_comes_as_often_and_each_third_round_is_of_chains() -> None:
    chains = [drawn(NAMES, number, True) for number in range(6 * len(NAMES))]
    assert Counter(len(chain.settings) for chain in chains) == {1: 4 * len(NAMES), 2: 2 * len(NAMES)}
    assert set(Counter(chain.effects for chain in chains if len(chain.settings) == 1).values()) == {4}
    assert {chain.effects[0] != name for chain, name in zip(chains, 6 * NAMES, strict=True)} == {True, False}, "order"
    assert chains[20:] == [drawn(NAMES, number, True) for number in range(20, 6 * len(NAMES))], "a map can grow"
    assert all(len(drawn(NAMES, number, False).settings) == 1 for number in range(48))
    assert drawn(["delay"], 2, True).effects == ("delay",), "no second effect, no chain"


def test_what_is_heard_is_what_the_effects_render(factor: Explorer, own: Own, listener: Listener) -> None:
    chains = [drawn(NAMES, number, True) for number in (1, 2, 17)]
    for chain, row in zip(chains, listener.rows(chains), strict=True):
        wet = render(own.heard, chain)
        z = factor.encode(own.heard, wet)[factor.map_part]
        assert np.linalg.norm(row[:-2] - z) < 0.02 * np.linalg.norm(z), chain.text
        assert row[-2] == pytest.approx(loudness_lufs(wet), abs=0.02)
    quiet = Listener(factor.codec, factor.map_part, 0.1 * own.heard, SEGMENT).rows(chains[:1])[0]
    assert quiet[-2] == pytest.approx(listener.rows(chains[:1])[0, -2] - 20, abs=0.02)


def test_a_setting_without_sound_is_left_out(
    factor: Explorer, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_delay(dry: np.ndarray, chain: Chain) -> np.ndarray:
        if "delay" in chain.effects:
            raise NoSound("no sound")
        return dry

    monkeypatch.setattr(listeners, "through", no_delay)
    chains = [Chain((Setting.all_at(effect, 0.5),)) for effect in ("overdrive", "delay", "reverb")]
    made = Made.of(factor.knobs, chains, listener.rows(chains))
    assert [factor.knobs.effects[number] for number in made.effect[:, 0]] == ["overdrive", "reverb"]


def test_points_tell_their_settings(own_map: OwnMap) -> None:
    assert [own_map.played(point) for point in range(8)] == [chain.settings[0] for chain in CHAINS[:8]]
    assert [own_map.played(point) for point in range(8, 16)] == CHAINS[8:]
    tone = own_map.knob(NAMES.index("overdrive"), 1)
    for point, chain in enumerate(CHAINS):
        told = [setting.values[1] for setting in chain.settings if setting.effect == "overdrive"]
        assert np.isnan(tone[point]) if not told else tone[point] == told[0]


def test_the_same_setting_lands_in_its_effect_s_cluster(factor: Explorer) -> None:
    """On a speaker and a recording that the atlas does not know."""
    atlas, numbers = factor.atlas, np.random.default_rng(5)
    points = np.concatenate([numbers.choice(np.flatnonzero(atlas.effect == number), 4) for number in range(len(NAMES))])
    settings = [factor.knobs.setting_of_point(atlas.effect[point], atlas.values[point]) for point in points]
    rows = Listener(factor.codec, factor.map_part, clip_segment("tabla_loop", 0), SEGMENT).rows(
        [Chain((s,)) for s in settings]
    )
    places = atlas.place(rows[:, :-2], "umap", 2)
    distance = np.linalg.norm(atlas.umap_2d[None] - places[:, None], axis=2)
    near = atlas.effect[np.argpartition(distance, 15, axis=1)[:, :15]]
    landed = [np.bincount(row).argmax() for row in near]
    assert np.mean(landed == atlas.effect[points]) >= 0.95


def test_processes_make_a_map_that_can_be_stopped_and_goes_on(factor: Explorer, own: Own, listener: Listener) -> None:
    making = Making(wanted(factor, own, 3 * BATCH), processes=1)
    assert (making.done, len(making.made()), making.seconds_left) == (0, 0, None)
    making.begin()
    while making.done < BATCH and making.running:
        making.stay()
        time.sleep(0.02)
    making.stop()
    waited(making)
    assert not making.problem
    assert BATCH <= making.done < 3 * BATCH, "it was stopped"
    held = making.made()
    making._here = listener.rows  # the rest without another process
    making._processes = 0
    making.begin()
    assert waited(making).done == 3 * BATCH
    made = making.made()
    assert np.array_equal(made.z[: len(held)], held.z), "points keep their numbers"
    chains = [drawn(NAMES, number, False) for number in range(3 * BATCH)]
    assert np.allclose(made.z, listener.rows(chains)[:, :-2], atol=1e-3)


def test_a_process_that_ends_is_a_sentence(factor: Explorer, own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", shutil.which("true"))  # it ends at once; Python would first load for seconds
    making = Making(wanted(factor, own), processes=1)
    making.begin()
    assert "has ended" in waited(making).problem
    assert making.done == 0


def test_nobody_looks_nobody_works(factor: Explorer, own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.own_map.making._ALONE_S", 0.0)
    heard = []
    making = Making(wanted(factor, own), processes=0, here=lambda chains: heard.append(chains) or np.zeros((8, 18)))
    making.begin()
    while making.running:
        time.sleep(0.02)
    assert not heard


def test_a_recording_is_taken_as_long_as_a_model_hears_and_no_shorter_than_half_a_second(own: Own) -> None:
    assert own.heard.shape == (SEGMENT,)
    assert own.audio.shape == (2, 2 * SEGMENT)
    with pytest.raises(AudioError, match=r"Bell\.wav is shorter than 0\.5 s"):
        as_mapped(own.part(0, 11_000), "Bell.wav")


def test_a_map_comes_back_from_its_file(own_map: OwnMap) -> None:
    again = from_bytes(to_bytes(own_map), "factor", "0123", own_map.made.z.shape[1])
    assert (again.name, again.checkpoint, again.knobs, again.own.rate) == ("A voice", "factor", own_map.knobs, 48_000)
    assert np.array_equal(again.own.audio, own_map.own.audio)
    assert np.array_equal(again.own.heard, own_map.own.heard)
    for name in ("effect", "values", "z", "loudness_lufs", "brightness_hz"):
        assert np.array_equal(getattr(again.made, name), getattr(own_map.made, name), equal_nan=name == "values"), name
    assert to_bytes(again) == to_bytes(own_map)


def changed(own_map: OwnMap, **arrays: np.ndarray) -> bytes:
    """The map's file with other arrays."""
    with np.load(io.BytesIO(to_bytes(own_map))) as archive:
        held = dict(archive) | arrays
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **held)
    return buffer.getvalue()


def about(own_map: OwnMap, before: str, after: str) -> bytes:
    with np.load(io.BytesIO(to_bytes(own_map))) as archive:
        text = archive["about"].tobytes().decode()
    assert before in text
    return changed(own_map, about=np.frombuffer(text.replace(before, after).encode(), dtype=np.uint8))


DAMAGED = {
    "it is no npz": lambda m: b"RIFF",
    "no npz": lambda m: to_bytes(m)[:-100],
    "unknown arrays": lambda m: changed(m, other=np.zeros(3)),
    "z holds object": lambda m: changed(m, z=np.array([[{}]], dtype=object)),
    "different lengths": lambda m: changed(m, z=m.made.z[:-1]),
    "do not fit together": lambda m: changed(m, z=m.made.z[:, :-1]),
    "effects that it does not name": lambda m: changed(m, effect=m.made.effect + 1),
    "not numbers": lambda m: changed(m, z=m.made.z * np.nan),
    "each effect comes once": lambda m: changed(m, effect=0 * m.made.effect, values=np.full_like(m.made.values, 0.5)),
    "lies outside": lambda m: changed(m, values=m.made.values * 3),
    "not as long as a model hears": lambda m: changed(m, audio=m.own.audio[:, :-9000]),
    "is silent": lambda m: changed(m, heard=0 * m.own.heard),
    "of the format": lambda m: about(m, "latentfx-map/1", "latentfx-map/2"),
    "no effect": lambda m: about(m, "phaser", "flange"),
    "must be": lambda m: about(m, '"rate": 48000', '"rate": "48000"'),
}


@pytest.mark.parametrize("reason", DAMAGED)
def test_a_file_that_is_no_map_is_a_sentence(own_map: OwnMap, reason: str) -> None:
    with pytest.raises(MapFileError, match=reason) as refused:
        from_bytes(DAMAGED[reason](own_map), "factor", "0123", own_map.made.z.shape[1])
    assert "Please choose a file" in str(refused.value)


def test_a_map_of_another_checkpoint_is_refused_by_name(own_map: OwnMap) -> None:
    with pytest.raises(
        MapFileError, match=r"made by another checkpoint, factor .* joint-2ch lays sounds out in its own"
    ):
        from_bytes(to_bytes(own_map), "joint-2ch", "4567", own_map.made.z.shape[1])


def test_a_map_of_an_odd_recording_comes_back_as_it_went(own_map: OwnMap) -> None:
    """Its stretch has an offset of its own, which is not taken away once more."""
    ramp = np.linspace(0, 0.2, SEGMENT, dtype=np.float32)
    odd = replace(own_map, own=Own.of(own_map.own.heard + ramp))
    again = from_bytes(to_bytes(odd), odd.checkpoint, odd.fingerprint, odd.made.z.shape[1])
    assert np.array_equal(again.own.heard, odd.own.heard)
    assert np.array_equal(again.own.audio, odd.own.audio)


def test_a_recording_that_begins_with_silence_is_refused_before_it_is_mapped(own: Own) -> None:
    late = Own.of(np.concatenate([np.zeros(SEGMENT, np.float32), own.heard]))
    with pytest.raises(AudioError, match=r"take is silent for its first 5.46 s\. Please cut that off"):
        as_mapped(late, "take")
