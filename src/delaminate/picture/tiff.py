"""TIFF of any layout, depth and byte order to RGB or RGBA: what the samples of the first page mean as colours."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaminate.picture import tiff_directory as tags
from delaminate.picture.colour_spaces import D50, from_cmyk, from_grey, from_lab
from delaminate.picture.decoded import Damaged, Decoded, NotRead
from delaminate.picture.icc import kept
from delaminate.picture.samples import from_numbers, scaled, straight
from delaminate.picture.tiff_directory import Directory
from delaminate.picture.tiff_samples import JPEG, Layout, layout_of, samples_of

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _MASK, _CMYK, _YCBCR, _CIELAB, _ICCLAB = *range(7), 8, 9
_COLOURS = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3, _PALETTE: 1, _MASK: 1, _CMYK: 4, _CIELAB: 3, _ICCLAB: 3}
_NAMES = {
    32803: "a camera's sensor values",
    34892: "a camera's linear sensor values",
    32844: "LogL",
    32845: "LogLuv",
    10: "ITU Lab",
}
_ASSOCIATED, _UNASSOCIATED = 1, 2
_PER_INCH = {2: 1.0, 3: 2.54}


def size_of(page: Directory) -> tuple[int, int]:
    """Width and height, as the directory says them."""
    return page.integer(tags.WIDTH, 0), page.integer(tags.LENGTH, 0)


def needs_libtiff(page: Directory) -> bool:
    """Whether it is one of the 8-bit kinds whose colours libtiff itself works out: YCbCr and old JPEG."""
    compression, photometric = page.integer(tags.COMPRESSION, 1), page.integer(tags.PHOTOMETRIC, 1)
    return compression == 6 or (photometric == _YCBCR and compression != JPEG)


def read(page: Directory) -> Decoded:
    """Decode the first page.

    Raises
    ------
    NotRead
        If it is of a kind that is not read.
    Damaged
        If it contradicts itself; besides, what Pillow raises for damaged data.
    """
    photometric = page.integer(tags.PHOTOMETRIC, _BLACK_IS_ZERO)
    if photometric == _YCBCR:
        photometric = _RGB  # libtiff's JPEG decoder gives RGB
    if tags.DNG_VERSION in page and photometric not in _COLOURS:
        raise NotRead("a camera's raw file")
    if photometric not in _COLOURS:
        raise NotRead(f"a TIFF of {_NAMES.get(photometric, f'unknown colours ({photometric})')}")
    layout = layout_of(page)
    colours = _COLOURS[photometric]
    if layout.samples < colours:
        raise Damaged("channels are missing")
    values = samples_of(page, layout)
    notes: list[str] = []
    colour, mode = _depth(values[..., :colours], layout, photometric, notes)
    alpha, associated = _alpha(page, layout, values, colours, notes)
    if alpha is not None and alpha.dtype != colour.dtype:
        alpha = alpha.astype(np.uint16) * np.uint16(257) if colour.dtype == np.uint16 else (alpha >> 8).astype(np.uint8)
    del values
    if associated and alpha is not None and photometric in (_RGB, _WHITE_IS_ZERO, _BLACK_IS_ZERO):
        colour = straight(np.concatenate([np.broadcast_to(colour, (*colour.shape[:2], 3)), alpha], axis=2))[
            ..., :colours
        ]
        notes.append("colours multiplied with their alpha were divided by it again")
    icc = page.raw(tags.ICC) or None
    found, icc = _meaning(page, photometric, colour, icc, mode, notes)
    if alpha is not None:
        found = np.concatenate([found, alpha], axis=2)
    return Decoded(
        found,
        _mode(mode, alpha is not None),
        icc,
        tuple(notes),
        _dpi(page),
        _orientation(page),
        layout.lossy,
        page.more,
        {"xmp": page.raw(tags.XMP), "iptc": _iptc(page)},
    )


def _iptc(page: Directory) -> bytes:
    """IPTC's records; some writers call them whole numbers, and turn their bytes round with those of the file."""
    raw = page.raw(tags.IPTC)
    if raw[:1] == b"\x1c" or len(raw) % 4:
        return raw
    return np.frombuffer(raw, "<u4").byteswap().tobytes()


def _depth(colour: NDArray[Any], layout: Layout, photometric: int, notes: list[str]) -> tuple[NDArray[Any], str]:
    """The colour samples at 8 or 16 bits, and Pillow's name of what they were."""
    if photometric == _PALETTE:
        if layout.kind != "u" or layout.bits > 16:
            raise NotRead(f"a TIFF with a palette of {layout.bits} bits")
        return colour, "P"
    if photometric in (_CIELAB, _ICCLAB):
        if layout.bits not in (8, 16) or layout.kind == "f":
            raise NotRead(f"a TIFF of {layout.bits}-bit Lab")
        return colour, "LAB"
    name = {1: "L", 3: "RGB", 4: "CMYK"}[colour.shape[2]]
    if layout.kind == "u" and layout.bits <= 16:
        deep = {"L": "I;16"}.get(name, name) if layout.bits > 8 else name
        return scaled(colour, layout.bits), "1" if layout.bits == 1 and name == "L" else deep
    if layout.kind == "i" and layout.bits == 8:
        colour = colour.astype(np.int16)
    found, stretched = from_numbers(colour)
    kind = "float" if layout.kind == "f" else "integer"
    notes.append(
        f"{layout.bits}-bit {kind} values were brought to 16 bits per channel"
        + (", stretched from darkest to brightest" if stretched else "")
    )
    return found, {"L": "F" if layout.kind == "f" else "I"}.get(name, name)


