"""What checkpoint folders say of themselves, in the words of people: plain files in, plain text and numbers out.

Nothing is loaded: config.json, the header of weights.safetensors and README.md are read.
What is missing or broken is left out; only a config.json that cannot be read at all is a problem, in one sentence.
"""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from core.effects import EFFECTS

ARCHITECTURES = {
    "joint_vae": "Joint VAE: dry and wet in one vector",
    "factor_vae": "Factorised VAE: content and effect apart",
    "phase_vae": "Joint VAE with phases: dry and wet in one vector",
    "week5_vae": "The week-5 report's VAE: dry and wet in one vector",
}
EFFECT_LABELS = {effect.name: effect.label for effect in EFFECTS}
PARTS = {"effect": "the effect part", "joint": "the whole vector"}
LABELS_USED = {"True": "used", "False": "not used"}
NOT_SAID = "not recorded"
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
            "Share of pairs whose speaker a linear probe finds in what the map shows; at chance: nothing.",
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
    "the dry sound's being 1. **Variation / range**: how far knobs run along a straight line for the way they get; 1: "
    "no zig-zag. **Trustworthiness**, **continuity**: neighbours stay neighbours, 1 at best. **Coverage**: share of "
    "the space where every point is sure of its effect and sounds like no other."
)
STUDY_NUMBERS = ("knob error", "MR-STFT / do nothing", "variation / range")
"""Columns of the study that a chart shows."""
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


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint folder as its files describe it.

    problem: why config.json cannot be read; the rest is empty then. weights: how many numbers; megabytes: their file.
    card: README.md.
    """

    name: str
    problem: str = ""
    config: dict[str, Any] = field(default_factory=dict)
    weights: int | None = None
    megabytes: float | None = None
    card: str = ""

    @classmethod
    def read(cls, folder: Path) -> "Checkpoint":
        try:
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        except OSError:
            return cls(folder.name, f"{folder.name}: config.json is missing.")
        except (ValueError, RecursionError):
            return cls(folder.name, f"{folder.name}: config.json is not readable JSON.")
        if not isinstance(config, dict):
            return cls(folder.name, f"{folder.name}: config.json holds no object.")
        card = folder / "README.md"
        text = card.read_text(encoding="utf-8", errors="replace")[:100_000] if card.is_file() else ""
        return cls(folder.name, "", config, *weights_size(folder / "weights.safetensors"), text)

    def get(self, key: str) -> Any:
        """config's value under a key with dots, None where there is none."""
        value: Any = self.config
        for name in key.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        return value

    def number(self, key: str) -> float | None:
        """The same where it is a number."""
        value = self.get(key)
        return float(value) if is_number(value) else None

    def items(self, key: str) -> list[Any]:
        """The same where it is a list, else an empty one."""
        value = self.get(key)
        return value if isinstance(value, list) else []

    def say(self, text: str, *keys: str) -> str:
        """text with the numbers under these keys; says so where one is missing."""
        values = [self.number(key) for key in keys]
        return NOT_SAID if None in values else text.format(*values)

    @property
    def curve(self) -> list[tuple[float, float]]:
        """Error in dB on unseen speakers after each epoch."""
        rows = self.items("training.curve")
        return [
            (row[0], row[1]) for row in rows if isinstance(row, list) and len(row) == 2 and all(map(is_number, row))
        ]

    @property
    def ablations(self) -> list[dict[str, Any]]:
        """What was tried beside it: rows of plain values."""
        return plain_rows(self.items("training.ablations"))

    @property
    def study(self) -> list[dict[str, Any]]:
        """Spaces to play in, compared: rows of plain values, all with a name and numbers for a chart."""
        rows = plain_rows(self.items("scores.study"))
        return [row for row in rows if "space" in row and all(is_number(row.get(key)) for key in STUDY_NUMBERS)]

    @property
    def licence(self) -> str:
        """The licence that the card's front matter names."""
        found = re.match(r"---\n(?:.*\n)*?license:[ ]*(.+)\n(?:.*\n)*?---\n", self.card[:10_000])
        return plain(found[1]) if found else NOT_SAID

    def facts(self) -> dict[str, str]:
        """What it is and how it was trained, label: text."""
        bands = self.number("model_config.spectrogram.bands")
        trained, unseen = self.items("training.speakers"), self.items("scores.examples.unseen_speakers")
        return {
            "Architecture": ARCHITECTURES.get(str(self.get("model")), plain(self.get("model") or NOT_SAID)),
            "Latent vector": self.latent(),
            "Weights": f"{self.weights / 1e6:.1f} M, {self.megabytes:.0f} MB" if self.weights else "file not readable",
            "Spectrogram": (f"{bands:.0f} mel bands" if bands else "all bins")
            + self.say(", window {:.0f}, hop {:.0f}", "model_config.spectrogram.fft", "model_config.spectrogram.hop"),
            "Effects": ", ".join(EFFECT_LABELS.get(str(name), plain(name)) for name in self.items("effects")),
            "Licence": self.licence,
            "Effect labels in training": LABELS_USED.get(str(self.get("scores.clusters.labels_used")), NOT_SAID),
            "Effect recognised from": PARTS.get(str(self.get("scores.clusters.part")), NOT_SAID),
            "Corpus": self.say("{:,.0f} min of speech", "training.corpus_minutes")
            + (f", {len(trained)} speakers" if trained else ""),
            "Training": self.say("{:,.0f} pairs, {:.0f} times", "training.run.pairs", "training.run.epochs"),
            "Machine": plain(self.get("training.machine") or NOT_SAID),
            "Tested on": self.say("{:,.0f} pairs", "scores.examples.test")
            + (f", {len(unseen)} unseen speakers" if unseen else ""),
        }

    def latent(self) -> str:
        """How many numbers a segment becomes, and what they are for."""
        one = {name: self.number(f"model_config.{name}_latent") for name in ("local", "pair", "effect")}
        sizes = [self.number(f"model_config.{key}") for key in ("spectrogram.samples", "spectrogram.hop", "reduction")]
        if one["local"] is None or not all(sizes):
            return self.say("{:,.0f} numbers", "model_config.latent")
        samples, hop, reduction = sizes
        local = one["local"] * samples // hop // reduction
        whole, name = (one["effect"], "the effect") if one["effect"] else (one["pair"] or 0, "the pair as a whole")
        return f"{local + whole:,.0f} numbers: {local:,.0f} along time, {whole:,.0f} for {name}"

    def measured(self, score: Score) -> Measured | None:
        """A score of this checkpoint, None where it has none."""
        value = self.number(f"scores.{score.key}")
        if value is None:
            return None
        scale = 100 if score.unit == "%" else 1
        intervals = self.get("scores.intervals")
        ends = intervals.get(score.key) if isinstance(intervals, dict) else None
        low, high = ends if isinstance(ends, list) and len(ends) == 2 and all(map(is_number, ends)) else (value, value)
        baselines = {name: self.number(f"scores.{key}") for name, key in score.baselines.items()}
        known = {name: scale * found for name, found in baselines.items() if found is not None}
        return Measured(scale * value, scale * low, scale * high, known)


