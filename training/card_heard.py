"""What ear models say of decoded sounds, as a section of the model card."""

from typing import Any

from training.card_scores import Cells, known

EARS = {"pesq": "PESQ-WB", "visqol": "ViSQOL"}
ROUTES = {
    "dry.decoded_own_phase": "dry decoded, Griffin-Lim from its own phase",
    "dry.decoded_random_phase": "dry decoded, Griffin-Lim from random",
    "dry.true_own_phase": "dry, true spectrogram, Griffin-Lim from its own phase",
    "dry.true_random_phase": "dry, true spectrogram, Griffin-Lim from random",
    "wet.decoded": "wet decoded, transfer",
    "wet.true": "wet, true spectrograms, transfer",
    "wet.controller": "wet, the setting that the controller reads off z, rendered",
    "wet.do_nothing": "do nothing: the dry sound for the wet one",
}
BY_EFFECT = ("decoded", "do_nothing", "true", "controller")


def heard(scores: dict[str, Any], kind: str = "") -> str:
    """scores: of one evaluation, with what ear models said. kind: what it was called, as "music"."""
    found, cell = scores["heard"], Cells(scores)
    counts = ", ".join(
        f"{words} {found[ear]['pairs']} pairs ({found[ear]['left_out']} more left out, as it takes no silence, or "
        "finds no utterance)"
        for ear, words in EARS.items()
    )
    above = " and ".join(
        f"for {found[ear]['above_do_nothing']} of {len(found[ear]['by_effect'])} by {words}"
        for ear, words in EARS.items()
        if "by_effect" in found[ear]
    )
    effects = found["pesq"].get("by_effect", ())
    columns = "|".join(f"{words}: {route.replace('_', ' ')}" for words in EARS.values() for route in BY_EFFECT)
    return "\n".join([
        f"## By ear{': ' if kind else ''}{kind}\n",
        "Mean opinion score of a sound against the true one, by models of the ear: PESQ-WB ends at 4.64, ViSQOL in "
        f"audio mode at 4.73. Split {found['split']} of {found['corpus']}; {counts}. The decoded wet sound is above "
        f"doing nothing {above}.\n",
        *known("sound|" + "|".join(EARS.values()), [
            cell.row(words, *(f"heard.{ear}.{route}" for ear in EARS)) for route, words in ROUTES.items()
        ]),
        *known(f"wet by effect|{columns}", [
            cell.row(effect, *(f"heard.{ear}.by_effect.{effect}.{route}" for ear in EARS for route in BY_EFFECT))
            for effect in effects
        ]),
    ])  # fmt: skip
