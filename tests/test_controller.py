"""Promise: a controller finds effect and knobs, and a few numbers hold them."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core.explorer import Explorer
from core.models.controller import EIGHTY_PERCENT, Controller, ControllerConfig
from tests.taught import CONFIG, COUNTS, KNOBS, NAMES, examples, teach
from training.config import ControllerRun
from training.controller_module import ControllerModule


@pytest.fixture(scope="module")
def taught() -> Controller:
    return teach()


ABSURD: dict[str, Callable[[], ControllerConfig]] = {
    "latent 0": lambda: ControllerConfig(0, COUNTS),
    "latent 10000000": lambda: ControllerConfig(10**7, COUNTS),
    "latent 16.0": lambda: ControllerConfig(16.0, COUNTS),  # type: ignore[arg-type]
    "width -1": lambda: ControllerConfig(16, COUNTS, width=-1),
    "width 1000000": lambda: ControllerConfig(16, COUNTS, width=10**6),
    "width wide": lambda: ControllerConfig(16, COUNTS, width="wide"),  # type: ignore[arg-type]
    "bottleneck -1": lambda: ControllerConfig(16, COUNTS, bottleneck=-1),
    "bottleneck 65": lambda: ControllerConfig(16, COUNTS, bottleneck=65),
    "bottleneck 2.5": lambda: ControllerConfig(16, COUNTS, bottleneck=2.5),  # type: ignore[arg-type]
    "number of effects 0": lambda: ControllerConfig(16, ()),
    "number of effects 1000": lambda: ControllerConfig(16, (3,) * 1000),
    "number of knobs 0": lambda: ControllerConfig(16, (3, 0)),
    "number of knobs 1000": lambda: ControllerConfig(16, (3, 1000)),
    "a linear controller has no bottleneck": lambda: ControllerConfig(16, COUNTS, bottleneck=2, linear=True),
}


@pytest.mark.parametrize("reason", ABSURD)
def test_absurd_sizes_are_refused_by_name_and_value(reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        ABSURD[reason]()


def test_configuration_survives_json() -> None:
    assert ControllerConfig(**json.loads(json.dumps(asdict(CONFIG)))) == CONFIG
    assert isinstance(ControllerConfig(6, [3, 3, 2]).parameters, tuple)  # type: ignore[arg-type]


@pytest.mark.parametrize("config", [CONFIG, replace(CONFIG, bottleneck=0), replace(CONFIG, bottleneck=0, linear=True)])
def test_answers_lie_in_their_ranges_wherever_w_is(config: ControllerConfig) -> None:
    torch.manual_seed(0)
    controller = Controller(config).eval()
    for size in (0.0, 1.0, 100.0, 1e6):
        said = controller.decode(size * torch.randn(32, config.bottleneck or config.latent))
        assert said.effect.shape == (32, 3)
        assert said.knobs.shape == said.spread.shape == (32, 8)
        assert torch.isfinite(said.effect).all()
        assert ((said.knobs >= 0) & (said.knobs <= 1)).all()
        assert ((said.spread >= 0) & (said.spread <= 0.5)).all()


def test_permuting_the_batch_permutes_the_answer(taught: Controller) -> None:
    z, _ = examples(60, 5)
    order = torch.randperm(60, generator=torch.Generator().manual_seed(0))
    said, other = taught(z), taught(z[order])
    for name in ("effect", "knobs", "spread"):
        assert torch.allclose(getattr(said, name)[order], getattr(other, name), atol=1e-5)
    assert not torch.allclose(said.knobs[order], said.knobs, atol=0.1)


def test_without_a_bottleneck_w_is_z_scaled(taught: Controller) -> None:
    controller, (z, _) = Controller(replace(CONFIG, bottleneck=0)), examples(60, 0)
    controller.mean.copy_(taught.mean)
    controller.deviation.copy_(taught.deviation)
    w, logvar = controller.encode(z)
    assert torch.allclose(w * taught.deviation + taught.mean, z, atol=1e-5)
    assert (logvar == -torch.inf).all()  # exact: nothing is drawn
    assert torch.equal(controller(z).knobs, controller.decode(w).knobs)


def test_reads_effect_and_knobs_off_examples_it_has_not_seen(taught: Controller) -> None:
    z, label = examples(300, 10_000)
    said, known = taught(z), label[:, 3:].isfinite()
    assert (said.effect.argmax(dim=1) == label[:, :3].argmax(dim=1)).all()
    off = (said.knobs - label[:, 3:])[known].abs()
    assert off.mean() < 0.03
    assert said.spread[known].mean() == pytest.approx(off.mean().item(), rel=0.7)  # it knows how sure it may be
    for number, count in enumerate(COUNTS):
        own = KNOBS.own(number)
        assert known[number, own].all()
        assert own.stop - own.start == count == known[number].sum()


def test_each_knob_s_range_holds_what_it_is_said_to_hold() -> None:
    """Calibrated on some examples, asked about others; a range for all knobs alike would be wrong about most."""
    torch.manual_seed(0)
    controller, (z, label) = Controller(replace(CONFIG, bottleneck=0)).eval(), examples(6000, 7)
    noise = torch.linspace(0.01, 0.3, 8) * torch.randn(6000, 8)
    told = controller(z).knobs.detach() + noise.where(label[:, 3:].isfinite(), torch.nan)
    told[:, 5] = torch.nan  # a knob that no example speaks of
    controller.calibrate(z[::2], told[::2])
    assert controller.config == replace(CONFIG, bottleneck=0, by_knob=True)
    said = controller(z[1::2])
    within = ((said.knobs - told[1::2]).abs() <= EIGHTY_PERCENT * said.spread).float()
    share = within.where(told[1::2].isfinite(), torch.nan).nanmean(dim=0)
    others = [knob for knob in range(8) if knob != 5]
    assert ((share[others] - 0.8).abs() < 0.05).all(), share
    assert controller.caution[5] == 1
    again = Controller(controller.config)
    again.load_state_dict(controller.state_dict())
    assert torch.equal(again.eval()(z).spread, controller(z).spread)


def test_place_finds_a_w_that_plays_what_another_w_plays(taught: Controller) -> None:
    w, _ = taught.encode(examples(18, 20_000)[0])
    others, _ = taught.encode(examples(600, 30_000)[0])
    true, effects = taught.decode(w), taught.decode(others).effect.argmax(dim=1)
    for row in range(18):
        number = int(true.effect[row].argmax())
        own = KNOBS.own(number)
        found = taught.decode(taught.place([number], own, true.knobs[row, own], others[effects == number])[None])
        assert found.effect.argmax() == number
        assert (found.knobs[0, own] - true.knobs[row, own]).abs().max() < 0.02


def test_place_is_never_further_away_than_its_starts(taught: Controller) -> None:
    starts, _ = taught.encode(examples(30, 40_000)[0])
    own = KNOBS.own(1)
    for corner in ([0.0, 0.0, 0.0], [1.0, 0.0, 1.0], [1.0, 1.0, 1.0]):
        values = torch.tensor(corner)
        placed = taught.place([1], own, values, starts)

        def distance(w: torch.Tensor, values: torch.Tensor = values) -> torch.Tensor:
            said = taught.decode(w)
            return (said.knobs[:, own] - values).square().sum(dim=1) - 0.01 * said.effect.log_softmax(dim=1)[:, 1]

        assert distance(placed[None]) < distance(starts).min()


@pytest.mark.parametrize("size", ["w2", "w3", "w4", "w8"])
def test_a_point_of_the_shipped_pad_is_found_again_from_what_it_plays(factor: Explorer, size: str) -> None:
    dimensions = int(size[1:])
    assert dimensions in factor.dimensions
    places = factor.places(dimensions)
    assert places.shape == (len(factor.atlas), dimensions)
    off = []
    for index in range(0, len(places), len(places) // 8):
        played = factor.play(places[index])
        assert list(played.probabilities.values()) == sorted(played.probabilities.values(), reverse=True)
        assert set(list(played.probabilities)[: len(played.chain.settings)]) == set(played.chain.effects)
        found = factor.play(factor.place(played.chain, dimensions), played.chain.effects).chain
        for own, true in zip(found.settings, played.chain.settings, strict=True):
            off.append(np.abs(np.subtract(own.values, true.values)).max())
    assert np.median(off) < 0.05


def test_whoever_asks_first_place_answers() -> None:
    """Weights that were first read for an answer without gradients still serve the descent of `place`."""
    fresh = Explorer.load("factor", device="cpu")
    played = fresh.play(np.zeros(2)).setting
    assert fresh.place(played, 2).shape == (2,)


def test_a_controller_of_chains_says_which_effects_and_in_which_order() -> None:
    """Of examples in which z holds each effect's place."""
    torch.manual_seed(0)
    generator = np.random.default_rng(0)
    place = np.array([generator.permutation([1, 2, 0]) if index % 2 else np.eye(3)[index % 3] for index in range(900)])
    label = torch.tensor(np.concatenate([place, np.full((900, 8), np.nan)], axis=1), dtype=torch.float32)
    controller = Controller(ControllerConfig(3, COUNTS, width=32, chains=True))
    module = ControllerModule(controller, ControllerRun(Path(), (), chains=0.5), NAMES, 300)
    z = label[:, :3] - 1
    optimizer = torch.optim.Adam(controller.parameters(), 1e-2)
    for _ in range(300):
        optimizer.zero_grad()
        terms = module.loss((z[:600], label[:600], []))
        terms["loss"].backward()
        optimizer.step()
    there = place[600:] > 0
    with torch.inference_mode():
        said = controller.eval()(z[600:])
    assert ((said.presence() > 0.5) == there).all()
    first, second = torch.triu_indices(3, 3, 1).numpy()
    both = there[:, first] & there[:, second]
    earlier = place[600:][:, first] < place[600:][:, second]
    assert ((said.order.numpy() > 0) == earlier)[both].all()


def test_presence_is_calibrated_on_chains_of_all_lengths() -> None:
    """Logits that tell a chain to be shorter than it is are shifted until they do not."""
    controller = Controller(ControllerConfig(3, COUNTS, linear=True, chains=True))
    place = torch.tensor([[1.0, 0, 0], [0, 1, 0], [1, 2, 0], [2, 0, 1], [1, 2, 3], [3, 1, 2]])
    with torch.no_grad():
        controller.decoder.weight.zero_()
        controller.decoder.bias.zero_()
        controller.decoder.weight[:3] = torch.eye(3)
    z = torch.where(place > 0, -0.4, -2.4)
    with torch.inference_mode():
        assert not (controller(z).presence() > 0.5).any()
    controller.calibrate_presence(z, place)
    with torch.inference_mode():
        assert ((controller(z).presence() > 0.5) == (place.numpy() > 0)).all()
    shift = float(controller.decoder.bias[0])
    assert shift == pytest.approx(1.4, abs=0.11), "not in the middle of what tells all"
    assert (controller.decoder.bias[:3] == shift).all()
    assert not controller.decoder.bias[3:].any()
