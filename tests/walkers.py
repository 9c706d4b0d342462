"""Visitors who walk all pages, make choices that nobody else makes, and look for the labels of these and of others'."""

import asyncio
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from core.audio.clips import clips
from core.effects import EFFECTS, Effect, KnobLayout, Setting, effect_named
from core.explorer import CHECKPOINTS
from core.latent.atlas import Atlas
from pages.match import question
from pages.shared import choices as state
from pages.shared import scores
from tests.visitor import Answer, LostError, Visitor

WARM_UP = 0.2
"""This share of the time, from the beginning, counts neither for latencies nor for the slope of the memory."""

CLIPS = [clip for clip in clips() if clip.name != state.Overview.listen_clip]
"""What visitors choose from: everybody is shown the default."""


@dataclass(frozen=True)
class Soak:
    """What is tried. think: a visitor pauses between these many seconds after each answer."""

    sessions: int = 10  # websocket clients
    browsers: int = 0  # real ones (Chromium), with hands and eyes
    minutes: float = 30.0
    think: tuple[float, float] = (1.0, 3.0)
    log: Path | None = None  # keeps what the server said


@dataclass(frozen=True)
class Stop:
    """What a visitor does on a page: sets widgets by key, one after another, and must then find a label.

    own: nobody else may find it at this time.
    """

    page: str
    choices: dict[str, str | float | bool]
    label: str
    own: bool = True


