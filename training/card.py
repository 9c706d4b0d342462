"""The model card of a checkpoint: README.md, written from its config.json alone, so that no figure is typed by hand."""

import json
import re
from pathlib import Path
from typing import Any

from core.checkpoints import folder as checkpoint
from core.checkpoints.arrival import arriving

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
        f"# {TITLES[config.model]}\n",
        about(config),
    ]
    if config.training:
        sections.append(training(config.training))
    if config.training.get("ablations"):
        sections.append(ablations(config.training))
    if "reconstruction" in config.scores:
        sections.append(scores(config.scores, folder.name))
    if "controller" in config.scores:
        sections.append(controllers(config.scores["controller"], folder.name))
    if "study" in config.scores:
        sections.append(study(config.scores["study"], folder.name))
    if "losses" in config.scores:
        sections.append(losses(config.scores["losses"]))
    with arriving(folder) as staged:
        (staged / "README.md").write_text("\n".join(sections))


def front_matter(name: str, config: checkpoint.CheckpointConfig) -> str:
    """What the Hub files a checkpoint under: tags, its effects among them, the corpus, and the first scores."""
    found = config.scores if "reconstruction" in config.scores else {}
    # The Hub takes names of data sets without spaces.
    corpus = re.sub(r"[^A-Za-z0-9]+", "-", str(config.training.get("corpus", "")))[:60].strip("-").lower()
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
        + (f"datasets: [{corpus}]\n" if corpus else "")
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


def at(found: dict[str, Any], key: str) -> Any:
    """The score under a key with dots."""
    for name in key.split("."):
        found = found[name]
    return found


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
        if name
        not in (
            "run",
            "curve",
            "speakers",
            "ablations",
            "ablation_steps",
            "ablation_fit_examples",
            "controllers",
        )
    ]
    lines.append(f"- speakers: {', '.join(facts['speakers'])}")
    lines.append(f"- settings: {', '.join(f'{name} {value}' for name, value in run.items() if name not in ('model',))}")
    if curve := facts.get("curve"):
        lines += ["", "| epoch | RMSE in dB, unseen speakers |", "|---|---|"]
        lines += [f"| {epoch} | {value} |" for epoch, value in curve]
    return "\n".join(lines) + "\n"


def ablations(facts: dict[str, Any]) -> str:
    rows = facts["ablations"]
    lines = [
        "## Ablations\n",
        f"`python -m training ablation --steps {facts['ablation_steps']} --fit-examples "
        f"{facts['ablation_fit_examples']}`: each variant trained alike and briefly, measured on mu for "
        "512 pairs of unseen speakers; knobs by ridge regression on the effect part (always 0.5: 0.25).\n",
        "| " + " | ".join(rows[0]) + " |",
        "|---" * len(rows[0]) + "|",
    ]
    return "\n".join(lines + ["| " + " | ".join(map(str, row.values())) + " |" for row in rows]) + "\n"


def controllers(found: dict[str, Any], name: str) -> str:
    """What `evaluate` says of the controller without a bottleneck, and of `Explorer.match`, which polishes it."""
    kinds = {
        "": "controller", "polished_": "polished", "ridge_": "ridge on z", "nearest_neighbour_": "nearest in atlas",
        "half_": "always 0.5", "random_": "random", "do_nothing_": "do nothing",
    }  # fmt: skip
    sounds = [kind for kind in kinds if kind != "ridge_"]
    knobs = [kind for kind in kinds if kind not in ("polished_", "do_nothing_")]
    lines = [
        "## Effect and knobs\n",
        f"`python -m training evaluate --checkpoint checkpoints/{name} --corpus CORPUS`, the same pairs: z -> effect "
        "and knobs. Polished: what `Explorer.match` answers, a few steps downhill through the real effect.\n",
        f"- effect found: {found['effect_accuracy']} (nearest in atlas {found['nearest_neighbour_effect_accuracy']}, "
        f"chance {found['chance']})",
        f"- true knob within the range that is called 80 %: {found['within_80_percent_range']}",
        f"- sounds that no effect here makes, called unexplained: {found['foreign_found']} (of true ones: .01)",
        f"- one match of a 5.46 s pair: {found['match_seconds']} s on {found['machine']}\n",
        "| mean absolute knob error | " + " | ".join(kinds[kind] for kind in knobs) + " | rank correlation |",
        "|---" * (len(knobs) + 2) + "|",
        "| **mean** | " + " | ".join(str(found[f"{kind}parameter_mae"]) for kind in knobs) + " | |",
    ]
    for effect, parameters in found["parameters"].items():
        for parameter, row in parameters.items():
            cells = [*(row[f"{kind}mae"] for kind in knobs), row["rank_correlation"]]
            lines.append(f"| {effect} {parameter} | " + " | ".join(map(str, cells)) + " |")
    lines += [
        "",
        "| MR-STFT to the wet sound | " + " | ".join(kinds[kind] for kind in sounds) + " | polished / do nothing |",
        "|---" * (len(sounds) + 2) + "|",
        "| **mean** | " + " | ".join(str(found[f"{kind}mrstft"]) for kind in sounds)
        + f" | {found['polished_mrstft_ratio']} |",
    ]  # fmt: skip
    for effect in found["parameters"]:
        cells = [*(found[f"{kind}mrstft_by_effect"][effect] for kind in sounds)]
        cells.append(found["polished_mrstft_ratio_by_effect"][effect])
        lines.append(f"| {effect} | " + " | ".join(map(str, cells)) + " |")
    if search := found.get("search"):
        lines += searched(search)
    return "\n".join(lines) + "\n"


