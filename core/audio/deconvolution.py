"""What was done to dry as if it were linear: the regularised quotient of two spectra, and the response behind it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import scipy.fft

if TYPE_CHECKING:
    from torch import Tensor

Spectrum = TypeVar("Spectrum", np.ndarray, "Tensor")


def transfer(dry: Spectrum, wet: Spectrum, power: Spectrum, floor: Spectrum | float) -> Spectrum:
    """Transfer W D* / (|D|^2 + floor) of complex spectra dry and wet (..., bin), of NumPy or of PyTorch.

    power: |D|^2. floor: where dry has less than this, little is claimed instead of noise; a share of the mean power.
    """
    return wet * dry.conj() / (power + floor)


def local_floor(power: np.ndarray) -> np.ndarray:
    """3 % of the power nearby (256 bins, smoothed over nine such blocks), and a little of its mean over all bins.

    It follows the spectrum: there is no noise to fear, only what the end of the segment cuts off.
    """
    local = np.convolve(np.add.reduceat(power, np.arange(0, len(power), 256)) / 256, np.ones(9) / 9, "same")
    return 0.03 * np.repeat(local, 256)[: len(power)] + 1e-4 * power.mean() + 1e-9


def even_floor(power: np.ndarray) -> np.ndarray:
    """3 % of the mean power, the same in all bins: quiet bands say little, so the sharpest peak wins."""
    return 0.03 * power.mean() + 1e-12


def impulse_response(
    dry: np.ndarray, wet: np.ndarray, floor: Callable[[np.ndarray], np.ndarray] = local_floor
) -> np.ndarray:
    """Response (len(dry) + len(wet) or a little more,) that makes wet (time,) of dry (time,).

    Over both lengths, so that nothing wraps round; negative times are its end.
    """
    size = scipy.fft.next_fast_len(len(dry) + len(wet), real=True)
    d, w = scipy.fft.rfft(dry, size), scipy.fft.rfft(wet, size)
    power = d.real**2 + d.imag**2
    return scipy.fft.irfft(transfer(d, w, power, floor(power)), size)
