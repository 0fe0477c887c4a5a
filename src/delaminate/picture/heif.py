"""HEIC and HEIF through pillow-heif, where it is installed, at all the bits they have."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np

from delaminate.picture.boxes import Boxes
from delaminate.picture.decoded import Decoded, NotRead
from delaminate.picture.icc import kept
from delaminate.picture.samples import scaled, straight


def opened(file: BinaryIO) -> Any:
    """The file with its header read.

    Raises
    ------
    NotRead
        If pillow-heif is not installed.
    """
    try:
        import pillow_heif
    except ImportError as error:
        raise NotRead(
            "a HEIC or HEIF picture, and pillow-heif is not installed",
            "run: pip install pillow-heif, or save the picture as JPEG or PNG",
        ) from error
    file.seek(0)
    return pillow_heif.open_heif(file, convert_hdr_to_8bit=False, hdr_to_16bit=False)


def read(image: Any, boxes: Boxes) -> Decoded:
    """Decode the main picture; libheif turns it upright itself, and EXIF does not count (23008-12)."""
    values = np.asarray(image)
    if values.ndim == 2:
        values = np.repeat(values[:, :, None], 3, axis=2)
    mode = str(image.mode)
    bits = boxes.bits if values.dtype == np.uint16 else 8
    pixels = scaled(values, bits)
    if mode.startswith("RGBa"):
        pixels = straight(pixels)
    icc, note = kept(image.info.get("icc_profile"), "RGB ")
    more = len(image) > 1
    return Decoded(
        pixels,
        "RGBA" if pixels.shape[2] == 4 else "RGB",
        icc,
        (note,) if note else (),
        lossy=True,
        more=more,
        info=image.info,
    )
