"""The sections of a model card on what each ingredient is worth."""

from typing import Any

from training.markdown import table_of


def ablations(facts: dict[str, Any]) -> list[str]:
    """Of the effect part, and of content and wet decoder: those that were measured."""
    return [write(facts) for key, write in (("ablations", _effect), ("decoders", _decoders)) if facts.get(key)]


def _effect(facts: dict[str, Any]) -> str:
    told = facts["ablation"]
    lines = [
        "## Ablations\n",
        f"`{told['command']}`: the effect part alone, trained anew for each row from {told['pairs']:,} pairs in "
        f"{told['epochs']} epochs, mean and standard deviation of {told['seeds']} seeds. Told by linear heads on mu of "
        f"{told['examples']:,} pairs as people bring them, of speakers and tracks of split {told['split']}: effects "
        "alone (also those of each corpus, and those to which nothing happened on their way), their knobs (always 0.5: "
        "0.25), which effects are in chains of 2 and 3; and whose recording it is, by a probe (always the commonest: "
        f"{told['commonest']}).\n",
        *table_of(facts["ablations"]),
    ]
    return "\n".join(lines) + "\n"


def _decoders(facts: dict[str, Any]) -> str:
    told = facts["decoders_about"]
    lines = [
        "## Numbers and memory\n",
        f"`{told['command']}`: the whole model, trained anew for each row from {told['pairs']:,} pairs in "
        f"{told['steps']:,} steps of {told['batch']}, mean and standard deviation of {told['seeds']} seeds: rows "
        f"compare with each other, not with what ships. RMSE in dB above the floor on {told['examples']:,} pairs as "
        f"people bring them, of speakers and tracks of split {told['split']}; of wet, also of pairs with one effect "
        "that hears what was before. That PCA: of dry alone, with as many numbers, which the content begins as.\n",
        *table_of(facts["decoders"]),
    ]
    return "\n".join(lines) + "\n"
