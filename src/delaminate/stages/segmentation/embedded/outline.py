"""Which drawn figure an outline is: circle, square, triangle, star, … by its fit to the figure, whatever its turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import pi

import cv2
import numpy as np

from delaminate.pixels import Mask

_FIT = 0.9
"""Share of a figure's area that an outline must fill, or be filled by, to be that figure; rims are not sharp."""
_AS_WIDE_AS_HIGH = 1.2
"""Most that one side of a square or circle may be longer than the other."""
_ROUND = 0.84
"""Least circularity, 4π·area/perimeter², of a circle drawn in pixels; a square has 0.785."""
_SOLID = 0.93
"""Least share of its convex hull that a figure without dents fills."""
_STAR = 0.8
"""Most share of its convex hull that a star fills."""
_STRAIGHT = 0.03
"""Share of the perimeter by which an outline may leave a straight side."""


@dataclass(frozen=True)
class _Outline:
    """Measurements of an outline; `corners` where it is drawn with straight sides."""

    aspect: float
    in_rectangle: float
    in_triangle: float
    in_ellipse: float
    circularity: float
    in_hull: float
    corners: int

    @property
    def compact(self) -> bool:
        """Whether it is as wide as it is high."""
        return self.aspect < _AS_WIDE_AS_HIGH


_FIGURES: dict[str, Callable[[_Outline], bool]] = {
    "circle": lambda o: o.compact and o.circularity > _ROUND and o.in_hull > _SOLID and o.in_rectangle < _FIT,
    "ellipse": lambda o: o.in_ellipse > _FIT and o.in_hull > _SOLID and o.in_rectangle < _FIT,
    "square": lambda o: o.compact and o.in_rectangle > _FIT,
    "rectangle": lambda o: o.in_rectangle > _FIT,
    "triangle": lambda o: o.in_triangle > _FIT - 0.05 and o.in_rectangle < 0.7,
    "pentagon": lambda o: o.corners == 5 and o.in_hull > _SOLID,
    "hexagon": lambda o: o.corners == 6 and o.in_hull > _SOLID,
    "octagon": lambda o: o.corners == 8 and o.in_hull > _SOLID,
    "star": lambda o: o.in_hull < _STAR and o.corners >= 8,
}
_FIGURES |= {"oval": _FIGURES["ellipse"], "disc": _FIGURES["circle"], "disk": _FIGURES["circle"]}
_FIGURES |= {"dot": _FIGURES["circle"]}


def is_figure(mask: Mask, noun: str) -> bool | None:
    """Whether a region has the outline of a figure; None where the noun names no figure that is known by its outline.

    Parameters
    ----------
    mask : bool h×w, the whole region with its holes filled.
    """
    fits = _FIGURES.get(noun)
    if fits is None:
        return None
    outline = _measured(mask)
    return outline is not None and fits(outline)


def _measured(mask: Mask) -> _Outline | None:
    padded = np.pad(mask, 1).view(np.uint8)
    contours, _ = cv2.findContours(padded, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return None
    contour = max(contours, key=len)
    area, hull = float(mask.sum()), cv2.convexHull(contour)
    perimeter = cv2.arcLength(cv2.approxPolyDP(contour, 1.5, True), True)
    (_, (width, height), _) = cv2.minAreaRect(contour)
    # Contours run through the middle of the rim's pixels: half a pixel on every side is missing.
    width, height = width + 1, height + 1
    triangle, _ = cv2.minEnclosingTriangle(contour)
    corners = len(cv2.approxPolyDP(contour, _STRAIGHT * perimeter, True))
    hull_area = cv2.contourArea(hull) + cv2.arcLength(hull, True) / 2 + 1
    ellipse = pi / 4 * width * height
    return _Outline(
        aspect=max(width, height) / min(width, height),
        in_rectangle=area / (width * height),
        in_triangle=area / (triangle + perimeter / 2 + 1),
        in_ellipse=min(area, ellipse) / max(area, ellipse),
        circularity=4 * pi * area / max(perimeter, 1) ** 2,
        in_hull=area / hull_area,
        corners=corners,
    )
