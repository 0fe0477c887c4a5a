"""How well a stack answers an instruction: visible alpha paired one to one, the filled background, edges, exactness.

Soft intersection over union of *visible* alpha; targets and predicted layers are paired for the largest sum (Kuhn
1955). Layers nobody asked for cost: the sum is divided by the larger of the two numbers. A shadow may be in its owner's
layer, in the background, or a layer of its own, which then is not counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from delaminate.composite import over
from delaminate.evaluation.scenes import Scene
from delaminate.evaluation.visible import Unit, as_unit, flatten_float, soft_iou, visible_alphas
from delaminate.pixels import Alpha, Mask, Rgba

SEEN = np.float32(0.02)
"""Coverage from which a pixel counts as covered."""


@dataclass(frozen=True)
class StackScore:
    """One scene's figures.

    Parameters
    ----------
    layers : predicted layers that count (visible, not shadows, without the background).
    score : 0..1, sum of paired soft-IoUs / max(targets, layers); 1 is perfect.
    hit75 : share of targets paired at 0.75 or better.
    ious : per target in order, 0..1; 0 where nothing was paired.
    pairs : per target the predicted layer (index into the stack) paired with it, or None.
    fill_psnr : dB, the predicted background against the true one in the hole, shadows left out; 100 is the ceiling.
    fill_l1 : mean absolute error there, in levels of 8 bits.
    edge_l1 : mean absolute colour error, in levels, of paired layers where true alpha is in 0.05..0.95.
    recomposition_error : largest difference in levels between picture and flattened stack.
    differing_share : share of pixels that differ at all.

    fill_* and edge_l1 are None where there is nothing to compare.
    """

    layers: int
    score: float
    hit75: float
    ious: tuple[float, ...]
    pairs: tuple[int | None, ...]
    fill_psnr: float | None
    fill_l1: float | None
    edge_l1: float | None
    recomposition_error: int
    differing_share: float


@dataclass(frozen=True, eq=False)
class Truth:
    """The true layers of a scene with all that is derived from them; loaded once, used for every engine."""

    scene: Scene
    picture: NDArray[np.uint8]
    layers: list[Unit]
    seen: list[Alpha]
    shadows: tuple[int, ...]

    @classmethod
    def of(cls, scene: Scene) -> Truth:
        """Load every layer: 20 bytes per pixel and layer."""
        layers = [as_unit(scene.pixels(layer.index)) for layer in scene.layers]
        shadows = tuple(layer.index for layer in scene.layers if layer.role == "shadow")
        return cls(scene, scene.picture(), layers, visible_alphas([layer[..., 3] for layer in layers]), shadows)

    def coverages(self) -> list[tuple[Alpha, ...]]:
        """Per target what may be found: its layers, and the same with its shadow where it has one."""
        out: list[tuple[Alpha, ...]] = []
        for target in self.scene.targets:
            plain = _sum([self.seen[k] for k in target.layers], self.seen[0])
            owners = {self.scene.layers[k].name for k in target.layers} | {target.name}
            cast = [k for k in self.shadows if self.scene.layers[k].shadow_of in owners]
            out.append((plain, _sum([plain, *(self.seen[k] for k in cast)], plain)) if cast else (plain,))
        return out

    def is_shadow(self, seen: Alpha) -> bool:
        """Whether a predicted layer is a true shadow: four fifths of it inside shadows, and alike to one of them."""
        if not self.shadows:
            return False
        shade = _sum([self.seen[k] for k in self.shadows], self.seen[0])
        inside = (seen * (shade > SEEN)).sum() > 0.8 * seen.sum()
        return bool(inside) and max(soft_iou(seen, self.seen[k]) for k in self.shadows) > 0.3


def _sum(parts: list[Alpha], like: Alpha) -> Alpha:
    total = np.zeros_like(like)
    for part in parts:
        total = total + part
    return total


def score_stack(truth: Truth, predicted: Sequence[Rgba]) -> StackScore:
    """Score one stack against its scene.

    Parameters
    ----------
    truth : the scene with its layers.
    predicted : full-canvas uint8 H×W×4, bottom to top, the background first.

    Notes
    -----
    About 20 bytes per pixel and layer, true and predicted.
    """
    error = _recomposition(truth.picture, predicted)
    layers = [as_unit(pixels) for pixels in predicted]
    seen = visible_alphas([layer[..., 3] for layer in layers])
    counted = [k for k in range(1, len(layers)) if seen[k].sum() > 0 and not truth.is_shadow(seen[k])]
    wanted = truth.coverages()
    iou = np.array([[max(soft_iou(seen[k], cover) for cover in covers) for k in counted] for covers in wanted])
    pairs = pair_up(iou.reshape(len(wanted), len(counted)))
    ious = np.zeros(len(wanted))
    for target, k in pairs.items():
        ious[target] = iou[target, k]
    edges = [_edge_error(truth, target, layers[counted[k]]) for target, k in pairs.items() if ious[target] > 0.5]
    spills = [value for value in edges if value is not None]
    psnr, l1 = _fill_error(truth, layers[0])
    return StackScore(
        layers=len(counted),
        score=float(ious.sum() / max(len(wanted), len(counted), 1)),
        hit75=float((ious >= 0.75).mean()),
        ious=tuple(float(value) for value in ious),
        pairs=tuple(counted[pairs[target]] if target in pairs else None for target in range(len(wanted))),
        fill_psnr=psnr,
        fill_l1=l1,
        edge_l1=float(np.mean(np.array(spills, np.float32))) if spills else None,
        recomposition_error=int(error.max()),
        differing_share=float((error > 0).mean()),
    )


def pair_up(gain: NDArray[np.float64]) -> dict[int, int]:
    """Row → column of the one-to-one pairing with the largest sum (Hungarian method, Kuhn 1955)."""
    from scipy.optimize import linear_sum_assignment

    if gain.size == 0:
        return {}
    rows, columns = linear_sum_assignment(-gain)
    return {int(row): int(column) for row, column in zip(rows, columns, strict=True)}


def _recomposition(picture: NDArray[np.uint8], predicted: Sequence[Rgba]) -> NDArray[np.int16]:
    flat = predicted[0].copy()
    for layer in predicted[1:]:
        over(layer, flat)
    return np.asarray(np.abs(flat[..., :3].astype(np.int16) - picture).max(axis=-1))


def _edge_error(truth: Truth, target: int, layer: Unit) -> float | None:
    """Levels, where the layer is half covered and nothing lies over it; only for targets of a single layer."""
    indices = truth.scene.targets[target].layers
    if len(indices) != 1:
        return None
    true = truth.layers[indices[0]]
    alpha = true[..., 3]
    band = (alpha > 0.05) & (alpha < 0.95) & (truth.seen[indices[0]] > 0.9 * alpha) & (layer[..., 3] > SEEN)
    return float(np.abs(true[band][:, :3] - layer[band][:, :3]).mean() * 255) if band.any() else None


def true_hole(truth: Truth) -> Mask:
    """Where the targets are seen and no shadow lies: the pixels a fill is judged by."""
    cast = np.zeros_like(truth.seen[0])
    for k in truth.shadows:
        cast = np.maximum(cast, truth.layers[k][..., 3])
    asked = [covers[0] for covers in truth.coverages()]
    return np.asarray((_sum(asked, truth.seen[0]) > SEEN) & (cast <= SEEN))


def true_background(truth: Truth) -> NDArray[np.float32]:
    """The background once the targets are taken out: all other layers but shadows, flattened; 0..1."""
    asked = {k for target in truth.scene.targets for k in target.layers} | set(truth.shadows)
    return flatten_float([layer for k, layer in enumerate(truth.layers) if k not in asked])


def _fill_error(truth: Truth, background: Unit) -> tuple[float | None, float | None]:
    hole = true_hole(truth)
    if not hole.any():
        return None, None
    error = np.abs(background[..., :3] - true_background(truth))[hole]
    mse = float((error**2).mean())
    return float(10 * np.log10(1 / max(mse, 1e-10))), float(error.mean() * 255)
