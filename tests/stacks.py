"""Stacks with all that formats find hard: names, groups, text, see-through edges, 16 bits, profile, resolution."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageDraw, ImageFont

from delaminate.pixels import Box, box_of
from delaminate.stack import Layer, LayerStack, Role

WIDTH, HEIGHT = 120, 80
NAMES = ("背景", "تفاحة حمراء", '🍎/slash\\and "quotes" & <tags>', "n" * 255, "SALE")
PROFILE: bytes = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def drawn_stack(bits: int = 8, opaque: bool = True) -> LayerStack:
    """A gradient, two soft discs that answer one target, a soft disc on the edge, and a line of text."""
    full = 255 if bits == 8 else 65535
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(float)
    alpha = np.ones((HEIGHT, WIDTH)) if opaque else columns / WIDTH
    ground = np.dstack([columns / WIDTH, rows / HEIGHT, (columns + rows) % 17 / 40, alpha])
    layers = [
        Layer("background", NAMES[0], Role.BACKGROUND, Box(0, 0, WIDTH, HEIGHT), _at_depth(ground, full)),
        _disc("l1", NAMES[1], (30, 30), (0.9, 0.1, 0.1), full, "the apples"),
        _disc("l2", NAMES[2], (50, 36), (0.2, 0.8, 0.1), full, "the apples"),
        _disc("l3", NAMES[3], (WIDTH - 6, HEIGHT - 5), (0.1, 0.2, 0.9), full, None),
        _text("l4", NAMES[4], full),
    ]
    return LayerStack(WIDTH, HEIGHT, tuple(layers), opaque, PROFILE, (72.0, 72.0))


def small_stack() -> LayerStack:
    """A few pixels, for damaging their files."""
    rng = np.random.default_rng(4)
    ground = np.dstack([rng.integers(0, 256, (9, 12, 3), np.uint8), np.full((9, 12), 255, np.uint8)])
    patch = rng.integers(0, 256, (5, 6, 4), np.uint8)
    layers = (
        Layer("background", "background", Role.BACKGROUND, Box(0, 0, 12, 9), ground),
        Layer("l1", "patch", Role.OBJECT, Box(3, 2, 9, 7), patch),
    )
    return LayerStack(12, 9, layers)


def with_invented(stack: LayerStack) -> LayerStack:
    """The same, with a background of which a part was made up."""
    mask = np.zeros((stack.height, stack.width), np.bool_)
    mask[10:20] = True
    return dataclasses.replace(stack, layers=(dataclasses.replace(stack.background, invented=mask), *stack.layers[1:]))


def _at_depth(pixels: NDArray[Any], full: int) -> NDArray[Any]:
    levels: NDArray[Any] = np.rint(np.clip(pixels, 0, 1) * full)
    return levels.astype(np.uint8) if full == 255 else levels.astype(np.uint16)


def _disc(
    identity: str, name: str, centre: tuple[int, int], colour: tuple[float, float, float], full: int, target: str | None
) -> Layer:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(float)
    away = np.hypot(columns - centre[0], rows - centre[1])
    alpha = np.clip((16 - away) / 3, 0, 1)
    shade = np.dstack([np.full_like(away, value) * (1 - away / 60) for value in colour])
    return _cropped(identity, name, Role.OBJECT, _at_depth(np.dstack([shade, alpha]), full), target)


def _text(identity: str, name: str, full: int) -> Layer:
    image = Image.new("L", (WIDTH, HEIGHT))
    ImageDraw.Draw(image).text((62, 4), name, 255, ImageFont.load_default(20))
    alpha = np.asarray(image) / 255
    pixels = np.dstack([np.full_like(alpha, value) for value in (0.9, 0.8, 0.1)] + [alpha])
    return dataclasses.replace(_cropped(identity, name, Role.TEXT, _at_depth(pixels, full), "the title"), text=name)


def _cropped(identity: str, name: str, role: Role, canvas: NDArray[Any], target: str | None) -> Layer:
    box = box_of(canvas[..., 3])
    assert box is not None
    return Layer(identity, name, role, box, canvas[box.slices].copy(), target=target)
