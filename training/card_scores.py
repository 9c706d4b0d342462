"""What `python -m training evaluate` found, as sections of the model card."""

from typing import Any

from training.markdown import table

GUESSES = {
    "": "controller", "polished_": "polished", "ridge_": "ridge on z", "nearest_neighbour_": "nearest in atlas",
    "half_": "always 0.5", "random_": "random", "do_nothing_": "do nothing",
}  # fmt: skip
ROUTES = {
    "": "dry sound with the decoded change (transfer, as the app does it over one recording)",
    "griffin_lim_dry_": "Griffin-Lim from the dry sound's phase",
    "griffin_lim_random_": "Griffin-Lim from random",
    "do_nothing_": "do nothing: the dry sound",
}
KINDS = {
    "clusters": "all effects, random settings",
    "delay_or_overdrive.random_settings": "Delay or Overdrive, random settings",
    "delay_or_overdrive.fixed_settings": "Delay or Overdrive, all knobs at 0.5 (the report's Figure 1)",
}


def at(found: dict[str, Any], key: str) -> Any:
    """The score under a key with dots."""
    for name in key.split("."):
        found = found[name]
    return found


class Cells:
    """Cells of tables: scores by their keys, see training.scores.report.Report."""

    def __init__(self, found: dict[str, Any]) -> None:
        self.found = found

    def __call__(self, key: str) -> str:
        """A score with its 95 % interval, or nothing where it was not measured."""
        try:
            value = at(self.found, key)
        except KeyError:
            return ""
        low_high = self.found["intervals"].get(key)
        return f"{value} ({low_high[0]} ... {low_high[1]})" if low_high else str(value)

    def row(self, words: str, *keys: str) -> tuple[str, ...]:
        """A row: words, then the scores under keys; "" leaves a cell empty."""
        return (words, *(self(key) if key else "" for key in keys))


def scores(found: dict[str, Any], name: str) -> str:
    """All but those of the controller: reconstruction, clusters, leaks, paths, inversion, and by effect."""
    about, clusters = found["examples"], found["clusters"]
    unseen = about.get("unseen_speakers")
    heard = f"speakers that it never saw ({', '.join(unseen)})" if unseen else "speakers of the whole corpus"
    label = "the effect part of mu" if clusters["part"] == "effect" else "mu"
    trained = "Training was told the effects" if clusters["labels_used"] else "No effect labels were used"
    cell = Cells(found)
    return "\n".join([
        "## Scores\n",
        f"`python -m training evaluate --checkpoint checkpoints/{name} --corpus CORPUS`: {about['test']} pairs of "
        f"{heard}; probes and PCAs fitted on {about['fit']} pairs of the training speakers. In brackets: 95 % of "
        f"bootstrap resamples. {trained}.\n",
        *known("reconstruction|RMSE in dB|R2|PCA, as many numbers|mean spectrum", [
            cell.row(side, *(f"reconstruction.{side}.{key}" for key in (
                "rmse_db", "r2", "pca_rmse_db", "mean_rmse_db")))
            for side in ("dry", "wet")
        ]),
        *effects_told(cell, label),
        *given_away(cell, label),
        *along_paths(cell),
        *known("decoded wet sound to the true one|MR-STFT distance|spectral convergence, dB", [
            cell.row(words, f"inversion.{route}mrstft", f"inversion.{route}spectral_convergence_db")
            for route, words in ROUTES.items()
        ]),
        *known("by effect|15 neighbours|wet RMSE, dB|MR-STFT|do nothing", [
            cell.row(effect, *(f"{key}.{effect}" for key in (
                "clusters.knn_accuracy_by_effect", "reconstruction.wet_rmse_db_by_effect", "inversion.mrstft_by_effect",
                "inversion.do_nothing_mrstft_by_effect")))
            for effect in clusters["knn_accuracy_by_effect"]
        ]),
    ])  # fmt: skip


def known(head: str, rows: list[tuple[str, ...]]) -> list[str]:
    """A table of the rows that were measured, with an empty line after it; nothing where none was."""
    rows = [row for row in rows if row[1]]
    return [*table(head.split("|"), rows), ""] if rows else []


def effects_told(cell: Cells, label: str) -> list[str]:
    """How well the effect is told from what the map shows. label: what that is."""
    measures = ("knn_accuracy", "linear_accuracy", "silhouette", "pca_knn_accuracy", "pca_linear_accuracy", "chance")
    rows = [cell.row(words, *(f"{key}.{measure}" for measure in measures)) for key, words in KINDS.items()]
    rows.append(cell.row("all wet sounds at one loudness", "clusters.level_matched.knn_accuracy", *[""] * 5))
    return known(
        f"telling the effect from {label}|15 neighbours|linear probe|silhouette|PCA: neighbours|linear|chance", rows
    )


