"""What `python -m training evaluate --conditions all` found, as a section of the model card."""

from typing import Any

from training.markdown import table


def robustness(tables: dict[str, dict[str, Any]]) -> str:
    """The robustness table of each corpus, and the hard strangers beside it. tables: by what the corpus is called."""
    lines = [
        "## Robustness\n",
        "What a match finds where a pair was not made in the laboratory. Effect found: by the answer. Knob error: of "
        "its effect, where found, by the network and by the answer. Left over: what the answer leaves of the distance "
        "(MR-STFT) between dry and wet. Explained: called so.\n",
    ]
    for name, found in tables.items():
        rows = [
            [
                label.replace("_", "."), row["examples"], row["found"], row["network_error"], row["error"],
                row["leftover"], row["explained"],
            ]
            for label, row in found["conditions"].items()
        ]  # fmt: skip
        head = (name, "pairs", "effect found", "knob error, network", "knob error, answer", "left over", "explained")
        lines += [f"`{found['command']}` ({found['split']} split):\n", *table(head, rows), "", *_strangers(found)]
    return "\n".join(lines)


def _strangers(found: dict[str, Any]) -> list[str]:
    """Hard strangers and how many of them are told."""
    if not (strange := found.get("strangers")):
        return []
    kinds = ", ".join(f"{kind} {share}" for kind, share in strange["found_by_kind"].items())
    return [
        f"{strange['examples']} hard strangers, sounds that no setting makes, of the kinds that the limits of "
        f"“explained” were set with, on other speakers: {strange['found']} called unexplained "
        f"({kinds}); with 5 % of the pairs above called so by mistake {strange['found_at_5_percent_false_alarms']}; "
        f"area under the ROC curve {strange['roc_area']}.\n"
    ]
