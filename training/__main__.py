"""The command line: `python -m training COMMAND`, see `--help` of each."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from core.audio.io import AudioError
from core.checkpoints.limits import CheckpointError
from training import atlas, controller, corpus, evaluate, publish, vae
from training.atlas import AtlasRun
from training.calibration import CalibrateRun, calibrate
from training.config import ControllerRun, VAERun
from training.debian.music import MUSIC
from training.debian.packages import fetch
from training.debian.speech import SPEECH
from training.evaluate import EvaluateRun
from training.experiments import ablation, commuting, decoders, fading, likeness, phase, stability, study, vocoder
from training.experiments.ablation import AblationRun
from training.experiments.commuting import CommutingRun
from training.experiments.decoders import DecodersRun
from training.experiments.fading import FadingRun
from training.experiments.likeness import LikenessRun
from training.experiments.phase import PhaseRun
from training.experiments.stability import StabilityRun
from training.experiments.study import StudyRun
from training.experiments.vocoder import VocoderRun
from training.limits import LimitsRun, limits
from training.options import at_home, once, refuse
from training.publish import PublishRun
from training.refine import RefineRun, refine
from training.teach import TeachRun, teach


@dataclass(frozen=True)
class CorpusRun:
    """Pack a corpus: decode every recording under FOLDER/<speaker>/ once, so that training can map it."""

    folder: tyro.conf.Positional[Path]
    debian: Literal["speech", "music"] | None = None  # first build a free corpus there, out of Debian packages
    valid: tuple[str, ...] = ()  # speakers for curves and choices; default: as splits.txt says, else by a hash of names
    calibration: tuple[str, ...] = ()  # speakers for ranges and limits
    test: tuple[str, ...] = ()  # speakers for figures, read once, at the end; all others are trained on


Run = (
    Annotated[CorpusRun, tyro.conf.subcommand("corpus", description=CorpusRun.__doc__)]
    | Annotated[VAERun, tyro.conf.subcommand("vae", description=VAERun.__doc__)]
    | Annotated[TeachRun, tyro.conf.subcommand("teach", description=TeachRun.__doc__)]
    | Annotated[RefineRun, tyro.conf.subcommand("refine", description=RefineRun.__doc__)]
    | Annotated[ControllerRun, tyro.conf.subcommand("controller", description=ControllerRun.__doc__)]
    | Annotated[CalibrateRun, tyro.conf.subcommand("calibrate", description=CalibrateRun.__doc__)]
    | Annotated[LimitsRun, tyro.conf.subcommand("limits", description=LimitsRun.__doc__)]
    | Annotated[AtlasRun, tyro.conf.subcommand("atlas", description=AtlasRun.__doc__)]
    | Annotated[EvaluateRun, tyro.conf.subcommand("evaluate", description=EvaluateRun.__doc__)]
    | Annotated[AblationRun, tyro.conf.subcommand("ablation", description=AblationRun.__doc__)]
    | Annotated[DecodersRun, tyro.conf.subcommand("decoders", description=DecodersRun.__doc__)]
    | Annotated[StabilityRun, tyro.conf.subcommand("stability", description=StabilityRun.__doc__)]
    | Annotated[StudyRun, tyro.conf.subcommand("study", description=StudyRun.__doc__)]
    | Annotated[PhaseRun, tyro.conf.subcommand("phase", description=PhaseRun.__doc__)]
    | Annotated[CommutingRun, tyro.conf.subcommand("commuting", description=CommutingRun.__doc__)]
    | Annotated[FadingRun, tyro.conf.subcommand("fading", description=FadingRun.__doc__)]
    | Annotated[LikenessRun, tyro.conf.subcommand("likeness", description=LikenessRun.__doc__)]
    | Annotated[VocoderRun, tyro.conf.subcommand("vocoder", description=VocoderRun.__doc__)]
    | Annotated[PublishRun, tyro.conf.subcommand("publish", description=PublishRun.__doc__)]
)


def main() -> None:
    try:
        run = at_home(tyro.cli(Run, prog="python -m training"))  # type: ignore[call-overload]
        once(run, sys.argv[1:])
        refuse(run)
        carry_out(run)
    except (CheckpointError, AudioError) as error:  # in plain words already
        raise SystemExit(str(error)) from error
    except OSError as error:  # a full disk, a folder that is not to be written
        raise SystemExit(f"{error}.") from error
    except RuntimeError as error:
        if "shared memory" not in str(error):
            raise
        raise SystemExit(
            "There is too little shared memory (/dev/shm) for processes that render. Please use --workers 0, or give a "
            "container more: docker run --shm-size 4g."
        ) from error


def carry_out(run: Any) -> None:
    """Run a command."""
    match run:
        case CorpusRun(folder, from_debian, valid, calibration, test):
            if from_debian:
                fetch({"speech": SPEECH, "music": MUSIC}[from_debian], folder)
            corpus.pack(folder, {"valid": valid, "calibration": calibration, "test": test})
        case VAERun() as run:
            print(f"Checkpoint: {vae.train(run)}")
        case TeachRun() as run:
            print(f"Checkpoint: {teach(run)}")
        case RefineRun() as run:
            print(f"Checkpoint: {refine(run)}")
        case ControllerRun() as run:
            print(f"Controller {run.name}: {controller.train(run)}")
        case CalibrateRun() as run:
            calibrate(run)
        case LimitsRun() as run:
            limits(run)
        case AtlasRun() as run:
            print(f"Atlas: {atlas.build(run)}")
        case EvaluateRun() as run:
            evaluate.evaluate(run)
        case AblationRun() as run:
            ablation.ablate(run)
        case DecodersRun() as run:
            decoders.compare(run)
        case StabilityRun() as run:
            print(f"Curves: {stability.compare(run)}")
        case StudyRun() as run:
            study.study(run)
        case PhaseRun() as run:
            print(f"Comparison: {phase.compare(run)}")
        case CommutingRun() as run:
            print(f"Table: {commuting.measure(run)}")
        case FadingRun() as run:
            print(f"Tables: {fading.measure(run)}")
        case LikenessRun() as run:
            print(f"Likeness: {likeness.fit(run)}")
        case VocoderRun() as run:
            print(f"Heard: {vocoder.compare(run)}")
        case PublishRun() as run:
            publish.publish(run)


if __name__ == "__main__":
    main()
