"""Pairs as people have them: speech and music, effects alone and in chains, recorded in all manner of ways."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.audio import SEGMENT
from core.effects import Chain, KnobLayout, Setting, effect_named
from training.brought import Way, bring
from training.corpus import Corpus, Speaker
from training.pairs import varied
from training.seeds import stream

LENGTHS = (1, 2, 3)
"""Of chains."""


@dataclass(frozen=True)
class Plan:
    """What pair `index` is, before it is rendered: whose words, through what, brought how."""

    corpus: Corpus
    speaker: Speaker
    chain: Chain
    way: Way


class RealPairs:
    """Pair i of a split of some corpora, each as often as any other; every choice from a stream of its own.

    chains: share of pairs that are chains of 2 or, half as often, of 3 different effects in any order; effects alone
    are taken in turn. vary: other speakers and microphones out of these recordings. brought: in ways drawn by
    Way.draw; else as in a laboratory.
    """

    def __init__(
        self, corpora: Sequence[Corpus], split: str, effects: tuple[str, ...], seed: int = 0, chains: float = 1 / 3,
        vary: bool = False, brought: bool = True,
    ) -> None:  # fmt: skip
        self.corpora, self.split, self.effects, self.seed = tuple(corpora), split, effects, seed
        self.chains, self.vary, self.brought = chains, vary, brought
        self.speakers = tuple(corpus.split(split) for corpus in self.corpora)
        self.knobs = KnobLayout(effects)

    def sounds(self, index: int) -> np.ndarray:
        """Dry and wet (2, SEGMENT) of pair `index`, freshly rendered, dry at -23 LUFS."""
        plan, generator = self.plan(index), self._stream("words", index)
        length = SEGMENT + plan.way.lead
        words = varied if self.vary else Corpus.words
        return bring(words(plan.corpus, plan.speaker, generator, length), plan.chain, plan.way, generator)

    def plan(self, index: int) -> Plan:
        generator = self._stream("voice", index)
        source = int(generator.integers(len(self.corpora)))
        speaker = self.speakers[source][generator.integers(len(self.speakers[source]))]
        way = Way.draw(self._stream("way", index)) if self.brought else Way()
        return Plan(self.corpora[source], speaker, self.chain(index), way)

    def chain(self, index: int) -> Chain:
        generator = self._stream("chain", index)
        length = 1 if generator.random() >= self.chains else 2 if generator.random() < 2 / 3 else 3
        names = [self.effects[index % len(self.effects)]]
        names += [str(name) for name in generator.permutation([name for name in self.effects if name != names[0]])]
        chosen = generator.permutation(names[:length])
        return Chain(tuple(_random(str(name), generator) for name in chosen))

    def label(self, index: int) -> np.ndarray:
        """Label (effect + knob,), float32: each effect's place in the chain, from 1 on, 0 where it is not in it; then
        the knobs of all effects in a row, NaN where an effect is not in it.

        A knob of the role "level" stands where wet's loudness is, whatever became of it on the way.
        """
        plan = self.plan(index)
        places = [plan.chain.effects.index(name) + 1 if name in plan.chain.effects else 0 for name in self.effects]
        row = np.full(self.knobs.size, np.nan)
        for setting in plan.chain.settings:
            own = self.knobs.own(self.effects.index(setting.effect))
            row[own] = _levelled(setting, plan.chain.level_db + plan.way.gain_db)
        return np.concatenate([places, row]).astype(np.float32)

    @property
    def about(self) -> dict[str, Any]:
        """What tells these pairs from others, as plain values."""
        return {
            "corpora": [corpus.digest for corpus in self.corpora], "split": self.split, "effects": list(self.effects),
            "seed": self.seed, "chains": self.chains, "vary": self.vary, "brought": self.brought,
        }  # fmt: skip

    def _stream(self, purpose: str, index: int) -> np.random.Generator:
        return stream(f"{purpose} of {self.split} pairs as people have them", self.seed, index)


def _random(name: str, generator: np.random.Generator) -> Setting:
    return Setting(name, tuple(generator.random(len(effect_named(name).parameters))))


def _levelled(setting: Setting, level_db: float) -> list[float]:
    parameters = effect_named(setting.effect).parameters
    return [
        p.to_unit(float(np.clip(level_db, p.low, p.high))) if p.role == "level" else value
        for p, value in zip(parameters, setting.values, strict=True)
    ]
