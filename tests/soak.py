"""Many visitors at once walk all seven pages of one server: what they wait for, what goes wrong, what memory does.

python -m tests.soak --sessions 10 --browsers 0 --minutes 30

Every visitor makes choices that nobody else makes, and looks for labels of these choices and of anybody else's in all
that he is sent. Ends with 1 where there was an error, a lost session, a foreign label, or a model loaded twice.
"""

import asyncio
import re
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from contextlib import suppress

import numpy as np
import psutil
import tyro
from streamlit.logger import set_log_level

from tests.browser.conftest import serve
from tests.conftest import ROOT
from tests.visitor import Visitor
from tests.walkers import WARM_UP, Findings, Soak, Walkers

KEPT_S = 2
"""How long the server keeps a session whose websocket is closed; Streamlit's own default is 120 s."""


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
