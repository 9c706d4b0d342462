"""Many visitors at once walk all seven pages of one server: what they wait for, what goes wrong, what memory does.

python -m tests.soak --sessions 10 --browsers 0 --minutes 30

Every visitor makes choices that nobody else makes, and looks for labels of these choices and of anybody else's in all
that he is sent. Ends with 1 where there was an error, a lost session, a foreign label, or a model loaded twice.
"""

import asyncio
import random
import re
import sys
import tempfile
import time
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
import tyro
from streamlit.logger import set_log_level

from core.audio.clips import clips
from core.effects import EFFECTS, Effect, KnobLayout, Setting, effect_named
from core.explorer import CHECKPOINTS
from core.latent.atlas import Atlas
from pages.match import question
from pages.models import scores
from pages.shared import choices as state
from tests.browser.conftest import serve
from tests.conftest import ROOT
from tests.visitor import Answer, LostError, Visitor

KEPT_S = 2
"""How long the server keeps a session whose websocket is closed; Streamlit's own default is 120 s."""
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


def slope(memory: list[tuple[float, int]]) -> tuple[float, float]:
    """Growth in MB a minute after the warm-up, and its standard error.

    Samples that follow each other are alike: the error counts only as many as are independent, n (1 - r) / (1 + r)
    with the autocorrelation r of the residuals at lag one (Santer et al. 2000, J. Geophys. Res. 105, 7337).
    """
    at, size = np.array(memory[int(WARM_UP * len(memory)) :]).T / [[60], [1e6]]
    if len(at) < 4:
        return float("nan"), float("nan")
    (growth, start), spread = np.polyfit(at, size, 1), np.sqrt(((at - at.mean()) ** 2).sum())
    rest = size - growth * at - start
    power = (rest**2).sum()
    alike = min(0.99, max(0.0, (rest[1:] * rest[:-1]).sum() / power)) if power else 0.0
    independent = max(3.0, len(at) * (1 - alike) / (1 + alike))
    return float(growth), float(np.sqrt(power / (independent - 2)) / spread)


def metrics(address: str) -> dict[str, float]:
    """What the server counts: sessions that are open, and bytes of what it keeps for sessions and in caches."""
    text = urllib.request.urlopen(f"{address}/_stcore/metrics", timeout=60).read().decode()
    kept: dict[str, float] = defaultdict(float)
    for name, labels, value in re.findall(r"^(active_sessions|cache_memory_bytes)(?:\{(.*)\})? ([\d.e+]+)", text, re.M):
        kind = re.search(r'cache_type="([^"]*)"', labels)
        kept[kind.group(1) if kind else name] += float(value)
    return kept


async def run(soak: Soak) -> Findings:
    """Start a server, let everybody in, watch its memory, see everybody out."""
    with tempfile.TemporaryFile() as log:
        server, address = serve(ROOT / "streamlit_app.py", f"--server.disconnectedSessionTTL={KEPT_S}", log=log)
        try:
            found = await _watch(soak, psutil.Process(server.pid), address)
        finally:
            server.terminate()
            server.wait(timeout=20)
        log.seek(0)
        said = log.read().decode(errors="replace")
    if soak.log:
        soak.log.write_text(said)
    found.errors.update(line.strip() for line in said.splitlines() if re.search(r"Traceback|ERROR|\bError\b", line))
    found.loads.update(re.findall(r"Loaded the checkpoint (\S+) in", said))
    return found


def seconds_of(process: psutil.Process) -> float:
    """What a process has computed so far."""
    return process.cpu_times().user + process.cpu_times().system


async def _watch(soak: Soak, server: psutil.Process, address: str) -> Findings:
    walkers, began = Walkers(soak, address), time.monotonic()
    found = walkers.found

    async def sample() -> None:
        while True:
            found.memory.append((time.monotonic() - began, server.memory_info().rss))
            await asyncio.sleep(max(0.5, 0.12 * soak.minutes))

    async def note(phase: str) -> None:
        kept = await asyncio.to_thread(metrics, address)
        text = ", ".join(
            f"{name.removeprefix('st_')} {value / 1e6:.1f} MB" if name != "active_sessions" else f"{value:.0f} sessions"
            for name, value in kept.items()
        )
        found.phases[phase] = server.memory_info().rss, text

    async with Visitor(address) as first:
        walkers.hear(-1, "arrival", await first.go())
    await note("after one visitor")
    watcher = asyncio.create_task(sample())

    async def look_in() -> None:
        await asyncio.sleep(0.9 * 60 * soak.minutes)
        await note("while they walk")
        visitors = [one for one in psutil.Process().children(recursive=True) if one.pid != server.pid]
        ran = time.monotonic() - began
        found.cores = seconds_of(server) / ran, sum(map(seconds_of, visitors)) / ran

    await asyncio.gather(walkers.walk(), look_in())
    watcher.cancel()
    with suppress(asyncio.CancelledError):
        await watcher
    await note("when all have left")
    # Streamlit lets go of expired sessions when the next one ends.
    await asyncio.sleep(KEPT_S + 1)
    async with Visitor(address) as guest:
        await guest.go()
    await asyncio.sleep(KEPT_S)
    await note("when all are forgotten")
    return found


def table(soak: Soak, found: Findings) -> str:
    """The findings as lines of text."""
    every = [seconds for page, some in found.waited.items() if page != "browser" for seconds in some]
    rows = [(page, found.waited[page]) for page in sorted(found.waited)] + [("all sessions", every)]
    lines = [
        f"{soak.sessions} sessions, {soak.browsers} browsers, {soak.minutes:g} min; load of the machine: "
        f"{' '.join(f'{one:.1f}' for one in psutil.getloadavg())}",
        f"{'page':14}{'count':>8}{'p50 s':>8}{'p95 s':>8}{'worst s':>9}",
    ]
    for page, some in rows:
        if some:
            middle, late, worst = np.quantile(some, [0.5, 0.95, 1.0])
            lines.append(f"{page:14}{len(some):8}{middle:8.2f}{late:8.2f}{worst:9.2f}")
    growth, error = slope(found.memory)
    lines.append("cores kept busy: {:.1f} by the server, {:.1f} by the browsers beside it".format(*found.cores))
    lines += [f"memory {phase}: {size / 1e6:.0f} MB ({text})" for phase, (size, text) in found.phases.items()]
    tenths = [part.mean() / 1e6 for part in np.array_split([size for _, size in found.memory], 10) if len(part)]
    lines.append("memory in each tenth of the time: " + ", ".join(f"{size:.0f}" for size in tenths) + " MB")
    lines.append(f"memory's slope after warm-up: {growth:+.2f} ± {error:.2f} MB a minute (standard error)")
    lines.append("models loaded: " + (", ".join(f"{name} {n} x" for name, n in found.loads.items()) or "none"))
    lines.append(f"own labels found: {found.labels}; foreign or missing: {len(found.crossed)}")
    lines.append(f"sessions lost: {len(found.lost)}; errors: {found.errors.total()}")
    lines += [f"  {text}" for text in [*found.lost, *found.crossed[:10]]]
    lines += [f"  {count} x {text}" for text, count in found.errors.most_common(10)]
    return "\n".join([*lines, "good" if found.good else "NOT GOOD"])


def main() -> int:
    """Run what the command line says."""
    soak = tyro.cli(Soak)
    set_log_level("error")
    found = asyncio.run(run(soak))
    print(table(soak, found))
    return 0 if found.good else 1


if __name__ == "__main__":
    sys.exit(main())