def searched(search: dict[str, Any]) -> list[str]:
    lines = [
        "",
        f"Search, {search['examples']} pairs, CMA-ES from scratch on the true effect's knobs (population 32, 100 "
        f"iterations); the polished answer is {search['times_faster']} times faster:\n",
        "| | median MR-STFT | mean MR-STFT | median seconds |",
        "|---|---|---|---|",
    ]
    for key in ("estimate", "polished", "cma_es", "refined"):
        row = search[key]
        seconds = row.get("median_seconds", "")
        lines.append(f"| {key} | {row['median_mrstft']} | {row['mean_mrstft']} | {seconds} |")
    return lines


def study(rows: list[dict[str, Any]], name: str) -> str:
    lines = [
        "## Which few numbers?\n",
        f"`python -m training study --checkpoint checkpoints/{name} --corpus CORPUS`, unseen speakers. "
        + " ".join(f"{column[0].upper()}{column[1:]}: {text}." for column, text in COLUMNS.items())
        + "\n",
        "| " + " | ".join(rows[0]) + " |",
        "|---" * len(rows[0]) + "|",
        *("| " + " | ".join(map(str, row.values())) + " |" for row in rows),
        "",
        "![Knob error against how knobs vary along lines](study.png)",
    ]
    return "\n".join(lines) + "\n"


