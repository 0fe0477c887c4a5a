"""Drawn shapes that things lie on, and the slots of a grid."""

from __future__ import annotations

from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from delaminate.contracts import Found, Plan, Target
from delaminate.evaluation.generation.catalogue import draw, thing
from delaminate.stack import Role
from delaminate.stages.segmentation.embedded.segmenter import Embedded
from drawings import Mask, iou

Picture = NDArray[np.uint8]


def every(picture: Picture) -> tuple[Found, ...]:
    """What "every object" finds."""
    segmenter = Embedded()
    (found,) = segmenter(segmenter.prepare(picture), Plan((Target("every object", count=None),)))
    return found


def full(found: Found, picture: Picture) -> Mask:
    """Its mask over the picture."""
    mask = np.zeros(picture.shape[:2], np.bool_)
    mask[found.box.slices] = found.mask
    return mask


def laid(picture: Picture, noun: str, colour: str, side: int, at: tuple[int, int]) -> Mask:
    """Draw a thing of the catalogue on a picture; where it is."""
    drawn = Image.fromarray(draw(thing(noun), side, Random(noun), colour).pixels)
    canvas = Image.fromarray(picture).convert("RGBA")
    canvas.alpha_composite(drawn, at)
    picture[:] = np.asarray(canvas.convert("RGB"))
    mask = np.zeros(picture.shape[:2], np.bool_)
    mask[at[1] : at[1] + drawn.height, at[0] : at[0] + drawn.width] = np.asarray(drawn)[..., 3] > 127
    return mask


def test_a_thing_on_a_disc_and_the_disc_are_two() -> None:
    """A poster's tree was taken with the sun behind it."""
    picture = np.full((640, 480, 3), (252, 244, 230), np.uint8)
    disc = np.zeros(picture.shape[:2], np.uint8)
    cv2.circle(disc, (240, 320), 180, 1, -1)
    picture[disc > 0] = (250, 176, 60)
    tree = laid(picture, "pine tree", "teal", 210, (150, 210))
    found = every(picture)
    best = max(found, key=lambda one: iou(full(one, picture), tree))
    assert iou(full(best, picture), tree) > 0.9
    (plate,) = [one for one in found if one.role is Role.SHAPE]
    assert iou(full(plate, picture), disc > 0) > 0.9


def test_the_slots_of_a_grid_are_no_layers() -> None:
    """What lies in them is."""
    picture = np.full((420, 660, 3), (46, 48, 62), np.uint8)
    things = []
    for i in range(6):
        x, y = 40 + 200 * (i % 3), 30 + 190 * (i // 3)
        cv2.rectangle(picture, (x, y), (x + 170, y + 160), (70, 74, 94), -1)
    for noun, colour, at in (("apple", "red", (75, 60)), ("gem", "blue", (275, 60)), ("crown", "red", (475, 250))):
        things.append(laid(picture, noun, colour, 100, at))
    found = every(picture)
    assert not [one for one in found if one.role is Role.SHAPE]
    for mask in things:
        assert max(iou(full(one, picture), mask) for one in found) > 0.85
