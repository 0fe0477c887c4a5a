"""PNGs in memory, for formats that hold pictures inside one file."""

from __future__ import annotations

import base64
from io import BytesIO

from delaminate.export.png_encode import write_png
from delaminate.pixels import Rgba, as_eight_bit
from delaminate.stack import LayerStack


def png_bytes(pixels: Rgba, stack: LayerStack) -> bytes:
    """Pixels of the stack as a PNG of their own depth, with the stack's profile and resolution.

    Without a profile they are called sRGB: at 16 bits Krita asks what they are, and waits.
    """
    file = BytesIO()
    write_png(file, pixels, icc=stack.icc, dpi=stack.dpi, srgb=True)
    return file.getvalue()


def data_uri(pixels: Rgba, stack: LayerStack) -> str:
    """An 8-bit PNG as a `data:` address, for SVG and HTML."""
    return "data:image/png;base64," + base64.b64encode(png_bytes(as_eight_bit(pixels), stack)).decode()