def losses(rows: list[dict[str, Any]]) -> str:
    """The same few steps with several losses."""
    lines = [
        "## Knobs or sound?\n",
        "The same command: the controller without a bottleneck, trained a little further with the error of the knobs, "
        "of the sound (MR-STFT + L1 through the real effect, by SPSA), and of both; and from scratch.\n",
        "| " + " | ".join(rows[0]) + " |",
        "|---" * len(rows[0]) + "|",
        *("| " + " | ".join(map(str, row.values())) + " |" for row in rows),
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


def scores(found: dict[str, Any], name: str) -> str:
    intervals = found["intervals"]

    def cell(key: str) -> str:
        """A score with its 95 % interval, or nothing where it was not measured."""
        try:
            value = at(found, key)
        except KeyError:
            return ""
        return f"{value} ({intervals[key][0]} ... {intervals[key][1]})" if key in intervals else str(value)

    def table(head: str, rows: list[tuple[str, ...]]) -> str:
        """A table of the rows that were measured; nothing where none was."""
        columns = head.split("|")
        lines = ["| " + " | ".join(row) + " |" for row in rows if row[1]]
        return "\n".join([f"| {' | '.join(columns)} |", "|---" * len(columns) + "|", *lines, ""]) if lines else ""

    about = found["examples"]
    unseen = about.get("unseen_speakers")
    heard = f"speakers that it never saw ({', '.join(unseen)})" if unseen else "speakers of the whole corpus"
    label = "the effect part of mu" if found["clusters"]["part"] == "effect" else "mu"
    trained = "Training was told the effects" if found["clusters"]["labels_used"] else "No effect labels were used"
    kinds = (
        ("all effects, random settings", "clusters"),
        ("Delay or Overdrive, random settings", "delay_or_overdrive.random_settings"),
        ("Delay or Overdrive, all knobs at 0.5 (the report's Figure 1)", "delay_or_overdrive.fixed_settings"),
    )
    measures = ("knn_accuracy", "linear_accuracy", "silhouette")
    routes = ("", "griffin_lim_dry_", "griffin_lim_random_", "do_nothing_")
    effects = found["clusters"]["knn_accuracy_by_effect"]
    return "\n".join(filter(None, [
        "## Scores\n",
        f"`python -m training evaluate --checkpoint checkpoints/{name} --corpus CORPUS`: {about['test']} pairs of "
        f"{heard}; probes and PCAs fitted on {about['fit']} pairs of the training speakers. In brackets: 95 % of "
        f"bootstrap resamples. {trained}.\n",
        table("reconstruction|RMSE in dB|R2|PCA, as many numbers|mean spectrum", [
            (side, *(cell(f"reconstruction.{side}.{key}") for key in ("rmse_db", "r2", "pca_rmse_db", "mean_rmse_db")))
            for side in ("dry", "wet")
        ]),
        table(f"telling the effect from {label}|15 neighbours|linear probe|silhouette|PCA: neighbours|linear|chance", [
            (name, *(cell(f"{key}.{measure}") for measure in measures),
             *(cell(f"{key}.pca_{measure}") for measure in measures[:2]), cell(f"{key}.chance"))
            for name, key in kinds
        ] + [("all wet sounds at one loudness", cell("clusters.level_matched.knn_accuracy"), "", "", "", "", "")]),
        table(f"what {label} gives away|score|chance", [
            ("level of the recording, R2", cell("leak.loudness_r2"), "0 or less"),
            ("who speaks, unseen speakers", cell("leak.speaker_accuracy"), cell("leak.speaker_chance")),
            ("who speaks, training speakers", cell("leak.seen_speaker_accuracy"), cell("leak.seen_speaker_chance")),
            (
                "who speaks, unseen speakers, from the content part",
                cell("leak.content_speaker_accuracy"),
                cell("leak.content_speaker_chance"),
            ),
        ]),
        table("paths over one recording|linear path|crossfade of the wet sounds", [
            ("drift of the dry spectrogram, Delay -> Overdrive at 0.5 (the report's Figure 4), dB",
             cell("interpolation.top_row_drift_db"), cell("interpolation.audio_crossfade_drift_db")),
            ("drift between the ends, random settings encoded apart, dB",
             cell("interpolation.encoded_apart_drift_db"), ""),
            ("evenness of the steps (1: even)",
             cell("interpolation.step_evenness"), cell("interpolation.audio_crossfade_step_evenness")),
            ("distance to the nearest real pair (1: as real pairs)", cell("interpolation.nearest_neighbour_ratio"),
             cell("interpolation.audio_crossfade_nearest_neighbour_ratio")),
        ]),
        table("paths between two settings of any effects (medians)|straight|along the data|parameter line|crossfade", [
            ("total variation / range of the knobs (1: every knob goes one way)",
             cell("paths.linear.zigzag"), cell("paths.manifold.zigzag"), "", ""),
            ("distance to the nearest known setting (1: as neighbours)",
             cell("paths.linear.distance"), cell("paths.manifold.distance"), "", ""),
            *((f"evenness of the steps, {words}", cell(f"paths.linear.evenness.{voice}"),
               cell(f"paths.manifold.evenness.{voice}"), cell("paths.linear.evenness.parameter_line"),
               cell("paths.linear.evenness.crossfade"))
              for voice, words in (("decoded", "decoded"), ("re-rendered", "re-rendered"))),
        ]),
        table("decoded wet sound to the true one|MR-STFT distance|spectral convergence, dB", [
            (words, cell(f"inversion.{route}mrstft"), cell(f"inversion.{route}spectral_convergence_db"))
            for route, words in zip(routes, (
                "dry sound with the decoded change (transfer, as the app does it over one recording)",
                "Griffin-Lim from the dry sound's phase", "Griffin-Lim from random",
                "do nothing: the dry sound"), strict=True)
        ]),
        table("by effect|15 neighbours|wet RMSE, dB|MR-STFT|do nothing", [
            (effect, *(cell(f"{key}.{effect}") for key in (
                "clusters.knn_accuracy_by_effect", "reconstruction.wet_rmse_db_by_effect", "inversion.mrstft_by_effect",
                "inversion.do_nothing_mrstft_by_effect")))
            for effect in effects
        ]),
    ]))  # fmt: skip
