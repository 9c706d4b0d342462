"""A checkpoint folder to the Hub: verified first, shown, then sent in one commit."""

from dataclasses import dataclass
from pathlib import Path

import tyro

from core.checkpoints import hub
from core.checkpoints.limits import FILES, CheckpointError
from training import card


@dataclass(frozen=True)
class PublishRun:
    """Send a checkpoint FOLDER to the Hub as ORG/NAME, in one commit; the token comes from HF_TOKEN."""

    folder: tyro.conf.Positional[Path]
    repository: tyro.conf.Positional[str]
    tag: str | None = None  # a name for this commit, such as v1
    dry_run: bool = False  # verify and show, send nothing


def publish(run: PublishRun) -> None:
    """Load the folder strictly, write its card where it has none, show what is sent, and send it.

    Leaves with one sentence where the folder, the network or the Hub is to blame.
    """
    try:
        wanted = hub.Reference.parse(run.repository if run.tag is None else f"{run.repository}@{run.tag}")
        hub.verify(run.folder)
        if not (run.folder / "README.md").is_file():
            _write_card(run.folder)
        print(describe(run.folder, wanted))
        if not run.dry_run:
            print(f"Published as commit {hub.publish(run.folder, run.repository, run.tag)}.")
    except CheckpointError as error:
        raise SystemExit(f"{error}") from error


def _write_card(folder: Path) -> None:
    """Write the model card; CheckpointError where config.json, which may tell anything, does not tell what it needs."""
    try:
        card.write(folder)
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        raise CheckpointError(
            f"{folder.name}: no model card can be written from what config.json says of training and scores. Please "
            "write a README.md yourself."
        ) from error


def describe(folder: Path, wanted: hub.Reference) -> str:
    """The files with their sizes, and the head of the model card, as they are sent; CheckpointError without a head."""
    try:
        head = (folder / "README.md").read_text(encoding="utf-8").split("---\n")
    except UnicodeDecodeError as error:
        raise CheckpointError(
            f"{folder.name}: README.md is not text in UTF-8. Please save it so, or delete it for a new one."
        ) from error
    if len(head) < 3 or head[0]:
        raise CheckpointError(
            f"{folder.name}: README.md has no front matter. Please delete it; publishing writes a new one."
        )
    files = [folder / name for name in FILES if (folder / name).is_file()]
    lines = [f"To {wanted}:", *(f"  {file.name}  {file.stat().st_size:,} bytes" for file in files)]
    return "\n".join([*lines, "Model card:", *(f"  {line}" for line in head[1].splitlines())])
