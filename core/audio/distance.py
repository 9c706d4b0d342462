"""How far two sounds are apart, as listeners of audio effects measure it."""

import numpy as np
import torch
from torch import Tensor

from core.audio.measure import FLOOR_DB

_RESOLUTIONS = ((1024, 120, 600), (2048, 240, 1200), (512, 50, 240))
"""FFT size, hop and window in samples: the defaults of auraloss, 10, 25 and 50 ms at 24 kHz."""
_SHORTEST = 2400


class FarFrom:
    """Multi-resolution STFT distance of any sound from one, wet (time,) at 24 kHz, whose spectra are kept.

    Spectral convergence plus the mean difference of log magnitudes, at three resolutions (Yamamoto et al. 2020, as
    auraloss has it), but that magnitudes below a sine at `floor_db` count as silence: what lies under the noise of
    recordings is nobody's doing, and would else be most of all cells. Sounds shorter than 0.1 s are repeated.
    """

    def __init__(self, wet: np.ndarray, floor_db: float = FLOOR_DB) -> None:
        self.size, self.floor_db = len(wet), floor_db
        self._target = self._magnitudes(wet)

    def __call__(self, sound: np.ndarray) -> float:
        """How far sound (time,), as long as wet, is from it; 0 for the same sound."""
        terms = []
        for own, target in zip(self._magnitudes(sound), self._target, strict=True):
            terms.append((target - own).norm() / target.norm() + (own / target).log_().abs_().mean())
        return float(torch.stack(terms).mean())

    def _magnitudes(self, sound: np.ndarray) -> list[Tensor]:
        """Magnitudes (bin, frame) at each resolution, none below the floor."""
        if len(sound) != self.size:
            raise ValueError(f"sounds of {len(sound):,} and {self.size:,} samples cannot be compared")
        audio = torch.from_numpy(np.resize(sound, max(self.size, _SHORTEST)).astype(np.float32))
        found = []
        with torch.inference_mode():
            for size, hop, width in _RESOLUTIONS:
                window = torch.hann_window(width)
                spectrum = torch.stft(audio, size, hop, width, window, return_complex=True)
                least = max(10 ** (self.floor_db / 20) * float(window.sum()) / 2, 1e-4)
                found.append(spectrum.abs().clamp(min=least))
        return found


def mrstft(a: np.ndarray, b: np.ndarray, floor_db: float = -np.inf) -> float:
    """Distance of a from b, both (time,) of one length; see FarFrom. Without a floor it is that of auraloss."""
    return FarFrom(b, floor_db)(a)