def given_away(cell: Cells, label: str) -> list[str]:
    """What it tells of level and speaker."""
    who = {
        "speaker": "who speaks, unseen speakers",
        "seen_speaker": "who speaks, training speakers",
        "content_speaker": "who speaks, unseen speakers, from the content part",
    }
    rows = [(*cell.row("level of the recording, R2", "leak.loudness_r2"), "0 or less")]
    rows += [cell.row(words, f"leak.{key}_accuracy", f"leak.{key}_chance") for key, words in who.items()]
    return known(f"what {label} gives away|score|chance", rows)


def along_paths(cell: Cells) -> list[str]:
    """Paths over one recording, and between any two settings."""
    own, mixed = "interpolation.", "interpolation.audio_crossfade_"
    evenness = [
        cell.row(f"evenness of the steps, {voice}", *(f"paths.{way}.evenness.{said}" for way, said in (
            ("linear", voice), ("manifold", voice), ("linear", "parameter_line"), ("linear", "crossfade"))))
        for voice in ("decoded", "re-rendered")
    ]  # fmt: skip
    return known("paths over one recording|linear path|crossfade of the wet sounds", [
        cell.row("drift of the dry spectrogram, Delay -> Overdrive at 0.5 (the report's Figure 4), dB",
                 f"{own}top_row_drift_db", f"{mixed}drift_db"),
        cell.row("drift between the ends, random settings encoded apart, dB", f"{own}encoded_apart_drift_db", ""),
        cell.row("evenness of the steps (1: even)", f"{own}step_evenness", f"{mixed}step_evenness"),
        cell.row("distance to the nearest real pair (1: as real pairs)",
                 f"{own}nearest_neighbour_ratio", f"{mixed}nearest_neighbour_ratio"),
    ]) + known("paths between two settings of any effects (medians)|straight|along the data|parameter line|crossfade", [
        cell.row("total variation / range of the knobs (1: every knob goes one way)",
                 "paths.linear.zigzag", "paths.manifold.zigzag", "", ""),
        cell.row("distance to the nearest known setting (1: as neighbours)",
                 "paths.linear.distance", "paths.manifold.distance", "", ""),
        *evenness,
    ])  # fmt: skip


def controllers(found: dict[str, Any], name: str) -> str:
    """What it says of the controller without a bottleneck, and of `Explorer.match`, which polishes it."""
    sounds = [kind for kind in GUESSES if kind != "ridge_"]
    knobs = [kind for kind in GUESSES if kind not in ("polished_", "do_nothing_")]
    errors: list[list[Any]] = [["**mean**", *(found[f"{kind}parameter_mae"] for kind in knobs), ""]]
    for effect, parameters in found["parameters"].items():
        for parameter, row in parameters.items():
            errors.append([f"{effect} {parameter}", *(row[f"{kind}mae"] for kind in knobs), row["rank_correlation"]])
    heard = [["**mean**", *(found[f"{kind}mrstft"] for kind in sounds), found["polished_mrstft_ratio"]]]
    for effect in found["parameters"]:
        cells = [found[f"{kind}mrstft_by_effect"][effect] for kind in sounds]
        heard.append([effect, *cells, found["polished_mrstft_ratio_by_effect"][effect]])
    lines = [
        "## Effect and knobs\n",
        f"`python -m training evaluate --checkpoint checkpoints/{name} --corpus CORPUS`, the same pairs: z -> effect "
        "and knobs. Polished: what `Explorer.match` answers, a few steps downhill through the real effect.\n",
        f"- effect found: {found['effect_accuracy']} (nearest in atlas {found['nearest_neighbour_effect_accuracy']}, "
        f"chance {found['chance']})",
        f"- true knob within the range that is called 80 %: {found['within_80_percent_range']}",
        f"- sounds that no effect here makes, called unexplained: {found['foreign_found']} (of true ones: .01)",
        f"- one match of a 5.46 s pair: {found['match_seconds']} s on {found['machine']}\n",
        *table(["mean absolute knob error", *(GUESSES[kind] for kind in knobs), "rank correlation"], errors),
        "",
        *table(["MR-STFT to the wet sound", *(GUESSES[kind] for kind in sounds), "polished / do nothing"], heard),
    ]
    return "\n".join(lines + searched(found.get("search"))) + "\n"


def searched(search: dict[str, Any] | None) -> list[str]:
    """CMA-ES from scratch beside the polished answer; nothing where it was left out."""
    if not search:
        return []
    columns = ("median_mrstft", "mean_mrstft", "median_seconds")
    rows = [[key, *(search[key].get(column, "") for column in columns)] for key in (
        "estimate", "polished", "cma_es", "refined")]  # fmt: skip
    return [
        "",
        f"Search, {search['examples']} pairs, CMA-ES from scratch on the true effect's knobs (population 32, 100 "
        f"iterations); the polished answer is {search['times_faster']} times faster:\n",
        *table(("", "median MR-STFT", "mean MR-STFT", "median seconds"), rows),
    ]