def _alpha(
    page: Directory, layout: Layout, values: NDArray[Any], colours: int, notes: list[str]
) -> tuple[NDArray[Any] | None, bool]:
    """The alpha channel, H×W×1 at 8 or 16 bits, and whether colours are multiplied with it."""
    extra = layout.samples - colours
    # Without the tag the one further channel is transparency, as OpenCV writes it and Pillow reads it.
    kinds = page.integers(tags.EXTRA_SAMPLES, (_UNASSOCIATED,) if extra == 1 else ())[:extra]
    kinds += (0,) * (extra - len(kinds))
    at = next((number for number, kind in enumerate(kinds) if kind in (_ASSOCIATED, _UNASSOCIATED)), None)
    others = extra - (at is not None)
    if others:
        channels = "a further channel" if others == 1 else f"{others} further channels"
        notes.append(f"{channels} beside the colours and their transparency (saved selections, spot colours) not used")
    if at is None:
        return None, False
    alpha = values[..., colours + at : colours + at + 1]
    if layout.kind == "u" and layout.bits <= 16:
        alpha = scaled(alpha, layout.bits)
    elif layout.kind == "f":
        alpha = np.rint(np.clip(np.nan_to_num(alpha), 0, 1).astype(np.float64) * 65535).astype(np.uint16)
    else:
        top = float(np.iinfo(alpha.dtype).max)
        alpha = np.rint(np.clip(alpha / top, 0, 1) * 65535).astype(np.uint16)
    return alpha, kinds[at] == _ASSOCIATED


def _meaning(
    page: Directory, photometric: int, colour: NDArray[Any], icc: bytes | None, mode: str, notes: list[str]
) -> tuple[NDArray[Any], bytes | None]:
    """H×W×3 and the profile that describes it."""
    if photometric == _PALETTE:
        found = _looked_up(page, colour[..., 0])
        notes.append("converted from mode P to RGB")
    elif photometric == _CMYK:
        if page.integer(tags.INK_SET, 1) != 1:
            raise NotRead("a TIFF of inks other than CMYK")
        return from_cmyk(colour, icc, notes), None
    elif photometric in (_CIELAB, _ICCLAB):
        return from_lab(colour, photometric == _CIELAB, notes, _white(page)), None
    elif photometric == _RGB:
        found = colour
    else:
        grey = colour if photometric != _WHITE_IS_ZERO else np.iinfo(colour.dtype).max - colour
        return from_grey(grey[..., 0], icc, mode, notes)
    icc, note = kept(icc, "RGB ")
    if note:
        notes.append(note)
    return found, icc


def _white(page: Directory) -> tuple[float, float]:
    """The white point of Lab, D50 where none is stated."""
    stated = page.numbers(tags.WHITE_POINT)
    return (stated[0], stated[1]) if len(stated) == 2 and min(stated) > 0.1 and sum(stated) < 1 else D50


def _looked_up(page: Directory, numbers: NDArray[Any]) -> NDArray[Any]:
    """Colours of a palette: 16 bits where its entries use them, else 8."""
    table = np.array(page.integers(tags.COLOUR_MAP), np.int64)
    if table.size == 0 or table.size % 3 or table.max() > 65535 or table.min() < 0:
        raise Damaged("palette")
    entries = table.reshape(3, -1).T
    if numbers.max() >= len(entries):
        raise Damaged("a pixel names a colour beyond the palette")
    found: NDArray[Any] = entries.astype(np.uint16)
    if entries.max() < 256:  # some writers store bytes
        found = entries.astype(np.uint8)
    for step in (256, 257):
        if (entries % step == 0).all():
            found = (entries // step).astype(np.uint8)
    return np.asarray(found[numbers])


def _mode(name: str, alpha: bool) -> str:
    return {"L": "LA", "I;16": "LA", "1": "LA", "RGB": "RGBA", "P": "PA"}.get(name, name) if alpha else name


def _dpi(page: Directory) -> tuple[float, float] | None:
    unit = _PER_INCH.get(page.integer(tags.RESOLUTION_UNIT, 2))
    across, down = page.numbers(tags.X_RESOLUTION), page.numbers(tags.Y_RESOLUTION)
    if unit is None or not across or not down:
        return None
    return across[0] * unit, down[0] * unit


def _orientation(page: Directory) -> int:
    found = page.integer(tags.ORIENTATION, 1)
    return found if 1 <= found <= 8 else 1
