"""What a file says about its picture beside colours: EXIF, XMP, IPTC, without which way it lay and where it was taken.

The pixels are turned upright, so a statement of orientation would be wrong; the place is private, kept only if asked.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import Any, BinaryIO

from PIL import Image

_ORIENTATION, _PLACE = 0x0112, 0x8825
_DETAILS, _MAKERS_NOTE = 0x8769, 0x927C
_WORDS = (0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x8298)
"""Description, maker, model, software, date, artist, copyright."""

IPTC = 0x0404
"""Photoshop's number of the resource that holds IPTC."""

RAW_PROFILE = "Raw profile type iptc"
_RESOURCE, _RECORD = b"8BIM\x04\x04", b"\x1c"
_LONGEST_SEGMENT = 65_533
_HEAD = b"Exif\0\0"
_XMP_PLACE = rb"exif:GPS\w+"
_XMP_ORIENTATION = rb"tiff:Orientation"


@dataclass(frozen=True, eq=False)
class About:
    """EXIF as a TIFF structure, XMP as a packet of XML, IPTC as its records (IIM 4); not all of them are empty."""

    exif: bytes = b""
    xmp: bytes = b""
    iptc: bytes = b""

    @property
    def app1(self) -> bytes:
        """EXIF as a JPEG holds it; empty where there is none."""
        return _HEAD + self.exif if self.exif else b""

    @property
    def resource(self) -> bytes:
        """IPTC as Photoshop's image resource, which JPEGs and PNGs hold it in; empty where there is none."""
        if not self.iptc:
            return b""
        return b"8BIM" + struct.pack(">HHI", IPTC, 0, len(self.iptc)) + self.iptc + bytes(len(self.iptc) % 2)

    @property
    def app13(self) -> bytes:
        """IPTC as a segment of a JPEG; empty where there is none, or more than a segment holds."""
        content = b"Photoshop 3.0\0" + self.resource
        fits = self.iptc and len(content) <= _LONGEST_SEGMENT
        return b"\xff\xed" + struct.pack(">H", len(content) + 2) + content if fits else b""

    @property
    def raw_profile(self) -> bytes:
        """IPTC as the text that PNGs hold it in: ImageMagick's way, which ExifTool shares."""
        digits = self.resource.hex()
        rows = "\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
        return f"\niptc\n{len(self.resource):8}\n{rows}\n".encode() if digits else b""


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
    iptc = _iptc(info)
    note = ""
    if place:
        note = "the place it was taken (GPS) was " + ("kept" if keep_place else "left out; --keep-place keeps it")
    return (About(exif, packet, iptc) if exif or packet or iptc else None), note


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


def _iptc(info: dict[Any, Any]) -> bytes:
    """The records, from a tag of their own, among Photoshop's resources of a JPEG, or in a text of a PNG."""
    resources = info.get("photoshop")
    found = info.get("iptc") or (resources.get(IPTC) if isinstance(resources, dict) else None)
    if found is None and isinstance(text := info.get(RAW_PROFILE), str):
        try:
            data = bytes.fromhex("".join(text.split()[2:]))
        except ValueError:
            return b""
        found = data[12 : 12 + struct.unpack(">I", data[8:12])[0]] if data[:6] == _RESOURCE else data
    return bytes(found) if isinstance(found, bytes) and found[:1] == _RECORD else b""


def exif_of_tiff(file: BinaryIO) -> bytes:
    """What a TIFF says in EXIF's tags, as EXIF; nothing where it is damaged.

    The tags of its layout are left out, and the maker's note, whose offsets would not hold.
    """
    try:
        there, kept = Image.Exif(), Image.Exif()
        file.seek(0)
        if b"+" in file.read(4):
            return b""  # a BigTIFF, which Pillow takes for damaged here
        file.seek(0)
        there.load_from_fp(file)
        for tag in _WORDS:
            if tag in there:
                kept[tag] = there[tag]
        for tag in (_DETAILS, _PLACE):
            if found := {name: value for name, value in there.get_ifd(tag).items() if name != _MAKERS_NOTE}:
                kept[tag] = found
        return kept.tobytes() if len(kept) else b""
    except Exception:  # noqa: BLE001 - a picture is not refused for damaged remarks about it
        return b""


def _without(packet: bytes, name: bytes) -> bytes:
    """XMP without a property, which is an attribute or an element."""
    packet = re.sub(rb"\s" + name + rb"\s*=\s*(\"[^\"]*\"|'[^']*')", b"", packet)
    return re.sub(rb"<(" + name + rb")\b[^>]*>.*?</\1>", b"", packet, flags=re.DOTALL)
