"""What a stack owns up to and what it costs: invented pixels, colour spill at edges, time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from delaminate.evaluation.visible import Unit
from delaminate.pixels import Mask
from delaminate.stack import LayerStack


def invented_share(stack: LayerStack) -> float:
    """Pixels that were made up rather than seen, all layers together, as a share of their visible (alpha > 0) pixels.

    0..1; it needs no truth. A background that hides nothing has none.
    """
    shown = sum(int(np.count_nonzero(layer.pixels[..., 3])) for layer in stack.layers)
    made_up = sum(int(np.count_nonzero(layer.invented)) for layer in stack.layers if layer.invented is not None)
    return made_up / max(shown, 1)


def edge_spill(found: Unit, true: Unit, behind: Unit) -> float | None:
    """How much of what lies behind is still in a layer's own colour at its soft edge.

    Parameters
    ----------
    found, true : the layer as predicted and as it is, H×W×4 in 0..1.
    behind : what lies behind it, H×W×4 in 0..1.

    Returns
    -------
    float or None
        Mean over the edge (true alpha in 0.05..0.95, something found) of the part of the way from the true colour to
        the one behind that the found colour has gone: 0 clean, 1 all background. None without such pixels.
    """
    alpha = true[..., 3]
    edge: Mask = (alpha > 0.05) & (alpha < 0.95) & (found[..., 3] > 0.02)
    way = (behind[..., :3] - true[..., :3])[edge].astype(np.float64)
    length = np.square(way).sum(axis=-1)
    far = length > (16 / 255) ** 2  # nearer colours have no direction to speak of
    if not far.any():
        return None
    gone = ((found[..., :3] - true[..., :3])[edge] * way).sum(axis=-1)
    return float(np.clip(gone[far] / length[far], 0, 1).mean())


@dataclass(frozen=True)
class Cost:
    """Time of one split: wall clock and processor seconds, the processor's for all threads together."""

    wall: float
    cpu: float
    layers: int
    megapixels: float

    @property
    def cpu_per_layer(self) -> float:
        """Seconds of one core per layer and megapixel; layers without the background, at least one."""
        return self.cpu / max(self.layers, 1) / self.megapixels
