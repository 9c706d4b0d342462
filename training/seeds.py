"""Streams of random numbers that no two purposes share."""

import hashlib

import numpy as np


def stream(purpose: str, seed: int, *place: int) -> np.random.Generator:
    """The numbers of a purpose, in words, at a place of a seed: always the same, and no other purpose's.

    NumPy pads what seeds a generator with zeros: (seed, i), (seed, i, 0) and (seed, i, 0, 0) are one stream. With a
    spawn key nothing is padded behind it, and the hash of the purpose stands first in it.
    """
    word = int.from_bytes(hashlib.sha256(purpose.encode()).digest()[:8], "big")
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(word, *place)))
