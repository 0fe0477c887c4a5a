"""The network as it is trained: an eye for glimpses of regions and a tongue for phrases.

The eye takes 4×40×40 (RGB and mask), goes through three halvings with residual blocks (He et al. 2016), and gives one
vector and one number. The tongue averages learned vectors of words and letter groups (Bojanowski et al. 2017). Their
agreement is turned into a probability as in Zhai et al. 2023 (SigLIP).
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from delaminate.stages.segmentation.embedded.network import BUCKETS

WIDTH = 96
"""Length of the vectors of regions and phrases."""


def _conv(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


class Residual(nn.Module):
    """Two convolutions around a shortcut."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = _conv(width, width)
        self.second = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))

    def forward(self, x: Tensor) -> Tensor:
        """Of the same shape."""
        return functional.relu(x + self.second(self.first(x)))


class Eye(nn.Module):
    """Glimpses n×4×40×40 (0..1) → worth n (0..1) and unit vectors n×WIDTH."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _conv(4, 32, 2), _conv(32, 64, 2), Residual(64), _conv(64, 160, 2), Residual(160), Residual(160)
        )
        self.vector = nn.Linear(320, WIDTH)
        self.worth = nn.Linear(320, 1)

    def forward(self, glimpses: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        seen = self.body((glimpses - 0.5) * 4)
        flat = torch.cat([seen.mean((2, 3)), seen.amax((2, 3))], dim=1)
        return torch.sigmoid(self.worth(flat))[:, 0], functional.normalize(self.vector(flat), dim=1)


class Tongue(nn.Module):
    """Phrases → unit vectors."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = nn.EmbeddingBag(BUCKETS, 64, mode="mean")
        self.wide = nn.Linear(64, 160)
        self.out = nn.Linear(160, WIDTH)
        nn.init.normal_(self.parts.weight, std=0.5)

    def forward(self, numbers: Tensor, starts: Tensor) -> Tensor:
        """`numbers` of all phrases after each other, `starts` of each phrase; n×WIDTH."""
        return functional.normalize(self.out(functional.relu(self.wide(self.parts(numbers, starts)))), dim=1)


class Network(nn.Module):
    """Eye and tongue with what turns their agreement into a probability."""

    def __init__(self) -> None:
        super().__init__()
        self.eye = Eye()
        self.tongue = Tongue()
        self.sharpness = nn.Parameter(torch.tensor(2.3))
        self.naming = nn.Parameter(torch.tensor(2.7))
        self.doubt = nn.Parameter(torch.tensor(-6.0))


def bagged(phrases: list[NDArray[np.int64]]) -> tuple[Tensor, Tensor]:
    """Part numbers as the tongue takes them."""
    starts = np.cumsum([0] + [len(p) for p in phrases[:-1]])
    return torch.from_numpy(np.concatenate(phrases)), torch.from_numpy(starts)
