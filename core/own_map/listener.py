"""What is heard of one recording under one setting after another."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from core.audio.measure import brightness_hz, gain_to, loudness_lufs
from core.audio.spectrogram import fit
from core.effects import Chain
from core.effects.render import NoSound, make_up, through


class Encoder(Protocol):
    """Of core.models.codec.Codec."""

    def encode_part(self, pairs: np.ndarray, part: slice) -> np.ndarray: ...


class Listener:
    """Listens to a recording dry (time,), at 24 kHz, through chains. All that is the same for each is done once.

    part: of z that is wanted. Sounds end in silence, so that what an effect leaves behind is heard.
    """

    def __init__(self, encoder: Encoder, part: slice, dry: np.ndarray, samples: int) -> None:
        self._encoder, self._part = encoder, part
        dry = fit(dry, samples)
        self._gain = gain_to(dry)
        self._dry = dry * np.float32(self._gain)

    def rows(self, chains: Sequence[Chain]) -> np.ndarray:
        """(chain, part + 2), float32: z, loudness in LUFS and brightness in Hz of the wet sounds; NaN where there is
        none."""
        wets = [self._wet(chain) for chain in chains]
        heard = [wet for wet in wets if wet is not None]
        size = self._part.stop - self._part.start
        rows = np.full((len(chains), size + 2), np.nan, dtype=np.float32)
        if heard:
            z = self._encoder.encode_part(np.stack([np.stack([self._dry, wet]) for wet in heard]), self._part)
            level_db = 20 * np.log10(self._gain)
            measured = [(loudness_lufs(wet) - level_db, brightness_hz(wet)) for wet in heard]
            rows[[wet is not None for wet in wets]] = np.concatenate([z, np.array(measured)], axis=1)
        return rows

    def _wet(self, chain: Chain) -> np.ndarray | None:
        """As `render` makes it of dry at the reference loudness; None where it is no sound."""
        try:
            wet = through(self._dry, chain)
        except NoSound:
            return None
        return wet * np.float32(make_up(self._dry, wet, chain))
