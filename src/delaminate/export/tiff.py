"""Layered TIFF: the flattened picture as the page any program shows, the layers in Adobe's private tags.

Adobe Photoshop TIFF Technical Notes (2002): tag 37724 holds the same layer section as a PSD, tag 34377 the image
resources. The file is little-endian, as Photoshop writes it unless told otherwise; tifffile does the rest.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, Final

from delaminate.composite import flatten
from delaminate.errors import BadInput, UnreadablePicture
from delaminate.export.atomic import replacing
from delaminate.export.dropped import Written, invented_dropped, names_shortened, text_dropped
from delaminate.export.loose import Canvas, Reading
from delaminate.export.old_names import OldNames
from delaminate.export.psd import image_resources
from delaminate.export.psd_layers import LONGEST_NAME, Widths, layer_info
from delaminate.export.psd_reader import read_layers, read_tagged
from delaminate.picture import MAX_PIXELS
from delaminate.picture.cursor import Cursor
from delaminate.picture.photoshop import read_resources
from delaminate.stack import LayerStack

_SIGNATURE = b"Adobe Photoshop Document Data Block\0"
_IMAGE_RESOURCES, _LAYERS = 34377, 37724
_UNDEFINED = 7
"""TIFF's type of uninterpreted bytes."""

_ORDER: Final = "<"
_ROWS_PER_STRIP = 256
_MOST_BYTES = 4_000_000_000


def write(stack: LayerStack, path: Path) -> Written:
    """Write the stack as a TIFF that shows the flattened picture and holds the layers for Photoshop and for us.

    Raises
    ------
    BadInput
        If the layers need more than the 4 GB a TIFF can address.
    UnwritableOutput
        If the file cannot be written.

    Notes
    -----
    Memory beside the stack: the flattened picture and the packed layers.
    """
    import tifffile

    if sum(layer.pixels.nbytes for layer in stack.layers) + stack.background.pixels.nbytes > _MOST_BYTES:
        raise BadInput("a TIFF ends at 4 GB and this stack needs more; write a .psb instead")
    widths = Widths(large=False, order=_ORDER)
    layers = _SIGNATURE + widths.tagged(b"Layr" if stack.bits == 8 else b"Lr16", layer_info(stack, widths))
    private = [(_LAYERS, layers), (_IMAGE_RESOURCES, image_resources(stack))]
    with replacing(path) as file:
        tifffile.imwrite(
            file,
            flatten(stack)[..., : 3 if stack.opaque else 4],
            byteorder=_ORDER,
            photometric="rgb",
            extrasamples=() if stack.opaque else ("unassalpha",),
            compression="zlib",
            compressionargs={"level": 1},
            predictor=True,
            rowsperstrip=_ROWS_PER_STRIP,
            resolution=stack.dpi,
            resolutionunit="inch" if stack.dpi else None,
            iccprofile=stack.icc,
            metadata=None,
            software="delaminate",
            extratags=[(number, _UNDEFINED, len(data), data, True) for number, data in private],
        )
    why = "a TIFF holds layers as pixels."
    return Written((path,), text_dropped(stack, why) + names_shortened(stack, LONGEST_NAME) + invented_dropped(stack))


def read(path: Path, max_pixels: int = MAX_PIXELS, encoding: str | None = None) -> Reading:
    """Read a TIFF with Photoshop layers, whoever wrote it; `encoding` as in `psd_reader.read`.

    Raises
    ------
    UnreadablePicture
        If the file is missing, damaged or no TIFF.
    BadInput
        If it has no layers, is not RGB of 8 or 16 bits, or has more than `max_pixels` pixels.
    """
    try:
        data = path.read_bytes()
        canvas, layers = _private_parts(data, max_pixels)
        return read_layers(layers, canvas, large=False, names=OldNames(encoding))
    except OSError as error:
        raise UnreadablePicture(f"{path} cannot be read: {error.strerror}") from error
    except UnreadablePicture as error:
        raise UnreadablePicture(f"{path.name} is damaged or no layered TIFF: {error}") from error
    except BadInput as error:
        raise type(error)(f"{path.name} cannot be used: {error}") from error


def _private_parts(data: bytes, max_pixels: int) -> tuple[Canvas, Cursor]:
    """What the first page says of the canvas, and the layer section."""
    import tifffile

    try:
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            page: Any = file.pages[0]
            width, height, bits = int(page.imagewidth), int(page.imagelength), int(page.bitspersample)
            channels, photometric, order = int(page.samplesperpixel), int(page.photometric), str(file.byteorder)
            icc = page.iccprofile
            private = {number: page.tags.valueof(number) for number in (_LAYERS, _IMAGE_RESOURCES)}
    except Exception as error:
        raise UnreadablePicture("its directory of tags cannot be read") from error
    if not isinstance(private[_LAYERS], bytes):
        raise BadInput("it has no Photoshop layers; save it with its layers")
    if photometric != 2 or bits not in (8, 16) or width < 1 or height < 1:
        raise BadInput("it is not an RGB picture of 8 or 16 bits per channel; convert it and save it again")
    resources = private[_IMAGE_RESOURCES]
    dpi = read_resources(Cursor(memoryview(resources if isinstance(resources, bytes) else b""))).dpi
    canvas = Canvas(width, height, bits, channels == 3, bytes(icc) if icc else None, dpi, max_pixels)
    return canvas, _find_layers(Cursor(memoryview(private[_LAYERS]), order), bits)


def _find_layers(section: Cursor, bits: int) -> Cursor:
    if bytes(section.take(len(_SIGNATURE))) != _SIGNATURE:
        raise UnreadablePicture("its layer section is not one")
    while section.left >= 12:
        key, block = read_tagged(section, large=False)
        if key == (b"Layr" if bits == 8 else b"Lr16"):
            return block
    raise BadInput("it has no Photoshop layers; save it with its layers")
