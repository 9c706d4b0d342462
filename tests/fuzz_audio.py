"""Broken audio by the thousand: each file is refused in one sentence or becomes a sound, quickly and in little memory.

python -m tests.fuzz_audio --files 2000

Files are made from their number, so each can be made again. A second process reads them, as a page would, and plays
what it can: cut to a segment, rendered, encoded, and some of it matched. Its death, a traceback, a number that is not
finite, more than LIMIT_S or more than LIMIT_MB is a failure.
"""

import argparse
import json
import resource
import select
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from tests.broken_audio import cases, sources, voice

ROOT = Path(__file__).parents[1]
LIMIT_S, LIMIT_MB = 5.0, 1000
HUNG_S = 60.0
MATCH_EVERY = 40


def peak_mb() -> float:
    """The most memory this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def work(play: bool) -> None:
    """Read paths from stdin, one a line; answer each with a line of JSON on stdout."""
    from core.audio.io import read

    say, sys.stdout = sys.stdout, sys.stderr
    read(sources()["wav"])
    player = Player() if play else None
    print(json.dumps({"peak_mb": peak_mb()}), file=say, flush=True)
    for number, line in enumerate(sys.stdin):
        print(json.dumps(judged(Path(line.strip()), number, player)), file=say, flush=True)


def judged(path: Path, number: int, player: "Player | None") -> dict[str, Any]:
    """What becomes of one file: outcome, seconds of reading, playing and matching, peak memory of the process."""
    from core.audio.io import AudioError, read

    answer: dict[str, Any] = {"outcome": "played", "reason": ""}
    data, start = path.read_bytes(), time.perf_counter()
    try:
        audio = read(data, "The file")
        answer["read_s"] = time.perf_counter() - start
        if player:
            answer |= player.play(audio, number)
    except AudioError as error:
        answer |= {"outcome": "refused", "reason": str(error)}
    except Exception as error:  # the point of this program: nothing else may come out
        answer |= {"outcome": "failed", "reason": repr(error)}
    answer.setdefault("read_s", time.perf_counter() - start)
    return answer | {"peak_mb": peak_mb()}


class Player:
    """What a page does with a recording."""

    def __init__(self) -> None:
        from core.explorer import CHECKPOINTS, Explorer

        self.explorer = Explorer.load(CHECKPOINTS / "factor", device="cpu")
        self.play(voice(6.0)[:, 0].astype(np.float32), 0)

    def play(self, audio: np.ndarray, number: int) -> dict[str, float]:
        from core.audio import SEGMENT
        from core.audio.io import check
        from core.effects import random_setting, render

        start, times = time.perf_counter(), {}
        dry = check(audio[:SEGMENT])
        wet = render(dry, random_setting(seed=number))
        z = self.explorer.encode(dry, wet)
        times["play_s"] = time.perf_counter() - start
        if not (np.isfinite(wet).all() and np.isfinite(z).all()):
            raise ArithmeticError("a sound or its z is not finite")
        if number % MATCH_EVERY == 0:
            start = time.perf_counter()
            found = self.explorer.match(dry, wet)
            times["match_s"] = time.perf_counter() - start
            if not np.isfinite(found.answer.distance):
                raise ArithmeticError("the distance of a match is not finite")
        return times


class Reader:
    """The second process, started again whenever it dies or hangs."""

    def __init__(self, play: bool, log: Path) -> None:
        self.command = [sys.executable, "-m", "tests.fuzz_audio", "--work", *(["--play"] if play else [])]
        self.log = log
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )
        self.before_mb = self.answer(600)["peak_mb"]

    def answer(self, patience_s: float) -> dict[str, Any]:
        """The next answer; "died" or "hung" where there is none."""
        assert self.process.stdout
        ready, _, _ = select.select([self.process.stdout], [], [], patience_s)
        line = self.process.stdout.readline() if ready else ""
        return json.loads(line) if line else {"outcome": "died" if ready else "hung", "reason": "", "peak_mb": 0.0}

    def judge(self, path: Path) -> dict[str, Any]:
        assert self.process.stdin
        print(path, file=self.process.stdin, flush=True)
        answer = self.answer(HUNG_S)
        answer["peak_mb"] -= self.before_mb
        if answer["outcome"] in ("died", "hung"):
            self.stop()
            self.start()
        return answer

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()


def fuzz(files: int, play: bool) -> tuple[list[dict[str, Any]], str]:
    """The answers for so many files, each with the file's name, and what the second process wrote on stderr."""
    answers = []
    with tempfile.TemporaryDirectory() as folder:
        path, log = Path(folder, "file"), Path(folder, "log")
        reader = Reader(play, log)
        try:
            for name, data in cases(files):
                path.write_bytes(data)
                answers.append({"name": name, **reader.judge(path)})
        finally:
            reader.stop()
        return answers, log.read_text(errors="replace")


def failures(answers: list[dict[str, Any]], log: str) -> list[str]:
    """What must not be, one line each."""
    found = [
        f"{one['name']}: {one['outcome']} {one['reason']}"
        for one in answers
        if one["outcome"] not in ("played", "refused")
    ]
    found += [f"{one['name']}: {one['read_s']:.1f} s" for one in answers if one.get("read_s", 0) > LIMIT_S]
    found += [f"{one['name']}: {one['peak_mb']:.0f} MB" for one in answers if one["peak_mb"] > LIMIT_MB]
    return found + [f"on stderr: {line}" for line in log.splitlines() if "Traceback" in line]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--work", action="store_true", help="be the second process")
    parser.add_argument("--play", action="store_true", help="be the second process, and play")
    options = parser.parse_args()
    if options.work:
        return work(options.play)
    answers, log = fuzz(options.files, play=True)
    print(f"{len(answers)} files: {dict(Counter(one['outcome'] for one in answers))}")
    for key, what, unit in (
        ("read_s", "read", "s"),
        ("play_s", "cut, rendered, encoded", "s"),
        ("match_s", "matched", "s"),
        ("peak_mb", "memory", "MB"),
    ):
        own = sorted((one for one in answers if key in one), key=lambda one: one[key])
        if own:
            median, worst = own[len(own) // 2][key], own[-1]
            print(
                f"{what}: {len(own)} files, median {median:.3f} {unit}, most {worst[key]:.2f} {unit} ({worst['name']})"
            )
    print(f"warnings on stderr: {sum('Warning' in line for line in log.splitlines())}")
    for line in failures(answers, log):
        print("FAILED", line)
    sys.exit(bool(failures(answers, log)))


if __name__ == "__main__":
    main()
