"""A dry and a wet sound as they are compared: aligned, at their own rate and in their own channels."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.audio import SAMPLE_RATE
from core.audio.channels import centred, without_offset
from core.audio.distance import FarFrom
from core.audio.given import checked_rate, checked_sound
from core.audio.io import MIN_SECONDS, AudioError, check
from core.audio.measure import REFERENCE_LUFS, gain_to, loudness_lufs
from core.audio.rate import as_heard, resampled
from core.effects import Chain, Setting, effect_named
from core.effects.render import NoSound, through
from core.match.align import loudest
from core.match.watch import NOBODY, Watch

CLEARLY = 0.9
"""Of a distance: what is below that is nearer."""

_JUDGED_S = 10.0
_KEPT = 12  # sounds between two effects: the knobs of three of them are turned one by one, the last ones first to mind
_WARM_S = 1.5  # of the dry sound that an effect hears before what is judged, so that echoes and tails are there


@dataclass(frozen=True, eq=False)
class Pair:
    """dry and wet, (time,) or (channel, time), of one length at sample_rate Hz, without the lag between them.

    As a whole, the dry recording is at the reference loudness; wet is turned by the same gain. dry_lufs: loudness of
    dry, which may be a part of it. before_s: what of it was cut away in front; before (..., time): the end of that,
    which effects still hear. inverted: whether wet's polarity is turned.
    """

    dry: np.ndarray
    wet: np.ndarray
    sample_rate: int
    dry_lufs: float
    before_s: float
    before: np.ndarray
    inverted: bool = False

    @classmethod
    def of(cls, dry: np.ndarray, wet: np.ndarray, sample_rate: int, lag: int, inverted: bool) -> "Pair":
        """Two sounds as they were brought, but without a lag in samples; AudioError where too little is left."""
        gain = np.float32(gain_to(dry, sample_rate=sample_rate))
        cut, whole = max(0, -lag), dry.shape[-1]
        before = dry[..., max(0, cut - round(_WARM_S * sample_rate)) : cut] * gain
        dry, wet = dry[..., cut:], wet[..., max(0, lag) :]
        length = min(dry.shape[-1], wet.shape[-1])
        dry, wet = dry[..., :length], wet[..., :length]
        checked(dry, "The dry sound, in what both sounds have in common,", sample_rate)
        checked(wet, "The wet sound, in what both sounds have in common,", sample_rate)
        dry, wet = dry * gain, wet * gain
        dry_lufs = REFERENCE_LUFS if length == whole else loudness_lufs(dry, sample_rate)
        return cls(dry, wet, sample_rate, dry_lufs, cut / sample_rate, before, inverted)

    @cached_property
    def level_db(self) -> float:
        """How much louder wet is than dry, in dB (LU); of what is too soft to have a loudness 0."""
        louder_db = loudness_lufs(self.wet, self.sample_rate) - self.dry_lufs
        return louder_db if np.isfinite(louder_db) else 0.0

    @property
    def as_heard(self) -> tuple[np.ndarray, np.ndarray]:
        """dry and wet (time,): mono at 24 kHz, without an offset, wet as loud as dry and with its polarity."""
        turn = (-1 if self.inverted else 1) * 10 ** (-self.level_db / 20)
        dry, wet = (centred(as_heard(sound, self.sample_rate)) for sound in (self.dry, self.wet))
        return dry, wet * np.float32(turn)

    @property
    def as_read(self) -> tuple[np.ndarray, np.ndarray]:
        """The same as the models hear it: at the reference loudness."""
        dry, wet = self.as_heard
        gain = np.float32(10 ** ((REFERENCE_LUFS - self.dry_lufs) / 20) if np.isfinite(self.dry_lufs) else 1)
        return dry * gain, wet * gain

    def dry_from(self, start: int, stop: int) -> np.ndarray:
        """Samples start ... stop of dry, (..., time); those before 0 are of `before`."""
        if start >= 0:
            return self.dry[..., start:stop]
        return np.concatenate([self.before[..., self.before.shape[-1] + start :], self.dry[..., :stop]], axis=-1)


@dataclass(frozen=True)
class Candidate:
    """A chain (empty: nothing is done) that may explain a pair.

    studio_rate: what its effects work at, in Hz. began_s: how long each of them had been at work when the recording
    began, () for not at all; it matters where one does something by itself. Distance and sound are computed when they
    are asked for.
    """

    pair: Pair
    chain: Chain
    studio_rate: int
    began_s: tuple[float, ...] = ()

    @property
    def setting(self) -> Setting | None:
        """All there is in its chain, None where that is nothing or more than one effect."""
        return self.chain.settings[0] if len(self.chain.settings) == 1 else None

    @cached_property
    def distance(self) -> float:
        """MR-STFT distance of its sound from the wet one, both equally strong; of long sounds the most telling 10 s.

        Infinite where its effects make no sound: so it loses against every other.
        """
        return Ear(self.pair).distance(self)

    @cached_property
    def sound(self) -> np.ndarray:
        """The dry sound through it, in the shape and at the rate of the pair, as strong as the wet one."""
        return self.part(0.0, self.pair.dry.shape[-1] / self.pair.sample_rate)

    def part(self, start_s: float, stop_s: float) -> np.ndarray:
        """Some of `sound`, (time,) or (channel, time); of part of a long sound its own level counts."""
        rate = self.pair.sample_rate
        cut = slice(round(start_s * rate), round(stop_s * rate))
        sound, wet = self.pair.dry[..., cut], self.pair.wet[..., cut]
        if self.chain.settings:
            warm = min(cut.start + self.pair.before.shape[-1], round(_WARM_S * rate))
            made = resampled(self.pair.dry_from(cut.start - warm, cut.stop), rate, self.studio_rate)
            for number in range(len(self.chain.settings)):
                made = self.through(number, made, (cut.start - warm) / rate)
            sound = fit(resampled(made, self.studio_rate, rate)[..., warm:], sound.shape[-1])
        return as_strong(sound, wet)

    def through(self, number: int, sound: np.ndarray, at_s: float) -> np.ndarray:
        """What effect 0, 1, ... makes of a sound at the studio's rate that begins so far into the pair; or NoSound.

        It waits in silence until it is where it was then.
        """
        setting, began_s = self.chain.settings[number], self.began_s[number] if self.began_s else 0.0
        lead_s = (began_s + self.pair.before_s + at_s) % period_s(setting)
        return through(sound, setting, self.studio_rate, lead_s)


class Ear:
    """The most telling 10 s of a pair, heard through any chain: mono at 24 kHz. dry, wet (time,): as loud as each
    other. watch: of whoever waits for what is searched by it."""

    def __init__(self, pair: Pair, watch: Watch = NOBODY) -> None:
        self.pair, self.watch = pair, watch
        dry, wet = pair.as_heard
        begin = loudest(dry, int(_JUDGED_S * SAMPLE_RATE))
        heard = slice(begin, min(begin + int(_JUDGED_S * SAMPLE_RATE), len(dry)))
        self.dry, self.wet, self.begin_s = dry[heard], wet[heard], begin / SAMPLE_RATE
        self._studios: dict[int, np.ndarray] = {}
        self._begun: OrderedDict[tuple, np.ndarray] = OrderedDict()
        self._turn = threading.Lock()  # several threads hear through one ear

    @cached_property
    def warm_s(self) -> float:
        return min(self.begin_s + self.pair.before.shape[-1] / self.pair.sample_rate, _WARM_S)

    def samples(self, of_dry: bool = False) -> np.ndarray:
        """The wet sound (or the dry one) as it was brought, in the telling channel, at the pair's own rate: (time,)."""
        return self.told(self._judged(self.pair.dry if of_dry else self.pair.wet))

    def told(self, sound: np.ndarray) -> np.ndarray:
        """The channel (time,) of a sound, (time,) or (channel, time), whose samples tell most: where wet is
        strongest."""
        return sound if sound.ndim == 1 else sound[self._strongest]

    @cached_property
    def _strongest(self) -> int:
        return int(self._judged(self.pair.wet).var(axis=-1).argmax())

    def _judged(self, sound: np.ndarray) -> np.ndarray:
        rate = self.pair.sample_rate
        return sound[..., round(self.begin_s * rate) : round((self.begin_s + len(self.wet) / SAMPLE_RATE) * rate)]

    def studio(self, rate: int) -> np.ndarray:
        """The dry sound at a rate in Hz, in all its channels, with what comes before what is judged."""
        if rate not in self._studios:
            own = self.pair.sample_rate
            start, stop = self.begin_s - self.warm_s, self.begin_s + len(self.dry) / SAMPLE_RATE
            self._studios[rate] = resampled(self.pair.dry_from(round(start * own), round(stop * own)), own, rate)
        return self._studios[rate]

    @cached_property
    def _loud_wet(self) -> np.ndarray:
        return without_offset(self.wet * np.float32(gain_to(self.wet)))

    @cached_property
    def _far(self) -> FarFrom:
        return FarFrom(self._loud_wet)

    def hear(self, candidate: Candidate, start: int = 0, stop: int | None = None) -> np.ndarray:
        """What a candidate's plugins make of samples start ... stop of `dry`: (time,), at any level; or NoSound."""
        stop = len(self.wet) if stop is None else stop
        sound = self.behind(candidate, len(candidate.chain.settings), start, stop)
        return fit(as_heard(sound, candidate.studio_rate), stop - start)

    def behind(self, candidate: Candidate, count: int, start: int, stop: int) -> np.ndarray:
        """The same behind the first `count` effects, in all channels and at the studio's rate."""
        warm = round(self._warm_s(start) * candidate.studio_rate)
        return self._behind(candidate, count, start, stop)[..., warm:]

    def _warm_s(self, start: int) -> float:
        return min(start / SAMPLE_RATE + self.warm_s, _WARM_S)

    def _behind(self, candidate: Candidate, count: int, start: int, stop: int) -> np.ndarray:
        """The same with what comes before; kept for a while where others follow, as a polish turns the knobs of
        those."""
        rate, chain = candidate.studio_rate, candidate.chain.settings
        first = start / SAMPLE_RATE + self.warm_s
        warm = self._warm_s(start)
        if not count:
            last = stop / SAMPLE_RATE + self.warm_s
            return self.studio(rate)[..., round((first - warm) * rate) : round(last * rate)]
        key = (chain[:count], candidate.began_s[:count], rate, start, stop)
        with self._turn:
            if (found := self._begun.get(key)) is not None:
                self._begun.move_to_end(key)
                return found
        before = self._behind(candidate, count - 1, start, stop)
        found = candidate.through(count - 1, before, self.begin_s + start / SAMPLE_RATE - warm)
        if count < len(chain):
            with self._turn:
                self._begun[key] = found
                if len(self._begun) > _KEPT:
                    self._begun.popitem(last=False)
        return found

    def distance(self, candidate: Candidate) -> float:
        """See Candidate.distance, which is kept from then on."""
        if "distance" in vars(candidate):
            return candidate.distance
        try:
            sound = self.hear(candidate) if candidate.chain.settings else self.dry
        except NoSound:
            return vars(candidate).setdefault("distance", np.inf)
        # Converters and readers of files take away an offset that an effect leaves, as of asymmetric sounds.
        return vars(candidate).setdefault("distance", self._far(as_strong(without_offset(sound), self._loud_wet)))


