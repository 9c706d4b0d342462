"""Promise: where the GPU's memory runs out, the CPU goes on with the same answers, and it is said."""

import numpy as np
import pytest
import torch

from core.effects import Setting, render
from core.explorer import CHECKPOINTS, Explorer


def full(*_: object, **__: object) -> None:
    raise torch.OutOfMemoryError("CUDA out of memory")


@pytest.mark.parametrize("name", ["encode", "decode"])
def test_out_of_memory_goes_on_on_the_cpu(dry: np.ndarray, factor: Explorer, name: str) -> None:
    wet = render(dry, Setting("delay", (0.5, 0.3, 0.5)))
    expected = factor.reconstruct(dry, wet)
    explorer = Explorer(CHECKPOINTS / "factor", torch.device("cpu"))  # stands for one on a GPU
    setattr(explorer.model, name, full)
    assert not explorer.gpu_is_full
    assert np.array_equal(explorer.reconstruct(dry, wet).decoded, expected.decoded)
    assert explorer.gpu_is_full
    assert explorer.play(np.zeros(2)).setting == factor.play(np.zeros(2)).setting


def test_the_controllers_go_on_on_the_cpu_by_themselves(factor: Explorer) -> None:
    explorer = Explorer(CHECKPOINTS / "factor", torch.device("cpu"))
    assert not explorer.gpu_is_full
    explorer.controller("w2").decode = full
    assert explorer.play(np.zeros(2)) == factor.play(np.zeros(2))
    assert explorer.gpu_is_full
    assert not explorer.codec.gpu_is_full


def test_a_model_that_does_not_fit_is_loaded_on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    def moved(self: torch.nn.Module, device: torch.device) -> torch.nn.Module:
        return full() if torch.device(device).type == "cuda" else self  # type: ignore[return-value]

    monkeypatch.setattr(torch.nn.Module, "to", moved)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    explorer = Explorer.load("factor", device="cuda")
    assert explorer.gpu_is_full
    assert explorer.decode(np.zeros(explorer.layout.size)).shape[0] == 1
