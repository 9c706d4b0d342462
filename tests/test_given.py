"""Promise: what a script gives is taken as what it is, or refused in a sentence, wherever sounds go in."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from core.audio.io import AudioError, encode, encode_exactly
from core.audio.spectrogram import prepare_pair
from core.checkpoints.limits import CheckpointError
from core.effects import Blend, Chain, Setting, render, render_blend
from core.effects.amount import render_amount
from core.effects.automation import Node, automate
from core.effects.fade import Faded
from core.effects.render import NoSound
from core.explorer import Explorer
from core.paths.route import Route

SETTING = Setting("delay", (0.5, 0.3, 0.5))
NODES = [Node(float(at), Blend.of(SETTING)) for at in (0, 1)]
Play = Callable[[Any, Any], np.ndarray]
PLAYS: dict[str, Play] = {
    "render": lambda dry, rate: render(dry, SETTING, rate),
    "render_amount": lambda dry, rate: render_amount(dry, SETTING, 0.5, rate),
    "render_blend": lambda dry, rate: render_blend(dry, Blend.of(SETTING), rate),
    "automate": lambda dry, rate: automate(dry, NODES, [(0, 0), (1, 1)], rate),
}  # fmt: skip
each_play = pytest.mark.parametrize("play", PLAYS.values(), ids=PLAYS)


@pytest.fixture(scope="module")
def short(dry: np.ndarray) -> np.ndarray:
    return dry[10_000:22_000]


BAD: dict[str, tuple[Callable[[np.ndarray], object], str]] = {
    "as soundfile reads it": (lambda x: np.stack([x, x], axis=1)[:300], "has shape (300, 2)"),
    "a batch of stereo": (lambda x: x[None, None], "has shape (1, 1, 12000)"),
    "one number": (lambda x: x[0], "has shape ()"),
    "no samples": (lambda x: x[:0], "is empty"),
    "no channels": (lambda x: np.zeros((0, 100)), "has shape (0, 100)"),
    "8-bit WAV": (lambda x: (x * 127 + 128).astype(np.uint8), "type uint8"),
    "complex": (lambda x: x * 1j, "type complex64"),
    "yes and no": (lambda x: x > 0, "type bool"),
    "words": (lambda x: np.array(["a", "b"]), "type <U1"),
    "nothing": (lambda x: None, "type object"),
    "takes of different lengths": (lambda x: [x[:100], x[:200]], "has rows of different lengths"),
    "masked": (lambda x: np.ma.masked_array(x, x > 0), "holds masked numbers"),
}


@each_play
@pytest.mark.parametrize(("spoil", "words"), BAD.values(), ids=BAD)
def test_what_is_no_sound_is_a_sentence(play: Play, spoil: Callable, words: str, short: np.ndarray) -> None:
    with pytest.raises(AudioError, match=r"^The dry sound .*\. Please .*\.$") as told:
        play(spoil(short), 24_000)
    assert words in str(told.value)


@pytest.mark.parametrize(("spoil", "words"), BAD.values(), ids=BAD)
def test_a_match_says_the_same(spoil: Callable, words: str, factor: Explorer, short: np.ndarray) -> None:
    with pytest.raises(AudioError, match=f"^The wet sound .*{re.escape(words)}"):
        factor.match(short, spoil(short))


@each_play
@pytest.mark.parametrize("rate", [np.nan, -44_100, 0, 100, 1e9, 44_100.5, "44100", None, True], ids=repr)
def test_a_rate_that_is_none_is_a_sentence(play: Play, rate: int, factor: Explorer, short: np.ndarray) -> None:
    for call in (lambda: play(short, rate), lambda: factor.match(short, short, sample_rate=rate)):
        with pytest.raises(AudioError, match=f"The sample rate is {rate!r}; a whole number of Hz is needed"):
            call()


@each_play
def test_other_numbers_and_tensors_are_what_they_are(play: Play, short: np.ndarray) -> None:
    wet = play(short, 44_100)
    tensor = torch.from_numpy(short.copy())
    for rate in (np.int64(44_100), 44_100.0, np.float32(44_100)):
        assert np.array_equal(play(short, rate), wet)
    for same in (short.astype(np.float64), short.tolist(), tensor, tensor.clone().requires_grad_()):
        assert np.array_equal(play(same, 44_100), wet)
    assert np.array_equal(play(tensor.bfloat16(), 44_100), play(tensor.bfloat16().float().numpy(), 44_100))
    whole = play((short * 2**15).astype(np.int16), 44_100) / 2**15
    assert np.abs(whole - wet).max() < 0.02 * np.abs(wet).max()


def test_what_no_model_can_hear_is_a_sentence(factor: Explorer, short: np.ndarray) -> None:
    """Whichever way it goes in; a wet sound may be silent."""
    decoded = factor.decode(z := factor.encode(short, short))
    ways: dict[str, Callable] = {
        "encode": factor.encode, "spectrogram": factor.spectrogram, "reconstruct": factor.reconstruct,
        "interpolate": lambda dry, wet: factor.interpolate([(dry, wet), (short, short)], Route(steps=3)),
        "a batch": lambda dry, wet: factor.encode(np.stack([short, dry]), np.stack([short, wet])),
    }  # fmt: skip
    for spoilt, reason in (
        (np.where(short == short[9], np.nan, short), "not numbers"), (np.full_like(short, np.inf), "not numbers"),
        (short.astype(np.float64) * 1e300, "not numbers"), (short * 1e12, "over full scale"),
    ):  # fmt: skip
        for way in ways.values():
            with pytest.raises(AudioError, match=f"The dry sound .*{reason}"):
                way(spoilt, short)
            with pytest.raises(AudioError, match=f"The wet sound .*{reason}"):
                way(short, spoilt)
        for change in (
            factor.transfer,
            factor.to_audio,
            lambda one, dry: factor.transfer_to(short, 24_000, one[0], dry),
        ):
            with pytest.raises(AudioError, match=f"The .*sound .*{reason}"):
                change(decoded, spoilt)
    for way in ways.values():
        with pytest.raises(AudioError, match="The dry sound is silent"):
            way(0 * short, short)
        way(short, 0 * short)
    for few in (short[:10], short[:0], np.zeros((0, 12_000), np.float32)):
        for way in (factor.encode, lambda dry, wet: prepare_pair(dry, wet, 12_000)):
            with pytest.raises(AudioError, match=r"0\.1 s|has shape"):
                way(few, few)
    assert np.allclose(factor.encode(torch.from_numpy(short.copy()).requires_grad_(), short.tolist()), z)  # type: ignore[arg-type]


def test_what_is_no_point_is_a_sentence(factor: Explorer) -> None:
    z, w = np.zeros(factor.layout.size, np.float32), np.zeros(2, np.float32)
    alone = {
        "nearest": factor.nearest, "the beginning of a path": lambda z_a: factor.path(z_a, z),
        "the end of a path": lambda z_b: factor.path(z, z_b),
    }  # fmt: skip
    many = {"decode": factor.decode, "read": factor.read, "guess": factor.guess, "estimate": factor.estimate}
    for call in (*alone.values(), *many.values()):
        call(z)
        with pytest.raises(ValueError, match="z holds numbers that are not finite"):
            call(z * np.nan)
        for shape in (z[:-1], z[None, None], z[:0], np.zeros((0, len(z)))):
            with pytest.raises(ValueError, match=r"z has shape \(.*; \(latent,\).* is needed"):
                call(shape)
    for call in alone.values():
        with pytest.raises(ValueError, match=r"z has shape \(2, "):
            call(np.stack([z, z]))
    assert factor.play(w.tolist()) == factor.play(tuple(w)) == factor.play(w)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="w holds numbers that are not finite"):
        factor.play(w * np.nan)
    with pytest.raises(ValueError, match=r"w has shape \(2, 2\); \(w,\) is needed"):
        factor.play(np.stack([w, w]))


def test_what_is_no_spectrogram_is_a_sentence(factor: Explorer, short: np.ndarray) -> None:
    decoded = factor.decode(np.zeros(factor.layout.size))
    for spoilt in (decoded[0], decoded[..., :64], decoded[:, :, :64], decoded[:, :0]):
        for call in (factor.to_audio, factor.transfer):
            with pytest.raises(ValueError, match=r"The spectrogram has shape \(.*; .* 128 bins and 256 frames"):
                call(spoilt, short)
    for call in (factor.to_audio, factor.transfer):
        with pytest.raises(ValueError, match="The spectrogram holds numbers that are not finite"):
            call(decoded * np.nan, short)
    with pytest.raises(ValueError, match="with 2 to 4 channels"):
        factor.transfer(decoded[:, :1], short)


def test_what_is_no_effect_step_or_setting_is_a_sentence(factor: Explorer, short: np.ndarray) -> None:
    z, w = np.zeros(factor.layout.size), np.zeros(2)
    strange: tuple[Callable, ...] = (lambda: factor.estimate(z, effect="flanger"), lambda: factor.play(w, "flanger"))
    with pytest.raises(ValueError, match="bypass has no point on the pad"):
        factor.place(Chain(), 2)
    for call in strange:
        with pytest.raises(ValueError, match="no effect 'flanger'; known: delay, "):
            call()
    settings = (SETTING, Setting("delay", (0.2, 0.2, 0.2)))
    path = factor.interpolate([(short, render(short, own)) for own in settings], Route(part="effect", steps=3))
    blends = factor.blends(path, settings)
    for step in (3, -4):
        with pytest.raises(ValueError, match=f"no step {step}: the path has steps 0 to 2"):
            factor.voice(path, step, "re-rendered", settings, blends)
    with pytest.raises(ValueError, match="the 3 steps need what `blends` gives"):
        factor.voice(path, 1, "re-rendered", settings)
    for call in (
        lambda: factor.blends(path, ()), lambda: factor.blends(path, settings[:1]),
        lambda: factor.voice(path, 1, "parameter line"), lambda: factor.voice(path, 1, "crossfade"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match="settings of the 2 ends of the path are needed"):
            call()


def test_a_device_that_is_not_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(CheckpointError, match=r"no device 'gpu'\. Please choose cpu, cuda or auto"):
        Explorer.load("factor", "gpu")
    with pytest.raises(CheckpointError, match=r"no GPU 'cuda:1' that PyTorch can use\. Please choose cpu or auto"):
        Explorer.load("factor", "cuda:1")


@pytest.mark.parametrize("write", [encode, encode_exactly])
def test_what_cannot_be_written_is_a_sentence(write: Callable, short: np.ndarray) -> None:
    for spoilt, reason in (
        ((short * 2**15).astype(np.int16), "in whole numbers"), (short * np.nan, "not numbers"),
        (np.stack([short, short], axis=1), "put time last"), (short[:0], "empty"), (short * 1j, "type complex64"),
    ):  # fmt: skip
        with pytest.raises(AudioError, match=f"The sound .*{reason}"):
            write(spoilt)


def test_what_is_no_setting_is_a_sentence(factor: Explorer, short: np.ndarray) -> None:
    for call, kinds in (
        (lambda own: render(short, own), "Setting or a Chain or a Faded"),
        (lambda own: render_amount(short, own, 0.5), "Setting or a Chain"),
        (lambda own: render_blend(short, own), "Blend"),
        (lambda own: factor.place(own, 2), "Setting or a Chain"),
    ):
        for own in ("delay", None, (SETTING,)):
            with pytest.raises(TypeError, match=re.escape(f"a {kinds} is needed, got {own!r:.20}")):
                call(own)
    with pytest.raises(TypeError, match="got Faded"):
        render_amount(short, Faded(((SETTING, 0.5),)), 0.5)  # type: ignore[arg-type]


@pytest.mark.filterwarnings("ignore:overflow")
def test_an_effect_is_not_blamed_for_a_sound_beyond_all_measure(short: np.ndarray) -> None:
    with pytest.raises(NoSound, match="is given samples that are no sound"):
        render(short * np.float32(1e30), SETTING)
