"""A card with a ball on it and a stamp beside it: what an edit means, on plain rectangles."""

from __future__ import annotations

from typing import Any

import numpy as np

from delaminate.contracts import Stages
from delaminate.pixels import Box
from delaminate.stack import Layer, LayerStack, Role
from editing.stand_ins import Asks, Fills, FindsEach, Hard, Own

GROUND, CARD, BALL, STAMP = (230, 230, 220), (250, 240, 60), (200, 30, 40), (20, 90, 160)
WHOLE_CARD, ON_CARD, ON_GROUND = Box(10, 10, 44, 50), Box(20, 20, 36, 36), Box(50, 20, 70, 40)


def plain_stages(*boxes: Box, colour: tuple[int, int, int] = GROUND) -> Stages:
    """Stages that find rectangles, cut them hard, and fill with one colour."""
    masks = []
    for box in boxes:
        mask = np.zeros((60, 80), np.bool_)
        mask[box.slices] = True
        masks.append(mask)
    return Stages("plain", Asks(), FindsEach(tuple(masks)), Hard(), Own(), Fills(colour))


def window_stages(stack: LayerStack, box: Box, colour: tuple[int, int, int]) -> Stages:
    """Stages that find a rectangle in the window in which the parts of the card are looked for."""
    window = WHOLE_CARD.grown(12, stack.width, stack.height)
    inner = box.shifted(-window.left, -window.top)
    mask = np.zeros((window.height, window.width), np.bool_)
    mask[inner.slices] = True
    return Stages("plain", Asks(), FindsEach((mask,)), Hard(), Own(), Fills(colour))


def laid_table() -> LayerStack:
    """A card (l1) with a ball (l2) on it, and a stamp (l3) beside it, on an even ground."""
    ground = _plain("background", "background", Box(0, 0, 80, 60), GROUND, Role.BACKGROUND)
    card, ball = _plain("l1", "card", WHOLE_CARD, CARD), _plain("l2", "ball", ON_CARD, BALL)
    return LayerStack(80, 60, (ground, card, ball, _plain("l3", "stamp", ON_GROUND, STAMP)))


def _plain(key: str, name: str, box: Box, colour: tuple[int, int, int], role: Role = Role.OBJECT) -> Layer:
    return Layer(key, name, role, box, np.full((box.height, box.width, 4), (*colour, 255), np.uint8))


def layer_of(stack: LayerStack, name: str) -> Layer:
    """The layer of that id."""
    return next(layer for layer in stack.layers if layer.id == name)


def alpha_of(stack: LayerStack, name: str) -> Any:
    """Its alpha over the whole canvas."""
    layer, canvas = layer_of(stack, name), np.zeros((stack.height, stack.width), np.uint8)
    canvas[layer.box.slices] = layer.pixels[..., 3]
    return canvas
