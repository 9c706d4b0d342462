"""Where the GPU's memory runs out, the CPU goes on."""

from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Any, Generic, Self, TypeVar

import torch

Method = TypeVar("Method", bound=Callable[..., Any])
Loaded = TypeVar("Loaded")

_CPU = torch.device("cpu")


class OnDevice(Generic[Loaded]):
    """What was loaded onto a device, and once more onto the CPU when the device's memory runs out.

    load: reads it anew, in the CPU's memory: what is on the GPU stays as it is, as other threads may be at work on it.
    """

    def __init__(self, load: Callable[[], Loaded], device: torch.device) -> None:
        self.device = device
        self._load = load
        self._on_cpu: Any = None
        self._leaving = Lock()

    @classmethod
    def on(cls, load: Callable[[], Loaded], device: torch.device) -> Self:
        """On the device, or on the CPU where the device has no room for it."""
        try:
            return cls(load, device)
        except torch.OutOfMemoryError:
            loaded = cls(load, _CPU)
            loaded._on_cpu = loaded
            return loaded

    @property
    def gpu_is_full(self) -> bool:
        """Whether the device's memory ran out, and the CPU computes instead."""
        return self._on_cpu is not None

    def _leave_gpu(self) -> None:
        with self._leaving:
            if self._on_cpu is None:
                self._on_cpu = type(self)(self._load, _CPU)


def or_on_the_cpu(method: Method) -> Method:
    """A method of OnDevice that, where the GPU's memory runs out, is run again on the CPU; later calls all go there."""

    @wraps(method)
    def run(self: OnDevice[Any], *arguments: Any, **named: Any) -> Any:
        if not self.gpu_is_full:
            try:
                return method(self, *arguments, **named)
            except torch.OutOfMemoryError:
                self._leave_gpu()
        return method(self._on_cpu, *arguments, **named)

    return run  # type: ignore[return-value]
