"""How far two sounds are apart, as listeners of audio effects measure it."""

import numpy as np
import torch

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
        self._target = [(own, np.log(own), np.linalg.norm(own)) for own in self._magnitudes(wet)]

    def __call__(self, sound: np.ndarray) -> float:
        """How far sound (time,), as long as wet, is from it; 0 for the same sound."""
        terms = []
        for own, (target, log_target, norm) in zip(self._magnitudes(sound), self._target, strict=True):
            convergence = np.linalg.norm(target - own) / norm
            terms.append(convergence + np.abs(np.log(own) - log_target).mean())
        return float(np.mean(terms))

    def _magnitudes(self, sound: np.ndarray) -> list[np.ndarray]:
        """Magnitudes (frame, bin) at each resolution, none below the floor."""
        if len(sound) != self.size:
            raise ValueError(f"sounds of {len(sound):,} and {self.size:,} samples cannot be compared")
        audio = torch.from_numpy(np.resize(sound, max(self.size, _SHORTEST)).astype(np.float32))
        found = []
        for size, hop, width in _RESOLUTIONS:
            window = torch.hann_window(width)
            spectrum = torch.stft(audio, size, hop, width, window, return_complex=True).numpy().T
            power = spectrum.real**2 + spectrum.imag**2  # a third of the time that torch takes for magnitudes
            least = max(10 ** (self.floor_db / 20) * float(window.sum()) / 2, 1e-4)
            found.append(np.sqrt(np.maximum(power, least**2)))
        return found


def mrstft(a: np.ndarray, b: np.ndarray, floor_db: float = -np.inf) -> float:
    """Distance of a from b, both (time,) of one length; see FarFrom. Without a floor it is that of auraloss."""
    return FarFrom(b, floor_db)(a)
