"""What the axes of w mean: what rises and falls along each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.effects import effect_named
from pages.play.point import ALL
from pages.shared.results import checkpoints, points


@dataclass(frozen=True)
class Meaning:
    """What the axes of w have to do with what is heard.

    labels: of the measures. correlations (measure, axis): rank correlation of each with each axis. words: what a rise
    and what a fall of it is called. effects: for each measure the effect whose presence it is, "" for other measures.
    """

    labels: tuple[str, ...]
    correlations: np.ndarray
    words: tuple[tuple[str, str], ...]
    effects: tuple[str, ...]

    def changes(self, axis: int) -> str:
        """What rises and falls along an axis: "brighter, drive up"; falling, it is the opposite."""
        return self._said(axis, [not effect for effect in self.effects])

    def towards(self, axis: int, sign: int = 1) -> str:
        """The effects that are present in one direction: "towards Reverb, Delay"; "" where one effect is looked at."""
        rising = sign * self.correlations[:, axis] > 0
        said = self._said(axis, [effect and up for effect, up in zip(self.effects, rising, strict=True)])
        return said and f"towards {said}"

    def _said(self, axis: int, chosen: Sequence[object]) -> str:
        from core.latent.axes import in_words  # scipy.stats: not on the way to first paint

        own = {i: float(self.correlations[i, axis]) for i, one in enumerate(chosen) if one}
        return in_words(own, {i: self.words[i] for i in own})


def meaning_of(name: str, dimensions: int, only: str) -> Meaning:
    """What the axes of w mean for one effect, or for all of them."""
    effects = tuple(map(effect_named, checkpoints.explorer(name).config.effects if only == ALL else (only,)))
    rows: list[tuple[str, str, tuple[str, str], str]] = [
        ("loudness", "Loudness", ("louder", "quieter"), ""),
        ("brightness", "Brightness", ("brighter", "darker"), ""),
    ]
    for effect in effects:
        if only == ALL:
            rows.append((effect.name, f"{effect.label}: present", (effect.label, effect.label), effect.name))
        for parameter in effect.parameters:
            label = parameter.label if only != ALL else f"{effect.label}: {parameter.label.lower()}"
            short = parameter.label.lower() if only != ALL else f"{effect.label} {parameter.label.lower()}"
            rows.append((f"{effect.name}.{parameter.name}", label, (f"{short} up", f"{short} down"), ""))
    measures, labels, words, marked = zip(*rows, strict=True)
    values = points.axis_correlations(name, dimensions, measures, None if only == ALL else only)
    return Meaning(labels, values, words, marked)
