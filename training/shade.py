"""Teach the network that finds shadows, for a given time, and write it as the package has it.

python training/shade.py photo-corpus --minutes 45 --out src/delaminate/splitting/shadow.onnx
"""

from __future__ import annotations

import argparse
import math
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import torch
from shading import Example, Stock, examples
from torch import Tensor, nn
from torch.nn import functional

from delaminate.splitting.shadow.view import SIDE
from export import halved

BATCH, FRESH, KEPT = 32, 14, 5000
"""Examples a batch, how many of them are new, and from how many of the last ones the rest are taken."""


def _conv(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


class Shade(nn.Module):
    """What `View` has, n × 7 × SIDE × SIDE → logarithm of the light that is gone, n × 3 × SIDE × SIDE, and how sure it
    is that there is a shadow at all, n (logarithm of odds). A U-net (Ronneberger, Fischer and Brox, 2015)."""

    def __init__(self) -> None:
        super().__init__()
        widths = (20, 40, 64, 96, 96)
        self.first = _conv(28, widths[0])
        self.down = nn.ModuleList(nn.Sequential(_conv(a, b, 2), _conv(b, b)) for a, b in pairwise(widths))
        self.deepest = _conv(96, 96)
        outs = (96, 56, 36, 20)
        above = (96, *outs)
        self.up = nn.ModuleList(_conv(above[k] + widths[3 - k], outs[k]) for k in range(4))
        self.light = nn.Conv2d(outs[-1], 3, 1)
        self.sure = nn.Linear(2 * 96, 1)

    def forward(self, views: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        x = self.first(functional.pixel_unshuffle(views, 2))
        kept = []
        for down in self.down:
            kept.append(x)
            x = down(x)
        x = self.deepest(x)
        sure = self.sure(torch.cat([x.mean((2, 3)), x.amax((2, 3))], dim=1))[:, 0]
        for up, beside in zip(self.up, reversed(kept), strict=True):
            x = up(
                torch.cat(
                    [functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False), beside], 1
                )
            )
        gone = functional.interpolate(self.light(x), scale_factor=2.0, mode="bilinear", align_corners=False)
        return gone, sure


class Kept:
    """The last examples, half floats."""

    def __init__(self) -> None:
        self.rows: list[Example] = []
        self.next = 0

    def add(self, one: Example) -> None:
        """Takes the place of the oldest."""
        half = Example(
            one.planes.astype(np.float16), one.dark.astype(np.float16), one.weight.astype(np.float16), one.there
        )
        if len(self.rows) < KEPT:
            self.rows.append(half)
        else:
            self.rows[self.next % KEPT] = half
        self.next += 1


def tensors(rows: list[Example]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """A batch."""
    planes, dark, weight = (
        torch.from_numpy(np.stack([getattr(row, name) for row in rows]).astype(np.float32))
        for name in ("planes", "dark", "weight")
    )
    there = torch.tensor([float(row.there) for row in rows])
    return planes.contiguous(memory_format=torch.channels_last), dark, weight, there


def main() -> None:
    """Learn, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--minutes", type=float, default=45)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=Path)
    parser.add_argument("--rate", type=float, default=2.5e-3)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    torch.manual_seed(asked.seed)
    torch.set_num_threads(1)
    net = Shade()
    if asked.start:
        net.load_state_dict(torch.load(asked.start))
    net.to(memory_format=torch.channels_last)
    mean = torch.optim.swa_utils.AveragedModel(
        net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.995), use_buffers=True
    )
    optimizer = torch.optim.AdamW(net.parameters(), lr=asked.rate, weight_decay=1e-3)
    stock = Stock(asked.corpus, asked.seed, 700, 500)
    fresh, kept, rng = examples(stock, asked.seed), Kept(), np.random.default_rng(asked.seed)
    for _ in range(64):
        kept.add(next(fresh))
    begun, steps, sums = time.monotonic(), 0, np.zeros(3)
    while (share := (time.monotonic() - begun) / (60 * asked.minutes)) < 1:
        rows = [next(fresh) for _ in range(FRESH)]
        for row in rows:
            kept.add(row)
        rows += [kept.rows[k] for k in rng.integers(0, len(kept.rows), BATCH - FRESH)]
        planes, dark, weight, there = tensors(rows)
        for group in optimizer.param_groups:
            group["lr"] = asked.rate * min(1, (steps + 1) / 100) * (0.5 + 0.5 * math.cos(math.pi * share)) + 1e-6
        net.train()
        with torch.autocast("cpu", torch.bfloat16):
            gone, sure = net(planes)
        off = (gone.float() - dark).abs().mean(1) * weight
        told = functional.binary_cross_entropy_with_logits(sure.float(), there)
        loss = 10 * off.sum() / weight.sum() + 0.1 * told
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        mean.update_parameters(net)
        steps += 1
        sums += (
            float(off.detach().sum() / weight.sum()),
            float(told.detach()),
            float(((sure > 0) == (there > 0.5)).float().mean()),
        )
        if steps % 100 == 0:
            print(f"{steps} {(time.monotonic() - begun) / 60:.1f} min", (sums / 100).round(4), flush=True)
            sums[:] = 0
        if steps % 500 == 0:
            write(mean.module, asked.out)
    torch.save(mean.module.state_dict(), asked.out.with_suffix(".pt"))
    write(mean.module, asked.out)


def write(net: nn.Module, path: Path) -> None:
    """The network as the package has it."""
    training = net.training
    net.eval()
    torch.onnx.export(
        net, (torch.zeros(1, 7, SIDE, SIDE),), str(path), input_names=["view"], output_names=["gone", "sure"],
        opset_version=17, dynamo=False,
    )  # fmt: skip
    onnx.save(halved(onnx.load(path)), path)
    net.train(training)


if __name__ == "__main__":
    main()
