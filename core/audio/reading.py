"""The parts of a file, decoded, mixed down and joined; and what there is to say of them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import zip_longest
from typing import NamedTuple

import numpy as np

from core.audio import SAMPLE_RATE
from core.audio.channels import SILENT, Mixture, is_silent
from core.audio.containers.part import Part
from core.audio.decoders import Decoder, Missing, Undecodable, opened, opened_otherwise
from core.audio.rate import Resampling

MAX_SECONDS = 600.0
LATEST_S = 4 * 3600.0
"""Where in a longer recording a stretch may begin."""
MAX_SAMPLES = 2**27
"""Of all channels together: ten minutes of stereo at 96 kHz, some two seconds of decoding."""
RATES_HZ = 2_000, 768_000
FORMATS = "WAV, FLAC, OGG, MP3, AIFF, M4A or WebM"
EXPORT = "Please export it again as WAV or FLAC"
_CONVERT = "Please run `pip install av`, or open it in Audacity and choose File, Export Audio, WAV"
_TRACKS, _LOOKED_AT = 8, 2**24  # of a film whose first sound track is silent, and samples of all together
_SHORT_S = 0.15  # by which what a file claims and what it gives may differ: encoders pad


class AudioError(ValueError):
    """A recording that cannot be used, with the reason and the remedy in plain words."""


class TooLong(AudioError):
    """A recording of which a stretch has to be chosen."""


class NothingThere(AudioError):
    """A stretch that would begin behind the recording's end."""


class _Take(NamedTuple):
    """What was decoded of a part: audio (time,) at 24 kHz. lasts_s, gaps_s, track, tracks: see Decoder."""

    audio: np.ndarray
    lasts_s: float | None
    gaps_s: float
    broken: bool
    mixture: Mixture
    track: int
    tracks: int

    @property
    def seconds(self) -> float:
        return len(self.audio) / SAMPLE_RATE

    @property
    def silent(self) -> bool:
        return not len(self.audio) or is_silent(self.audio)


def _track_that_sounds(part: Part, behind: int, skip_s: float, wanted_s: float) -> int | None:
    """Of the sound tracks behind a silent one, the one that is heard first; None where none is, as far as is looked."""
    with ExitStack() as stack:
        decoders: dict[int, Decoder] = {}
        for track in range(behind + 1, behind + _TRACKS):
            with suppress(Undecodable):
                decoder = stack.enter_context(opened(part, skip_s > 0, track))
                decoders[decoder.track] = decoder
        looked_at = 0
        for blocks in zip_longest(*(_stretch(decoder, skip_s, wanted_s) for decoder in decoders.values())):
            for track, block in zip(decoders, blocks, strict=True):
                if block is not None and np.ptp(block) > 2 * SILENT:
                    return track
                looked_at += 0 if block is None else block.size
            if looked_at > _LOOKED_AT:
                break
    return None


def _stretch(decoder: Decoder, skip_s: float, wanted_s: float) -> Iterator[np.ndarray]:
    """The blocks of a stretch, as far as they can be read."""
    if skip_s:
        decoder.skip(skip_s)
    left = wanted_s * decoder.rate
    with suppress(Undecodable):
        for block in decoder.blocks():
            yield block
            if (left := left - len(block)) <= 0:
                break


