"""Measurements: the numbers read off a dry/wet pair that give away what was done to the dry sound.

A spectrogram encoder that pools over time forgets time: it finds neither a delay of 0.3 s nor a modulation of 0.5 Hz.
So models are given these numbers of a pair beside its joint spectrogram. There are three kinds, named by
SpectrogramConfig.measurements, in which a checkpoint says what its weights were trained on:

    pooled      325 numbers, each pooled along the axis where its family of effects tells itself
    by_effect   965 numbers, one close look for each family:
        echoes          delay, reverb: when it comes back, how loud, how long
        bands           filters, phaser: what becomes of each band, and how that sways over time
        short_echoes    chorus: where the wavering copy is, how far and how fast it swings
        dynamics        compressor: threshold, ratio, release
        clipping        overdrive: drive and tone
        steps           bitcrush: rate and size of the steps
    in_chains   1,001 numbers: those, and what is to be seen behind other effects
        tails           delay, reverb: which tail is in the levels, whatever became of phases
    sway        slow oscillators in any course over time;   scale: a value's place on a knob

Weights depend on every bit of them: who changes what a measurement says raises VERSION, and trains anew.
"""

import numpy as np
import torch
from torch import Tensor

from core.audio.measurements import by_effect, pooled, tails
from core.audio.spectrogram import SpectrogramConfig

VERSION = 2
"""Checkpoints name it: those of another version are refused."""


def measurement_count(config: SpectrogramConfig) -> int:
    """How many numbers are read off a pair with joint spectrograms of this kind."""
    if config.measurements == "pooled":
        return pooled.count(config)
    return by_effect.COUNT + (tails.COUNT if config.measurements == "in_chains" else 0)


def measure_pair(dry: Tensor, wet: Tensor, magnitude: Tensor, config: SpectrogramConfig) -> Tensor:
    """Measurements (batch, measurement) of pairs dry, wet (batch, time) with joint spectrograms (batch, 2, bin, frame).

    Which ones says config.measurements. dry at the reference loudness, wet by the same gain, as `prepare_pair` leaves
    them; finite for any finite sound.
    """
    if config.measurements == "pooled":
        return pooled.measure_pooled(dry, wet, magnitude, config)
    both, chains = zip(dry.cpu().numpy(), wet.cpu().numpy(), strict=True), config.measurements == "in_chains"
    return torch.from_numpy(np.stack([by_effect.measure_by_effect(*pair, chains) for pair in both])).to(dry.device)
