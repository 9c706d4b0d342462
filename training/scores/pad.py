"""What the pad makes of chains: each is encoded, and its own point of few numbers is played."""

import numpy as np
from rich.progress import track

from core.audio.distance import mrstft
from core.effects import render
from core.explorer import Explorer
from training.real_pairs import RealPairs
from training.scores.report import Report


def pad(report: Report, explorer: Explorer, pairs: RealPairs, count: int) -> None:
    """Scores of `count` chains, as pad.NUMBERS.SCORE, for each size of w at whose points chains are told.

    chained: of the points that play a chain; exact: with all effects right; left: the median share of the distance
    between dry and wet that what is played leaves; left_one: that of the one effect that plays if chains may not.
    """
    sizes = [size for size in explorer.dimensions if explorer.controllers.of_chains(f"w{size}")]
    rows: dict[int, list[tuple[float, ...]]] = {size: [] for size in sizes}
    for index in track(range(count), f"Playing {count:,} chains"):
        dry, wet = pairs.sounds(index)
        z, nothing = explorer.encode(dry, wet)[explorer.map_part], mrstft(dry, wet)
        for size, own in rows.items():
            w = explorer.controllers.places(f"w{size}", z[None])[0]
            played = explorer.play(w).chain
            alone = explorer.play(w, _likeliest(explorer, w)).chain
            left = [mrstft(render(dry, chain), wet) / nothing for chain in (played, alone)]
            right = {*played.effects} == {*pairs.plan(index).chain.effects}
            own.append((len(played.settings) > 1, right, *left))
    for size, own in rows.items():
        chained, exact, left, left_one = np.array(own, dtype=float).T
        report.put(f"pad.{size}.chained", float(chained.mean()))
        report.put(f"pad.{size}.exact", float(exact.mean()))
        report.put(f"pad.{size}.left", float(np.median(left)))
        report.put(f"pad.{size}.left_one", float(np.median(left_one)))


def _likeliest(explorer: Explorer, w: np.ndarray) -> str:
    """The one effect that plays at the point w (w,) if chains may not."""
    (probabilities,), *_ = explorer.controllers.play(f"w{len(w)}", w)
    return explorer.config.effects[int(probabilities.argmax())]
