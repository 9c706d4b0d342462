"""What `python -m training evaluate` found, as sections of the model card."""

from typing import Any

from training.markdown import table
from training.scores.readout import SOURCES

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


def scores(found: dict[str, Any], name: str, kind: str = "") -> str:
    """All but those of the controller: reconstruction, clusters, leaks, paths, inversion, and by effect.

    name: of the checkpoint. kind: what an evaluation beside the main one was called, as "music".
    """
    clusters, cell = found["clusters"], Cells(found)
    label = "the effect part of mu" if clusters["part"] == "effect" else "mu"
    return "\n".join([
        f"## Scores{': ' if kind else ''}{kind}\n",
        measured(found, name),
        *rebuilt(cell),
        *effects_told(cell, label),
        *read_out(cell),
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


def measured(found: dict[str, Any], name: str) -> str:
    """What was measured, of whom, and what the brackets are."""
    about = found["examples"]
    unseen = about.get("unseen_speakers")
    who = f"that training never saw, split {about.get('split', 'valid')}" if unseen else "of the whole corpus"
    names = ", ".join(unseen or about.get("speakers", ()))
    minutes = f", {about['minutes']} minutes" if "minutes" in about else ""
    count, remark = about["test"], about.get("remark", "")
    trained = "Training was told the effects" if found["clusters"]["labels_used"] else "No effect labels were used"
    return (
        f"`python -m training evaluate --checkpoint checkpoints/{name} --corpus CORPUS{about.get('options', '')}`: "
        f"{about['test']} pairs "
        f"of speakers {who} ({names}{minutes}), {about.get('decoded', 512)} of them decoded; probes and PCAs fitted on "
        f"{about['fit']} pairs of the corpus's training speakers. Recordings: {about.get('corpus', 'not said')}. In "
        "brackets: 95 % of bootstrap resamples of the speakers, each with all its pairs. Paths over one recording were "
        f"walked on {max(2, count // 80)} of them, sounds decoded of {max(8, count // 32)} (MR-STFT without a floor). "
        f"{trained}.{remark and ' '}{remark}\n"
    )


def rebuilt(cell: Cells) -> list[str]:
    """How near decoded spectrograms are, over all cells, where there is something to rebuild, and by band."""
    sides = ("dry", "wet")
    plain = "rmse_db r2 pca_rmse_db pca_alone_rmse_db mean_rmse_db at_floor"
    above = "above_floor_rmse_db  pca_above_floor_rmse_db pca_alone_above_floor_rmse_db mean_above_floor_rmse_db"
    rows = [
        cell.row(words.format(side), *(key and f"reconstruction.{side}.{key}" for key in keys.split(" ")))
        for words, keys in (("{}, all cells", plain), ("{}, where the truth is above -70 dB", above + " "))
        for side in sides
    ]
    head = "reconstruction|RMSE in dB|R2 against the mean spectrum|PCA, as many numbers|PCA of this channel alone"
    bands = cell.found["reconstruction"]["dry"].get("bands", {})
    by_band = [
        cell.row(band, *(f"reconstruction.{side}.bands.{band}.{key}" for side in sides for key in (
            "above_floor_rmse_db", "r2", "at_floor")))
        for band in bands
    ]  # fmt: skip
    columns = "|".join(f"{side}: {what}" for side in sides for what in ("RMSE above the floor", "R2", "at the floor"))
    return known(f"{head}|mean spectrum|cells at the floor", rows) + known(f"by band|{columns}", by_band)


def known(head: str, rows: list[tuple[str, ...]]) -> list[str]:
    """A table of the rows that were measured, with an empty line after it; nothing where none was."""
    rows = [row for row in rows if row[1]]
    return [*table(head.split("|"), rows), ""] if rows else []


def effects_told(cell: Cells, label: str) -> list[str]:
    """How well the effect is told from what the map shows, and from what no model made. label: what the map shows."""
    measures = "knn_accuracy linear_accuracy silhouette pca_knn_accuracy pca_linear_accuracy bands_knn_accuracy"
    measures += " measurements_knn_accuracy measurements_linear_accuracy chance"
    rows = [cell.row(words, *(f"{key}.{measure}" for measure in measures.split(" "))) for key, words in KINDS.items()]
    rows.append(cell.row("all wet sounds at one loudness", "clusters.level_matched.knn_accuracy", *[""] * 8))
    return known(
        f"telling the effect from {label}|15 neighbours|linear probe|silhouette|PCA: neighbours|linear|"
        "wet - dry by band: neighbours|measurements: neighbours|linear|chance", rows
    )  # fmt: skip


def read_out(cell: Cells) -> list[str]:
    """What perceptrons read off z, and off what z is made of."""
    rows = [
        cell.row(words, *(f"readout.{key}.{measure}" for measure in ("numbers", "effect_accuracy", "parameter_mae")))
        for key, words in SOURCES.items()
    ]
    fit = cell.found.get("readout", {}).get("fit")
    return known(f"the same perceptron, fitted on {fit} pairs, on|numbers|effect found|mean absolute knob error", rows)


def given_away(cell: Cells, label: str) -> list[str]:
    """What it tells of level and speaker."""
    who = {
        "speaker": "who speaks, speakers to test on",
        "seen_speaker": "who speaks, training speakers",
        "content_speaker": "who speaks, speakers to test on, from the content part",
    }
    rows = [(*cell.row("level of the recording, R2, ridge regression", "leak.loudness_r2"), "0 or less", "")]
    for key, words in who.items():
        each = cell.found["leak"].get(f"{key}_accuracy_by_probe", {})
        probes = ", ".join(f"{name} {value}" for name, value in each.items())
        rows.append((*cell.row(words, f"leak.{key}_accuracy", f"leak.{key}_chance"), probes))
    return known(f"what {label} gives away|score of the strongest probe|chance|each probe", rows)


def along_paths(cell: Cells) -> list[str]:
    """Paths over one recording, and between any two settings."""
    own, mixed = "interpolation.", "interpolation.audio_crossfade_"
    evenness = [
        cell.row(f"evenness of the steps, {voice}", *(f"paths.{way}.evenness.{said}" for way, said in (
            ("linear", voice), ("manifold", voice), ("linear", "parameter_line"), ("linear", "crossfade"))))
        for voice in ("decoded", "re-rendered")
    ]  # fmt: skip
    path_count = cell.found.get("paths", {})
    between = f"{path_count.get('count', 200)} paths between two settings of any effects (medians; evenness: of "
    between += f"{path_count.get('heard', 25)})|straight|along the data|parameter line|crossfade"
    return known("paths over one recording|linear path|crossfade of the wet sounds", [
        cell.row("drift of the dry spectrogram, Delay -> Overdrive at 0.5 (the report's Figure 4), dB",
                 f"{own}top_row_drift_db", f"{mixed}drift_db"),
        cell.row("drift between the ends, random settings encoded apart, dB", f"{own}encoded_apart_drift_db", ""),
        cell.row("evenness of the steps (1: even)", f"{own}step_evenness", f"{mixed}step_evenness"),
        cell.row("distance to the nearest real pair (1: as real pairs)",
                 f"{own}nearest_neighbour_ratio", f"{mixed}nearest_neighbour_ratio"),
    ]) + known(between, [
        cell.row("total variation / range of the knobs (1: every knob goes one way)",
                 "paths.linear.zigzag", "paths.manifold.zigzag", "", ""),
        cell.row("share of the knobs that only rise or only fall",
                 "paths.linear.monotone", "paths.manifold.monotone", "", ""),
        cell.row("distance from known settings that it was not led along (1: as those from each other)",
                 "paths.linear.distance", "paths.manifold.distance", "", ""),
        *evenness,
    ])  # fmt: skip


def controllers(found: dict[str, Any], kind: str = "") -> str:
    """What it says of the controller without a bottleneck, beside what is guessed without one."""
    knobs = [guess for guess in GUESSES if guess not in ("polished_", "do_nothing_")]
    errors: list[list[Any]] = [["**mean**", *(found[f"{guess}parameter_mae"] for guess in knobs), "", ""]]
    for effect, parameters in found["parameters"].items():
        for parameter, row in parameters.items():
            guesses = (row[f"{guess}mae"] for guess in knobs)
            within = row.get("within_80_percent_range", "")
            errors.append([f"{effect} {parameter}", *guesses, row["rank_correlation"], within])
    head = ["mean absolute knob error", *(GUESSES[guess] for guess in knobs)]
    lines = [
        f"## Effect and knobs{': ' if kind else ''}{kind}\n",
        f"The same command and pairs{', ' if kind else ''}{kind}: z -> effect and knobs.\n",
        f"- effect found: {found['effect_accuracy']} (nearest in atlas {found['nearest_neighbour_effect_accuracy']}, "
        f"chance {found['chance']})",
        f"- true knob within the range that is called 80 %: {found['within_80_percent_range']}{by_knob(found)}",
        f"- against ridge regression on z, fitted to the fewer pairs of above: "
        f"{better_or_worse(found['parameters'], 'ridge_')}\n",
        *table([*head, "rank correlation", "in its range"], errors),
    ]
    return "\n".join(lines + (matches(found) if "mrstft" in found else [])) + "\n"


def matches(found: dict[str, Any]) -> list[str]:
    """How near the sounds of what `Explorer.match` answers are."""
    sounds = [guess for guess in GUESSES if guess != "ridge_"]
    heard = [["**mean**", *(found[f"{guess}mrstft"] for guess in sounds), found["polished_mrstft_ratio"]]]
    for effect in found["parameters"]:
        cells = [found[f"{guess}mrstft_by_effect"][effect] for guess in sounds]
        heard.append([effect, *cells, found["polished_mrstft_ratio_by_effect"][effect]])
    by = f", by `{found['matched_by']}`" if "matched_by" in found else ""
    count = f": {found['matched']} pairs{by}" if "matched" in found else ""
    return [
        f"\nPolished{count}: what `Explorer.match` answers, a few steps downhill through the real effect.\n",
        f"- one match of a 5.46 s pair: {found['match_seconds']} s on {found['machine']}\n",
        *table(["MR-STFT to the wet sound", *(GUESSES[guess] for guess in sounds), "polished / do nothing"], heard),
        *searched(found.get("search")),
    ]


def by_knob(found: dict[str, Any]) -> str:
    """How the share of true knobs in their ranges differs from knob to knob; nothing where that was not measured."""
    if not (each := found.get("ranges")):
        return ""
    return (
        f"; of single knobs {each['least']} to {each['most']}, {each['between_75_and_85']} of {each['knobs']} between "
        ".75 and .85"
    )


def better_or_worse(parameters: dict[str, Any], guess: str, tie: float = 0.002) -> str:
    """How many knobs the controller tells better and worse than another guess; both need more than a tie."""
    off = [row[f"{guess}mae"] - row["mae"] for effect in parameters.values() for row in effect.values()]
    better, worse = sum(more > tie for more in off), sum(more < -tie for more in off)
    return f"{better} of {len(off)} knobs better, {len(off) - better - worse} ties (within {tie}), {worse} worse"


def searched(search: dict[str, Any] | None) -> list[str]:
    """CMA-ES from scratch beside the polished answer; nothing where it was left out."""
    if not search:
        return []
    columns = ("median_mrstft", "mean_mrstft", "median_seconds")
    rows = [[key, *(search[key].get(column, "") for column in columns)] for key in (
        "estimate", "polished", "cma_es", "refined")]  # fmt: skip
    return [
        "",
        f"Search, {search['examples']} pairs, CMA-ES from scratch on the true effect's knobs (its default population, "
        f"stopped where it stands still); the polished answer is {search['times_faster']} times faster:\n",
        *table(("", "median MR-STFT", "mean MR-STFT", "median seconds"), rows),
    ]
