"""Figures by their outline: each is itself, at any turn and size, and none of the others."""

from __future__ import annotations

from math import cos, pi, sin

import cv2
import numpy as np
import pytest

from delaminate.pixels import Mask
from delaminate.stages.segmentation.embedded.outline import is_figure


def polygon(corners: int, radius: float, turn: float, inner: float | None = None) -> Mask:
    """A regular polygon, or a star where an inner radius is given."""
    count = corners * (2 if inner else 1)
    radii = [radius if inner is None or n % 2 == 0 else inner for n in range(count)]
    points = [
        (100 + r * cos(turn + 2 * pi * n / count), 100 + r * sin(turn + 2 * pi * n / count))
        for n, r in enumerate(radii)
    ]
    picture = np.zeros((200, 200), np.uint8)
    cv2.fillPoly(picture, [np.round(points).astype(np.int32)], 1)
    return picture > 0


def ellipse(a: int, b: int, turn: float) -> Mask:
    """A filled ellipse."""
    picture = np.zeros((200, 200), np.uint8)
    cv2.ellipse(picture, (100, 100), (a, b), turn * 180 / pi, 0, 360, 1, -1)
    return picture > 0


def rectangle(width: float, height: float, turn: float) -> Mask:
    """A filled rectangle."""
    picture = np.zeros((200, 200), np.uint8)
    corners = cv2.boxPoints(((100.0, 100.0), (width, height), turn * 180 / pi))
    cv2.fillPoly(picture, [np.round(corners).astype(np.int32)], 1)
    return picture > 0


FIGURES = ("circle", "ellipse", "square", "rectangle", "triangle", "star")


@pytest.mark.parametrize("radius", [18, 45, 80])
@pytest.mark.parametrize("turn", [0.0, 0.3, 0.7, 1.2])
def test_a_figure_is_itself_and_no_other(radius: int, turn: float) -> None:
    """A circle is an ellipse too, and a square a rectangle."""
    drawn = {
        "circle": (ellipse(radius, radius, 0), {"circle", "ellipse"}),
        "ellipse": (ellipse(radius, radius // 2, turn), {"ellipse"}),
        "square": (rectangle(radius * 1.4, radius * 1.4, turn), {"square", "rectangle"}),
        "rectangle": (rectangle(radius * 1.8, radius * 0.7, turn), {"rectangle"}),
        "triangle": (polygon(3, radius, turn), {"triangle"}),
        "star": (polygon(5, radius, turn, radius * 0.4), {"star"}),
    }
    for name, (mask, wanted) in drawn.items():
        found = {figure for figure in FIGURES if is_figure(mask, figure)}
        assert found == wanted, name


@pytest.mark.parametrize("turn", [0.0, 0.4, 0.9])
def test_polygons_are_told_by_their_corners(turn: float) -> None:
    """Pentagons and hexagons, large enough to have corners."""
    assert is_figure(polygon(5, 70, turn), "pentagon")
    assert not is_figure(polygon(5, 70, turn), "hexagon")
    assert is_figure(polygon(6, 70, turn), "hexagon")


def test_other_nouns_are_not_told_by_their_outline() -> None:
    """A button may look in many ways."""
    assert is_figure(rectangle(60, 30, 0), "button") is None
    assert is_figure(np.zeros((20, 20), np.bool_), "circle") is False
