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
from typing import Any, TypeGuard

from safetensors import SafetensorError, safe_open

from core.checkpoints import hub
from pages.shared.figures.theme import EFFECT_LABELS
from pages.shared.messages import verbatim
from pages.shared.results import checkpoints

ARCHITECTURES = {
    "joint_vae": "Joint VAE: dry and wet in one vector",
    "factor_vae": "Factorised VAE: content and effect apart",
    "phase_vae": "Joint VAE with phases: dry and wet in one vector",
    "week5_vae": "The week-5 report's VAE: dry and wet in one vector",
}


PARTS = {"effect": "the effect part", "joint": "the whole vector"}
LABELS_USED = {"True": "used", "False": "not used"}
ABLATIONS = {
    "ablations": "The effect part alone, trained without one of its ingredients: shares of pairs that are told, and "
    "how far off knobs are, as shares of their range.",
    "decoders": "The whole model, trained with fewer numbers or without the memory of its wet decoder: errors in dB "
    "where there is something to hear.",
}
"""Tables of what was tried beside a checkpoint, by the key in its config.json: what is in them."""
STUDY_NUMBERS = ("knob error", "MR-STFT / do nothing", "variation / range")
"""Columns of the study that a chart shows."""
NOT_SAID = "not recorded"
CARDS = "[Cards](#cards)"


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
    def ablations(self) -> dict[str, list[dict[str, Any]]]:
        """What was tried beside it: tables by what they are of, each rows of plain values."""
        tables = {words: plain_rows(self.items(f"training.{name}")) for name, words in ABLATIONS.items()}
        return {words: rows for words, rows in tables.items() if rows}

    @property
    def study(self) -> list[dict[str, Any]]:
        """Spaces to play in, compared: rows of plain values, all with a name and numbers for a chart."""
        rows = plain_rows(self.items("scores.study"))
        return [row for row in rows if "space" in row and all(is_number(row.get(key)) for key in STUDY_NUMBERS)]

    @property
    def fetched(self) -> bool:
        """Whether it came from the Hub: its words are a stranger's."""
        return "/" in self.name

    @property
    def licence(self) -> str:
        """The licence that the card's front matter names."""
        found = re.match(r"---\n(?:.*\n)*?license:[ ]*(.+)\n(?:.*\n)*?---\n", self.card[:10_000])
        return verbatim(found[1]) if found else NOT_SAID

    def facts(self) -> dict[str, str]:
        """What it is and how it was trained, label: text."""
        bands = self.number("model_config.spectrogram.bands")
        trained, unseen = self.items("training.speakers"), self.items("scores.examples.unseen_speakers")
        return {
            "Architecture": ARCHITECTURES.get(str(self.get("model")), verbatim(self.get("model") or NOT_SAID)),
            "Latent vector": self.latent(),
            "Weights": f"{self.weights / 1e6:.1f} M, {self.megabytes:.0f} MB" if self.weights else "file not readable",
            "Spectrogram": (f"{bands:.0f} mel bands" if bands else "all bins")
            + self.say(", window {:.0f}, hop {:.0f}", "model_config.spectrogram.fft", "model_config.spectrogram.hop"),
            "Effects": ", ".join(EFFECT_LABELS.get(str(name), verbatim(name)) for name in self.items("effects")),
            "Licence": self.licence,
            "Effect labels in training": LABELS_USED.get(str(self.get("scores.clusters.labels_used")), NOT_SAID),
            "Effect recognised from": PARTS.get(str(self.get("scores.clusters.part")), NOT_SAID),
            "Corpus": self.say("{:,.0f} min of recordings", "training.corpus_minutes")
            + (f", {len(trained)} speakers" if trained else ""),
            "Training": self.say("{:,.0f} pairs, {:.0f} times", "training.run.pairs", "training.run.epochs"),
            "Machine": verbatim(self.get("training.machine") or NOT_SAID),
            "Tested on": self.say("{:,.0f} pairs", "scores.examples.test")
            + (f", {len(unseen)} unseen speakers" if unseen else ""),
        }

    def latent(self) -> str:
        """How many numbers a segment becomes, and what they are for."""
        one = {name: self.number(f"model_config.{name}_latent") for name in ("local", "pair", "effect")}
        sizes = [self.number(f"model_config.{key}") for key in ("spectrogram.samples", "spectrogram.hop", "reduction")]
        local, (samples, hop, reduction) = one["local"], sizes
        if local is None or not samples or not hop or not reduction:
            return self.say("{:,.0f} numbers", "model_config.latent")
        local = local * samples // hop // reduction
        whole, name = (one["effect"], "the effect") if one["effect"] else (one["pair"] or 0, "the pair as a whole")
        return f"{local + whole:,.0f} numbers: {local:,.0f} along time, {whole:,.0f} for {name}"


def is_number(value: Any) -> TypeGuard[float]:
    """Whether a value out of JSON is a finite number."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer of hundreds of digits
        return False


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
    """A model card without its YAML front matter, its headings two levels down, to stand inside a page.

    Pictures become links: one from elsewhere would tell a stranger's server who looks at the page.
    """
    body = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    return re.sub(r"^(#{1,3}) ", r"##\1 ", body.replace("![", "["), flags=re.MULTILINE).strip()


def facts_table(models: Sequence[Checkpoint]) -> dict[str, list[str]]:
    """Columns: labels, then what each model is and how it was trained. A link at its head, for keyboards to scroll."""
    facts = {verbatim(model.name): model.facts() for model in models}
    return {CARDS: list(models[0].facts()), **{name: list(own.values()) for name, own in facts.items()}}


def models() -> list[Checkpoint]:
    """Every checkpoint that is here as its files describe it, broken ones with the reason; nothing is loaded."""
    fetched = {one.name for one in hub.cached()}
    here = [name for name in checkpoints.checkpoints() if name in fetched or (checkpoints.CHECKPOINTS / name).is_dir()]
    return [replace(Checkpoint.read(checkpoints.folder(name)), name=name) for name in here]