@dataclass
class Reading:
    """The stretch of a file that is wanted, out of its parts as they come.

    label: what messages call the file. start_s, seconds: the stretch; None: to the end, which must be near enough.
    track: which sound track was used last.
    """

    label: str
    start_s: float
    seconds: float | None
    track: int = 1
    _before_s: float = 0.0  # what the parts so far last
    _taken: list[np.ndarray] = field(default_factory=list)
    _notes: list[str] = field(default_factory=list)
    _refused: list[Undecodable] = field(default_factory=list)

    def look(self, parts: Sequence[Part]) -> None:
        """Refuse joined recordings that claim, together, to be too much, before the first is decoded."""
        claimed_s = sum(part.claimed_s or 0.0 for part in parts)
        if self.seconds is None and len(parts) > 1 and claimed_s - self.start_s > MAX_SECONDS + 1:
            raise TooLong(
                f"{self.label} holds {len(parts)} recordings, {claimed_s / 60:,.0f} min in all: too much to load. "
                f"Please choose a stretch of it, or cut it to {MAX_SECONDS / 60:.0f} min or less."
            )

    def take(self, part: Part) -> None:
        """Decode what is wanted of the next part. AudioError where that is too much, or at an odd rate."""
        wanted_s = (self.seconds or MAX_SECONDS) - sum(map(len, self._taken)) / SAMPLE_RATE
        if self.seconds and wanted_s <= 0:
            return
        skip_s = max(self.start_s - self._before_s, 0.0)
        try:
            take = self._best(part, self._first_that_sounds(part, skip_s, wanted_s), skip_s, wanted_s)
        except Undecodable as error:
            self._refused.append(error)
            return
        self._before_s += skip_s + take.seconds if len(take.audio) else part.claimed_s or take.lasts_s or 0.0
        self._taken.append(take.audio)
        if (alone := take.mixture.alone) is not None:
            self._say(
                "has channels that cancel each other where they are averaged "
                f"({100 * take.mixture.lost:.0f} % of the sound would be lost); where one is needed, channel "
                f"{alone + 1} is used"
            )
        for note in part.notes:
            self._say(note)

    def done(self, parts: int) -> tuple[np.ndarray, list[str]]:
        """All that was taken (time,), and notes that go on after the file's name. AudioError where there is nothing."""
        if not self._taken:
            error = self._refused[0]
            remedy = _CONVERT if isinstance(error, Missing) else EXPORT
            raise AudioError(f"{self.label} {error}. {remedy}.")
        if self._refused:
            self._say(f"holds {parts} recordings, one behind the other, of which {len(self._refused)} cannot be read")
        audio = self._taken[0] if len(self._taken) == 1 else np.concatenate(self._taken)
        if self.start_s and not len(audio):
            raise NothingThere(
                f"{self.label} lasts {self._before_s:.1f} s; nothing is there from {self.start_s:g} s on. Please begin "
                "earlier."
            )
        return audio, self._notes

    def _say(self, note: str) -> None:
        if note not in self._notes:
            self._notes.append(note)

    def _first_that_sounds(self, part: Part, skip_s: float, wanted_s: float) -> _Take:
        """What is wanted of a part, of its first sound track where none sounds; which one, where there are several."""
        take = self._heard(partial(opened, part, skip_s > 0), part, skip_s, wanted_s)
        if take.tracks > 1:
            if take.silent and (track := _track_that_sounds(part, take.track, skip_s, wanted_s)):
                take = self._heard(partial(opened, part, skip_s > 0, track), part, skip_s, wanted_s)
            used = f"track {take.track} is used" if not take.silent else "none that was looked at sounds"
            self._say(f"holds {take.tracks} sound tracks; {used}")
        self.track = take.track
        return take

    def _best(self, part: Part, take: _Take, skip_s: float, wanted_s: float) -> _Take:
        """What is wanted of a part, by the decoder that reads more of it; a note where that is less than it claims."""
        claimed_s, heard_s = part.claimed_s or take.lasts_s or 0.0, skip_s + take.seconds
        short_s = max(_SHORT_S, part.padded_s)
        enough = heard_s > claimed_s - short_s or (self.seconds is not None and take.seconds > wanted_s - _SHORT_S)
        if take.gaps_s:
            self._say(f"has gaps, in which {take.gaps_s:.1f} s are missing or could not be read")
        if enough and not take.broken:
            return take
        if enough and part.searched:  # it holds what it claims, and rubbish behind that
            return self._heard(partial(opened, part, True, take.track), part, skip_s, wanted_s)
        with suppress(Undecodable):
            other = self._heard(partial(opened_otherwise, part, take.track), part, skip_s, wanted_s)
            if other.seconds > take.seconds + _SHORT_S:
                self._say(f"is damaged after {heard_s:.1f} s; what could be read behind that is used")
                return other
        if enough:
            self._say(f"is damaged at its end, after {heard_s:.1f} s")
        elif part.kind == "OGG":  # its end is there: that is where its length stands
            self._say(f"is damaged: {heard_s:.1f} of {claimed_s:.1f} s could be read")
        elif heard_s + take.gaps_s < claimed_s - short_s:
            self._say(f"ends early: {heard_s:.1f} of {claimed_s:.1f} s")
        return take

    def _heard(
        self, opening: Callable[[], AbstractContextManager[Decoder]], part: Part, skip_s: float, wanted_s: float
    ) -> _Take:
        """What a decoder makes of a part; where its channels cancel, decoded once more, for one of them."""
        with opening() as decoder:
            most = self._most_frames(decoder, part, wanted_s)
            mixture = Mixture(decoder.channels, decoder.rate)
            audio, broken = self._mono(decoder, skip_s, most, mixture.averaged)
        if (alone := mixture.alone) is not None:
            with opening() as decoder:
                audio, broken = self._mono(decoder, skip_s, most, lambda block: block[:, alone])
        elif mixture.gain != 1:
            audio *= np.float32(mixture.gain)
        return _Take(audio, decoder.seconds, decoder.gaps_s, broken, mixture, decoder.track, decoder.tracks)

    def _most_frames(self, decoder: Decoder, part: Part, wanted_s: float) -> int:
        """So many frames may come; AudioError where a whole file says that it has more, or for an odd rate."""
        if not RATES_HZ[0] <= decoder.rate <= RATES_HZ[1]:
            raise AudioError(f"{self.label} has a sample rate of {decoder.rate:,} Hz. Please export it at 44,100 Hz.")
        most = min(int(wanted_s * decoder.rate), MAX_SAMPLES // decoder.channels)
        rest_s = (decoder.seconds or part.claimed_s or 0.0) - max(self.start_s - self._before_s, 0.0)
        if self.seconds is None and rest_s * decoder.rate > most + 1:
            raise self._too_much(decoder, rest_s)
        return most

    def _too_much(self, decoder: Decoder, seconds: float, more: str = "") -> TooLong:
        return TooLong(
            f"{self.label} lasts {more}{(self._before_s + seconds) / 60:,.0f} min in {decoder.channels} channel(s) at "
            f"{decoder.rate:,} Hz: too much to load. Please choose a stretch of it, or cut it to "
            f"{MAX_SECONDS / 60:.0f} min or less, in one or two channels at 48,000 Hz."
        )

    def _mono(
        self, decoder: Decoder, skip_s: float, most: int, heard: Callable[[np.ndarray], np.ndarray]
    ) -> tuple[np.ndarray, bool]:
        """Up to `most` frames as mono (time,) at 24 kHz, and whether the file broke off. heard: from block to mono."""
        if skip_s:
            decoder.skip(skip_s)
        made, frames, broken = Resampling(decoder.rate), 0, False
        blocks = decoder.blocks()
        try:
            for block in blocks:
                frames += len(block)
                if frames > most and self.seconds is None:
                    raise self._too_much(decoder, most / decoder.rate, "more than ")
                with np.errstate(all="ignore"):  # what is no number, or far too loud, is refused in the end
                    made.take(heard(block[: most - frames + len(block)]))
                if frames >= most and self.seconds is not None:
                    break
        except Undecodable:
            broken = True
        with np.errstate(all="ignore"):
            return made.done(), broken
