"""The model card of a checkpoint: README.md, written from its config.json alone, so that no figure is typed by hand."""

import json
from pathlib import Path
from typing import Any

from core.checkpoints import folder as checkpoint
from core.checkpoints.arrival import arriving
from training.card_ablations import ablations
from training.card_chains import chains
from training.card_heard import heard
from training.card_robustness import robustness
from training.card_scores import at, controllers, scores
from training.markdown import table, table_of

TITLES = {
    "factor_vae": "Factorised VAE: content and effect apart",
    "joint_vae": "Joint-spectrogram VAE, 2 channels",
    "phase_vae": "Joint-spectrogram VAE, 4 channels",
    "week5_vae": "The report's joint-spectrogram VAE (week 5)",
}


def write(folder: Path) -> None:
    """Write README.md, with the front matter the Hub reads, into a checkpoint folder."""
    config = checkpoint.load_config(folder)
    sections = [
        front_matter(folder.name, config),
        f"# {TITLES.get(config.model, config.model)}\n",
        about(config),
    ]
    if config.training:
        sections.append(training(config.training))
    sections += ablations(config.training)
    if "reconstruction" in config.scores:
        sections.append(scores(config.scores, folder.name))
        sections += _beside(config.scores)
    for kind, found in config.scores.items():
        if isinstance(found, dict) and "reconstruction" in found:  # evaluated beside the main one
            sections.append(scores(found, folder.name, kind))
            sections += _beside(found, kind)
            if "controller" in found:
                sections.append(controllers(found["controller"], kind))
    if "controller" in config.scores:
        sections.append(controllers(config.scores["controller"]))
    if "robustness" in config.scores:
        sections.append(robustness(config.scores["robustness"]))
    if "study" in config.scores:
        made = config.training.get("controllers", {}).get("full", {}).get("command", "python -m training study")
        sections.append(study(config.scores["study"], made))
    if "losses" in config.scores:
        sections.append(losses(config.scores["losses"]))
    with arriving(folder) as staged:
        # Of names that are no text in UTF-8, "?".
        (staged / "README.md").write_text("\n".join(sections), encoding="utf-8", errors="replace")


def _beside(found: dict[str, Any], kind: str = "") -> list[str]:
    """Sections of one evaluation that not every checkpoint has."""
    by_ear = [heard(found, kind)] if "heard" in found else []
    return by_ear + ([chains(found, kind)] if "chains" in found or "chained" in found else [])


def front_matter(name: str, config: checkpoint.CheckpointConfig) -> str:
    """What the Hub files a checkpoint under: tags, its effects among them, the corpus, and the first scores."""
    found = config.scores if "reconstruction" in config.scores else {}
    metrics = "".join(
        f"          - type: {kind}\n            name: {label}\n            value: {at(found, key)}\n"
        for key, (label, kind) in (HEADLINE.items() if found else ())
    )
    index = (
        f"model-index:\n  - name: {json.dumps(name)}\n    results:\n      - task:\n          type: audio-to-audio\n"
        "        dataset:\n          name: speech of unseen speakers, random settings\n"
        "          type: audio\n        metrics:\n" + metrics
    )
    return (
        "---\nlibrary_name: latentfx\npipeline_tag: audio-to-audio\nlicense: mit\n"
        f"tags: [{', '.join(('audio', 'audio-effects', 'vae', 'latent-space', *config.effects))}]\n"
        + (index if found else "")
        + "---\n"
    )


HEADLINE = {
    "reconstruction.dry.rmse_db": ("Reconstruction of dry, RMSE in dB", "rmse"),
    "reconstruction.wet.rmse_db": ("Reconstruction of wet, RMSE in dB", "rmse"),
    "clusters.knn_accuracy": ("Effect by 15 nearest neighbours on mu", "accuracy"),
    "clusters.linear_accuracy": ("Effect by a linear probe on mu", "accuracy"),
    "inversion.mrstft": ("Decoded wet sound to the true one, multi-resolution STFT distance", "mrstft"),
    "interpolation.top_row_drift_db": ("Drift of the dry spectrogram along a path over one recording, dB", "rmse"),
}
"""The scores that a reader looks for first, with label and type for the front matter's model-index."""


