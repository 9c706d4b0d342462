"""Promise: settings one behind the other are one sound, as loud as the dry one, and `|` joins them."""

import csv
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from core.audio.clips import clip_segment, clips
from core.audio.distance import FarFrom
from core.audio.measure import FLOOR_DB, loudness_lufs
from core.effects import Chain, Setting, render
from core.effects.chain import COMMUTING, commute
from tests.chains import any_chain, any_setting
from training.experiments import commuting

DELAY, DRIVE = Setting("delay", (0.5, 0.3, 0.4)), Setting("overdrive", (0.6, 0.5, 0.5))
QUIET = Setting("overdrive", (0.6, 0.5, 0.0))  # level -12 dB
any_two = settings(max_examples=100, deadline=None, database=None)


def test_a_setting_is_a_chain_of_one(dry: np.ndarray) -> None:
    assert np.array_equal(render(dry, Chain((DELAY,))), render(dry, DELAY))
    for own in (DELAY, Chain((DELAY,))):
        assert (own.settings, own.effects, own.text, own.level_db) == ((DELAY,), ("delay",), DELAY.text, 0.0)


def test_an_empty_chain_is_a_bypass(dry: np.ndarray) -> None:
    assert np.allclose(render(dry, Chain()), dry, atol=1e-6)
    assert Chain().text == "No effect"


def test_the_later_effect_hears_the_earlier_one(dry: np.ndarray) -> None:
    one, other = (render(dry, chain) for chain in (DRIVE | DELAY, DELAY | DRIVE))
    assert np.abs(one - other).max() > 0.05


def test_loudness_is_matched_once_behind_the_last(dry: np.ndarray) -> None:
    for chain, level_db in ((DRIVE | DELAY, DRIVE.level_db), (QUIET | DELAY, -12.0)):
        assert loudness_lufs(render(dry, chain)) == pytest.approx(loudness_lufs(dry) + level_db, abs=0.1)


def test_a_bar_puts_one_behind_the_other() -> None:
    assert Chain((DRIVE, DELAY)) == DRIVE | DELAY
    assert Setting.all_at("phaser", 0.5) | (DRIVE | DELAY) == Setting.all_at("phaser", 0.5) | DRIVE | DELAY
    assert (DRIVE | DELAY).text == f"{DRIVE.text} → {DELAY.text}"
    with pytest.raises(TypeError):
        DRIVE | "delay"  # type: ignore[operator]


def joined(*parts: Setting | Chain) -> Chain | str:
    """All of them, or why they are no chain."""
    try:
        found = Chain()
        for part in parts:
            found = found | part
    except ValueError as error:
        return str(error).split(", got")[0]
    return found


@any_two
@given(any_setting, any_chain, any_chain)
def test_it_does_not_matter_which_bar_comes_first(a: Setting, b: Chain, c: Chain) -> None:
    first = joined(a, b)
    after = joined(b, c)
    left = first if isinstance(first, str) else joined(first, c)
    right = after if isinstance(after, str) else joined(a, after)
    if isinstance(left, Chain) or isinstance(right, Chain):
        assert left == right == Chain((a, *b.settings, *c.settings))
    assert Chain() | b == b == b | Chain()


def test_what_no_chain_can_be_is_refused() -> None:
    with pytest.raises(ValueError, match=r"once in a chain, got delay, delay"):
        DELAY | DELAY
    every = ("delay", "overdrive", "reverb", "chorus", "phaser")
    with pytest.raises(ValueError, match="4 settings at most, got 5"):
        Chain(tuple(Setting.all_at(name, 0.5) for name in every))


def swaps(chain: Chain) -> list[Chain]:
    """The chain with two neighbours that commute in the other order, of each such two."""
    own = chain.settings
    pairs = [at for at in range(len(own) - 1) if commute(own[at], own[at + 1])]
    return [Chain((*own[:at], own[at + 1], own[at], *own[at + 2 :])) for at in pairs]


def alike(chain: Chain) -> set[Chain]:
    """All orders that are reached by such swaps."""
    found, new = {chain}, [chain]
    while new:
        new = [other for other in swaps(new.pop()) if other not in found] + new
        found |= set(new)
    return found


@any_two
@given(any_chain)
def test_orders_that_sound_alike_have_one_form_and_others_another(chain: Chain) -> None:
    form, orders = chain.canonical, alike(chain)
    assert form.canonical == form
    assert form in orders
    assert {other.canonical for other in orders} == {form}
    every = set(map(Chain, permutations(chain.settings)))
    assert all(other.canonical != form for other in every - orders)


def test_effects_that_commute_are_sorted_and_others_are_not() -> None:
    room = Setting.all_at("reverb", 0.5)
    assert (room | DELAY).canonical == DELAY | room
    assert (DRIVE | DELAY).canonical == DRIVE | DELAY
    assert (room | DRIVE | DELAY).canonical == room | DRIVE | DELAY  # neither passes the drive


@pytest.mark.parametrize("clip", ["speech_en_f_allison", "tabla_loop"])
def test_the_one_form_sounds_as_the_chain_does(clip: str) -> None:
    """A tenth of the way from the dry sound, at knobs that stand still halfway."""
    dry = clip_segment(clip, 0)[:48_000]
    chain = Chain(tuple(Setting.all_at(name, 0.5) for name in ("lowpass", "reverb", "delay")))
    assert chain.canonical.effects == ("delay", "reverb", "lowpass")
    far = FarFrom(render(dry, chain), FLOOR_DB)
    assert far(render(dry, chain.canonical)) < 0.1 * far(dry)


def test_what_commutes_was_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On one clip, what core/effects/chain.py says of all."""
    monkeypatch.setattr(commuting, "clips", lambda: [clip for clip in clips() if clip.name == "guitar_em9"])
    with commuting.measure(commuting.CommutingRun(tmp_path, draws=1)).open() as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) == 28
    for row in rows:
        if frozenset((row["first"], row["second"])) in COMMUTING:
            assert float(row["alone_95"]) < 0.1, row
            assert float(row["in_four_95"]) < 0.2, row
    assert np.median([float(row["alone"]) for row in rows]) > 0.15
