"""The model card of a checkpoint: README.md, written from its config.json alone, so that no figure is typed by hand."""

from pathlib import Path
from typing import Any

from core.models import checkpoint

TITLES = {
    "joint_vae": "Joint-spectrogram VAE, 2 channels",
    "phase_vae": "Joint-spectrogram VAE, 4 channels",
    "week5_vae": "The report's joint-spectrogram VAE (week 5)",
}


def write(folder: Path) -> None:
    """Write README.md, with the front matter the Hub reads, into a checkpoint folder."""
    config = checkpoint.load_config(folder)
    sections = [front_matter(folder.name, config.scores), f"# {TITLES[config.model]}\n", about(config)]
    if config.training:
        sections.append(training(config.training))
    if config.scores:
        sections.append(scores(config.scores, folder.name))
    (folder / "README.md").write_text("\n".join(sections))


def front_matter(name: str, found: dict[str, Any]) -> str:
    metrics = "".join(
        f"          - type: {kind}\n            name: {label}\n            value: {value}\n"
        for label, kind, value in headline(found)
    )
    index = (
        "model-index:\n  - name: " + name + "\n    results:\n      - task:\n          type: audio-to-audio\n"
        "        dataset:\n          name: speech of unseen speakers, eight effects, random settings\n"
        "          type: audio\n        metrics:\n" + metrics
    )
    return (
        "---\nlibrary_name: latentfx\npipeline_tag: audio-to-audio\nlicense: mit\n"
        "tags: [audio, audio-effects, vae, latent-space]\n" + (index if found else "") + "---\n"
    )


def headline(found: dict[str, Any]) -> list[tuple[str, str, float]]:
    """Label, type and value of the scores a reader looks for first."""
    if not found:
        return []
    return [
        ("Reconstruction of dry, RMSE in dB", "rmse", found["reconstruction"]["dry"]["rmse_db"]),
        ("Reconstruction of wet, RMSE in dB", "rmse", found["reconstruction"]["wet"]["rmse_db"]),
        ("Effect by 15 nearest neighbours on mu", "accuracy", found["clusters"]["knn_accuracy"]),
        ("Effect by a linear probe on mu", "accuracy", found["clusters"]["linear_accuracy"]),
    ]


def about(config: checkpoint.CheckpointConfig) -> str:
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
    run = facts["run"]
    lines = ["## Training\n"]
    lines += [
        f"- {name.replace('_', ' ')}: {value}"
        for name, value in facts.items()
        if name not in ("run", "curve", "speakers")
    ]
    lines.append(f"- speakers: {', '.join(facts['speakers'])}")
    lines.append(f"- settings: {', '.join(f'{name} {value}' for name, value in run.items() if name not in ('model',))}")
    if curve := facts.get("curve"):
        lines += ["", "| epoch | RMSE in dB, unseen speakers |", "|---|---|"]
        lines += [f"| {epoch} | {value} |" for epoch, value in curve]
    return "\n".join(lines) + "\n"


def scores(found: dict[str, Any], name: str) -> str:
    dry, wet = found["reconstruction"]["dry"], found["reconstruction"]["wet"]
    lines = [
        "## Scores\n",
        f"`python -m training evaluate checkpoints/{name} --corpus CORPUS`: {found['examples']['test']} pairs of "
        f"speakers it never saw ({', '.join(found['examples']['unseen_speakers'])}); probes and PCAs fitted on "
        f"{found['examples']['fit']} pairs of the training speakers.\n",
        "| reconstruction | this | PCA, as many numbers | mean spectrum | R2 |",
        "|---|---|---|---|---|",
    ]
    for label, row in (("dry", dry), ("wet", wet)):
        lines.append(
            f"| {label}, RMSE in dB | {row['rmse_db']} | {row['pca_rmse_db']} | {row['mean_rmse_db']} | {row['r2']} |"
        )
    lines += [
        "",
        "| telling the effect from mu | kNN | linear | PCA kNN | PCA linear | chance |",
        "|---|---|---|---|---|---|",
    ]
    for label, row in (
        ("eight effects, random settings", found["clusters"]),
        ("Delay or Overdrive, random settings", found["delay_or_overdrive"]["random_settings"]),
        ("Delay or Overdrive, all knobs at 0.5 (the report's Figure 1)", found["delay_or_overdrive"]["fixed_settings"]),
    ):
        lines.append(
            f"| {label} | {row['knn_accuracy']} | {row['linear_accuracy']} | {row['pca_knn_accuracy']} | "
            f"{row['pca_linear_accuracy']} | {row['chance']} |"
        )
    drift = found["interpolation"]
    lines.append(
        f"\nSame audio, Delay -> Overdrive (the report's Figure 4): the decoded dry spectrogram moves by "
        f"{drift['top_row_drift_db']} dB on average along the path, by {drift['top_row_drift_end_db']} dB at its end."
    )
    return "\n".join(lines) + "\n"