def why(default: Checkpoint, models: list[Checkpoint]) -> str:
    """Two sentences on what sets the default apart from the others, out of their scores; none where they lack."""
    drift = "interpolation.top_row_drift_db"
    others = "; ".join(
        model.say(model.name + ": {:.2f} dB", f"scores.{drift}") for model in models if model.name != default.name
    )
    text = default.say(
        "It keeps words and effect apart: on a path from effect to effect over one recording, the decoded dry sound "
        "drifts by {:.2f} dB (OTHERS). The part that moves tells the effect in {:.1%} of cases and the speaker in "
        "{:.1%}, where always naming the most frequent speaker makes {:.1%}.",
        *(f"scores.{key}" for key in (drift, "clusters.knn_accuracy", "leak.speaker_accuracy", "leak.speaker_chance")),
    ).replace("OTHERS", others or "nothing to compare")
    return "" if NOT_SAID in text else text


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def plain_rows(rows: list[Any]) -> list[dict[str, Any]]:
    """Those rows that are objects, without what a table cannot show in a cell."""
    kinds = (str, int, float, type(None))
    found = [row for row in rows[:500] if isinstance(row, dict)]
    return [{key: value for key, value in row.items() if isinstance(value, kinds)} for row in found]


def weights_size(file: Path) -> tuple[int | None, float | None]:
    """Numbers and megabytes of a safetensors file, out of its header; None, None where it is missing or damaged."""
    try:
        with safe_open(file, framework="numpy") as opened:
            count = sum(math.prod(opened.get_slice(name).get_shape()) for name in opened.keys())  # noqa: SIM118
        return count, file.stat().st_size / 1e6
    except (SafetensorError, OSError):
        return None, None


