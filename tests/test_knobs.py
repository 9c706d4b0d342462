"""Promise: the row of all knobs holds each effect's own in one place, and gives back what was put into it."""

import numpy as np
import pytest

from core.effects import EFFECTS, KnobLayout, effect_named, random_setting

ORDER = tuple(effect.name for effect in reversed(EFFECTS))
KNOBS = KnobLayout(ORDER)


def test_the_row_is_the_knobs_of_one_effect_after_the_other_s() -> None:
    names = [(name, knob.name) for name in ORDER for knob in effect_named(name).parameters]
    assert list(KNOBS.names) == names
    assert KNOBS.size == len(names) == sum(KNOBS.counts)
    for number, name in enumerate(ORDER):
        assert [effect for effect, _ in KNOBS.names[KNOBS.own(number)]] == [name] * KNOBS.counts[number]


@pytest.mark.parametrize("number", range(len(ORDER)), ids=ORDER)
def test_a_setting_comes_back_from_the_row(number: int) -> None:
    setting = random_setting(ORDER[number], seed=number)
    row = KNOBS.row(setting)
    assert row.shape == (KNOBS.size,)
    assert np.isfinite(row).sum() == len(setting.values)
    assert KNOBS.setting(number, row).values == pytest.approx(setting.values, abs=1e-7)


def test_points_with_their_own_knobs_alone_become_rows_and_settings() -> None:
    settings = [random_setting(ORDER[number], seed=number) for number in (3, 0, 7, 3)]
    values = np.full((len(settings), KNOBS.most), np.nan, dtype=np.float32)
    for place, setting in enumerate(settings):
        values[place, : len(setting.values)] = setting.values
    effect = np.array([ORDER.index(setting.effect) for setting in settings])
    assert np.array_equal(
        KNOBS.rows(effect, values), np.stack([KNOBS.row(setting) for setting in settings]), equal_nan=True
    )
    for number, own, setting in zip(effect, values, settings, strict=True):
        found = KNOBS.setting_of_point(number, own)
        assert found.effect == setting.effect
        assert found.values == pytest.approx(setting.values, abs=1e-7)


def test_a_knob_beyond_its_end_is_held_there() -> None:
    row = np.linspace(-2, 3, KNOBS.size)
    assert KNOBS.setting(0, row).values == (0.0,) * KNOBS.counts[0]
    assert KNOBS.setting(len(ORDER) - 1, row).values == (1.0,) * KNOBS.counts[-1]


def test_an_effect_that_is_not_known_is_named() -> None:
    with pytest.raises(KeyError, match="theremin"):
        KnobLayout(("delay", "theremin"))
