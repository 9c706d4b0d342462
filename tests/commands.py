"""Training commands in processes of their own, forked from one that has imported it all: a start takes no time."""

import multiprocessing
import multiprocessing.forkserver
import os
import resource
import sys
import time
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

FORKS = multiprocessing.get_context("forkserver")
SMALL = ["--model", "width", "16", "local_latent", "4", "effect_latent", "4", "--workers", "0", "--accelerator", "cpu"]
"""Options of a VAE run that takes seconds."""
_LOADED = ["tests.commands", "training.__main__", "tests.test_kills", "tests.hub.test_fetching"]
_LOADED += ["huggingface_hub.hf_api", "core.latent.atlas", "core.folder.processes"]


def begin_forking() -> None:
    """Load once all that any test's processes need: whoever forks first says what is loaded, and nobody after him."""
    FORKS.set_forkserver_preload(_LOADED)
    multiprocessing.forkserver.ensure_running()


def start(
    out: Path, *arguments: object, largest_file: int | None = None, environment: Mapping[str, str] | None = None
) -> BaseProcess:
    """Start a training command; what it prints goes to out/log.

    largest_file: bytes, the system refuses to write more. environment: variables that it has beside its parent's.
    """
    out.mkdir(parents=True, exist_ok=True)
    words = tuple(map(str, arguments))
    process = FORKS.Process(target=_run, args=(out / "log", words, largest_file, dict(environment or {})))
    process.start()
    return process


def _run(log: Path, words: tuple[str, ...], largest_file: int | None, environment: dict[str, str]) -> None:
    from training.__main__ import main  # here, so that whoever only starts processes need not load it

    with log.open("w") as handle:
        for stream in (1, 2):
            os.dup2(handle.fileno(), stream)
    os.environ |= environment
    multiprocessing.set_start_method("fork", force=True)  # as at the command line; its parent's would load all anew
    if largest_file:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
    sys.argv = ["training", *words]
    main()


def vae(corpus: Path, out: Path, *options: object, **limits: Any) -> BaseProcess:
    """Start a small VAE run. limits: of `start`."""
    return start(out, "vae", "--corpus", corpus, "--out", out, *SMALL, *options, **limits)


def ended(process: BaseProcess, out: Path, code: int = 0) -> str:
    """What a command printed that ends with this code, within ten minutes."""
    process.join(600)
    text = (out / "log").read_text(errors="replace")
    assert process.exitcode == code, text[-3000:]
    return text


def killed_after(process: BaseProcess, file: Path) -> None:
    """Kill it as soon as file is there."""
    while not file.exists() and process.is_alive():
        time.sleep(0.01)
    process.kill()
    process.join()
    assert file.exists()
