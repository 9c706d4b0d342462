"""Gains that were found at 24 kHz, given to a recording at its own rate and in its own channels."""

import numpy as np
import torch
from torch import Tensor

from core.audio import SAMPLE_RATE


def with_gains(audio: np.ndarray, rate: int, gains: np.ndarray, fft: int, hop: int) -> np.ndarray:
    """audio, (time,) or (channel, time), at `rate` Hz, each channel's bands changed by the same gains, in its shape.

    gains: log10, (fft/2 + 1, frame) for the bins from 0 to 12 kHz and the frames of an STFT at 24 kHz whose frame i is
    centred on sample i * hop. The STFT here has windows as long in seconds, so that below 12 kHz the same is done as
    there. Above, the last band holds; behind the last frame, the last gains. The bin at 12 kHz, which lies beyond all
    bands, counts as the one below it.
    """
    size = 2 * round(fft * rate / SAMPLE_RATE / 2)
    step = round(hop * rate / SAMPLE_RATE)
    window = torch.hann_window(size)
    sound = torch.from_numpy(np.array(audio, dtype=np.float32))
    spectrum = torch.stft(sound, size, step, window=window, pad_mode="constant", return_complex=True)
    bins, frames = spectrum.shape[-2:]
    known = torch.from_numpy(np.asarray(gains[:-1], dtype=np.float32))
    known = _between(known, np.arange(bins) * (rate / size) / (SAMPLE_RATE / fft))
    known = _between(known.T, np.arange(frames) * (step / rate) / (hop / SAMPLE_RATE)).T
    made = torch.istft(spectrum * 10**known, size, step, window=window, length=sound.shape[-1])
    return made.numpy()


def _between(rows: Tensor, places: np.ndarray) -> Tensor:
    """Rows (row, column) at places between their numbers, linearly; the first and the last hold beyond them."""
    places = np.clip(places, 0, len(rows) - 1)
    low = np.minimum(places.astype(int), max(len(rows) - 2, 0))
    share = torch.from_numpy((places - low).astype(np.float32))[:, None]
    return torch.lerp(rows[low], rows[np.minimum(low + 1, len(rows) - 1)], share)
