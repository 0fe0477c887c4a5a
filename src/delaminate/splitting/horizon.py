"""Where the ground of a picture parts: floor below, wall or sky above.

The row that parts the ground's colours best (Otsu 1979, on rows), where they change at once rather than bit by bit; the
line then follows the strongest change near that row in every column.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.contracts import Found
from delaminate.lab import lab_of
from delaminate.pixels import Mask, Rgb, as_eight_bit, box_of

_SIDE = 192
"""Pixels of the longer side that are looked at."""
_FIRST, _LAST = 0.2, 0.85
"""Shares of the height between which a horizon lies."""
_EXPLAINED = 0.55
"""Share of the variance of colours that the two parts must explain."""
_AT_ONCE = 0.5
"""Share of the whole change that happens near the row; a gradient that spans the picture has a quarter."""
_CHANGE = 9.0
"""Least difference of the parts in Lab units."""
_NEAR = 0.12
"""Share of the height by which the line may leave its row."""
_ROWS = 3


def floor_of(rgb: Rgb, taken: Mask) -> Found | None:
    """The floor: what of the ground lies below the horizon; None where the ground does not part.

    Parameters
    ----------
    rgb : H×W×3.
    taken : H×W, what is no ground.
    """
    height, width = taken.shape
    scale = min(1.0, _SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(np.ascontiguousarray(as_eight_bit(rgb)), size, interpolation=cv2.INTER_AREA)
    lab = lab_of(np.asarray(small))
    ground = cv2.resize(taken.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) == 0
    row = _parting(lab, ground)
    if row is None:
        return None
    line = _line(lab, ground, row)
    columns = np.interp((np.arange(width) + 0.5) * len(line) / width - 0.5, np.arange(len(line)), line)
    below = np.arange(height)[:, None] >= columns[None, :] * height / size[1]
    mask = below & ~taken
    box = box_of(mask)
    return None if box is None else Found(box, mask[box.slices], "floor", front=0.0)


def _parting(lab: NDArray[np.float32], ground: Mask) -> int | None:
    """The row that parts the ground best; None where none does."""
    rows = len(lab)
    weight = ground.sum(axis=1).astype(np.float64)
    sums = np.where(ground[..., None], lab, 0).sum(axis=1, dtype=np.float64)
    total, count = sums.sum(axis=0), weight.sum()
    if rows < 8 or count < 0.1 * ground.size:
        return None
    whole = np.where(ground[..., None], (lab - total / count) ** 2, 0).sum(dtype=np.float64)
    above, above_sums = np.cumsum(weight)[:-1], np.cumsum(sums, axis=0)[:-1]
    below = count - above
    apart = above_sums / np.maximum(above, 1)[:, None] - (total - above_sums) / np.maximum(below, 1)[:, None]
    between = above * below / count * (apart**2).sum(axis=1)
    first, last = round(_FIRST * rows), round(_LAST * rows)
    between[: max(first - 1, 0)] = between[last:] = 0
    row = int(between.argmax()) + 1
    change = float(np.sqrt((apart[row - 1] ** 2).sum()))
    if between[row - 1] < _EXPLAINED * max(whole, 1e-6) or change < _CHANGE:
        return None
    reach = round(_NEAR * rows)
    near = [slice(max(row - reach, 0), row), slice(row, row + reach)]
    means = [sums[part].sum(axis=0) / max(weight[part].sum(), 1) for part in near]
    at_once = float(np.sqrt(((means[1] - means[0]) ** 2).sum()))
    return row if at_once > _AT_ONCE * change else None


def _line(lab: NDArray[np.float32], ground: Mask, row: int) -> NDArray[np.float64]:
    """The row at which each column parts, a median over its neighbours."""
    rows, columns = ground.shape
    parts = [ground & (np.arange(rows)[:, None] < row), ground & (np.arange(rows)[:, None] >= row)]
    above, below = (lab[part].mean(axis=0) for part in parts)
    whole = max(float(np.sqrt(((below - above) ** 2).sum())), 1e-6)
    along = (below - above) / whole
    shown = lab @ along
    reach = max(2, round(_NEAR * rows))
    first, last = max(row - reach, _ROWS), min(row + reach, rows - _ROWS)
    if last <= first:
        return np.full(columns, float(row))
    change = np.stack(
        [shown[at : at + _ROWS].mean(axis=0) - shown[at - _ROWS : at].mean(axis=0) for at in range(first, last)]
    )
    seen = np.stack([ground[at - _ROWS : at + _ROWS].all(axis=0) for at in range(first, last)])
    change = np.where(seen, change, -np.inf)
    known = np.flatnonzero(change.max(axis=0) > _AT_ONCE * whole)
    if not known.size:
        return np.full(columns, float(row))
    line = np.interp(np.arange(columns), known, first + change[:, known].argmax(axis=0))
    half = max(1, columns // 24)
    padded = np.pad(line, half, mode="edge")
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1), axis=-1))
