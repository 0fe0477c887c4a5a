"""From any colour mode of an image file to RGB or RGBA of 8 or 16 bits, by these rules.

=====================  ========================================================================================
mode                   rule
=====================  ========================================================================================
RGB, RGBA              as stored
1-bit, grey            R = G = B = value; 8-bit grey with a grey profile and no transparency through it to sRGB
grey + alpha, palette  the same, or looked up; transparency (channel, entry or key colour) becomes an alpha channel
16 bits per channel    as stored, all 16 of them
CMYK, Lab              through the embedded profile to sRGB (Lab: D50); CMYK without a profile by 255 − min(255, C + K)
YCbCr, HSV             Pillow's conversion
32-bit integer, float  0..65535 and 0..1 are taken as they are, other ranges stretched from darkest to brightest
=====================  ========================================================================================

A profile is kept only while it describes the pixels: an RGB profile on pixels that were not converted through it.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from delaminate.pixels import Rgb, Rgba

_STRIPE_ROWS = 256
"""Rows converted at a time, so that beside the decoder's picture and ours only a stripe exists."""

_THROUGH_THEIR_PROFILE = (("CMYK", b"CMYK", "RGB"), ("L", b"GRAY", "RGB"))
"""Pillow's mode, the colour space of the profile, and what comes out."""

_INTEGERS, _FLOATS = ("I",), ("F",)


@dataclass(frozen=True, eq=False)
class Converted:
    """The pixels (not yet turned upright), the profile that describes them, and what was done to them."""

    pixels: Rgb | Rgba
    icc: bytes | None
    notes: tuple[str, ...]


def converted(image: Image.Image, file: BinaryIO | None = None) -> Converted:
    """The image as H×W×3, or H×W×4 where it has transparency; uint16 for 16 bits per channel, else uint8.

    Parameters
    ----------
    image : opened, not necessarily loaded.
    file : the file it was opened from; needed for all 16 bits of colour, of which Pillow reads the upper 8.

    Raises
    ------
    OSError, ValueError, SyntaxError and others
        What Pillow raises for damaged files.
    """
    notes = []
    deep = _sixteen_bits(image, file)
    if deep is not None:
        pixels: NDArray[Any] = deep
    elif image.mode in _INTEGERS + _FLOATS:
        pixels = _from_numbers(image)
        notes.append(f"mode {image.mode} was brought to 8 bits per channel")
    else:
        pixels, note = _from_mode(image)
        if note:
            notes.append(note)
    icc, note = _kept_profile(image)
    if note:
        notes.append(note)
    return Converted(pixels, icc, tuple(notes))


def _sixteen_bits(image: Image.Image, file: BinaryIO | None) -> NDArray[np.uint16] | None:
    """uint16 H×W×3 or H×W×4 where the image has 16 bits per channel and they can be had, else None."""
    key = image.info.get("transparency")
    if image.mode.startswith("I;16"):
        grey = np.asarray(image).astype(np.uint16)
        deep = np.repeat(grey[:, :, None], 3, axis=2)
    else:
        raw = _raw_mode(image)
        if file is None or image.mode not in {"LA", "RGB", "RGBA"} or not raw.startswith(f"{image.mode};16"):
            return None
        import cv2

        image.load()  # OpenCV says nothing about a file that is cut short; Pillow does
        file.seek(0)
        read = cv2.imdecode(np.frombuffer(file.read(), np.uint8), cv2.IMREAD_UNCHANGED)
        if read is None or read.dtype != np.uint16 or read.shape[:2] != (image.height, image.width) or read.ndim != 3:
            return None
        deep = read[..., [2, 1, 0, 3][: read.shape[2]]].astype(np.uint16, copy=False)
    if key is not None and deep.shape[2] == 3:
        alpha = np.where((deep == np.asarray(key)).all(axis=2), 0, 65535).astype(np.uint16)
        deep = np.dstack([deep, alpha])
    return deep


def _raw_mode(image: Image.Image) -> str:
    """How the samples lie in the file, in Pillow's words ("RGB;16B"); empty for an image made in memory."""
    tiles = getattr(image, "tile", None)
    raw = tiles[0].args if tiles else ""
    return raw if isinstance(raw, str) else str((raw or ("",))[0])


def _from_numbers(image: Image.Image) -> NDArray[np.uint8]:
    """32-bit integers and floats: there is no agreed white, see the table above. Not-a-number becomes black."""
    values = np.nan_to_num(np.asarray(image).astype(np.float64), posinf=0.0, neginf=0.0)
    low, high = 0.0, 65535.0 if image.mode in _INTEGERS else 1.0
    if values.min() < low or values.max() > high:
        low, high = float(values.min()), float(values.max())
    values -= low
    values *= 255.0 / max(high - low, np.finfo(np.float64).tiny)
    grey = np.rint(np.clip(values, 0, 255)).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def _from_mode(image: Image.Image) -> tuple[NDArray[np.uint8], str]:
    """Everything of 8 bits and less, a stripe at a time; with a note where colours changed meaning."""
    wanted = "RGBA" if image.has_transparency_data else "RGB"
    image.load()
    convert, note = _conversion(image, wanted)
    width, height = image.size
    pixels = np.empty((height, width, len(wanted)), np.uint8)
    for top in range(0, height, _STRIPE_ROWS):
        bottom = min(top + _STRIPE_ROWS, height)
        pixels[top:bottom] = np.asarray(convert(image.crop((0, top, width, bottom))))
    return pixels, note


def _conversion(image: Image.Image, wanted: str) -> tuple[Callable[[Image.Image], Image.Image], str]:
    def plain(stripe: Image.Image) -> Image.Image:
        return stripe if stripe.mode == wanted and "transparency" not in stripe.info else stripe.convert(wanted)

    profile: Any = None
    if image.mode == "LAB":
        profile = ImageCms.createProfile("LAB")
    elif (image.mode, _colour_space(image.info.get("icc_profile")), wanted) in _THROUGH_THEIR_PROFILE:
        profile = io.BytesIO(image.info["icc_profile"])
    if profile is not None:
        try:
            transform = ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), image.mode, "RGB")
        except ImageCms.PyCMSError:
            return plain, f"converted from {image.mode} without its profile, which is damaged"
        return (
            lambda stripe: ImageCms.applyTransform(stripe, transform) or stripe,
            f"converted from {image.mode} to sRGB",
        )
    if image.mode in {"RGB", "RGBA"}:
        return plain, ""
    return plain, f"converted from mode {image.mode} to {wanted}"


def _colour_space(icc: bytes | None) -> bytes:
    """The colour space signature of an ICC profile (ICC.1:2022, 7.2), empty where it is none."""
    return icc[16:20] if icc and len(icc) >= 128 and icc[36:40] == b"acsp" else b""


def _kept_profile(image: Image.Image) -> tuple[bytes | None, str]:
    icc = image.info.get("icc_profile")
    if not icc:
        return None, ""
    if _colour_space(icc) == b"RGB " and image.mode not in {"CMYK", "LAB"}:
        return bytes(icc), ""
    space = _colour_space(icc).decode("latin-1").strip()
    return None, f"the embedded {space} profile was not kept" if space else "a damaged colour profile was not kept"
