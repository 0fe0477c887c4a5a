"""Writes a PPTX of one slide: cropped pictures at their places, text layers as text boxes (python-pptx)."""

from __future__ import annotations

import math
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from delaminate.errors import UnwritableOutput
from delaminate.export.atomic import replacing
from delaminate.export.dropped import Dropped, Written, depth_dropped, invented_dropped, named, text_dropped
from delaminate.export.groups import grouped
from delaminate.export.inline_png import png_bytes
from delaminate.export.text_as import TextAs
from delaminate.export.typography import ASCENT, Look, live_text
from delaminate.export.xml_text import names_dropped, xml_text
from delaminate.export.zip_entry import add_entry
from delaminate.pixels import Box, as_eight_bit
from delaminate.stack import Blend, Layer, LayerStack

_EMU_PER_INCH, _POINTS_PER_INCH = 914_400, 72
_SCREEN_DPI = 96.0
_SHORTEST, _LONGEST = 1.0, 56.0
"""Sides of a slide in inches, as PowerPoint allows them."""

_FONT = "Arial"


def write(stack: LayerStack, path: Path, text: TextAs = TextAs.LIVE) -> Written:
    """Write the stack on a slide of its size; names become alternative texts and selection pane entries.

    Parameters
    ----------
    text : what text layers become; live text comes near the picture, it does not equal it.

    Raises
    ------
    UnwritableOutput
        If python-pptx is not installed, or the file cannot be written.
    """
    try:
        from pptx import Presentation
    except ImportError as error:
        raise UnwritableOutput(
            "PPTX needs python-pptx, which is not installed; run: pip install python-pptx"
        ) from error
    deck: Any = Presentation()
    paper = _paper(stack)
    deck.slide_width, deck.slide_height = paper.width, paper.height
    slide = deck.slides.add_slide(deck.slide_layouts[6])  # the blank one
    for target, layers in grouped(stack.layers):
        shapes = slide.shapes
        if target:
            group = slide.shapes.add_group_shape()
            group.name = xml_text(target)
            shapes = group.shapes
        for layer in layers:
            if layer.look.visible:
                _add_layer(shapes, layer, stack, text, paper)
    _save(deck, path)
    return Written((path,), _dropped(stack, text))


@dataclass(frozen=True)
class _Paper:
    """A slide in EMU; the picture stands in its middle, `scale` EMU a pixel."""

    width: int
    height: int
    scale: float
    left: float
    top: float

    def place(self, left: float, top: float, width: float, height: float) -> tuple[int, int, int, int]:
        """Pixels of the canvas as left, top, width and height on the slide."""
        return (
            round(self.left + left * self.scale),
            round(self.top + top * self.scale),
            round(width * self.scale),
            round(height * self.scale),
        )


def _paper(stack: LayerStack) -> _Paper:
    """The slide; where the picture is longer than 56 times its width, with bars at its sides."""
    scale = _emu_per_pixel(stack)
    shortest = round(_SHORTEST * _EMU_PER_INCH)
    width, height = (max(round(side * scale), shortest) for side in (stack.width, stack.height))
    return _Paper(width, height, scale, (width - stack.width * scale) / 2, (height - stack.height * scale) / 2)


def _emu_per_pixel(stack: LayerStack) -> float:
    """The picture's own size on paper where it states one that a slide can have, else 96 pixels an inch."""
    sides = stack.width, stack.height
    dpi = stack.dpi[0] if stack.dpi else _SCREEN_DPI
    dpi = max(dpi, max(sides) / _LONGEST)
    dpi = min(dpi, max(min(sides) / _SHORTEST, max(sides) / _LONGEST))
    return _EMU_PER_INCH / dpi


def _add_layer(shapes: Any, layer: Layer, stack: LayerStack, text: TextAs, paper: _Paper) -> None:
    # A slide has no opacity that every program heeds: a faded layer is a picture with less alpha.
    faded = layer.look.opacity < 1
    look = None if faded else live_text(layer, stack, text)
    pixels = layer.pixels
    if faded:
        pixels = pixels.copy()
        pixels[..., 3] = np.rint(pixels[..., 3] * layer.look.opacity)
    shift = stack.width if look and text is TextAs.BESIDE else 0
    picture = png_bytes(as_eight_bit(pixels), stack)
    shape = shapes.add_picture(BytesIO(picture), *_place(layer.box.shifted(shift, 0), paper))
    shape.name = xml_text(layer.name)
    about = shape._element.nvPicPr.cNvPr
    about.set("descr", xml_text(layer.name))
    if look and text is TextAs.LIVE:
        about.set("hidden", "1")
    if look:
        _add_text(shapes, layer, look, paper)


def _place(box: Box, paper: _Paper) -> tuple[int, int, int, int]:
    return paper.place(box.left, box.top, box.width, box.height)


