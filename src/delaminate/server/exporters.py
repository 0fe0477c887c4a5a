"""The file formats that the layers of a job can be downloaded in, and one job's layers in one of them."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import cast

from delaminate.composite import flatten
from delaminate.export.formats import FORMATS, Format
from delaminate.export.outputs import export
from delaminate.export.png_encode import write_png
from delaminate.export.zip_entry import add_entry
from delaminate.picture import Picture
from delaminate.server.bodies import instruction
from delaminate.server.database.jobs import Job
from delaminate.server.documents import SeparationRequest
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


@dataclass(frozen=True)
class Exporter:
    """A format as the API offers it; what is several files becomes one zip."""

    id: str
    name: str
    extension: str
    mime: str
    drops: str


def exporters() -> tuple[Exporter, ...]:
    """Those whose libraries are here."""
    rows = [_offered(row) for row in FORMATS if row.key not in _NEEDS or find_spec(_NEEDS[row.key])]
    flat = Exporter("png", "flattened picture", "png", _MIME["png"], "Holds one picture, no layers.")
    return (*rows, flat)


def _offered(row: Format) -> Exporter:
    name = row.name[:1].upper() + row.name[1:]
    if row.companions:
        return Exporter(row.key, f"{name} (zip)", "zip", _ZIP, _drops(row))
    return Exporter(row.key, name, row.suffixes[0][1:], _MIME.get(row.key, _ZIP), _drops(row))


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


def write(job: Job, stack: LayerStack, picture: Picture, chosen: Exporter, folder: Path) -> Path:
    """Write the layers of a job as one file in a folder.

    Raises
    ------
    UnwritableOutput
        If the disk is full.
    """
    path = folder / f"layers.{chosen.extension}"
    if chosen.id == "png":
        with path.open("wb") as file:
            channels = 3 if stack.opaque else 4
            write_png(file, flatten(stack)[..., :channels], icc=stack.icc, dpi=stack.dpi)
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
