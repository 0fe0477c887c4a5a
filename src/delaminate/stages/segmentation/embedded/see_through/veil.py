"""A see-through thing: where it is, how much of every pixel it covers, and what colour it has itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Alpha, Box, Colour, Mask

Floats = NDArray[np.float32]
SHOWS = 0.02
"""Coverage from which a pixel belongs to a veil."""


class Sort(StrEnum):
    """What a word for something see-through looks like."""

    PANE = "pane"
    BUBBLE = "bubble"
    PLUME = "plume"
    GLOW = "glow"


NOUNS = {
    **dict.fromkeys(("glass", "pane", "panel", "window", "screen", "overlay", "film"), Sort.PANE),
    # Said of these, "glass" and "transparent" make them panes.
    **dict.fromkeys(("card", "plate", "sheet", "tile", "square", "rectangle", "box"), Sort.PANE),
    **dict.fromkeys(("bubble", "orb"), Sort.BUBBLE),
    **dict.fromkeys(("smoke", "steam", "fog", "mist", "haze", "vapour", "vapor", "fume", "dust"), Sort.PLUME),
    **dict.fromkeys(("glow", "halo", "aura"), Sort.GLOW),
}
"""What nouns of effects mean."""


@dataclass(frozen=True, eq=False)
class Veil:
    """Something one looks through.

    Parameters
    ----------
    alpha : float32 over the box, 0..1.
    paint : float32 over the box × 3, its own colour in 8-bit levels.
    score : 0..1, how surely it is there.
    plain : whether it is so plain that whoever asks for everything means it too.
    """

    sort: Sort
    box: Box
    alpha: Alpha
    paint: Colour
    score: float
    plain: bool

    @property
    def mask(self) -> Mask:
        """Where it covers anything; bool over the box."""
        return np.asarray(self.alpha > SHOWS)


_THICK, _STEEP, _RIM = 0.6, 0.1, 5
"""Coverage above which nothing is told of what is behind; change of it between pixels that makes a rim; its width."""


def shown_through(rgb: NDArray[np.uint8], alpha: Alpha, paint: Colour) -> NDArray[np.uint8]:
    """About what is seen through a veil, to look at: its rims, where half a pixel matters, are painted over.

    Parameters
    ----------
    rgb, alpha, paint : uint8 H×W×3, H×W and H×W×3 over one box with some room; the paint in 8-bit levels.
    """
    share = alpha[..., None]
    ground = np.rint(np.clip((rgb - share * paint) / np.maximum(1 - share, np.float32(1 - _THICK)), 0, 255))
    around = np.ones((3, 3), np.uint8)
    steep = cv2.morphologyEx(alpha, cv2.MORPH_GRADIENT, around) > _STEEP
    steep |= (cv2.morphologyEx(share * paint / np.float32(255), cv2.MORPH_GRADIENT, around) > _STEEP).any(axis=2)
    hidden = cv2.dilate(((alpha > _THICK) | steep).astype(np.uint8), np.ones((_RIM, _RIM), np.uint8))
    return np.asarray(cv2.inpaint(ground.astype(np.uint8), hidden, 3, cv2.INPAINT_TELEA), np.uint8)


def reduced(rgb: NDArray[np.uint8], longest: int) -> tuple[Floats, float]:
    """The picture with its longer side at most `longest`, and the scale."""
    scale = min(1.0, longest / max(rgb.shape[:2]))
    if scale == 1:
        return rgb.astype(np.float32), scale
    size = (max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale)))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.float32), scale


def covered_least(ground: Floats, seen: Floats) -> float:
    """The least coverage with which some colour over a ground gives what is seen; both 3 levels."""
    rise = seen - ground
    room = np.where(rise > 0, 255 - ground, ground)
    return float(np.max(np.abs(rise) / np.maximum(room, 1)))
