"""Small pictures drawn for the tests, with the masks of what is on them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]

SKY = (214, 230, 244)
RED, BLUE, GREEN = (204, 36, 44), (38, 84, 190), (60, 150, 70)


def disc(width: int, height: int, x: int, y: int, radius: int) -> Mask:
    """A filled circle; bool height×width."""
    yy, xx = np.mgrid[:height, :width]
    return np.asarray((xx - x) ** 2 + (yy - y) ** 2 <= radius**2)


def balls(width: int = 360, height: int = 240) -> tuple[Picture, dict[str, Mask]]:
    """Three shaded balls, red, blue and green from left to right, on an even sky."""
    picture = np.full((height, width, 3), SKY, np.uint8)
    masks = {}
    for name, colour, x in (("red", RED, 70), ("blue", BLUE, 180), ("green", GREEN, 290)):
        mask = disc(width, height, x, 130, 38)
        shade = 0.75 + 0.5 * np.exp(
            -(((np.mgrid[:height, :width] - np.array([115, x - 12])[:, None, None]) / 30) ** 2).sum(0)
        )
        picture[mask] = np.clip(np.array(colour) * shade[..., None], 0, 255)[mask].astype(np.uint8)
        masks[name] = mask
    return picture, masks


def poster(words: str = "HELLO WORLD", ink: tuple[int, int, int] = (30, 40, 60)) -> tuple[Picture, Mask]:
    """A flat poster with one line of large text; the mask covers the ink."""
    picture = Image.new("RGB", (480, 240), (236, 222, 180))
    font = ImageFont.load_default(56)
    stencil = Image.new("L", picture.size)
    ImageDraw.Draw(stencil).text((40, 80), words, font=font, fill=255)
    picture.paste(ink, (0, 0), stencil)
    return np.asarray(picture).copy(), np.asarray(stencil) > 127


def iou(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Intersection over union."""
    return float((a & b).sum() / max(1, (a | b).sum()))
