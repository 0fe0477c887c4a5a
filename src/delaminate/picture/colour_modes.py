"""From any colour mode of a Pillow image to RGB or RGBA, by these rules.

=====================  ========================================================================================
mode                   rule
=====================  ========================================================================================
RGB, RGBA              as stored
1-bit, grey            R = G = B = value; with a grey profile through it to sRGB, at the depth they have
grey + alpha, palette  the same, or looked up; transparency (channel, entry or key colour) becomes an alpha channel
16 bits per channel    as stored, all 16 of them; 9 to 15 bits spread over 16
CMYK, Lab              through the embedded profile to sRGB (Lab: D50); CMYK without a profile by 255 − min(255, C + K)
YCbCr, HSV             Pillow's conversion
32-bit integer, float  0..65535 and 0..1 are taken as they are, other ranges stretched from darkest to brightest
=====================  ========================================================================================

A profile is kept only while it describes the pixels: an RGB profile on pixels that were not converted through it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from delaminate.picture.colour_spaces import from_cmyk, from_grey, from_lab
from delaminate.picture.icc import kept
from delaminate.picture.samples import from_numbers, straight

_STRIPE_ROWS = 256
"""Rows converted at a time, so that beside the decoder's picture and ours only a stripe exists."""

_GREYS = ("1", "L", "LA", "La", "I;16", "I;16L", "I;16B", "I;16N")


def converted(
    image: Image.Image, icc: bytes | None, notes: list[str], key: tuple[int, ...] | None = None
) -> tuple[NDArray[Any], bytes | None]:
    """The image as H×W×3, or H×W×4 where it has transparency, with the profile that describes it.

    Parameters
    ----------
    image : opened, not necessarily loaded.
    icc : its profile.
    notes : what was done is added here.
    key : the transparent colour of a grey or RGB image, in its pixels' values; for all else Pillow's knowledge counts.

    Raises
    ------
    OSError, ValueError, SyntaxError and others
        What Pillow raises for damaged files.
    """
    mode = image.mode
    if mode in ("I", "F"):
        numbers, stretched = from_numbers(np.asarray(image))
        how = ", stretched from darkest to brightest" if stretched else ""
        notes.append(f"mode {mode} was brought to 16 bits per channel{how}")
        return np.repeat(numbers[:, :, None], 3, axis=2), _kept(icc, notes)
    if mode in _GREYS:
        return _grey(image, icc, notes, key)
    if mode == "CMYK":
        image.load()
        return from_cmyk(np.asarray(image), icc, notes), None
    if mode == "LAB":
        image.load()
        return from_lab(np.asarray(image), False, notes), None
    alpha = key is None and image.has_transparency_data
    image.load()
    pixels = _striped(image, "RGBA" if alpha else "RGB")
    if mode == "RGBa":
        pixels = straight(np.asarray(image).reshape(*pixels.shape[:2], 4))
    if key is not None:
        pixels = keyed(pixels, key)
    if mode not in ("RGB", "RGBA"):
        notes.append(f"converted from mode {mode} to {'RGBA' if alpha else 'RGB'}")
    return pixels, _kept(icc, notes)


def keyed(pixels: NDArray[Any], key: tuple[int, ...]) -> NDArray[Any]:
    """H×W×3 with an alpha channel that is 0 where the pixel has the key colour."""
    full = np.iinfo(pixels.dtype).max
    alpha = np.where((pixels == np.asarray(key)).all(axis=2), 0, full).astype(pixels.dtype)
    return np.dstack([pixels, alpha])


def _grey(
    image: Image.Image, icc: bytes | None, notes: list[str], key: tuple[int, ...] | None
) -> tuple[NDArray[Any], bytes | None]:
    stated = image.info.get("transparency")
    if key is None and isinstance(stated, int):
        key = (stated,)
    values = np.asarray(image)
    if values.dtype == np.bool_:
        values = values.astype(np.uint8) * np.uint8(255)
    elif values.dtype != np.uint8:
        values = values.astype(np.uint16)
    grey = values if values.ndim == 2 else values[..., 0]
    if image.mode == "La":
        grey = straight(np.dstack([values[..., :1]] * 3 + [values[..., 1:]]))[..., 0]
    pixels, icc = from_grey(grey, icc, image.mode, notes)
    if values.ndim == 3:
        return np.dstack([pixels, values[..., 1]]), icc
    if key is not None:
        clear = keyed(grey[:, :, None], key)[..., 1]
        return np.dstack([pixels, clear]), icc
    return pixels, icc


def _striped(image: Image.Image, wanted: str) -> NDArray[np.uint8]:
    def plain(stripe: Image.Image) -> Image.Image:
        if stripe.mode == wanted and "transparency" not in stripe.info:
            return stripe
        return stripe.convert(wanted)

    convert: Callable[[Image.Image], Image.Image] = plain
    width, height = image.size
    pixels = np.empty((height, width, len(wanted)), np.uint8)
    for top in range(0, height, _STRIPE_ROWS):
        bottom = min(top + _STRIPE_ROWS, height)
        pixels[top:bottom] = np.asarray(convert(image.crop((0, top, width, bottom))))
    return pixels


def _kept(icc: bytes | None, notes: list[str]) -> bytes | None:
    found, note = kept(icc, "RGB ")
    if note:
        notes.append(note)
    return found
