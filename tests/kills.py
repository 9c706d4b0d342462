"""The long commands, killed again and again: whatever the moment, what lies there afterwards is old or new, and whole.

python -m tests.kills --kills 20

Real `python -m training` processes are killed (SIGKILL) after a random time and begun again. Ends with 1 where a later
start could not use what it found.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import tyro

from core.checkpoints import hub
from core.checkpoints.folder import load_config
from core.checkpoints.limits import FILES, CheckpointError
from tests.conftest import ROOT, small_corpus
from tests.hub_stand_in import StandIn, serving

TINY = ["--pairs", "64", "--valid-pairs", "8", "--batch", "8", "--epochs", "8", "--save-every", "4", "--workers", "0"]


@dataclass(frozen=True)
class Kills:
    """What is tried. only: names of commands, all by default."""

    kills: int = 20
    seed: int = 0
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class Victim:
    """A command to kill. state: names what lies there now; CheckpointError or AssertionError where it is broken.

    done: whether that is what the command was to bring about; then `again` makes it something to do once more.
    """

    command: list[str]
    state: Callable[[], str]
    done: str
    again: Callable[[], object]


def files(folder: Path) -> dict[str, bytes]:
    """The files of a checkpoint."""
    return {name: (folder / name).read_bytes() for name in FILES if (folder / name).is_file()}


def vae(folder: Path) -> Victim:
    """Training from nothing: no checkpoint, or all of it with all its steps."""
    out = folder / "run"
    small = ["--model", "width", "16", "local_latent", "4", "effect_latent", "4"]
    command = ["vae", "--corpus", f"{folder}/corpus", "--out", str(out), *TINY, *small]

    def state() -> str:
        if not (out / "checkpoint").exists():
            return "none"
        hub.verify(out / "checkpoint")
        assert load_config(out / "checkpoint").training["steps"] == 64
        return "trained"

    return Victim(command, state, "trained", lambda: shutil.rmtree(out))


def atlas(folder: Path) -> Victim:
    """The atlas of a checkpoint that has one: the old one or the new one."""
    return _changes(
        folder, "atlas.npz", ["atlas", "--checkpoint", f"{folder}/mine", "--corpus", f"{folder}/corpus",
                              "--settings", "8", "--pca-pairs", "24", "--workers", "0"],
    )  # fmt: skip


def controller(folder: Path) -> Victim:
    """A controller into a checkpoint that has some: with it or without it."""
    out = folder / "controller"
    victim = _changes(
        folder, "controllers.safetensors",
        ["controller", "--checkpoint", f"{folder}/mine", "--corpus", f"{folder}/corpus", "--out", str(out), *TINY,
         "--bottleneck", "5", "--calibration-pairs", "8"],
    )  # fmt: skip

    def again() -> None:
        victim.again()
        shutil.rmtree(out)

    return Victim(victim.command, victim.state, victim.done, again)


def _changes(folder: Path, name: str, command: list[str]) -> Victim:
    """A command that changes one file of a shipped checkpoint, and perhaps its config.json."""
    mine = folder / "mine"
    shutil.copytree(hub.CHECKPOINTS / "factor", mine)
    before = files(mine)

    def state() -> str:
        hub.verify(mine)
        now = files(mine)
        assert all(now[one] == before[one] for one in before if one not in (name, "config.json"))
        return "old" if now == before else "new"

    def again() -> None:
        for one, content in before.items():
            (mine / one).write_bytes(content)

    return Victim(command, state, "new", again)


def publishing(folder: Path, server: StandIn) -> Victim:
    """A new version over an old one, with a tag: whoever fetches finds the old or the new files."""
    old, new = folder / "old", folder / "new"
    for one in (old, new):
        shutil.copytree(hub.CHECKPOINTS / "factor", one)
        (one / "README.md").write_text(f"---\nlicense: mit\n---\n# {one.name}\n")
    server.pause_s = 0.3
    os.environ |= {"HF_ENDPOINT": server.url, "HF_TOKEN": "hf_secret", "LATENTFX_CACHE": f"{folder}/cache"}

    def begin() -> None:
        server.repositories.clear()
        server.commit("me/mine", files(old), "main")

    def state() -> str:
        shutil.rmtree(folder / "cache", ignore_errors=True)
        found = files(hub.fetch("me/mine"))
        tagged = server.repositories["me/mine"].get("v1")
        assert found in (files(old), files(new))
        assert tagged in (None, found)
        return "old" if found == files(old) else "new" if tagged else "new, without its tag"

    begin()
    return Victim(["publish", str(new), "me/mine", "--tag", "v1"], state, "new", begin)


def strike(victim: Victim, kills: int, generator: random.Random, log: Path) -> Counter[str]:
    """Kill it at that many random moments, look each time, then let it end; what was found how often."""
    found: Counter[str] = Counter()
    usual = _run(victim, None, log)
    victim.again()
    for _ in range(kills):
        _run(victim, generator.uniform(0, usual), log)
        found[state := victim.state()] += 1
        if state == victim.done:
            victim.again()
    _run(victim, None, log)
    assert victim.state() == victim.done
    return found


def _run(victim: Victim, kill_after_s: float | None, log: Path) -> float:
    """Start it; kill it with all its processes, or wait until it has ended well. Seconds that it ran."""
    started = time.monotonic()
    command = [sys.executable, "-m", "training", *victim.command]
    with log.open("w") as said:
        process = subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=said, start_new_session=True)
    try:
        code = process.wait(kill_after_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    else:
        assert code == 0, log.read_text()[-3000:]
    return time.monotonic() - started


def run(kills: Kills) -> dict[str, Counter[str]]:
    """Every command, killed; what was found after each kill."""
    found = {}
    with tempfile.TemporaryDirectory() as name, serving(StandIn()) as server:
        folder = Path(name)
        small_corpus(folder / "corpus")
        victims = {"training": vae, "controller": controller, "atlas": atlas, "publish": publishing}
        for kind, prepare in victims.items():
            if kills.only and kind not in kills.only:
                continue
            place = folder / kind
            place.mkdir()
            (place / "corpus").symlink_to(folder / "corpus")
            victim = publishing(place, server) if prepare is publishing else prepare(place)
            found[kind] = strike(victim, kills.kills, random.Random(kills.seed), place / "log")
            print(f"{kind}: {kills.kills} kills; found {dict(found[kind])}; then it ended well", flush=True)
    return found


def main() -> int:
    """Run what the command line says."""
    try:
        run(tyro.cli(Kills))
    except (CheckpointError, AssertionError) as error:
        print(f"BROKEN: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
