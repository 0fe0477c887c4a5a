"""Train the network on glimpses for a given time.

    python training/learn.py art-corpus.tar --minutes 80 --out network.pt

The rate follows the share of the time that has passed, so that a run ends when it should on a machine of any speed;
curves go to network.jsonl beside the result. One process draws scenes, torch takes the rest.
"""

from __future__ import annotations

import argparse
import json
import math
import pickle
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from crowd import Art, grounds
from glimpses import Batch, batches
from network import Network, bagged
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset

from delaminate.stages.segmentation.embedded.network import parts_of

BATCH = 192
FRESH = 64
"""New glimpses a batch; the others are drawn again from the last `KEPT`, since drawing costs as much as learning."""
KEPT = 40_000
PHRASES = 512
"""Phrases a batch is compared with besides all names."""


class Stream(IterableDataset[Batch]):
    """`batches` in a process of its own."""

    def __init__(self, art: Art, under: list[NDArray[np.uint8]], seed: int) -> None:
        self.art, self.under, self.seed = art, under, seed

    def __iter__(self) -> Iterator[Batch]:
        """See `batches`."""
        return batches(self.art, self.under, self.seed, FRESH)


class Vocabulary:
    """All names, all phrases, and which phrase may mean which name."""

    def __init__(self, art: Art) -> None:
        self.names = [parts_of(name) for name in art.names]
        texts = sorted({phrase for phrases in art.phrases.values() for phrase in phrases})
        texts += sorted({name.split()[-1] for name in art.names if " " in name} - set(texts))
        number = {text: i for i, text in enumerate(texts)}
        self.phrases = [parts_of(text) for text in texts]
        self.means = np.zeros((len(art.names), len(texts)), np.bool_)
        for i, name in enumerate(art.names):
            for phrase in art.phrases[name] | {name.split()[-1]}:
                self.means[i, number[phrase]] = True

    def sample(self, rng: np.random.Generator, names: NDArray[np.int64]) -> NDArray[np.int64]:
        """Phrases to compare with: one or two for each name seen, the rest anything."""
        seen = [rng.choice(np.flatnonzero(self.means[n])) for n in names for _ in range(2)]
        others = rng.integers(0, len(self.phrases), max(0, PHRASES - len(seen)))
        return np.unique(np.concatenate([seen, others]).astype(np.int64))


def meaning_loss(
    net: Network, vectors: Tensor, names: NDArray[np.int64], words: Vocabulary, rng: np.random.Generator
) -> dict[str, Tensor]:
    """How well the vectors of things agree with their names among all names, and with phrases among some."""
    all_names = net.tongue(*bagged(words.names))
    goal = torch.from_numpy(names)
    naming = functional.cross_entropy(net.naming.exp() * vectors @ all_names.T, goal, label_smoothing=0.05)
    chosen = words.sample(rng, names)
    parts = [words.phrases[i] for i in chosen]  # some of the letter groups are enough, as for a word spelled otherwise
    parts = [p if rng.random() < 0.7 else rng.permutation(p)[: max(1, int(len(p) * 0.75))] for p in parts]
    logits = net.sharpness.exp() * vectors @ net.tongue(*bagged(parts)).T + net.doubt
    meant = torch.from_numpy(words.means[names][:, chosen]).float()
    pairs = functional.binary_cross_entropy_with_logits(logits, meant, reduction="none").sum(1).mean()
    right = (vectors @ all_names.T).argmax(1) == goal
    return {"naming": naming, "pairs": 0.4 * pairs, "(right)": right.float().mean()}


def learn(
    art: Art,
    under: list[NDArray[np.uint8]],
    minutes: float,
    rate: float,
    out: Path,
    seed: int,
    start: Path | None = None,
) -> Network:
    """A network after `minutes`, saved every 200 steps."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = Network()
    net.eye = net.eye.to(memory_format=torch.channels_last)
    if start is not None:
        net.load_state_dict(torch.load(start, weights_only=True))
    words = Vocabulary(art)
    decayed = [p for p in net.eye.parameters() if p.ndim > 1]
    rest = [p for p in net.parameters() if not any(p is d for d in decayed)]
    optimiser = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.02}, {"params": rest, "weight_decay": 0.0}], lr=rate
    )
    loader = DataLoader(Stream(art, under, seed * 10_000_000), batch_size=None, num_workers=1, prefetch_factor=6)
    sums: dict[str, float] = {}
    began, step = time.monotonic(), 0
    kept = Batch(np.zeros((KEPT, 40, 40, 4), np.uint8), np.zeros(KEPT, np.int64), np.zeros(KEPT, np.float32))
    filled = 0
    for fresh in loader:
        at = np.arange(filled, filled + FRESH) % KEPT
        kept.seen[at], kept.names[at], kept.worth[at] = fresh.seen, fresh.names, fresh.worth
        filled += FRESH
        if filled < 10 * FRESH:
            continue
        drawn = np.concatenate([at, rng.integers(0, min(filled, KEPT), BATCH - FRESH)])
        batch = Batch(kept.seen[drawn], kept.names[drawn], kept.worth[drawn])
        passed = (time.monotonic() - began) / (60 * minutes)
        if passed >= 1:
            break
        now = rate * min(1.0, (step + 1) / 60) * max(0.01, 0.5 * (1 + math.cos(math.pi * passed)))
        for group in optimiser.param_groups:
            group["lr"] = now
        glimpses = (torch.from_numpy(batch.seen).permute(0, 3, 1, 2).float() / 255).contiguous(
            memory_format=torch.channels_last
        )
        with torch.autocast("cpu", torch.bfloat16):
            worth, vectors = net.eye(glimpses)
        known = batch.names >= 0
        losses = {"worth": 4 * (worth.float() - torch.from_numpy(batch.worth)).square().mean()}
        losses |= meaning_loss(net, vectors.float()[torch.from_numpy(known)], batch.names[known], words, rng)
        total = torch.stack([v for k, v in losses.items() if not k.startswith("(")]).sum()
        optimiser.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        step += 1
        for name, value in losses.items():
            sums[name] = sums.get(name, 0.0) + float(value.detach())
        if step % 100 == 0:
            row = {"step": step, "minutes": round((time.monotonic() - began) / 60, 2)}
            row |= {k: round(v / 100, 4) for k, v in sums.items()}
            sums = {}
            with out.with_suffix(".jsonl").open("a") as file:
                file.write(json.dumps(row) + "\n")
            print(row, flush=True)
        if step % 200 == 0:
            torch.save(net.state_dict(), out)
    torch.save(net.state_dict(), out)
    return net


def main() -> None:
    """Read the corpus, draw backgrounds, learn."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("corpus", type=Path)
    options.add_argument("--minutes", type=float, default=80)
    options.add_argument("--rate", type=float, default=2e-3)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--all-names", action="store_true", help="hold out the flat emoji only")
    options.add_argument("--start", type=Path, help="go on from a saved network")
    options.add_argument("--out", type=Path, default=Path("network.pt"))
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    kept = given.out.with_suffix(".art")  # decoding the corpus takes most of a minute
    if kept.exists():
        art, under = pickle.loads(kept.read_bytes())
    else:
        art = Art.read(given.corpus)
        under = grounds(given.seed, art.corpus, 500)
        kept.write_bytes(pickle.dumps((art, under)))
    learn(replace(art, all_names=given.all_names), under, given.minutes, given.rate, given.out, given.seed, given.start)


if __name__ == "__main__":
    main()
