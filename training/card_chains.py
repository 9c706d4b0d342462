"""Chains, told by the network alone and found by a match, as a section of the model card."""

from typing import Any

from training.card_scores import Cells, known

TOLD = {
    "exact": "all effects right, their number unknown", "known": "their number known", "commonest": "the commonest set",
    "order": "order of each pair", "parameter_mae": "knob error", "half_parameter_mae": "always 0.5",
}  # fmt: skip
MATCHED = {
    "exact": "all effects right", "commonest": "the commonest set", "order": "and their order, as it sounds",
    "left": "left over", "left_one": "best single effect", "left_random": "right chain, random knobs",
    "left_cma_es": "CMA-ES, same time", "left_cma_es_10": "CMA-ES, ten times as long", "explained": "explained",
    "seconds": "seconds",
}  # fmt: skip


def chains(scores: dict[str, Any], kind: str = "") -> str:
    """scores: of one evaluation, with what was found of chains. kind: what it was called, as "music"."""
    cell = Cells(scores)
    lines = [f"## Chains{': ' if kind else ''}{kind}\n"]
    for key, about, columns in (("chains", "told by the network alone", TOLD), ("chained", "by a match", MATCHED)):
        rows = [
            cell.row(f"{length} effects", f"{key}.{length}.examples", *(f"{key}.{length}.{name}" for name in columns))
            for length in scores.get(key, {})
        ]
        lines += known("|".join([f"{about}, chains of", "chains", *columns.values()]), rows)
    if "chained" in scores:
        by = scores.get("controller", {}).get("matched_by")
        lines.append(
            (f"Matches by `{by}`. " if by else "")
            + "Left over: the median share of the distance (MR-STFT above -70 dB) between dry and wet. CMA-ES searches "
            "all chains on 64 bands, from scratch, beside a few of them (`--chain-searches`; by default one of each "
            "length).\n"
        )
    return "\n".join(lines)
