"""Reconstructions: a pair of each effect beside what the model makes of it, heard and seen."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.clips import clip_segment, clips
from core.effects import Setting, effect_named, render
from core.explorer import Explorer
from pages.shared.ab_player import colour_stops, frequency_ticks
from pages.shared.figures.film_strip import pair_strip
from pages.shared.results.sounds import track_hz, track_of
from pages.static.text import apart, script
from pages.widgets import ab

MOST = 8


@dataclass(frozen=True)
class Pair:
    """key: names its script. words: how close the model came. strip: HTML."""

    key: str
    label: str
    words: str
    strip: str
    script: bytes


def made(explorer: Explorer) -> Iterator[Pair]:
    """A pair of each effect, MOST of them, every one over another recording, its knobs at their defaults."""
    recordings = clips()
    for number, name in enumerate(explorer.config.effects[:MOST]):
        clip = recordings[number * 5 % len(recordings)]
        yield _pair(explorer, f"pair-{number}", clip.name, clip.label, Setting(name, effect_named(name).defaults))


def _pair(explorer: Explorer, key: str, clip: str, clip_label: str, setting: Setting) -> Pair:
    dry = clip_segment(clip, 0)
    found = explorer.reconstruct(dry, render(dry, setting))
    texts = {
        "Dry": "the recording",
        "Wet": setting.text,
        "Dry, decoded": "rebuilt from its decoded spectrogram",
        "Wet, decoded": "the recording, changed in each band as decoded wet and dry spectrograms differ",
    }
    sounds = dict(zip(texts, (found.dry, found.wet, found.dry_decoded, found.wet_decoded), strict=True))
    message = ab.pack(
        {label: track_of(sound) for label, sound in sounds.items()}, list(texts.values()), version=key,
        rate=SAMPLE_RATE, seconds=SEGMENT / SAMPLE_RATE, start_s=0, ticks_hz=frequency_ticks(track_hz()),
        colours=colour_stops(),
    )  # fmt: skip
    words = "; ".join(
        f"{channel}: {rmse:.1f} dB off ({pca:.1f} dB by a PCA of as many numbers)"
        for channel, rmse, pca in zip(("Dry", "Wet"), found.rmse_db, found.pca_rmse_db, strict=True)
    )
    config, label = explorer.spectrogram_config, f"{setting.text} — {clip_label}"
    strip = pair_strip(found.original, found.decoded, config.bin_hz(), config.frame_s, f"Spectrograms, {label}")
    return Pair(key, label, words, strip, script(key, *apart(message)))
