"""Writes PSD, and PSB where PSD ends (sides over 30,000 pixels, about 2 GB).

Adobe Photoshop File Formats Specification (2019). Why not psd-tools: docs/decisions/0401-psd-written-by-hand.md.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from delaminate.composite import flatten
from delaminate.errors import BadInput
from delaminate.export.atomic import replacing
from delaminate.export.cut_as import CutAs
from delaminate.export.dropped import Dropped, Written, invented_dropped, named, names_shortened, text_dropped
from delaminate.export.psd_layers import BIG, LONGEST_NAME, Widths, merged_picture, write_layers
from delaminate.export.psd_text import FONT
from delaminate.export.text_as import TextAs
from delaminate.export.typography import live_text
from delaminate.picture.about import IPTC
from delaminate.pixels import Rgba
from delaminate.stack import LayerStack

_LONGEST_SIDE, _LONGEST_LARGE_SIDE = 30_000, 300_000
_MOST_BYTES = 1_900_000_000
"""PSD ends at 2 GB; what could grow beyond becomes a PSB."""

_RGB_MODE = 3
_RESOLUTION, _ICC, _VERSION = 1005, 1039, 1057
_EXIF, _XMP = 1058, 1060
_PER_INCH, _INCHES = 1, 1


def write(stack: LayerStack, path: Path, text: TextAs = TextAs.PIXELS, cut: CutAs = CutAs.ALPHA) -> Written:
    """Write the stack with cropped layers, Unicode names, groups, profile, resolution and a merged picture.

    Parameters
    ----------
    path : ends in .psd or .psb. A stack too large for PSD becomes a .psb of the same stem; the result names it.
    text : what text layers become. Type layers hold the pixels too, and under them the pixel layers lie hidden, so that
        the flattened picture is the same until somebody edits the words.
    cut : what hides the rest of a layer, its own transparency or a layer mask. The flattened picture is the same.

    Raises
    ------
    BadInput
        If a side is longer than 300,000 pixels.
    UnwritableOutput
        If the file cannot be written.

    Notes
    -----
    Memory beside the stack: the flattened picture and its packed form, 4 to 8 bytes per pixel and 16-bit sample.
    """
    longest = max(stack.width, stack.height)
    if longest > _LONGEST_LARGE_SIDE:
        raise BadInput(f"PSB ends at {_LONGEST_LARGE_SIDE:,} pixels a side and this stack has {longest:,}")
    if _too_large(stack):
        path = path.with_suffix(".psb")
    widths = Widths(large=path.suffix.lower() == ".psb")
    with replacing(path) as file:
        _write_document(stack, file, widths, text, cut)
    return Written((path,), type_dropped(stack, text) + names_shortened(stack, LONGEST_NAME) + invented_dropped(stack))


def type_dropped(stack: LayerStack, text: TextAs) -> tuple[Dropped, ...]:
    """What type layers do not say of the text, or that there are none."""
    if text is TextAs.PIXELS:
        return text_dropped(stack, "written as pixels; --text live writes type layers.")
    live = [layer.name for layer in stack.layers if live_text(layer, stack, text)]
    return (Dropped("the font", f"{named(live)}: set in {FONT} of about the same size."),) if live else ()


def _too_large(stack: LayerStack) -> bool:
    size = sum(layer.pixels.nbytes for layer in stack.layers) + stack.background.pixels.nbytes
    return max(stack.width, stack.height) > _LONGEST_SIDE or size > _MOST_BYTES


def _write_document(stack: LayerStack, file: BinaryIO, widths: Widths, text: TextAs, cut: CutAs) -> None:
    channels = 3 if stack.opaque else 4
    version = 2 if widths.large else 1
    file.write(b"8BPS" + struct.pack(">H6xHIIHH", version, channels, stack.height, stack.width, stack.bits, _RGB_MODE))
    file.write(bytes(4))  # no colour mode data
    resources = image_resources(stack)
    file.write(struct.pack(">I", len(resources)) + resources)
    flat = flatten(stack)
    _write_layer_section(stack, file, widths, flat if cut is CutAs.MASKS else None, text)
    file.writelines(merged_picture(flat, stack.opaque, widths))


def image_resources(stack: LayerStack) -> bytes:
    """Resolution, colour profile, EXIF, XMP, IPTC, and the note that the merged picture is real."""
    made = BIG.unicode("delaminate")
    blocks = [(_VERSION, struct.pack(">I?", 1, True) + made + made + struct.pack(">I", 1))]
    if stack.dpi:
        across, down = (round(dpi * 65536) for dpi in stack.dpi)
        blocks.append((_RESOLUTION, struct.pack(">IHHIHH", across, _PER_INCH, _INCHES, down, _PER_INCH, _INCHES)))
    if stack.icc:
        blocks.append((_ICC, stack.icc))
    if stack.about:
        remarks = ((IPTC, stack.about.iptc), (_EXIF, stack.about.exif), (_XMP, stack.about.xmp))
        blocks += [(number, data) for number, data in remarks if data]
    return b"".join(
        b"8BIM" + struct.pack(">HHI", number, 0, len(data)) + data + bytes(len(data) % 2)
        for number, data in sorted(blocks)
    )


def _write_layer_section(stack: LayerStack, file: BinaryIO, widths: Widths, seen: Rgba | None, text: TextAs) -> None:
    """8-bit layers lie in the layer info itself, 16-bit ones in the block Lr16 behind an empty layer info."""
    section = file.tell()
    file.write(widths.length(0))
    deep = stack.bits == 16
    if deep:
        file.write(widths.length(0) + bytes(4) + b"8BIMLr16")
    info = file.tell()
    file.write(widths.length(0))
    write_layers(stack, file, widths, seen, text)
    file.write(bytes(-(file.tell() - info) % 4))
    info_end = file.tell()
    if not deep:
        file.write(bytes(4))  # no global layer mask
    end = file.tell()
    for at, stop in ((section, end), (info, info_end)):
        file.seek(at)
        file.write(widths.length(stop - at - len(widths.length(0))))
    file.seek(end)
