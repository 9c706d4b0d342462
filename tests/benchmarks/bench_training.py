"""Whether training waits for its data: `make benchmark`, on an idle machine."""

import time
from pathlib import Path

import torch
from torch.utils.data import DataLoader

from core.checkpoints.folder import build
from training.config import ALL_EFFECTS, VAERun
from training.corpus import Corpus
from training.pairs import Pairs, PairTensors
from training.vae_module import VAEModule

PAIRS, BATCH, EPOCHS = 256, 32, 3


def test_a_step_hardly_waits_for_its_pairs(corpus: Path, tmp_path: Path) -> None:
    """The loop of a training from cached pairs, with its wait for data, beside forward and backward alone."""
    torch.set_num_threads(1)  # the other core feeds
    model = build("factor_vae", {})
    module = VAEModule(model, VAERun((corpus,)), total_steps=1000)
    optimizer = torch.optim.AdamW(module.parameters(), 1e-4)
    pairs = PairTensors(Pairs(Corpus(corpus), "train", ALL_EFFECTS), PAIRS, model.config.spectrogram, tmp_path)
    start = time.perf_counter()
    for index in range(64):
        pairs.read(index)
    rendering = 64 / (time.perf_counter() - start)
    loader = DataLoader(pairs, BATCH, num_workers=1, persistent_workers=True)
    list(loader)  # renders the rest

    def step(batch: tuple[torch.Tensor, ...]) -> None:
        with torch.autocast("cpu", torch.bfloat16):
            loss = module.loss(batch)["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    batch = next(iter(loader))
    step(batch)
    start = time.perf_counter()
    for _ in range(PAIRS // BATCH):
        step(batch)
    alone = PAIRS / (time.perf_counter() - start)

    waited, start = 0.0, time.perf_counter()
    for _ in range(EPOCHS):
        batches = iter(loader)
        for number in range(len(loader)):
            asked = time.perf_counter()
            batch = next(batches)
            if number:  # the first of an epoch waits for a worker to begin
                waited += time.perf_counter() - asked
            step(batch)
    whole = time.perf_counter() - start
    print(
        f"\ntraining from cached pairs: {EPOCHS * PAIRS / whole:.0f} a second, forward and backward alone {alone:.0f}; "
        f"{100 * waited / whole:.1f} % of it waits for data (target 5 %); rendering: {rendering:.0f} pairs/s a core"
    )
    assert waited < 0.3 * whole
