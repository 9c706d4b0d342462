"""Promise: what was done from A to B is done to C, in the latent space and by the knobs, and is scored honestly."""

from types import SimpleNamespace

import numpy as np
import pytest

from core.effects import Blend, Chain, Setting, render
from core.explorer import Explorer
from core.paths.arithmetic import by_rule, moved
from core.paths.over_time import decoded, nodes
from core.paths.route import PathError, Route
from training.scores.arithmetic import cosine

SOFT, HARD = Setting("overdrive", (0.2, 0.5, 0.5)), Setting("overdrive", (0.6, 0.4, 0.5))
DELAY, REVERB = Setting("delay", (0.5, 0.25, 0.5)), Setting("reverb", (0.5, 0.4, 0.6))


@pytest.mark.parametrize(
    ("a", "b", "c", "expected"),
    [
        (Chain(), DELAY, REVERB, REVERB | DELAY),  # added
        (REVERB | DELAY, REVERB, SOFT | DELAY, SOFT),  # taken away
        (SOFT, HARD, Setting("overdrive", (0.7, 0.3, 0.1)), Setting("overdrive", (1.0, 0.2, 0.1))),  # turned, in range
        (SOFT, HARD, DELAY, DELAY),  # not there
        (Chain(), DELAY, Setting("delay", (0.1, 0.1, 0.1)), Setting("delay", (0.1, 0.1, 0.1))),  # there already
    ],
)
def test_the_rule_of_the_knobs(a: Chain, b: Chain, c: Chain, expected: Chain) -> None:
    found = by_rule(a, b, c)
    assert found.effects == expected.effects
    for one, other in zip(found.settings, expected.settings, strict=True):
        assert one.values == pytest.approx(other.values)


def test_more_effects_than_a_chain_has_are_a_sentence() -> None:
    four = SOFT | REVERB | Setting.all_at("phaser", 0.5) | Setting.all_at("chorus", 0.5)
    with pytest.raises(PathError, match=r"C would have 5 effects .* Please take one out"):
        by_rule(Chain(), DELAY, four)


def test_only_the_effect_moves() -> None:
    z = np.random.default_rng(0).normal(size=(3, 10)).astype(np.float32)
    found = moved(SimpleNamespace(map_part=slice(6, 10)), z)
    assert np.array_equal(found[:6], z[2, :6])
    assert found[6:] == pytest.approx(z[2, 6:] + z[1, 6:] - z[0, 6:], abs=1e-6)


def test_a_path_by_a_difference_begins_at_c_and_nothing_added_leads_nowhere(factor: Explorer, dry: np.ndarray) -> None:
    settings = [SOFT, HARD, DELAY, by_rule(SOFT, HARD, DELAY)]
    pairs = [(dry, render(dry, own)) for own in settings]
    path = factor.interpolate(pairs, Route("difference", steps=3))
    z = [factor.encode(*(path_dry, wet)) for path_dry, wet in zip(path.drys, path.wets, strict=True)]
    assert np.allclose(path.z[0], z[0], atol=1e-5)
    assert path.z_ends.shape == (2, len(z[0]))
    assert path.known.tolist() == [True, False]
    assert factor.blends(path, settings[2:])[0].main == DELAY
    still = factor.interpolate([pairs[0], pairs[0], *pairs[2:]], Route("difference", steps=3))
    assert np.allclose(still.z, still.z[0], atol=1e-5)
    with pytest.raises(PathError, match="difference path does not join 2 sounds"):
        factor.interpolate(pairs[:2], Route("difference"))


def test_the_far_end_is_read_and_not_told(factor: Explorer, dry: np.ndarray) -> None:
    """What is read where the difference leads does not hang on what the rule says."""
    settings = [SOFT, HARD, DELAY, DELAY]
    pairs = [(dry, render(dry, own)) for own in settings]
    path = factor.interpolate(pairs, Route("difference", steps=3))
    one, other = (factor.blends(path, [DELAY, rule])[-1] for rule in (DELAY, REVERB))
    assert one == other


def test_over_time_c_is_moved_by_the_knobs_and_by_what_is_read(factor: Explorer, dry: np.ndarray) -> None:
    settings, route = [SOFT, HARD, DELAY | SOFT, by_rule(SOFT, HARD, DELAY | SOFT)], Route("difference")
    line = nodes(factor, dry, settings, route, "parameter line")
    assert (line[0].blend, line[-1].blend) == (Blend.of(settings[2]), Blend.of(settings[3]))
    alone = [SOFT, HARD, DELAY]
    first, other = (nodes(factor, dry, [*alone, rule], route, "re-rendered") for rule in (DELAY, REVERB))
    assert first == other, "what is read does not hang on what the rule says"
    assert first[0].blend == Blend.of(DELAY)
    assert len({node.blend for node in first}) > 2


def test_over_time_the_decoded_sound_goes_from_c_to_where_the_difference_leads(
    factor: Explorer, dry: np.ndarray
) -> None:
    route, rest = Route("difference"), ((0.0, 0.0), (1.0, 0.0))

    def heard(ends: list[Setting | Chain], route: Route, at: float) -> np.ndarray:
        return np.concatenate(list(decoded(factor, dry, ends, route, [(time, at) for time, _ in rest])))

    c = heard([DELAY, HARD], Route(), 0.0)
    assert np.abs(heard([SOFT, HARD, DELAY, DELAY], route, 0.0) - c).max() < 1e-3
    assert np.abs(heard([SOFT, SOFT, DELAY, DELAY], route, 1.0) - c).max() < 1e-3, "nothing is added"
    assert np.abs(heard([SOFT, HARD, DELAY, DELAY], route, 1.0) - c).max() > 0.01
    assert np.abs(heard([SOFT, DELAY, SOFT, DELAY], route, 1.0) - c).max() < 1e-3, "z(A) + z(B) - z(A)"


def test_cosines() -> None:
    one = np.array([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]])
    assert cosine(one, np.array([[-3.0, 0.0], [1.0, 0.0], [1.0, 1.0]])) == pytest.approx([-1, 0, 0])
