"""Which way up a picture is, by EXIF and by nothing else: XMP has a copy that converters leave behind."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray
from PIL import Image

_TAG = 0x0112


def orientation_of(info: dict[Any, Any]) -> int:
    """EXIF's orientation, 1 to 8; 1 where none is stated or the remarks are damaged.

    Parameters
    ----------
    info : of a Pillow image: "exif" has the bytes, or ImageMagick's "Raw profile type exif" in hexadecimal.
    """
    try:
        raw = info.get("exif") or _raw_profile(info)
        if not isinstance(raw, bytes):
            return 1
        exif = Image.Exif()
        exif.load(raw)
        found = int(exif.get(_TAG, 1))
    except Exception:  # noqa: BLE001 - a picture is not refused for damaged remarks about it
        return 1
    return found if 1 <= found <= 8 else 1


def _raw_profile(info: dict[Any, Any]) -> bytes | None:
    for name in ("Raw profile type exif", "Raw profile type APP1"):
        if isinstance(text := info.get(name), str):
            return bytes.fromhex("".join(text.split("\n")[3:]))
    return None


def upright(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """A view of the pixels as the camera was held (EXIF 2.32, tag 0x0112)."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels
