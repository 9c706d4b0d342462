"""Promise: the same seed gives the same pairs, rendered or from the cache."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from core.audio import SEGMENT
from core.audio.clips import FOLDER
from core.audio.measure import loudness_lufs
from core.audio.spectrogram import SpectrogramConfig
from training import pairs as pairs_module
from training.config import ALL_EFFECTS
from training.corpus import Corpus, pack
from training.encoded import TestPairs
from training.pairs import Pairs, PairTensors, varied
from training.seeds import stream


def test_pair_i_of_a_seed_is_always_the_same(corpus: Path) -> None:
    first, again, other = (Pairs(Corpus(corpus), "train", ALL_EFFECTS, seed)[5] for seed in (1, 1, 2))
    assert np.array_equal(first.dry, again.dry)
    assert np.array_equal(first.wet, again.wet)
    assert first.setting == again.setting != other.setting
    fixed = Pairs(Corpus(corpus), "train", ("delay",), 1, fixed=0.5)[0]
    assert fixed.setting.values == (0.5, 0.5, 0.5)


def test_cached_pairs_are_the_rendered_ones(corpus: Path, tmp_path: Path) -> None:
    pairs = PairTensors(Pairs(Corpus(corpus), "train", ALL_EFFECTS), 4, SpectrogramConfig(), tmp_path)
    fresh, measurements, _ = pairs[2]
    cached, cached_measurements, _ = pairs[2]
    assert pairs.done.tolist() == [0, 0, 1, 0]
    audible = fresh > 10 ** (-70 / 20)
    assert (20 * torch.log10(cached / fresh))[audible].abs().max() < 0.05
    assert torch.equal(measurements, cached_measurements)


def test_measurements_alone_take_a_fortieth_of_the_room(corpus: Path, tmp_path: Path) -> None:
    source, config = Pairs(Corpus(corpus), "train", ALL_EFFECTS), SpectrogramConfig(measurements="by_effect")
    fresh = PairTensors(source, 3, config)[1]
    alone = PairTensors(source, 3, config, tmp_path, measured_alone=True)
    assert torch.equal(alone.measured(1), fresh[1])
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 3 * 160_000 / 36
    again = PairTensors(source, 3, config, tmp_path, measured_alone=True)
    again.render = None  # type: ignore[method-assign, assignment] # it has what it needs
    assert torch.equal(again.measured(1), fresh[1])


def test_what_was_measured_alone_is_rendered_once_it_is_to_be_seen(corpus: Path, tmp_path: Path) -> None:
    """Whoever shares the cache, and in whichever turn: an unwritten spectrogram is never taken for one."""
    source, config = Pairs(Corpus(corpus), "train", ALL_EFFECTS), SpectrogramConfig()
    fresh = [PairTensors(source, 3, config)[index] for index in range(3)]
    whole = PairTensors(source, 3, config, tmp_path)
    whole.read(0)
    alone = PairTensors(source, 3, config, tmp_path, measured_alone=True)
    for index in range(3):
        assert torch.equal(alone.measured(index), fresh[index][1])
    assert whole.done.tolist() == [1, 2, 2]
    for index in range(3):
        assert torch.equal(whole.measured(index), fresh[index][1])
        assert (whole[index][0] - fresh[index][0]).abs().max() < 1e-3 * fresh[index][0].max()
    assert whole.done.tolist() == [1, 1, 1]


def test_a_cache_of_other_pairs_is_refused(corpus: Path, tmp_path: Path) -> None:
    PairTensors(Pairs(Corpus(corpus), "train", ALL_EFFECTS), 4, SpectrogramConfig(), tmp_path)
    other = Pairs(Corpus(corpus), "train", ALL_EFFECTS, seed=3, vary=True)
    with pytest.raises(SystemExit, match="seed, vary differ"):
        PairTensors(other, 4, SpectrogramConfig(), tmp_path)


@pytest.mark.parametrize(
    ("name", "left"),
    [("magnitudes.f16", None), ("magnitudes.f16", 0.5), ("measurements.f32", None), ("measurements.f32", 0.5),
     ("pairs.json", None)],
)  # fmt: skip
def test_a_cache_that_lost_something_is_rendered_anew(
    corpus: Path, tmp_path: Path, name: str, left: float | None
) -> None:
    """Else zeros would be learnt in the place of what is gone, or pairs of another seed."""
    source = Pairs(Corpus(corpus), "train", ALL_EFFECTS)
    first = PairTensors(source, 2, SpectrogramConfig(), tmp_path)
    fresh = [first[index] for index in range(2)]
    del first
    if left is None:
        (tmp_path / name).unlink()
    else:
        os.truncate(tmp_path / name, int((tmp_path / name).stat().st_size * left))
    if name == "pairs.json":
        source = Pairs(Corpus(corpus), "train", ALL_EFFECTS, seed=5)
        fresh = [PairTensors(source, 2, SpectrogramConfig())[index] for index in range(2)]
    again = PairTensors(source, 2, SpectrogramConfig(), tmp_path)
    for index in range(2):
        assert all(torch.equal(one, other) for one, other in zip(again[index][:2], fresh[index][:2], strict=True))


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_a_damaged_description_of_a_cache_is_told_as_one(corpus: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "pairs.json").write_text(text)
    with pytest.raises(SystemExit, match=r"pairs\.json is damaged\. Please delete it"):
        PairTensors(Pairs(Corpus(corpus), "train", ALL_EFFECTS), 2, SpectrogramConfig(), tmp_path)


def test_twins_share_a_setting_and_nothing_else(corpus: Path) -> None:
    pairs = Pairs(Corpus(corpus), "train", ALL_EFFECTS, vary=True)
    one, other = pairs.label(17), pairs.label(25)
    assert np.array_equal(one, other, equal_nan=True)
    assert one[:8].tolist() == [0, 1, 0, 0, 0, 0, 0, 0]
    assert tuple(one[11:14].tolist()) == pytest.approx(pairs.setting(17).values)
    assert not np.array_equal(pairs.sounds(17), pairs.sounds(25))


def test_varied_words_are_other_words_at_the_same_loudness(corpus: Path) -> None:
    packed = Corpus(corpus)
    for length in (SEGMENT, SEGMENT + 5000):
        sound = varied(packed, packed.speakers[0], np.random.default_rng(0), length)
        assert sound.shape == (length,)
        assert np.isfinite(sound).all()
    for index in range(4):
        dry, plain = (Pairs(packed, "train", ALL_EFFECTS, vary=vary)[index].dry for vary in (True, False))
        assert loudness_lufs(dry) == pytest.approx(-23, abs=0.1)
        assert not np.array_equal(dry, plain)


def test_pairs_for_the_test_hide_the_level(corpus: Path) -> None:
    plain, matched = (
        TestPairs(Corpus(corpus), "valid", ("overdrive",), 1, level_matched=on)[0] for on in (False, True)
    )
    assert np.array_equal(plain.dry, matched.dry)
    assert abs(loudness_lufs(plain.wet) - loudness_lufs(plain.dry)) > 0.5  # the knob `level`
    assert abs(loudness_lufs(matched.wet) - loudness_lufs(matched.dry)) < 0.1


def test_a_cache_of_other_recordings_is_refused(tmp_path: Path) -> None:
    corpus, cache = tmp_path / "corpus", tmp_path / "cache"
    for speaker, clip in (("a", "speech_en_m_uh3"), ("b", "speech_en_f_allison")):
        (corpus / speaker).mkdir(parents=True)
        shutil.copy(FOLDER / f"{clip}.flac", corpus / speaker)
    pack(corpus)

    def open_cache() -> None:
        PairTensors(Pairs(Corpus(corpus), "train", ("delay",)), 2, SpectrogramConfig(), cache)

    open_cache()
    shutil.copy(FOLDER / "speech_it_m_carlo.flac", corpus / "a")
    pack(corpus)
    with pytest.raises(SystemExit, match="corpora differ"):
        open_cache()


def test_streams_of_other_purposes_and_places_are_others() -> None:
    """As they were not: NumPy's (7, 3), (7, 3, 0) and (7, 3, 0, 0) are one."""
    keys = [
        ("a", 7),
        ("a", 7, 0),
        ("a", 7, 3),
        ("a", 7, 3, 0),
        ("a", 7, 3, 0, 0),
        ("b", 7, 3),
        ("a", 8, 3),
        ("a", 0, 7),
    ]
    first = [tuple(stream(*key).random(4)) for key in keys]
    assert len({number for row in first for number in row}) == 4 * len(keys)
    assert first[3] == tuple(stream(*keys[3]).random(4))


def test_level_recording_voice_and_knobs_know_nothing_of_each_other(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The level of a pair once told which recording came first, and a delay's knob which round it was."""
    drawn: list[float] = []

    def draw(corpus: Corpus, speaker: object, generator: np.random.Generator, samples: int) -> np.ndarray:
        drawn.append(generator.integers(1_000_000))
        return np.zeros(2400, np.float32)

    monkeypatch.setattr(Corpus, "words", draw)
    monkeypatch.setattr(pairs_module, "render", lambda dry, setting: dry)
    pairs = TestPairs(Corpus(corpus), "train", ("delay", "overdrive"), 102)
    rounds = [4 * index for index in range(400)]  # each of another setting, of delay
    for index in rounds:
        pairs[index]
    columns = {
        "first recording": drawn,
        "level": [pairs.level_db(index) for index in rounds],
        "voice": [pairs.voice(index) for index in rounds],
        **{f"knob {knob}": [pairs.setting(index).values[knob] for index in rounds] for knob in range(3)},
        "words of the round": [stream("words of train pairs", 102, index).random() for index in range(400)],
    }
    between = np.abs(np.corrcoef(list(columns.values()))) - np.eye(len(columns))
    assert between.max() < 0.2, list(columns)  # four standard deviations of no correlation
