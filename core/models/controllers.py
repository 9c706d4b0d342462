"""The controllers of a checkpoint on a device: z in, settings out, and back; numpy at both ends."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import torch

from core.models.controller import Controller
from core.models.on_device import OnDevice, or_on_the_cpu

Read = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Probabilities (batch, effect), in sum 1; positions and spread (batch, knob) as in Prediction."""

_ROWS = 16_384  # at once: an atlas of 200,000 points would take gigabytes


class Controllers(OnDevice[dict[str, Controller]], Mapping[str, Controller]):
    """Controllers by name: "full", "linear", and "w2", "w3", ... with a bottleneck of that size.

    load: reads them, in eval mode.
    """

    def __init__(self, load: Callable[[], dict[str, Controller]], device: torch.device) -> None:
        super().__init__(load, device)
        with torch.inference_mode(False):  # whoever asks first: `place` needs weights that gradients pass through
            self._controllers = {name: one.to(device) for name, one in load().items()}

    def __getitem__(self, name: str) -> Controller:
        return self._controllers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._controllers)

    def __len__(self) -> int:
        return len(self._controllers)

    def check(self, parameters: tuple[int, ...], latent: int) -> None:
        """Raise ValueError unless all were made for effects with so many knobs, and so many numbers of z."""
        for name, one in self.items():
            read = self._controllers.get(one.config.reads)
            size = (read.config.bottleneck if read else 0) if one.config.reads else latent
            if (one.config.parameters, one.config.latent) != (parameters, size):
                raise ValueError(f"the controller {name} was made for another model or other effects")

    @property
    def dimensions(self) -> tuple[int, ...]:
        """Sizes of w that there is a controller for, to play with."""
        return tuple(sorted(one.config.bottleneck for one in self.values() if one.config.bottleneck))

    def of_chains(self, name: str) -> str | None:
        """Name of the controller that tells chains at the points of another one; None where there is none."""
        return next((own for own, one in self.items() if one.config.reads == name), None)

    @or_on_the_cpu
    def read(self, name: str, z: np.ndarray) -> Read:
        """What a controller says of each z (batch, latent)."""
        with torch.inference_mode():
            return self[name](self._put(z)).numpy()

    @or_on_the_cpu
    def read_together(self, name: str, z: np.ndarray) -> Read:
        """What a controller says of z (batch, latent) of the segments of one sound, a batch of one."""
        with torch.inference_mode():
            return self[name](self._put(z)).together().numpy()

    @or_on_the_cpu
    def read_all(self, name: str, z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]:
        """What a controller says of z (batch, latent) of the segments of one sound, without the batch: see Guess."""
        with torch.inference_mode():
            said = self[name](self._put(z)).together()
            (probabilities,), (knobs,), (spread,) = said.numpy()
            if not said.order.shape[1]:
                return probabilities, knobs, spread, None
            return said.presence()[0], knobs, spread, said.order[0].sigmoid().cpu().numpy()

    @or_on_the_cpu
    def presence(self, name: str, z: np.ndarray) -> np.ndarray:
        """Probability (batch, effect) that each effect is in the chain of each z (batch, latent), by a controller of
        chains."""
        with torch.inference_mode():
            return self[name](self._put(z)).presence()

    @or_on_the_cpu
    def play(self, name: str, w: np.ndarray) -> Read:
        """What a controller says at the point w (w,), a batch of one."""
        with torch.inference_mode():
            return self[name].decode(self._put(w)[None]).numpy()

    @or_on_the_cpu
    def places(self, name: str, z: np.ndarray) -> np.ndarray:
        """w (batch, w) of z (batch, latent)."""
        with torch.inference_mode():
            parts = (self._put(z[start : start + _ROWS]) for start in range(0, max(1, len(z)), _ROWS))
            return np.concatenate([self[name].encode(part)[0].float().cpu().numpy() for part in parts])

    @or_on_the_cpu
    def place(
        self, name: str, effects: Sequence[int], own: slice | Sequence[int], values: Sequence[float], starts: np.ndarray
    ) -> np.ndarray:
        """The point w (w,) that plays what is nearest to a setting, or, by a controller that reads points, to a chain;
        see Controller.place."""
        one = self[name]
        if not one.config.reads:
            return one.place(effects, own, self._put(values), self._put(starts)).cpu().numpy()
        scaled = (self._put(starts) - one.mean) / one.deviation
        found = one.place(effects, own, self._put(values), scaled)
        return (found * one.deviation + one.mean).cpu().numpy()

    def _put(self, numbers: np.ndarray | Sequence[float]) -> torch.Tensor:
        return torch.tensor(np.asarray(numbers), dtype=torch.float32, device=self.device)
