"""Scores of checkpoints in the words of people, beside what they are to be compared with."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pages.shared.catalogue import Checkpoint, is_number

BEST = "★"
LEGEND = (
    f"In brackets: 95 % bootstrap interval over the test pairs. {BEST} best of the row, and all whose interval "
    "overlaps with the best one's. In grey: what to compare with."
)


@dataclass(frozen=True)
class Score:
    """One score of config["scores"]: where it stands (a key with dots), what it is called, what is good.

    unit "%" stands as a share there. baselines: what it is to be compared with, name: key. help: one sentence.
    least: as good as it gets where lower is better; what lies below is not better.
    """

    key: str
    label: str
    unit: str
    higher: bool
    baselines: dict[str, str]
    help: str
    least: float = -math.inf

    @property
    def direction(self) -> str:
        return ", ".join(filter(None, [self.unit, f"{'higher' if self.higher else 'lower'} is better"]))

    def of(self, effect: str) -> "Score":
        """The same for one effect, of a score that is kept for each."""
        baselines = {name: f"{key}.{effect}" for name, key in self.baselines.items()}
        return replace(self, key=f"{self.key}.{effect}", baselines=baselines)

    def text(self, value: float) -> str:
        """The value with its unit, in one line: its spaces do not break."""
        number = f"{value:.1f} %" if self.unit == "%" else f"{value:.2f} {self.unit}".strip()
        return number.replace("-", "−").replace(" ", "\u00a0")


@dataclass(frozen=True)
class Measured:
    """A score of one checkpoint in its unit, its 95 % interval (low = high: not measured), its baselines by name."""

    value: float
    low: float
    high: float
    baselines: dict[str, float]


GROUPS = {
    "Rebuilding the spectrogram": (
        Score(
            "reconstruction.dry.rmse_db", "Error of the dry channel", "dB", False,
            {"PCA": "reconstruction.dry.pca_rmse_db", "mean spectrum": "reconstruction.dry.mean_rmse_db"},
            "Root mean square difference of the decoded dry spectrogram from the true one. PCA: the best linear "
            "compression with as many numbers a segment. Mean spectrum: the same average for every sound.",
        ),
        Score(
            "reconstruction.wet.rmse_db", "Error of the wet channel", "dB", False,
            {"PCA": "reconstruction.wet.pca_rmse_db", "mean spectrum": "reconstruction.wet.mean_rmse_db"},
            "The same for the wet spectrogram.",
        ),
    ),
    "Telling the effects apart": (
        Score(
            "clusters.knn_accuracy", "Effect recognised by 15 neighbours", "%", True,
            {"PCA": "clusters.pca_knn_accuracy", "chance": "clusters.chance"},
            "Share of pairs whose effect is the most frequent one among their 15 nearest neighbours in latent space.",
        ),
        Score(
            "clusters.linear_accuracy", "Effect recognised by a linear probe", "%", True,
            {"PCA": "clusters.pca_linear_accuracy", "chance": "clusters.chance"},
            "Share of pairs whose effect a linear classifier reads off the latent vector.",
        ),
        Score(
            "clusters.level_matched.knn_accuracy", "By 15 neighbours, wet as loud as dry", "%", True,
            {"chance": "clusters.chance"},
            "As above, where every wet sound is as loud as its dry one: loudness cannot give the effect away.",
        ),
        Score(
            "clusters.silhouette", "Separation of the clusters (silhouette)", "", True,
            {"PCA": "clusters.pca_silhouette"},
            "From −1 to 1: how much nearer a pair is to its own effect's pairs than to the next effect's; 0: mixed.",
        ),
    ),
    "Keeping effect and recording apart": (
        Score(
            "leak.loudness_r2", "Recording level read off the effect (R²)", "", False, {},
            "Share of the recording level's variance that a linear probe finds in what the map shows: the effect part, "
            "or the whole vector where there is none; 0 or less: nothing.",
            least=0.0,
        ),
        Score(
            "leak.speaker_accuracy", "Speaker recognised from the effect", "%", False,
            {"chance": "leak.speaker_chance"},
            "Share of pairs whose speaker the best of three probes finds in what the map shows; at chance: nothing.",
        ),
        Score(
            "leak.content_speaker_accuracy", "Speaker recognised from the content", "%", True,
            {"chance": "leak.content_speaker_chance"},
            "The same from the content part, where the speaker belongs; only factorised models have one.",
        ),
    ),
    "Walking from one effect to another": (
        Score(
            "interpolation.top_row_drift_db", "Drift of the dry sound, Delay to Overdrive", "dB", False,
            {"crossfade": "interpolation.audio_crossfade_drift_db"},
            "How far the decoded dry spectrogram moves along the path while the recording stays the same. "
            "Crossfade: the two wet sounds mixed step by step, and each mix encoded.",
        ),
        Score(
            "interpolation.encoded_apart_drift_db", "Drift at the end, random settings", "dB", False, {},
            "The same at the path's end, for two pairs with random settings that are encoded each for itself.",
        ),
        Score(
            "interpolation.step_evenness", "Evenness of the steps", "", True,
            {"crossfade": "interpolation.audio_crossfade_step_evenness"},
            "Mean over largest change of the wet spectrogram from step to step; 1: all steps are equal.",
        ),
        Score(
            "interpolation.nearest_neighbour_ratio", "Distance from real sounds", "", False,
            {"crossfade": "interpolation.audio_crossfade_nearest_neighbour_ratio"},
            "Distance of the inner steps to the nearest real pair, over the usual distance between real pairs; "
            "1: as near to real sounds as they are to each other.",
        ),
    ),
    "Finding effect and knobs": (
        Score(
            "controller.effect_accuracy", "Effect found by the controller", "%", True,
            {"nearest point": "controller.nearest_neighbour_effect_accuracy", "chance": "controller.chance"},
            "Share of pairs whose effect the controller names. Nearest point: that of the nearest point of the map.",
        ),
        Score(
            "controller.parameter_mae", "Error of the knobs", "", False,
            {"ridge": "controller.ridge_parameter_mae", "always 0.5": "controller.half_parameter_mae",
             "nearest point": "controller.nearest_neighbour_parameter_mae"},
            "Mean absolute error of the positions of the true effect's knobs, from 0 to 1. Ridge: a linear regression "
            "on the latent vector, effect by effect.",
        ),
        Score(
            "controller.polished_mrstft", "Distance of the matched sound (MR-STFT)", "", False,
            {"controller alone": "controller.mrstft", "do nothing": "controller.do_nothing_mrstft",
             "always 0.5": "controller.half_mrstft"},
            "Multi-resolution STFT distance from the wet sound of the dry one through the setting that Match finds. "
            "Controller alone: without the steps downhill through the real effect.",
        ),
    ),
    "Back to sound": (
        Score(
            "inversion.mrstft", "Distance of the rebuilt wet sound (MR-STFT)", "", False,
            {"do nothing": "inversion.do_nothing_mrstft"},
            "Multi-resolution STFT distance of the rebuilt wet sound from the true one. Do nothing: of the dry sound.",
        ),
        Score(
            "inversion.spectral_convergence_db", "Spectral convergence", "dB", False,
            {"do nothing": "inversion.do_nothing_spectral_convergence_db"},
            "Norm of the difference of the two sounds' spectra over that of the true one.",
        ),
    ),
}  # fmt: skip


CHARTS = {
    unit: [score for heading in headings for score in GROUPS[heading] if score.unit == unit]
    for unit, headings in {
        "%": ("Telling the effects apart", "Keeping effect and recording apart"),
        "dB": ("Rebuilding the spectrogram", "Walking from one effect to another"),
    }.items()
}
"""Scores that share an axis, by their unit."""


STUDY_HELP = (
    "The report's open question: UMAP, or a bottleneck with sampling and KL divergence (KLD)? Every space below was "
    "measured on speakers that no training heard.  \n"
    "**Knob error**: mean, 0 to 1; always 0.5 makes 0.25. **MR-STFT / do nothing**: distance of the rendered answer, "
    "the dry sound's being 1. **Zig-zag** (variation / range): how far knobs run along a straight line for the way "
    "they get; 1: one way. **Trustworthiness**, **continuity**: neighbours stay neighbours, 1 at best. **Coverage**: "
    "share of the space where every point is sure of its effect and sounds like no other."
)


SCORES = tuple(score for group in GROUPS.values() for score in group)
BY_EFFECT = {
    "sound": Score(
        "inversion.mrstft_by_effect", "Wet sound (MR-STFT)", "", False,
        {"do nothing": "inversion.do_nothing_mrstft_by_effect"},
        "Multi-resolution STFT distance of the rebuilt wet sound from the true one. Do nothing: of the dry sound.",
    ),
    "matched": Score(
        "controller.polished_mrstft_by_effect", "Matched sound (MR-STFT)", "", False,
        {"controller alone": "controller.mrstft_by_effect", "do nothing": "controller.do_nothing_mrstft_by_effect"},
        "Distance from the wet sound of the dry one through the setting that Match finds.",
    ),
    "recognised": Score(
        "clusters.knn_accuracy_by_effect", "Recognised by 15 neighbours", "%", True, {},
        "Share of the effect's pairs that are recognised as such.",
    ),
    "spectrogram": Score(
        "reconstruction.wet_rmse_db_by_effect", "Wet spectrogram", "dB", False, {},
        "Root mean square difference of the decoded wet spectrogram from the true one.",
    ),
}  # fmt: skip


def measured(model: Checkpoint, score: Score) -> Measured | None:
    """A score of a checkpoint, None where it has none."""
    value = model.number(f"scores.{score.key}")
    if value is None:
        return None
    scale = 100 if score.unit == "%" else 1
    intervals = model.get("scores.intervals")
    ends = intervals.get(score.key) if isinstance(intervals, dict) else None
    low, high = ends if isinstance(ends, list) and len(ends) == 2 and all(map(is_number, ends)) else (value, value)
    baselines = {name: model.number(f"scores.{key}") for name, key in score.baselines.items()}
    known = {name: scale * found for name, found in baselines.items() if found is not None}
    return Measured(scale * value, scale * low, scale * high, known)


def compared(models: Sequence[Checkpoint], scores: Sequence[Score]) -> list[tuple[Score, list[Measured | None]]]:
    """Those of the scores that any model has, with each model's."""
    rows = [(score, [measured(model, score) for model in models]) for score in scores]
    return [(score, row) for score, row in rows if any(row)]


def best(score: Score, row: Sequence[Measured | None]) -> set[int]:
    """Places of the best of two or more values, and of those whose interval overlaps with the best one's."""
    there = {index: measured for index, measured in enumerate(row) if measured}
    if len(there) < 2:
        return set()
    first = (max if score.higher else min)(there.values(), key=lambda measured: measured.value)
    low, high = max(first.low, score.least), max(first.high, score.least)
    return {index for index, other in there.items() if other.low <= high and max(other.high, score.least) >= low}
