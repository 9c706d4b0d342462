"""EFFECTS: every effect of the product, its knobs, and the pedalboard plugins that make its sound.

One more effect is one more entry, of any pedalboard plugin that does not read files and is no foreign code: knobs,
random settings, paths, polish, morphs, exported scripts, pages and tests go by what the entry says. (A checkpoint knows
the effects that it was trained on.)

Ranges are those a musician would choose: at the low end an effect is gentle but audible, so that every setting
differs from "nothing": none has a neutral value. Mixes start at 0.1 or above for the same reason. Above each entry
stands what it does to x before the loudness is matched.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from pedalboard import (
    Bitcrush,
    Chorus,
    Compressor,
    Delay,
    Distortion,
    LadderFilter,
    LowpassFilter,
    Phaser,
    Plugin,
    Resample,
    Reverb,
)

from core.effects.parameter import Parameter


@dataclass(frozen=True)
class Effect:
    """A DAFX: its identifier and label, one sentence for people, its knobs, and what builds its plugins.

    build: called with the values, by name, of all knobs but those of the role "level"; returns fresh pedalboard plugins
    in signal order, of the same classes and with the same choices whatever the values are.
    way: how it plays while its knobs move, see `core.effects.live`: "live", or "static" where a plugin would click
    or, as PitchShift, falls silent when it plays block by block.
    """

    name: str
    label: str
    description: str
    parameters: tuple[Parameter, ...]
    build: Callable[..., list[Plugin]] = field(compare=False, repr=False)
    way: Literal["live", "static"] = "live"

    @property
    def defaults(self) -> tuple[float, ...]:
        """Default knob positions in [0, 1]."""
        return tuple(p.to_unit(p.default) for p in self.parameters)


EFFECTS: tuple[Effect, ...] = (
    # y = (1 - mix) x + mix e, where e[t] = x[t - time] + feedback e[t - time].
    Effect(
        "delay",
        "Delay",
        "Repeats the sound after a pause, again and again.",
        (
            Parameter("time", "s", 0.05, 0.6, 0.25, "Pause before each repeat.", "log", role="repeat"),
            Parameter("feedback", "", 0.0, 0.7, 0.35, "Share of each repeat that is repeated once more."),
            Parameter("mix", "", 0.1, 0.6, 0.4, "Share of the repeats in the sound."),
        ),
        lambda time, feedback, mix: [Delay(delay_seconds=time, feedback=feedback, mix=mix)],
        way="static",  # jumps to a new time at once, and clicks: 12 to 17 dB above its surroundings
    ),
    # y = lowpass(tanh(g x)), g the drive, x at -23 LUFS; one pole, -3 dB at the tone.
    Effect(
        "overdrive",
        "Overdrive",
        "Bends the peaks of the wave: warm grit to fuzz.",
        (
            Parameter("drive", "dB", 6.0, 42.0, 24.0, "Gain into the clipping curve."),
            Parameter("tone", "Hz", 700.0, 9000.0, 3500.0, "Low-pass cutoff after the clipping.", "log"),
            Parameter("level", "dB", -12.0, 6.0, 0.0, "Loudness against the dry sound.", role="level"),
        ),
        lambda drive, tone: [Distortion(drive_db=drive), LowpassFilter(cutoff_frequency_hz=tone)],
    ),
    # y ~ 2 (1 - mix) x + 3 mix r; r: Freeverb, damped combs and allpasses (Schroeder, Moorer), here in mono.
    Effect(
        "reverb",
        "Reverb",
        "Places the sound in a room.",
        (
            Parameter("room_size", "", 0.1, 0.95, 0.5, "Size of the room: how long the tail lasts."),
            Parameter("damping", "", 0.0, 1.0, 0.4, "How fast the room swallows high frequencies."),
            Parameter("mix", "", 0.1, 0.7, 0.35, "Share of the room in the sound."),
        ),
        lambda room_size, damping, mix: [
            Reverb(room_size=room_size, damping=damping, wet_level=mix, dry_level=1 - mix, width=0.0)
        ],
    ),
    # y = (1 - mix) x + mix x[t - d]; d wavers about 7 ms with a sine.
    Effect(
        "chorus",
        "Chorus",
        "Adds a copy whose pitch wavers, like a second voice.",
        (
            Parameter("rate", "Hz", 0.2, 6.0, 1.0, "Speed of the wavering.", "log", role="rate"),
            Parameter("depth", "", 0.05, 0.6, 0.25, "Amount of the wavering."),
            Parameter("mix", "", 0.2, 0.7, 0.5, "Share of the copy in the sound."),
        ),
        lambda rate, depth, mix: [Chorus(rate_hz=rate, depth=depth, centre_delay_ms=7.0, feedback=0.0, mix=mix)],
    ),
    # y = (x + a) / 2; a: x and some of a through allpasses whose frequency wavers about 1,300 Hz with a sine.
    Effect(
        "phaser",
        "Phaser",
        "Sweeps notches through the spectrum.",
        (
            Parameter("rate", "Hz", 0.2, 6.0, 0.8, "Speed of the sweep.", "log", role="rate"),
            Parameter("depth", "", 0.1, 1.0, 0.5, "Width of the sweep."),
            Parameter("feedback", "", 0.0, 0.8, 0.4, "Sharpness of the notches."),
        ),
        lambda rate, depth, feedback: [
            Phaser(rate_hz=rate, depth=depth, centre_frequency_hz=1300.0, feedback=feedback, mix=0.5)
        ],
    ),
    # What is p dB above the threshold comes out p / ratio above it; attack 2 ms.
    Effect(
        "compressor",
        "Compressor",
        "Turns loud passages down, so that quiet ones come forward.",
        (
            Parameter("threshold", "dB", -50.0, -18.0, -32.0, "Level above which the sound is turned down."),
            Parameter("ratio", ":1", 2.0, 20.0, 6.0, "How strongly it is turned down.", "log"),
            Parameter("release", "ms", 20.0, 500.0, 100.0, "Time until the level comes back.", "log"),
        ),
        lambda threshold, ratio, release: [
            Compressor(threshold_db=threshold, ratio=ratio, attack_ms=2.0, release_ms=release)
        ],
    ),
    # y = round(2^bits x) / 2^bits, each value held for 1 / rate.
    Effect(
        "bitcrush",
        "Bitcrush",
        "Coarse samples, as from an early sampler.",
        (
            Parameter("bits", "bit", 3.0, 9.0, 6.0, "Bits a sample: fewer are noisier.", role="step"),
            Parameter(
                "rate", "Hz", 2500.0, 16000.0, 8000.0, "Samples a second, held without smoothing.", "log", role="hold"
            ),
        ),
        lambda bits, rate: [
            Bitcrush(bit_depth=bits),
            Resample(target_sample_rate=rate, quality=Resample.Quality.ZeroOrderHold),
        ],
    ),
    # Moog's ladder: 24 dB an octave, fed back by the resonance.
    Effect(
        "lowpass",
        "Low-pass ladder",
        "A synthesiser's filter: takes the highs away, and can ring.",
        (
            # Mixed with what it hears it would cut holes, as it turns phases by half a wave and more: it is opened.
            Parameter(
                "cutoff",
                "Hz",
                200.0,
                6000.0,
                1200.0,
                "Frequency above which the sound is taken away.",
                "log",
                away=11_900.0,
            ),
            Parameter("resonance", "", 0.0, 0.9, 0.3, "Emphasis at the cutoff.", away=0.0),
        ),
        lambda cutoff, resonance: [
            LadderFilter(mode=LadderFilter.Mode.LPF24, cutoff_hz=cutoff, resonance=resonance, drive=1.0)
        ],
    ),
)

_BY_NAME = {effect.name: effect for effect in EFFECTS}


def effect_named(name: str) -> Effect:
    """The effect of that name; KeyError naming the known ones otherwise."""
    if name not in _BY_NAME:
        raise KeyError(f"no effect {name!r}; known: {', '.join(_BY_NAME)}")
    return _BY_NAME[name]
