"""The answer as a path: from the dry sound, to which nothing is done, to the chain that was found."""

import numpy as np

from core.audio import SAMPLE_RATE
from core.audio.own import Own
from core.effects import Chain
from core.effects.automation import Node
from core.effects.chain import plainest
from core.paths.path_file import End, PathFile, fingerprint
from core.paths.route import Route
from pages.match.answers import Found
from pages.match.question import Question
from pages.shared import recordings
from pages.shared.controls import CLIP_LABELS
from pages.shared.results import checkpoints, sounds


def dry_of(question: Question) -> Own:
    """What a path is made of: 5.46 s of the dry sound as it was brought, from the whole second on where that begins;
    AudioError where they cannot be used."""
    if question.clip in CLIP_LABELS:
        return sounds.stretched(Own.of(question.dry), True)
    return sounds.stretched(recordings.segment(recordings.shelf()[question.clip], question.start_s), True)


def file(found: Found, dry: np.ndarray, name: str) -> PathFile:
    """The file that the page Interpolate makes of the two ends, too. dry (time,): of `dry_of`; name: of its recording.

    Its knobs are exactly those that were found; the page's sliders take the nearest of their steps.
    """
    explorer, question = checkpoints.explorer(found.checkpoint), found.question
    ends = Chain(), plainest(found.shown.chain)
    walk = explorer.interpolate([(dry, sounds.wet(dry, end)) for end in ends], Route())
    nodes = [Node(float(at), blend) for at, blend in zip(walk.position, explorer.blends(walk, ends), strict=True)]
    begun = name, round(SAMPLE_RATE * start_s(question))
    return PathFile(
        found.checkpoint,
        checkpoints.fingerprint(found.checkpoint),
        tuple(End(*begun, end, fingerprint(dry)) for end in ends),
        walk.route,
        nodes=tuple(nodes),
    )


def start_s(question: Question) -> float:
    """Where what a path is made of begins in the clip, or in the visitor's recording."""
    if question.clip in CLIP_LABELS:
        return question.start_s
    brought = recordings.shelf().get(question.clip)
    return recordings.segment_start_s(brought, question.start_s) if brought else int(question.start_s)


def name_of(question: Question) -> str:
    """Of the dry sound's recording, as a path file names it."""
    return question.clip if question.clip in CLIP_LABELS else recordings.shelf()[question.clip].name
