"""Grey with a profile, CMYK and Lab to sRGB, at the depth they have; a stripe at a time."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from delaminate.picture.icc import Doubles, adapted, grey_light, kept, space, to_xyz
from delaminate.pixels import as_eight_bit, levels

_ROWS = 128
SRGB_PRIMARIES = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
D65, D50 = (0.3127, 0.3290), (0.345703, 0.358539)


def srgb_encoded(light: NDArray[Any]) -> NDArray[Any]:
    """Linear light 0..1 as sRGB values 0..1 (IEC 61966-2-1); what lies outside is clipped."""
    light = np.clip(light, 0, 1)
    found: NDArray[Any] = np.where(light <= 0.0031308, light * 12.92, 1.055 * np.power(light, 1 / 2.4) - 0.055)
    return found


def quantised(values: NDArray[Any], like: NDArray[Any]) -> NDArray[Any]:
    """Values 0..1 at the depth of `like`, rounded."""
    found: NDArray[Any] = np.rint(values * levels(like)).astype(like.dtype)
    return found


def from_grey(grey: NDArray[Any], icc: bytes | None, mode: str, notes: list[str]) -> tuple[NDArray[Any], bytes | None]:
    """H×W grey as H×W×3: through a grey profile to sRGB where there is one, else with the values as they are.

    Returns
    -------
    pixels, icc
        The profile only if it is an RGB one, which some writers put on grey pictures.
    """
    light = grey_light(icc, levels(grey) + 1) if icc and space(icc) == b"GRAY" else None
    if light is not None:
        grey = quantised(srgb_encoded(light), grey)[grey]
        notes.append(f"converted from {mode} to sRGB")
        icc = None
    elif space(icc) == b"GRAY":
        notes.append(f"converted from {mode} without its profile, which is damaged")
        icc = None
    elif levels(grey) == 255:
        notes.append(f"converted from mode {mode} to RGB")
    icc, note = kept(icc, "RGB ")
    if note:
        notes.append(note)
    return np.repeat(grey[:, :, None], 3, axis=2), icc


def from_cmyk(ink: NDArray[Any], icc: bytes | None, notes: list[str]) -> NDArray[Any]:
    """H×W×4 inks, the largest value the most ink, through the profile to sRGB; without one white − min(white, C + K).

    The conversion through a profile has 8 bits (Little CMS in Pillow); deeper pictures are rounded, with a note.
    """
    transform = None
    if space(icc) == b"CMYK" and icc:
        try:
            transform = ImageCms.buildTransform(io.BytesIO(icc), ImageCms.createProfile("sRGB"), "CMYK", "RGB")
            notes.append("converted from CMYK to sRGB")
        except ImageCms.PyCMSError:
            notes.append("converted from CMYK without its profile, which is damaged")
    else:
        notes.append("converted from mode CMYK to RGB")
        if note := kept(icc, "CMYK")[1]:
            notes.append(note)
    if transform is None:
        full = levels(ink)

        def plain(stripe: NDArray[Any]) -> NDArray[Any]:
            wide = stripe.astype(np.uint32)
            return np.asarray(full - np.minimum(wide[..., :3] + wide[..., 3:], full), ink.dtype)

        return _striped(ink, ink.dtype, plain)
    if levels(ink) > 255:
        notes.append("16 bits per channel were rounded to 8 for the conversion through the CMYK profile")

    def through(stripe: NDArray[Any]) -> NDArray[Any]:
        image = Image.frombytes("CMYK", (stripe.shape[1], stripe.shape[0]), as_eight_bit(stripe).tobytes())
        return np.asarray(ImageCms.applyTransform(image, transform))

    return _striped(ink, np.dtype(np.uint8), through)


def from_lab(lab: NDArray[Any], signed: bool, notes: list[str], white_xy: tuple[float, float] = D50) -> NDArray[Any]:
    """H×W×3 CIE Lab to sRGB at the same depth.

    Parameters
    ----------
    lab : 8 or 16 bits. `signed`: a and b are two's complement, as TIFF's CIE Lab; else they lie 128 too high, as in
        ICC Lab, whose 16-bit L = 100 is 65280.
    white_xy : the white that L = 100 stands for.
    """
    notes.append("converted from LAB to sRGB")
    deep = lab.dtype.itemsize == 2
    dtype = np.dtype(np.uint16 if deep else np.uint8)
    unsigned, unit = lab.view(dtype), 256.0 if deep else 1.0
    white = (65535.0 if signed else 65280.0) if deep else 255.0
    to_rgb = np.linalg.inv(adapted(to_xyz(SRGB_PRIMARIES, D65), D65)) @ adapted(np.eye(3), white_xy)
    x, y = white_xy
    light_of_white = np.array([x / y, 1.0, (1 - x - y) / y])

    def converted(stripe: NDArray[Any]) -> NDArray[Any]:
        values = stripe.astype(np.float64)
        axes = stripe[..., 1:].view(np.dtype(f"i{dtype.itemsize}")) / unit if signed else values[..., 1:] / unit - 128
        return quantised(
            srgb_encoded((lab_to_xyz(values[..., 0] * (100 / white), axes) * light_of_white) @ to_rgb.T), stripe
        )

    return _striped(unsigned, dtype, converted)


def lab_to_xyz(lightness: Doubles, axes: Doubles) -> Doubles:
    """CIE 1976 L*a*b* to XYZ over that of the white, last axis 3."""
    y = (lightness + 16) / 116
    f = np.stack([y + axes[..., 0] / 500, y, y - axes[..., 1] / 200], axis=-1)
    xyz: Doubles = np.where(f > 6 / 29, f**3, (f - 4 / 29) * (3 * (6 / 29) ** 2))
    return xyz


def _striped(
    values: NDArray[Any], dtype: np.dtype[Any], convert: Callable[[NDArray[Any]], NDArray[Any]]
) -> NDArray[Any]:
    """The conversion, some rows at a time, so that beside both pictures only a stripe exists."""
    found = np.empty((*values.shape[:2], 3), dtype)
    for top in range(0, values.shape[0], _ROWS):
        found[top : top + _ROWS] = convert(np.ascontiguousarray(values[top : top + _ROWS]))
    return found
