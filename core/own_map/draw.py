"""Which settings a recording goes through for its map."""

from collections.abc import Sequence

import numpy as np

from core.effects import Chain, Setting, effect_named

EVERY = 3
"""Of so many points one is a chain of two, where there are chains."""


def drawn(effects: Sequence[str], number: int, chains: bool, seed: int = 0) -> Chain:
    """What point number 0, 1, ... of a map stands for: all knobs drawn evenly, each effect as often as any other.

    chains: each third one is a chain of two effects that differ. The same numbers give the same settings, so a map can
    grow later; positions of knobs are rounded as a map keeps them, in single precision.
    """
    generator = np.random.default_rng([seed, number])
    names = [effects[number % len(effects)]]
    if chains and len(effects) > 1 and number // len(effects) % EVERY == EVERY - 1:
        names.append(effects[(number + 1 + int(generator.integers(len(effects) - 1))) % len(effects)])
        names = names[:: 1 if generator.random() < 0.5 else -1]
    return Chain(tuple(_at_random(name, generator) for name in names))


def _at_random(effect: str, generator: np.random.Generator) -> Setting:
    return Setting(effect, tuple(generator.random(len(effect_named(effect).parameters)).astype(np.float32)))
