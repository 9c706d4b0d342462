"""A process that listens to one recording: `python -m core.own_map.worker CHECKPOINT`, one thread, on the CPU.

Standard input: the recording, (1, time) at 24 kHz; then a JSON line with chains, [[[effect, [knob, ...]], ...], ...],
for each batch. Standard output: no rows once it is ready, then for each batch its rows, see Listener.rows. Arrays are
single precision behind a line that tells their shape. It ends with its input, and so with whoever started it, however
that ends.
"""

import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

import numpy as np

from core.effects import Chain, Setting


def main(checkpoint: str) -> None:
    """Listen until the input ends."""
    import torch

    from core.explorer import Explorer
    from core.own_map.listener import Listener

    torch.set_num_threads(1)
    answers, sys.stdout = sys.stdout.buffer, sys.stderr  # whatever prints must not come between
    (dry,) = read_rows(sys.stdin.buffer)
    explorer = Explorer.load(Path(checkpoint), device="cpu")
    listener = Listener(explorer.codec, explorer.map_part, dry, explorer.spectrogram_config.samples)
    write_rows(answers, np.zeros((0, 0)))
    with suppress(BrokenPipeError):  # nobody waits for the last answer
        for line in sys.stdin.buffer:
            write_rows(answers, listener.rows(chains_of(line)))


def write_rows(pipe: IO[bytes], rows: np.ndarray) -> None:
    """Send rows (row, column)."""
    pipe.write(b"%d %d\n" % rows.shape + rows.astype(np.float32).tobytes())
    pipe.flush()


def read_rows(pipe: IO[bytes]) -> np.ndarray:
    """What `write_rows` sent; ValueError where the other end ended before."""
    rows, columns = map(int, pipe.readline().split())
    return np.frombuffer(pipe.read(4 * rows * columns), dtype=np.float32).reshape(rows, columns)


def line_of(chains: list[Chain]) -> bytes:
    """Chains as a line for a worker."""
    return json.dumps([[(own.effect, own.values) for own in chain.settings] for chain in chains]).encode() + b"\n"


def chains_of(line: bytes) -> list[Chain]:
    """What `line_of` wrote."""
    return [Chain(tuple(Setting(effect, values) for effect, values in chain)) for chain in json.loads(line)]


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(5)  # whoever looks at a page comes first
    main(sys.argv[1])
