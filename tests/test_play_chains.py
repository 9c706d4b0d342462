"""Promise: where chains are likely the pad plays them, and all that goes out with them; elsewhere nothing changes."""

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.effects import Chain, KnobLayout, Setting, chain_file, effect_named, render
from core.effects.chain import plainest
from core.explorer import Explorer
from core.match.estimate import Estimate, Guess
from core.models.controllers import Controllers
from pages.play.point import offered
from pages.shared.presets import from_json
from pages.shared.results import points
from tests.app import visit
from tests.stand_in import KNOBS
from tests.test_play import go, headline, point

pytestmark = pytest.mark.usefixtures("results_of_this_code")
SIDE = 17


def grid(factor: Explorer) -> np.ndarray:
    """Points (SIDE ** 2, 2) all over the pad."""
    low, high = points.reach("factor", 2)
    across, up = np.meshgrid(*(np.linspace(*ends, SIDE) for ends in zip(low, high, strict=True)))
    return np.stack([across, up], axis=-1).reshape(-1, 2)


@pytest.fixture(scope="module")
def there(factor: Explorer) -> np.ndarray:
    """A point that plays a chain with more knobs than a delay alone, as the page's sliders hold it."""
    found = [w.round(3) for w in grid(factor) if len(factor.play(w.round(3)).chain.settings) > 1]
    return found[len(found) // 2]


def test_a_guess_of_what_is_there_is_the_likeliest_chain() -> None:
    generator, knobs = np.random.default_rng(0), KNOBS.size
    for _ in range(12):
        presence = generator.permutation([0.9, 0.7, 0.6, *generator.uniform(0.01, 0.4, 5)])
        rest = generator.random(knobs), np.full(knobs, 0.1)
        guess = Guess(KNOBS, presence, *rest, generator.uniform(0.05, 0.95, 28))
        assert guess.present == guess.likeliest(1)[0]
    four = Guess(KNOBS, np.array([0.9, 0.2, 0.8, 0.7, 0.6, 0.1, 0.1, 0.1]), *rest, np.full(28, 0.5))
    assert set(four.present) == {"delay", "reverb", "chorus"}
    assert Guess(KNOBS, np.full(8, 0.3), *rest, np.full(28, 0.5)).present == ()


def test_where_one_effect_is_likely_the_pad_sounds_as_without_chains(
    factor: Explorer, dry: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [factor.play(w) for w in grid(factor)]
    chained = factor.plays_chains(grid(factor).astype(np.float32))
    monkeypatch.setattr(Controllers, "of_chains", lambda self, name: None)
    before = [factor.play(w) for w in grid(factor)]
    assert 0.05 < chained.mean() < 0.3
    for one, other, more in zip(now, before, chained, strict=True):
        assert 1 < len(one.chain.settings) <= 3 if more else one == other
        assert one.chain == one.chain.canonical
    for number in np.flatnonzero(~chained)[:: SIDE * 2]:
        assert np.array_equal(render(dry, plainest(now[number].chain)), render(dry, before[number].setting))


@pytest.mark.parametrize(("size", "most_alone", "least_told"), [(2, 0.06, 0.08), (3, 0.09, 0.15), (8, 0.02, 0.6)])
def test_points_of_settings_play_settings_and_those_of_chains_more_often_chains(
    factor: Explorer, size: int, most_alone: float, least_told: float
) -> None:
    assert factor.chain_places(size).shape == (len(factor.atlas.chains), size)
    assert factor.plays_chains(factor.places(size)).mean() < most_alone
    assert factor.plays_chains(factor.chain_places(size)).mean() > least_told


def test_a_chain_finds_the_point_that_plays_it(factor: Explorer) -> None:
    off, by_chance, generator = [], [], np.random.default_rng(0)
    places, effects = factor.chain_places(8), factor.config.effects
    for number in np.flatnonzero(factor.plays_chains(places))[::200]:
        chain = factor.play(places[number]).chain
        found = factor.play(factor.place(chain, 8), chain.effects).chain
        assert found.effects == chain.effects
        true, told = (np.concatenate([own.values for own in one.settings]) for one in (chain, found))
        off.append(np.abs(told - true).mean())
        by_chance.append(np.abs(generator.random(len(true)) - true).mean())
    assert np.mean(off) < 0.1 < np.mean(by_chance)
    assert set(effects) >= set(chain.effects)


def test_no_other_effects_are_made_up_where_some_are_asked_for(factor: Explorer, there: np.ndarray) -> None:
    one = factor.play(there, "phaser")
    assert one == Estimate.of(KnobLayout(factor.config.effects), factor.controllers.play("w2", there), "phaser")
    assert factor.play(there, ("phaser", "delay")).chain.effects == ("phaser", "delay")


@pytest.fixture
def app(there: np.ndarray) -> AppTest:
    app = visit("play")
    go(app, there)
    return app


def sliders(app: AppTest) -> Setting | Chain:
    """The setting or chain that the shown knobs stand for."""
    own: dict[str, list[float]] = {}
    for slider in app.select_slider:
        if slider.key.startswith("p_") and not slider.key.startswith("p_w"):
            own.setdefault(slider.key.split("_")[1], []).append(slider.value)
    return plainest(Chain(tuple(Setting(effect, tuple(values)) for effect, values in own.items())))


def test_a_point_that_plays_a_chain_shows_and_gives_away_the_chain(
    app: AppTest, factor: Explorer, there: np.ndarray
) -> None:
    chain = factor.play(there).chain
    heard = sliders(app)
    assert heard == offered(chain)
    assert headline(app) == heard.text
    assert any("is in the chain at this point" in text.value for text in app.caption)
    app.session_state["p_tab"] = "Download"
    app.run()
    code, data = (block.value for block in app.code)
    assert chain_file.from_json(data).effects == chain.effects
    assert all(type(plugin).__name__ in code for plugin in heard.plugins())
    for tab in ("Traverse", "Presets", "What the axes mean"):
        app.session_state["p_tab"] = tab
        app.run()
        assert not app.exception


def test_a_knob_of_a_chain_stays_as_it_was_turned_and_the_others_too(app: AppTest, factor: Explorer) -> None:
    heard = sliders(app)
    last = heard.settings[-1]
    key = f"p_{last.effect}_{effect_named(last.effect).parameters[0].name}"
    target = 0.9 if last.values[0] < 0.5 else 0.1
    app.select_slider(key=key).set_value(target).run()
    assert not app.exception
    assert sliders(app) == Chain((*heard.settings[:-1], Setting(last.effect, (target, *last.values[1:]))))
    assert headline(app) == sliders(app).text
    turned, there = sliders(app), point(app)
    fresh = visit("play", dict(app.query_params))
    assert not fresh.exception
    assert sliders(fresh) == turned, "a link carries it"
    assert np.array_equal(point(fresh), there)


def test_a_chain_is_kept_as_a_preset_and_found_again(app: AppTest) -> None:
    app.session_state["p_tab"] = "Presets"
    app.button(key="p_save").click().run()
    heard, there = sliders(app), point(app)
    (kept,) = app.session_state["p_presets"]
    assert (kept.setting, kept.played.setting, kept.played.w) == (heard, heard, tuple(there))
    go(app, 0.2 * there)
    assert sliders(app) != heard
    app.button(key=f"p_go_{kept.name}").click().run()
    assert not app.exception
    assert sliders(app) == heard
    assert np.array_equal(point(app), there)
    app.button_group(key="p_dimensions").set_value(8).run()
    assert not app.exception
    assert sliders(app) == heard, "more numbers keep the chain"
    only = heard.effects[0]
    app.selectbox(key="p_effect").set_value(only).run()
    assert not app.exception
    assert sliders(app).effects == (only,)


def test_a_chain_s_preset_comes_back_from_its_file_with_its_place() -> None:
    chain = [{"effect": "reverb", "params": {}}, {"effect": "phaser", "params": {}}]
    place = {"checkpoint": "factor", "w": [0.5, -1.0], "only": "all"}
    rows = [{"name": "Both", "chain": chain, "place": place}, {"name": "None", "chain": [], "place": place}]
    both, none = from_json(json.dumps({"format": "latentfx-presets/2", "presets": rows}).encode())
    assert both.played
    assert both.played.setting == both.setting
    assert none.played is None


@pytest.mark.parametrize(
    "nonsense", ["delay 0.1 0.2 0.3, delay 0.1 0.2 0.3", "delay 0.1 0.2 0.3, ", "reverb 0 0 0, x 1"]
)
def test_a_link_to_no_chain_plays_what_the_point_plays(nonsense: str, there: np.ndarray, factor: Explorer) -> None:
    link = {f"p_w2_{axis}": [f"{value:g}"] for axis, value in enumerate(there, 1)}
    app = visit("play", link | {"p_heard": [nonsense]})
    assert not app.exception
    assert sliders(app) == offered(factor.play(there).chain)
