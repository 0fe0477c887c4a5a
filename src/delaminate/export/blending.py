"""Blend modes: the colours a layer shows over what lies below it, so that laid over plainly it looks the same.

W3C, Compositing and Blending Level 1 (2015): blending only changes the source's colour, to
(1 - αb) · Cs + αb · B(Cb, Cs); then it is laid over as ever. The modes beyond it are Adobe's (PDF Blend Modes, 2006).
All on values as they are stored, as GIMP, Krita and Photoshop do by default.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Rgba, levels

Values: TypeAlias = NDArray[np.float32]
"""H×W×3, 0..1."""
Blend: TypeAlias = Callable[[Values, Values], Values]
"""What lies below and the layer's own colour → the colour that is shown."""

_ROWS = 64
"""Rows blended at a time."""
_TINY = 1e-6


def _hard_light(below: Values, own: Values) -> Values:
    return np.where(own <= 0.5, below * 2 * own, 1 - (1 - below) * (2 - 2 * own))


def _dodge(below: Values, own: Values) -> Values:
    return np.where(below <= 0, 0, np.where(own >= 1, 1, np.minimum(1, below / np.maximum(1 - own, _TINY))))


def _burn(below: Values, own: Values) -> Values:
    return np.where(below >= 1, 1, np.where(own <= 0, 0, 1 - np.minimum(1, (1 - below) / np.maximum(own, _TINY))))


def _soft_light(below: Values, own: Values) -> Values:
    curve = np.where(below <= 0.25, ((16 * below - 12) * below + 4) * below, np.sqrt(below))
    darker = below - (1 - 2 * own) * below * (1 - below)
    return np.where(own <= 0.5, darker, below + (2 * own - 1) * (curve - below))


def _vivid_light(below: Values, own: Values) -> Values:
    return np.where(own <= 0.5, _burn(below, 2 * own), _dodge(below, 2 * own - 1))


def _pin_light(below: Values, own: Values) -> Values:
    return np.where(own <= 0.5, np.minimum(below, 2 * own), np.maximum(below, 2 * own - 1))


def _luminosity(colour: Values) -> Values:
    return np.asarray(colour @ np.array([0.3, 0.59, 0.11], np.float32))[..., None]


def _with_luminosity(colour: Values, wanted: Values) -> Values:
    colour = colour + (wanted - _luminosity(colour))
    grey, low, high = _luminosity(colour), colour.min(axis=2, keepdims=True), colour.max(axis=2, keepdims=True)
    colour = np.where(low < 0, grey + (colour - grey) * grey / np.maximum(grey - low, _TINY), colour)
    return np.where(high > 1, grey + (colour - grey) * (1 - grey) / np.maximum(high - grey, _TINY), colour)


def _saturation(colour: Values) -> Values:
    return np.asarray(colour.max(axis=2, keepdims=True) - colour.min(axis=2, keepdims=True))


def _with_saturation(colour: Values, wanted: Values) -> Values:
    span = _saturation(colour)
    return np.where(span > _TINY, (colour - colour.min(axis=2, keepdims=True)) * wanted / np.maximum(span, _TINY), 0)


def _darker_whole(below: Values, own: Values) -> Values:
    return np.where(_luminosity(below) <= _luminosity(own), below, own)


def _lighter_whole(below: Values, own: Values) -> Values:
    return np.where(_luminosity(below) >= _luminosity(own), below, own)


MODES: dict[str, Blend] = {
    "multiply": lambda b, s: b * s,
    "screen": lambda b, s: b + s - b * s,
    "overlay": lambda b, s: _hard_light(s, b),
    "darken": np.minimum,
    "lighten": np.maximum,
    "color-dodge": _dodge,
    "color-burn": _burn,
    "hard-light": _hard_light,
    "soft-light": _soft_light,
    "difference": lambda b, s: abs(b - s),
    "exclusion": lambda b, s: b + s - 2 * b * s,
    "plus": lambda b, s: np.minimum(1, b + s),
    "linear-burn": lambda b, s: np.maximum(0, b + s - 1),
    "subtract": lambda b, s: np.maximum(0, b - s),
    "divide": lambda b, s: np.where(b <= 0, 0, np.minimum(1, b / np.maximum(s, _TINY))),
    "linear-light": lambda b, s: np.clip(b + 2 * s - 1, 0, 1),
    "vivid-light": _vivid_light,
    "pin-light": _pin_light,
    "hard-mix": lambda b, s: (b + s >= 1).astype(np.float32),
    "darker-color": _darker_whole,
    "lighter-color": _lighter_whole,
    "hue": lambda b, s: _with_luminosity(_with_saturation(s, _saturation(b)), _luminosity(b)),
    "saturation": lambda b, s: _with_luminosity(_with_saturation(b, _saturation(s)), _luminosity(b)),
    "color": lambda b, s: _with_luminosity(s, _luminosity(b)),
    "luminosity": lambda b, s: _with_luminosity(b, _luminosity(s)),
}
"""By the names that SVG and OpenRaster use, and like names for the others."""


def blended(pixels: Rgba, below: Rgba, mode: str) -> Rgba:
    """The layer's pixels with the colours that its mode makes of them over `below`; its alpha stays.

    Parameters
    ----------
    pixels, below : H×W×4 straight alpha, both uint8 or both uint16; neither is changed.
    mode : one of `MODES`.
    """
    full, blend = levels(pixels), MODES[mode]
    out = pixels.copy()
    for top in range(0, len(pixels), _ROWS):
        own, under = _values(pixels[top : top + _ROWS], full), _values(below[top : top + _ROWS], full)
        seen = under[..., 3:]
        mixed = (1 - seen) * own[..., :3] + seen * blend(under[..., :3], own[..., :3])
        out[top : top + _ROWS, :, :3] = np.rint(np.clip(mixed, 0, 1) * full)
    return out


def _values(pixels: Rgba, full: int) -> Values:
    return np.asarray(pixels, np.float32) / np.float32(full)