def card_body(text: str) -> str:
    """A model card without its YAML front matter, its headings three levels down, to stand inside a page.

    Pictures become links: one from elsewhere would tell a stranger's server who looks at the page.
    """
    body = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    return re.sub(r"^(#{1,3}) ", r"###\1 ", body.replace("![", "["), flags=re.MULTILINE).strip()


def plain(value: Any) -> str:
    """A stranger's text as it stands: short, and without the signs that Markdown makes links and pictures of."""
    return re.sub(r"[\[\]<>!`]", "", str(value)[:200])


def best(score: Score, row: Sequence[Measured | None]) -> set[int]:
    """Places of the best of two or more values, and of those whose interval overlaps with the best one's."""
    there = {index: measured for index, measured in enumerate(row) if measured}
    if len(there) < 2:
        return set()
    first = (max if score.higher else min)(there.values(), key=lambda measured: measured.value)
    low, high = max(first.low, score.least), max(first.high, score.least)
    return {index for index, other in there.items() if other.low <= high and max(other.high, score.least) >= low}


def compared(models: Sequence[Checkpoint], scores: Sequence[Score]) -> list[tuple[Score, list[Measured | None]]]:
    """Those of the scores that any model has, with each model's."""
    rows = [(score, [model.measured(score) for model in models]) for score in scores]
    return [(score, row) for score, row in rows if any(row)]


def by_effect(models: Sequence[Checkpoint], score: Score) -> list[tuple[str, list[Measured | None]]]:
    """One of BY_EFFECT: label of each effect that any model has it for, with each model's."""
    return [(label, row) for name, label in EFFECT_LABELS.items() for _, row in compared(models, [score.of(name)])]


def facts_table(models: Sequence[Checkpoint]) -> dict[str, list[str]]:
    """Columns: labels, then what each model is and how it was trained."""
    facts = {model.name: model.facts() for model in models}
    return {"": list(facts[models[0].name]), **{name: list(own.values()) for name, own in facts.items()}}


def score_table(models: Sequence[Checkpoint]) -> dict[str, list[str]]:
    """Columns of Markdown, labels, then a cell for each model: every score that any of them has, under headings."""
    rows = []
    for heading, scores in GROUPS.items():
        found = compared(models, scores)
        if found:
            rows.append([f"**{heading}**"] + [""] * len(models))
        for score, row in found:
            stars = best(score, row)
            cells = [score_cell(score, measured, index in stars) for index, measured in enumerate(row)]
            rows.append([f"{score.label}  \n:small[:gray[{score.direction}]]", *cells])
    return dict(zip(["", *(model.name for model in models)], map(list, zip(*rows, strict=True)), strict=False))


def score_cell(score: Score, measured: Measured | None, star: bool) -> str:
    """Value and interval, and in a second line the baselines; a dash where there is no such score."""
    if measured is None:
        return "–"
    value = f"**{score.text(measured.value)}**" + (f" {BEST}" if star else "")
    if measured.low < measured.high:
        low, high = (score.text(end).removesuffix(score.unit).strip() for end in (measured.low, measured.high))
        value += f" ({low}\u00a0to\u00a0{high})"
    baselines = " · ".join(
        f"{name} {score.text(found)}".replace(" ", "\u00a0") for name, found in measured.baselines.items()
    )
    return f"{value}  \n:small[:gray[{baselines}]]" if baselines else value
