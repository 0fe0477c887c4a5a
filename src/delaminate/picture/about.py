"""What a file says about its picture beside colours: EXIF and XMP, without which way it lay and where it was taken.

The pixels are turned upright, so a statement of orientation would be wrong; the place is private, kept only if asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from PIL import Image

_ORIENTATION, _PLACE = 0x0112, 0x8825
_HEAD = b"Exif\0\0"
_XMP_PLACE = rb"exif:GPS\w+"
_XMP_ORIENTATION = rb"tiff:Orientation"


@dataclass(frozen=True, eq=False)
class About:
    """EXIF as a TIFF structure and XMP as a packet of XML; either may be empty, not both."""

    exif: bytes = b""
    xmp: bytes = b""

    @property
    def app1(self) -> bytes:
        """EXIF as a JPEG holds it; empty where there is none."""
        return _HEAD + self.exif if self.exif else b""


def about_of(info: dict[Any, Any], keep_place: bool) -> tuple[About | None, str]:
    """What is kept of a file's remarks, and a note where a place was left out or kept.

    Parameters
    ----------
    info : of a Pillow image.
    """
    exif, place = _exif(info.get("exif"), keep_place)
    xmp = info.get("xmp") or info.get("XML:com.adobe.xmp") or b""
    packet = xmp.encode() if isinstance(xmp, str) else bytes(xmp) if isinstance(xmp, bytes) else b""
    packet = _without(packet, _XMP_ORIENTATION)
    place = place or re.search(_XMP_PLACE, packet) is not None
    if not keep_place:
        packet = _without(packet, _XMP_PLACE)
    note = ""
    if place:
        note = "the place it was taken (GPS) was " + ("kept" if keep_place else "left out; --keep-place keeps it")
    return (About(exif, packet) if exif or packet else None), note


def _exif(raw: Any, keep_place: bool) -> tuple[bytes, bool]:
    """The remarks again, and whether there was a place among them; nothing where they are damaged."""
    if not isinstance(raw, bytes) or not raw:
        return b"", False
    try:
        exif = Image.Exif()
        exif.load(raw)
        place = _PLACE in exif
        if place and not keep_place:
            del exif[_PLACE]
        if _ORIENTATION in exif:
            del exif[_ORIENTATION]
        return (exif.tobytes().removeprefix(_HEAD) if len(exif) else b""), place
    except Exception:  # noqa: BLE001 - a picture is not refused for damaged remarks about it
        return b"", False


def _without(packet: bytes, name: bytes) -> bytes:
    """XMP without a property, which is an attribute or an element."""
    packet = re.sub(rb"\s" + name + rb"\s*=\s*(\"[^\"]*\"|'[^']*')", b"", packet)
    return re.sub(rb"<(" + name + rb")\b[^>]*>.*?</\1>", b"", packet, flags=re.DOTALL)
