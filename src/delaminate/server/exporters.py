"""The file formats that the layers of a job can be downloaded in, and one job's layers in one of them."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import cast

from delaminate.composite import flatten
from delaminate.editing.arrangement import Arrangement, Placed, arranged, covered_box, only
from delaminate.errors import UnknownName
from delaminate.export.formats import FORMATS, Format
from delaminate.export.outputs import export
from delaminate.export.png_encode import write_png
from delaminate.export.zip_entry import add_entry
from delaminate.picture import Picture
from delaminate.server.bodies import ArrangementBody, instruction
from delaminate.server.database.jobs import Job
from delaminate.server.documents import SeparationRequest
from delaminate.server.errors import InvalidInput
from delaminate.server.results import Output
from delaminate.stack import LayerStack

_MIME = {
    "psd": "image/vnd.adobe.photoshop",
    "psb": "image/vnd.adobe.photoshop",
    "ora": "image/openraster",
    "tiff": "image/tiff",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "svg": "image/svg+xml",
    "html": "text/html",
    "png": "image/png",
}
_ZIP = "application/zip"
_DEEPEST = 16
"""Bits of a colour that nothing is lost of."""
_LIVE_TEXT = ("pptx",)
"""Formats whose own default keeps text as text."""
_NEEDS = {"pptx": "pptx"}
"""Format → library that may be missing."""


_EDIT, _PRESENT, _GAME, _KEEP = "edit", "present", "game", "keep"
_ABOUT = {
    "psd": (_EDIT, "Photoshop, Affinity, Photopea, Krita: every layer with its name; letters are pixels."),
    "psb": (_EDIT, "The same for Photoshop alone, for pictures of over 30,000 pixels a side or 2 GB."),
    "ora": (_EDIT, "GIMP, Krita, MyPaint: every layer with its name; letters are pixels."),
    "tiff": (_EDIT, "Photoshop and Krita see the layers, every other program the whole picture."),
    "pptx": (_PRESENT, "PowerPoint, Keynote, Google Slides: each layer movable, text to be typed over."),
    "svg": (_PRESENT, "Figma, Illustrator, Inkscape: each layer a picture in a group; letters are pixels."),
    "html": (_PRESENT, "One page for any browser that takes the picture apart."),
    "png": (_PRESENT, "One picture, no layers."),
    "sprites": (_GAME, "One sheet with atlas and JSON for libGDX, Phaser and Spine; hidden pixels are not in it."),
    "zip": (_KEEP, "A PNG a layer and a manifest: nothing is lost, delaminate reads it back."),
}
"""Format → what it is for, and one honest line."""
_STEMS = {"zip": "layers", "sprites": "sprites", "png": "flat"}
"""Format → what its file is called after the picture, where its ending does not tell it from another."""
_ARRANGED = ("psd", "psb", "ora", "tiff", "pptx", "png")
"""Formats that can hold another arrangement than the exact one."""


@dataclass(frozen=True)
class Exporter:
    """A format as the API offers it; what is several files becomes one zip.

    Parameters
    ----------
    drops : what it does not hold, in one sentence.
    purpose : "edit", "present", "game" or "keep".
    says : one line for whoever chooses.
    stem : what the file is called after the picture's name.
    arranged : whether it can hold an arrangement.
    """

    id: str
    name: str
    extension: str
    mime: str
    drops: str
    purpose: str
    says: str
    stem: str
    arranged: bool


@dataclass(frozen=True)
class Wanted:
    """What of a job's stack is written.

    Parameters
    ----------
    layers : ids of the layers; empty means all.
    arranged : as they were arranged, or as they were cut.
    trim : the canvas cut to what they cover; of a flattened picture only.
    """

    layers: tuple[str, ...] = ()
    arranged: bool = False
    trim: bool = False


def exporters() -> tuple[Exporter, ...]:
    """Those whose libraries are here."""
    rows = [_offered(row) for row in FORMATS if row.key not in _NEEDS or find_spec(_NEEDS[row.key])]
    return (*rows, _exporter("png", "Flattened picture", "png", _MIME["png"], "Holds one picture, no layers."))


def _exporter(key: str, name: str, extension: str, mime: str, drops: str) -> Exporter:
    purpose, says = _ABOUT.get(key, (_KEEP, drops))
    return Exporter(key, name, extension, mime, drops, purpose, says, _STEMS.get(key, ""), key in _ARRANGED)


def _offered(row: Format) -> Exporter:
    name = row.name[:1].upper() + row.name[1:]
    if row.companions:
        return _exporter(row.key, f"{name} (zip)", "zip", _ZIP, _drops(row))
    return _exporter(row.key, name, row.suffixes[0][1:], _MIME.get(row.key, _ZIP), _drops(row))


def _drops(row: Format) -> str:
    """What the file does not hold, in one sentence."""
    lost = [] if row.facts or row.key in _LIVE_TEXT else ["live text"]
    lost += [] if row.invented else ["masks of invented pixels"]
    lost += [] if row.facts else ["roles", "confidence"]
    lost += [] if row.depth == _DEEPEST else ["the lower half of 16-bit colours"]
    lost += [] if row.profile else ["the colour profile"]
    if not lost:
        return "Holds everything."
    return f"Does not hold {' and '.join(filter(None, [', '.join(lost[:-1]), lost[-1]]))}."


def write(
    job: Job, stack: LayerStack, picture: Picture, chosen: Exporter, folder: Path, wanted: Wanted = Wanted()
) -> Path:
    """Write the layers of a job as one file in a folder.

    Raises
    ------
    InvalidInput
        If the format cannot hold what is wanted, or a layer is not there.
    UnwritableOutput
        If the disk is full.
    """
    path = folder / f"layers.{chosen.extension}"
    stack = _wanted(job, stack, chosen, wanted)
    if chosen.id == "png":
        box = covered_box(stack) if wanted.trim else stack.canvas
        with path.open("wb") as file:
            channels = 3 if stack.opaque else 4
            write_png(file, flatten(stack)[box.slices][..., :channels], icc=stack.icc, dpi=stack.dpi)
        return path
    row = next(row for row in FORMATS if row.key == chosen.id)
    if not row.companions:
        asked = instruction(cast(SeparationRequest, job.request))
        done = Output.read(job.metadata["output"]).decomposition(stack, asked, picture)
        return export(done, path).paths[0]
    written = export(stack, folder / f"layers{row.suffixes[0]}").paths
    with zipfile.ZipFile(path, "w") as archive:
        for one in written:
            add_entry(archive, one.name, one.read_bytes())
    return path


def _wanted(job: Job, stack: LayerStack, chosen: Exporter, wanted: Wanted) -> LayerStack:
    if wanted.arranged and not chosen.arranged:
        raise InvalidInput(f"Input arranged: {chosen.name} cannot hold an arrangement", input="arranged")
    if wanted.trim and chosen.id != "png":
        raise InvalidInput("Input trim is for the flattened picture (format png)", input="trim")
    if wanted.layers and not chosen.arranged:
        raise InvalidInput(f"Input layers: {chosen.name} holds all layers", input="layers")
    told = job.metadata.get("arrangement")
    try:
        if told is not None:
            asked = ArrangementBody.model_validate(told).arrangement()
            placed = {one.id: one for one in asked.layers}
            # A repair may have taken a layer away since.
            there = [layer.id for layer in stack.layers if layer.id in placed]
            named = Arrangement(tuple(Placed(one, placed[one].name) for one in there))
            asked = replace(asked, layers=tuple(one for one in asked.layers if one.id in there))
            # Names are no part of how a stack is arranged: the exact one has them too.
            stack = arranged(stack, asked if wanted.arranged else named)
        return only(stack, wanted.layers) if wanted.layers else stack
    except UnknownName as error:
        raise InvalidInput(f"Input layers: {error}", input="layers") from error