def checked(audio: np.ndarray, name: str, sample_rate: int) -> np.ndarray:
    """audio as float32, (time,) or (channel, time), without an offset, as files are read; AudioError where there is
    nothing to work with, or no rate."""
    audio, sample_rate = checked_sound(audio, name), checked_rate(sample_rate)
    if audio.shape[-1] < MIN_SECONDS * sample_rate:
        raise AudioError(f"{name} is empty or shorter than {MIN_SECONDS} s. Please choose a longer one.")
    with np.errstate(invalid="ignore"):  # what is no number is refused below
        audio = np.reshape([centred(channel, sample_rate) for channel in np.atleast_2d(audio)], audio.shape)
    check(as_heard(audio, sample_rate), name)
    return audio


def as_strong(sound: np.ndarray, other: np.ndarray) -> np.ndarray:
    """sound with as much power as another, offsets aside; loudness would not do: its gates let less of a softer sound
    pass."""
    power, wanted = float(sound.var()), float(other.var())
    return np.asarray(sound * np.float32(np.sqrt(wanted / max(power, 1e-20))), dtype=np.float32)


def period_s(setting: Setting) -> float:
    """Seconds after which an effect that waits does the same again; of one that does nothing by itself any will do."""
    knobs = zip(effect_named(setting.effect).parameters, setting.physical.values(), strict=True)
    return next((1 / value for parameter, value in knobs if parameter.role in ("rate", "hold")), 1e-9)


def fit(sound: np.ndarray, samples: int) -> np.ndarray:
    """sound (..., time) cut to so many samples, or ended in silence: rates round differently."""
    short = max(0, samples - sound.shape[-1])
    return np.pad(sound[..., :samples], [*[(0, 0)] * (sound.ndim - 1), (0, short)]) if short else sound[..., :samples]
