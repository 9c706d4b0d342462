"""How far two sounds are apart, as listeners of audio effects measure it."""

import numpy as np
import torch
from auraloss.freq import MultiResolutionSTFTLoss

_DISTANCE = MultiResolutionSTFTLoss()


def mrstft(a: np.ndarray, b: np.ndarray) -> float:
    """Multi-resolution STFT distance of a from b, both (time,) of one length; 0 for equal sounds.

    Spectral convergence plus the mean difference of log magnitudes, at windows of 25, 50 and 100 ms or so (Yamamoto
    et al. 2020, by auraloss with its defaults). Sounds shorter than 0.1 s are repeated.
    """
    both = [torch.from_numpy(np.resize(x, max(len(x), 2400)).astype(np.float32))[None, None] for x in (a, b)]
    with torch.inference_mode():
        return float(_DISTANCE(*both))