def _add_text(shapes: Any, layer: Layer, look: Look, paper: _Paper) -> None:
    """A text box whose first baseline is that of the pixels and whose lines lie as far apart."""
    from pptx.dml import color
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
    from pptx.util import Pt

    rgb: Any = color.RGBColor
    colour = rgb(*look.colour)
    size = look.fitting_size
    top = look.lines[0].baseline - ASCENT * size
    left = float(min(line.ink.left for line in look.lines))
    right = float(max(line.ink.right for line in look.lines))
    height = look.lines[-1].baseline - top + (1.2 - ASCENT) * size
    width = right - left
    if look.column:
        ink = look.lines[0].ink
        left, top, width, height = ink.left - 0.1 * size, ink.top, ink.width + 0.2 * size, ink.height + size
    elif look.degrees:
        left, top = _about(look, left + width / 2, top + height / 2, width, height)
    shape = shapes.add_textbox(*paper.place(left, top, width, height))
    if look.degrees:
        shape.rotation = look.degrees % 360
    shape.name = xml_text(layer.name)
    shape._element.nvSpPr.cNvPr.set("descr", xml_text(layer.name))
    frame = shape.text_frame
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    frame.word_wrap = False
    if look.column:
        frame._txBody.bodyPr.set("vert", "eaVert")
    frame.vertical_anchor = MSO_ANCHOR.TOP
    points = size * paper.scale / _EMU_PER_INCH * _POINTS_PER_INCH
    pitch = _pitch(look, size)
    align = {"left": PP_ALIGN.LEFT, "center": PP_ALIGN.CENTER, "right": PP_ALIGN.RIGHT}[look.align]
    for number, line in enumerate(look.lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.alignment = align
        if number and pitch:
            paragraph.line_spacing = pitch
        run = paragraph.add_run()
        run.text = xml_text(line.text)
        run.font.name = _FONT
        run.font.size = Pt(max(1.0, round(points, 1)))
        run.font.bold = look.bold
        if look.column:
            run.font._element.set("spc", str(round(100 * _spacing(look, size) * paper.scale / _EMU_PER_INCH * 72)))
        run.font.color.rgb = colour


def _spacing(look: Look, size: float) -> float:
    """Pixels between the letters of a column, beside their own size."""
    letters = len(look.lines[0].text)
    return max(0.0, (look.lines[0].ink.height - letters * size) / max(letters - 1, 1))


def _about(look: Look, x: float, y: float, width: float, height: float) -> tuple[float, float]:
    """The corner of a box of that size, level about x and y, once its middle has been turned about the look's pivot."""
    angle = math.radians(look.degrees)
    dx, dy = x - look.pivot[0], y - look.pivot[1]
    middle_x = look.pivot[0] + dx * math.cos(angle) - dy * math.sin(angle)
    middle_y = look.pivot[1] + dx * math.sin(angle) + dy * math.cos(angle)
    return middle_x - width / 2, middle_y - height / 2


def _pitch(look: Look, size: float) -> float:
    """From baseline to baseline, in lines of the font (1.15 font sizes); 0 for a single line."""
    if len(look.lines) < 2:
        return 0.0
    mean = (look.lines[-1].baseline - look.lines[0].baseline) / (len(look.lines) - 1)
    return round(max(0.5, mean / size / 1.15), 2)


def _save(deck: Any, path: Path) -> None:
    """Save, with the parts packed again so that the bytes do not depend on the clock."""
    packed = BytesIO()
    deck.save(packed)
    with zipfile.ZipFile(packed) as source, replacing(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name in source.namelist():
            add_entry(archive, name, source.read(name), compress=not name.endswith(".png"))


def _dropped(stack: LayerStack, text: TextAs) -> tuple[Dropped, ...]:
    lost = depth_dropped(stack, "the pictures on a slide have")
    if text is TextAs.PIXELS:
        lost += text_dropped(stack, "written as pixels, as asked.")
    elif live := [layer.name for layer in stack.layers if live_text(layer, stack, text)]:
        lost += (Dropped("the font", f"{named(live)}: set in {_FONT} of about the same size."),)
    if blended := [layer.name for layer in stack.layers if layer.look.blend is not Blend.NORMAL]:
        lost += (Dropped("blend modes", f"{named(blended)}: a slide lays pictures over each other as they are."),)
    if stack.icc:
        lost += (Dropped("colour profile", "it is in the pictures, but most presentation programs take all as sRGB."),)
    sides = sorted((stack.width, stack.height))
    if stack.dpi and round(_EMU_PER_INCH / _emu_per_pixel(stack), 3) != round(stack.dpi[0], 3):
        lost += (Dropped("resolution", f"a slide has sides of 1 to 56 inches; {sides[1]} pixels were scaled to fit."),)
    if sides[1] > sides[0] * _LONGEST / _SHORTEST:
        lost += (Dropped("the shape of the slide", "a slide is at most 56 times as long as wide; bars fill it."),)
    return lost + names_dropped(stack) + invented_dropped(stack)
