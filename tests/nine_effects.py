"""What test_ninth_effect.py runs in a copy of the product that has a ninth effect, "shelf"; here there is none."""

import json

import numpy as np
import pytest

from core.audio import SAMPLE_RATE
from core.effects import EFFECTS, Blend, Chain, Setting, random_setting, render
from core.effects.automation import Node, write_score
from core.effects.code import as_code
from core.explorer import Explorer
from core.match.pair import Candidate, Ear, Pair
from core.match.polish import polish
from core.match.search import refine
from core.paths.route import Route
from core.paths.table import parameter_csv
from core.paths.voices import VOICES
from pages.shared.figures import theme
from tests.app import visit

SHELF = Setting("shelf", (0.3, 0.9, 0.6, 0.7, 0.4))
DELAY = Setting("delay", (0.3, 0.5, 0.9))


@pytest.mark.parametrize("route", [
    Route("linear", steps=3), Route("spherical", steps=3, low=-0.2, high=1.2), Route("spline", steps=3, via=(7, 5000)),
    Route("manifold", steps=3, part="effect"), Route("corners", steps=3),
], ids=lambda route: route.kind)  # fmt: skip
def test_every_path_between_it_and_another_is_heard_in_every_voice(
    route: Route, factor: Explorer, dry: np.ndarray
) -> None:
    settings = [SHELF, DELAY, DELAY, SHELF][: 4 if route.kind == "corners" else 2]
    path = factor.interpolate([(dry, render(dry, setting)) for setting in settings], route)
    blends = factor.blends(path, settings)
    for step in (step for step in range(len(path.z)) if path.is_end(step)):
        assert blends[step].main == settings[int(path.shares[step].argmax())]
    middle = path.blend(len(path.z) // 2, settings)
    assert SHELF.effect in {setting.effect for setting, _ in middle.parts}
    for voice in VOICES:
        assert np.isfinite(factor.voice(path, 1, voice, settings, blends)).all()


def test_its_knobs_are_polished_and_refined(dry: np.ndarray) -> None:
    wet, away = render(dry, SHELF), np.clip(np.array(SHELF.values) + 0.08, 0, 1)
    near = Setting("shelf", tuple(away))
    pair = Pair.of(dry, wet, SAMPLE_RATE, 0, inverted=False)
    found = polish(Ear(pair), Candidate(pair, Chain((near,)), SAMPLE_RATE), (0.1,) * 5).setting
    audible = [0, 1, 2, 3]  # polish does not hear the level
    assert np.abs(np.subtract(found.values, SHELF.values))[audible].max() < 0.02
    refined = next(refine(Candidate(pair, Chain((near,)), SAMPLE_RATE), 0.05, population=4)).best.setting
    assert (refined.effect, refined.level_db) == ("shelf", near.level_db)


def test_its_level_is_said_and_its_repeat_found(dry: np.ndarray) -> None:
    assert SHELF.level_db == pytest.approx(-9 + 0.4 * 18)
    far = Setting("shelf", (0.3, 0.9, 0.05, 0.7, 0.4))  # no slope leads from here
    pair = Pair.of(dry, render(dry, SHELF), SAMPLE_RATE, 0, inverted=False)
    found = polish(Ear(pair), Candidate(pair, Chain((far,)), SAMPLE_RATE), (0.02, 0.02, 0.3, 0.02, 0.02)).setting
    assert found.physical["pause"] == pytest.approx(SHELF.physical["pause"], abs=0.1)


def test_it_is_drawn_as_often_as_the_others() -> None:
    drawn = [random_setting(seed=seed).effect for seed in range(900)]
    assert 60 < drawn.count("shelf") < 140


def test_its_files_say_all(dry: np.ndarray) -> None:
    nodes = [Node(0.0, Blend.of(SHELF)), Node(1.0, Blend.of(DELAY))]
    score = write_score(dry, nodes, [(0.0, 0.0), (1.0, 1.0)])
    kinds = [plugin["kind"] for plugin in json.loads(json.dumps(score))["effects"][0]["plugins"]]
    assert kinds == ["HighShelfFilter", "Delay"]
    assert "shelf pause (ms)" in parameter_csv(nodes).splitlines()[0]
    assert "HighShelfFilter(cutoff_frequency_hz=" in as_code(SHELF)


@pytest.mark.parametrize(
    ("page", "key"),
    [("overview", "listen_effect"), ("reconstruct", "r_effect"), ("interpolate", "a_effect"), ("match", "m_effect")],
)
def test_pages_that_offer_it_play_it(page: str, key: str) -> None:
    # What is nearly an echo is explained by Delay: Match searches no chains, which takes half a minute.
    match = {"m_source": "Clip and effect", "m_clip": "French, man", "m_shelf_lift": "0 dB"}
    app = visit(page, {**match, key: "High shelf"})
    assert app.selectbox(key=key).value == "shelf"
    assert not app.exception
    assert not app.error
    if page != "overview":
        labels = [slider.label for slider in app.select_slider]
        assert {"Pause (ms)", "Answer (%)", "Loudness (dB)"} <= set(labels)


@pytest.mark.parametrize("page", ["clusters", "play", "models"])
def test_pages_of_a_checkpoint_that_does_not_know_it_go_on(page: str) -> None:
    app = visit(page)
    for picker in (picker for picker in app.selectbox if picker.label == "Colour by"):
        picker.select("shelf.pause").run()
    assert not app.exception
    assert not app.error


def test_pages_tell_it_from_the_others() -> None:
    marks = [(theme.EFFECT_COLOURS[effect.name], theme.SYMBOLS[effect.name]) for effect in EFFECTS]
    assert len(set(marks)) == len(EFFECTS) == 9
