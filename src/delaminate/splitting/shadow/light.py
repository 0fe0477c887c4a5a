"""The light that a shadow leaves, taken off the ground and laid on again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from delaminate.pixels import Alpha, Box, Colour, Rgb, levels, shared


@dataclass(frozen=True, eq=False)
class Shadow:
    """The light that is left in a shadow.

    Parameters
    ----------
    box : where it lies, in pixels of the picture.
    light : float32, box.height × box.width × 3: the share of the ground's light per channel, 1 outside the shadow.
        It goes on under the thing.
    """

    box: Box
    light: Colour

    def over(self, box: Box) -> Colour:
        """The light over any box of the picture, 1 outside the shadow."""
        out = np.ones((box.height, box.width, 3), np.float32)
        inner = shared(self.box, box)
        if inner is not None:
            out[inner.slices_in(box)] = self.light[inner.slices_in(self.box)]
        return out


def lit(shaded: Rgb, light: Colour) -> Rgb:
    """The ground as it would be without the shadow: its light given back, its texture kept.

    Parameters
    ----------
    shaded, light : H×W×3 over one box.
    """
    full = levels(shaded)
    return np.asarray(np.rint(np.clip(shaded / light, 0, full)), shaded.dtype)


def cast(ground: Rgb, light: Colour) -> tuple[Alpha, Colour]:
    """The layer that, over a ground, leaves it the given light: its coverage (H×W) and its colour (H×W×3, levels)."""
    cover = (1 - light.min(axis=2)).astype(np.float32)
    share = (light - (1 - cover)[..., None]) / np.maximum(cover, np.float32(1e-3))[..., None]
    return cover, (np.clip(share, 0, 1) * ground).astype(np.float32)
