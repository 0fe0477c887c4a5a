"""A thin border that a mask stopped short of is the thing's; a shadow beside it is not."""

from __future__ import annotations

from random import Random

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from delaminate.evaluation.generation import backdrops
from delaminate.splitting.rim import rim_of

HEIGHT, WIDTH = 360, 480
Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]


def _ground(name: str) -> Picture:
    made: Picture = getattr(backdrops, name)(Random(f"rim {name}"), HEIGHT, WIDTH, (150, 40, 50), (120, 30, 40))
    return made.copy()


def _card(grown: int = 0) -> Mask:
    """A turned rectangle, so many pixels larger on every side."""
    out = np.zeros((HEIGHT, WIDTH), np.uint8)
    corners = cv2.boxPoints(((230.0, 180.0), (150.0 + 2 * grown, 210.0 + 2 * grown), 8.0))
    cv2.fillConvexPoly(out, np.rint(corners).astype(np.int32), 1)
    return out > 0


@pytest.mark.parametrize("name", ["plain", "paper", "cloth", "wood", "gradient"])
def test_a_cards_bevel_is_the_cards(name: str) -> None:
    """It had stayed behind as an outline of the card."""
    picture, inner, whole = _ground(name), _card(), _card(3)
    picture[whole] = (176, 178, 182)
    picture[inner] = (250, 250, 250)
    rim = rim_of(picture, inner, np.zeros_like(inner))
    border = whole & ~inner
    assert (rim & border).sum() > 0.85 * border.sum()
    assert (rim & ~whole).sum() < 0.1 * border.sum()


@pytest.mark.parametrize("name", ["plain", "paper", "cloth", "wood", "gradient"])
def test_a_right_mask_stays_as_it_is(name: str) -> None:
    """Neither its soft edge nor a shadow that the thing casts is a border."""
    picture, whole = _ground(name).astype(np.float32), _card()
    shade = cv2.GaussianBlur(np.roll(whole, (8, 6), (0, 1)).astype(np.float32), (0, 0), 5)[..., None]
    picture *= 1 - 0.45 * shade
    cover = cv2.GaussianBlur(whole.astype(np.float32), (0, 0), 0.6)[..., None]
    picture = picture * (1 - cover) + 250 * cover
    rim = rim_of(np.rint(picture).astype(np.uint8), whole, np.zeros_like(whole))
    assert not rim.any()
