"""What the page Report says of each figure, beside what is measured."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """title: of the figure. asked: what the report shows or asks there, in one sentence."""

    title: str
    asked: str


FIGURES = {
    "1": Words("Figure 1: clusters", "Delay and Overdrive at fixed knobs lie apart in the latent space."),
    "2": Words("Figure 2: Overdrive, rebuilt", "Both channels of one pair, dry and wet, and what the network keeps."),
    "3": Words("Figure 3: Delay, rebuilt", "The same for Delay: the echoes have to come back, too."),
    "4": Words(
        "Figure 4: from Delay to Overdrive",
        "One recording, the straight line between its two effects. “Ideally the top row should not change.”",
    ),
    "5": Words("Figure 5: from one voice to another", "Two recordings, both through Overdrive: now the top row moves."),
    "6": Words(
        "The question: UMAP or a bottleneck?",
        "Which two to eight numbers can be played with to find similar settings: those of UMAP, or of a bottleneck "
        "with sampling and KL divergence (KLD)?",
    ),
}
"""By the name under which the address and the presenter's view know it."""
