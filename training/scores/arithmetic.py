"""Effect arithmetic: whether what an encoder says of a change can be turned round, put together, and carried over."""

from dataclasses import dataclass

import numpy as np
from rich.progress import track

from core.effects import random_setting, render
from core.explorer import Explorer
from core.paths.arithmetic import moved
from training.pairs import Pairs
from training.scores.report import Report
from training.seeds import stream


def arithmetic(report: Report, explorer: Explorer, pairs: Pairs, count: int) -> None:
    """Scores of `count` recordings x, each with y = one effect of x, w = another effect of y.

    RelFx (2026) embeds an ordered pair of sounds. Ours, r(x, y): the part of z that the atlas maps, of x as the dry
    sound and y as the wet one, less that of x and x, which is no effect.
    antisymmetry: cosine of r(x, y) and r(y, x); -1: the way back is the way turned round. (In a difference z(B) - z(A)
    it would be -1 whatever the encoder.) composition: cosine of r(x, y) + r(y, w) and r(x, w); 1: steps add up.
    Beside each the same between different recordings, as chance has it.
    leftover: what was done to y in another recording is done to a third sound, by z(C) + z(B) - z(A): distance from
    where the real effect leads, over that of C itself, median; 0: there, 1: no nearer than doing nothing.
    """
    found = [_of(explorer, pairs, index) for index in track(range(count), description=f"Adding {count:,} effects")]
    forth, back = np.array([one.forth for one in found]), np.array([one.back for one in found])
    on, whole = np.array([one.on for one in found]), np.array([one.whole for one in found])
    for name, one, other in (("antisymmetry", forth, back), ("composition", forth + on, whole)):
        report.put(f"arithmetic.{name}", float(cosine(one, other).mean()))
        report.put(f"arithmetic.{name}_by_chance", float(cosine(one, np.roll(other, 1, axis=0)).mean()))
    report.put("arithmetic.leftover", float(np.median([one.leftover for one in found])))
    report.put("arithmetic.count", count)


def cosine(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Of the angle between rows (batch, latent)."""
    norms = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return (one * other).sum(axis=1) / np.maximum(norms, 1e-12)


@dataclass(frozen=True)
class _Changes:
    """r(x, y), r(y, x), r(y, w), r(x, w), each (latent,); see `arithmetic`."""

    forth: np.ndarray
    back: np.ndarray
    on: np.ndarray
    whole: np.ndarray
    leftover: float


def _of(explorer: Explorer, pairs: Pairs, index: int) -> _Changes:
    effects, pair, other = explorer.config.effects, pairs[index], pairs[index + 1]
    drawn = stream("effects to add", pairs.seed, index)
    beyond = 1 + index % max(1, min(5, len(effects) - 1))
    then = random_setting(effects[(effects.index(pair.setting.effect) + beyond) % len(effects)], drawn)
    x, y = pair.dry, pair.wet
    w, carried = render(y, then), render(other.wet, then)

    def z(dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
        return explorer.encode(dry, wet)[explorer.map_part]

    at_x, at_y = z(x, x), z(y, y)
    ends = np.stack([explorer.encode(x, y), explorer.encode(x, w), explorer.encode(other.dry, other.wet)])
    there = z(other.dry, carried)
    off = float(np.linalg.norm(moved(explorer, ends)[explorer.map_part] - there))
    still = float(np.linalg.norm(ends[2][explorer.map_part] - there))
    first, both = ends[0][explorer.map_part], ends[1][explorer.map_part]
    return _Changes(first - at_x, z(y, x) - at_y, z(y, w) - at_y, both - at_x, off / max(still, 1e-9))