@dataclass
class Findings:
    """What was measured. waited: page -> seconds of each interaction. memory: (seconds, bytes) of the server.

    cores: kept busy by the server, and by the visitors' browsers beside it.
    """

    waited: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    crossed: list[str] = field(default_factory=list)
    memory: list[tuple[float, int]] = field(default_factory=list)
    cores: tuple[float, float] = (0.0, 0.0)
    labels: int = 0
    loads: Counter[str] = field(default_factory=Counter)
    phases: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Whether every limit was kept, and there was something to measure."""
        broken = self.errors or self.lost or self.crossed or any(count > 1 for count in self.loads.values())
        return bool(self.waited and self.labels and self.loads) and not broken


def stops(number: int, visitors: int, turn: int, atlas: Atlas) -> list[Stop]:
    """The way of visitor 0, 1, ... through the pages in his turn 0, 1, ...; others than that of anybody else."""

    unique, clip = number + visitors * turn, CLIPS[number % len(CLIPS)]
    effect, other = (EFFECTS[(number + turn + more) % len(EFFECTS)] for more in (0, 3))
    sharing, place = -(-visitors // len(CLIPS)), number // len(CLIPS)
    setting, knob, position = _turned(effect, 13 * unique * sharing + place, sharing)
    pair = f"{clip.label} · {setting.text}"
    first, second = state.Overview.listen_clip, Setting("overdrive", effect_named("overdrive").defaults)
    end = f"{next(one.label for one in clips() if one.name == first)} · {second.text}"
    point, seed, preset = 97 * unique % len(atlas), 2 + unique % 9998, f"visitor {number}.{turn}"
    shown = KnobLayout(tuple(atlas.effects)).setting_of_point(atlas.effect[point], atlas.values[point])
    _, truth = question.riddle(seed)
    measure = list(scores.BY_EFFECT.values())[turn % 2].label

    def keys(prefix: str) -> dict[str, str | float | bool]:
        pair = state.PairState(prefix)
        return {pair.clip: clip.label, pair.effect: effect.label, pair.knob(effect.name, knob): position}

    return [
        Stop("overview", {"listen_clip": clip.label, "listen_effect": effect.label},
             f"Spectrograms of {clip.name}: dry, with {effect.label}, decoded", own=visitors <= len(CLIPS)),
        Stop("clusters", {"point": point}, f"Spectrograms of dry and wet, {shown.text}"),
        Stop("reconstruct", keys("r"), f"Spectrograms of {pair}, original, decoded, and their difference"),
        Stop("interpolate", keys("a"), f"Spectrograms from {pair} to {end}"),
        Stop("play", {"p_clip": clip.label, "p_effect": other.label, "p_preset_name": preset, "p_save": True},
             f"{preset} is kept in the tab Presets."),
        Stop("match", {"m_seed": seed, "m_reveal": True}, truth.text),
        Stop("models", {"by_effect": measure}, f"{measure} for each effect and checkpoint", own=False),
    ]  # fmt: skip


def _turned(effect: Effect, step: int, sharing: int) -> tuple[Setting, str, str]:
    """The effect's defaults with its first knob turned; the knob's name, and its position as the slider shows it.

    sharing: so many visitors have the same clip; whose steps differ modulo this number never share a position.
    """
    knob, *rest = effect.parameters
    positions = state.positions(knob)
    position = positions[step % (len(positions) // sharing * sharing)]
    others = tuple(one.to_unit(one.default) for one in rest)
    return Setting(effect.name, (position, *others)), knob.name, knob.text(position)


class Walkers:
    """All visitors of one server, and what they find."""

    def __init__(self, soak: Soak, address: str) -> None:
        self.soak, self.address, self.found = soak, address, Findings()
        self._atlas = Atlas.load(CHECKPOINTS / state.Frame.checkpoint / "atlas.npz")
        self._own: dict[str, int] = {}
        self._began = time.monotonic()
        self._until = self._began + 60 * soak.minutes

    async def walk(self) -> None:
        """Let everybody walk until the time is over."""
        await asyncio.gather(*map(self._walk, range(self.soak.sessions + self.soak.browsers)))

    def _ways(self, number: int) -> Iterator[Stop]:
        """One stop after another, every turn in another order, until the time is over."""
        order, everybody = random.Random(number), self.soak.sessions + self.soak.browsers
        turn = 0
        while True:
            way = stops(number, everybody, turn, self._atlas)
            for stop in order.sample(way, len(way)):
                if time.monotonic() > self._until:
                    return
                yield self.begin(number, stop)
            turn += 1

    def begin(self, number: int, stop: Stop) -> Stop:
        """From now on nobody else may be sent what the visitor chooses there."""
        if stop.own:
            self._own[stop.label] = number
        return stop

    async def _walk(self, number: int) -> None:
        """One visitor; the last ones come with real browsers."""
        real = number >= self.soak.sessions
        if real:
            from tests.tab import Tab
        try:
            async with Tab(self.address) if real else Visitor(self.address) as visitor:
                self.hear(number, "browser" if real else "arrival", await visitor.go())
                for stop in self._ways(number):
                    place = "browser" if real else stop.page
                    answer = await visitor.go(stop.page)
                    self.hear(number, place, answer)
                    for key, value in stop.choices.items():
                        await self._think()
                        answer = await visitor.choose(key, value)
                        self.hear(number, place, answer)
                    self.look(number, stop, answer.labels)
                    await self._think()
        except LostError as error:
            self.found.lost.append(f"visitor {number}: {error}")

    async def _think(self) -> None:
        await asyncio.sleep(random.uniform(*self.soak.think))

    def hear(self, number: int, page: str, answer: Answer) -> None:
        """Note what an answer brought to a visitor."""
        if answer.seconds and time.monotonic() - self._began > WARM_UP * 60 * self.soak.minutes:
            self.found.waited[page].append(answer.seconds)
        self.found.errors.update(f"{page}: {error}" for error in answer.errors)
        for label in answer.labels:
            if self._own.get(label, number) != number:
                self.found.crossed.append(f"visitor {number} was sent what visitor {self._own[label]} chose: {label}")

    def look(self, number: int, stop: Stop, labels: list[str]) -> None:
        """Look for the label of what he chose."""
        if stop.label in labels:
            self.found.labels += 1
        else:
            self.found.crossed.append(f"visitor {number} was not sent what he chose on {stop.page}: {stop.label}")
