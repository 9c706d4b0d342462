"""How near a decoded wet sound is to the true one, by every route back to sound."""

import numpy as np
import torch
from rich.progress import track

from core.audio.distance import mrstft
from core.audio.spectrogram import Spectrogram, prepare_pair
from core.explorer import SAME_AUDIO_ROUTE, Explorer
from training.pairs import Pairs
from training.scores.report import Report


def inversion(report: Report, explorer: Explorer, pairs: Pairs, count: int) -> None:
    """The decoded wet sound against the true one, by every route back to sound, beside doing nothing (the dry sound).

    mrstft: multi-resolution STFT distance; spectral_convergence_db: its first term at 2048 samples, in dB. Both fall
    as sounds come closer.
    """
    found: dict[str, list[tuple[float, float]]] = {}
    for index in track(range(count), description=f"Turning {count:,} spectrograms back into sound"):
        pair = pairs[index]
        dry, wet = prepare_pair(pair.dry, pair.wet, explorer.spectrogram_config.samples)
        decoded = explorer.decode(explorer.encode(dry, wet))
        sounds = {
            "do_nothing": dry,
            "griffin_lim_random": explorer.to_audio(decoded[:, 1:2])[0, 0],
            "griffin_lim_dry": explorer.to_audio(decoded[:, 1:2], dry)[0, 0],
            "transfer": explorer.transfer(decoded, dry)[0],
        }
        for route, sound in sounds.items():
            found.setdefault(route, []).append((mrstft(sound, wet), convergence_db(sound, wet, explorer)))
    effect, names = np.arange(count) % len(explorer.config.effects), explorer.config.effects
    for route, values in found.items():
        distance, convergence = np.array(values).T
        prefix = "" if route == SAME_AUDIO_ROUTE else f"{route}_"
        report.mean(f"inversion.{prefix}mrstft", distance)
        report.mean(f"inversion.{prefix}spectral_convergence_db", convergence)
        report.by_effect(f"inversion.{prefix}mrstft_by_effect", distance, effect, names)
    report.put("inversion.route", SAME_AUDIO_ROUTE)


def convergence_db(sound: np.ndarray, target: np.ndarray, explorer: Explorer) -> float:
    """Norm of the difference of the two STFT magnitudes over that of the target, in dB. Arik et al. 2019."""
    spectrogram = Spectrogram(explorer.spectrogram_config)
    a, b = (spectrogram.stft(torch.from_numpy(audio)).abs() for audio in (sound, target))
    return float(20 * torch.log10((a - b).norm() / b.norm().clamp_min(1e-9) + 1e-9))