def about(config: checkpoint.CheckpointConfig) -> str:
    """What the model is, and how it is loaded."""
    model = checkpoint.build(config.model, config.model_config)
    weights = sum(parameter.numel() for parameter in model.parameters())
    return (
        f"{(type(model).__doc__ or '').strip().splitlines()[0]}\n\n"
        f"- latent: {model.config.latent:,} numbers for a dry/wet pair of 5.46 s at 24 kHz; use mu, never a sample\n"
        f"- weights: {weights / 1e6:.1f} M, stored in half precision\n"
        f"- effects it saw: {', '.join(config.effects)} (pedalboard), random settings, wet matched to dry in loudness\n"
        '- load: `Explorer.load("this folder")` of LatentFX; safetensors only, nothing is unpickled\n'
    )


def training(facts: dict[str, Any]) -> str:
    """The command, the corpus, the settings, and the curve."""
    elsewhere = ("run", "curve", "speakers", "controllers", "calibration", "taught", "refined", "limits")
    settings = ", ".join(f"{name} {value}" for name, value in facts["run"].items() if name != "model")
    lines = [
        "## Training\n",
        *(
            f"- {name.replace('_', ' ')}: {value}"
            for name, value in facts.items()
            if name not in elsewhere and not name.startswith(("ablation", "decoders"))
        ),
        f"- speakers: {', '.join(facts['speakers'])}",
        f"- settings: {settings}",
    ]
    if taught := facts.get("taught"):
        lines.append(
            f"- its effect part taught further: `{taught['command']}`, {taught['run']['pairs']:,} pairs, "
            f"{taught['minutes']} minutes in its last session, {taught['machine']}"
        )
    if refined := facts.get("refined"):
        lines.append(
            f"- its decoders refined: `{refined['command']}`, {refined['run']['content_steps']:,} and "
            f"{refined['run']['wet_steps']:,} steps, {refined['last_session_minutes']} minutes in its last session, "
            f"{refined['machine']}"
        )
    if limits := facts.get("limits"):
        shares = ", ".join(f"{name} {share}" for name, share in limits["leftover"].items())
        splits = "; ".join(f"{part['pairs']} pairs of the split {part['split']}" for part in limits["corpora"])
        lines.append(
            f"- how much an answer may leave and be called explained: {shares}; `{limits['command']}`, {splits}"
        )
    for part in facts.get("calibration", {}).get("corpora", ()):
        lines.append(
            f"- ranges of knobs: `{facts['calibration']['command']}`, {part['pairs']} pairs of the speakers "
            f"{', '.join(part['speakers'])} (split {part['split']}), of {part['corpus']}"
        )
    if curve := facts.get("curve"):
        lines += ["", *table(("epoch", "RMSE in dB, unseen speakers"), curve)]
    return "\n".join(lines) + "\n"


def study(rows: list[dict[str, Any]], command: str) -> str:
    """The spaces to play in, compared."""
    lines = [
        "## Which few numbers?\n",
        f"`{command}`, unseen speakers. "
        + " ".join(f"{column[0].upper()}{column[1:]}: {text}." for column, text in COLUMNS.items())
        + "\n",
        *table_of(rows),
        "",
        "![Knob error against how knobs vary along lines](study.png)",
    ]
    return "\n".join(lines) + "\n"


COLUMNS = {
    "effect accuracy": "share of pairs whose effect is found",
    "knob error": "mean absolute error of knob positions in [0, 1]; always 0.5: 0.25",
    "MR-STFT / do nothing": "distance of the rendered answer from the wet sound, over that of the dry one",
    "variation / range": "total variation over range of the knobs along straight lines in w between two pairs, median; "
    "1: they rise or fall all the way",
    "trustworthiness": "whether neighbours in w are neighbours in z (1: all)",
    "continuity": "whether neighbours in z are neighbours in w (1: all)",
    "coverage": "share of 256 even points of w's central 95 % that are sure of their effect (at least one half) and "
    "sound at least 1 dB (in bands) apart from every other point",
}
"""What the columns of the study's table mean."""


def losses(rows: list[dict[str, Any]]) -> str:
    """The same few steps with several losses."""
    lines = [
        "## Knobs or sound?\n",
        "The same command: the controller without a bottleneck, trained a little further with the error of the knobs, "
        "of the sound (MR-STFT + L1 through the real effect, by SPSA), and of both; and from scratch.\n",
        *table_of(rows),
    ]
    return "\n".join(lines) + "\n"
