"""Every file format, what it holds, and who writes and reads it: chosen by suffix. A new format is one more row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from delaminate.errors import BadInput, UnreadablePicture, UnwritableOutput
from delaminate.export.cut_as import CutAs
from delaminate.export.dropped import Written
from delaminate.export.loose import Reading
from delaminate.export.text_as import TextAs
from delaminate.picture import MAX_PIXELS
from delaminate.stack import LayerStack


@dataclass(frozen=True)
class Format:
    """One row of the table.

    Parameters
    ----------
    key : what `--also` calls it, in small letters.
    suffixes : its file endings; the first is the one written by `--also`.
    writer, reader : modules with `write(stack, path)` and `read(path)`; empty where there is none.
    companions : endings of the files written beside the first one.
    depth : most bits per channel.
    exact : whether what is read back flattens to the same picture, bit for bit.
    profile, resolution, groups, offsets, live_text, invented, facts : whether it holds the colour profile where
        programs heed it, pixels per inch, groups, cropped layers at their places, text as text, masks of invented
        pixels, and the manifest's facts (roles, confidence, targets).
    """

    key: str
    name: str
    suffixes: tuple[str, ...]
    writer: str
    reader: str = ""
    depth: int = 8
    companions: tuple[str, ...] = ()
    exact: bool = False
    profile: bool = True
    resolution: bool = False
    groups: bool = False
    offsets: bool = True
    live_text: bool = False
    invented: bool = False
    facts: bool = False
    needs: tuple[str, str] | None = None

    def check_installed(self) -> None:
        """Refuse a format whose writer lacks a package (`needs`: what is imported, and what is installed).

        Raises
        ------
        UnwritableOutput
            With the command that installs it.
        """
        if self.needs and find_spec(self.needs[0]) is None:
            raise UnwritableOutput(
                f"{self.name} needs {self.needs[1]}, which is not installed; run: pip install {self.needs[1]}"
            )


def _deep(key: str, name: str, suffixes: tuple[str, ...], writer: str, reader: str, live_text: bool = False) -> Format:
    """A layered picture format for editors."""
    return Format(
        key, name, suffixes, writer, reader, 16, exact=True, resolution=True, groups=True, live_text=live_text
    )


FORMATS = (
    _deep("psd", "Photoshop", (".psd",), "psd", "psd_reader", live_text=True),
    _deep("psb", "Photoshop, large", (".psb",), "psd", "psd_reader", live_text=True),
    _deep("ora", "OpenRaster", (".ora",), "openraster", "openraster_reader"),
    _deep("tiff", "layered TIFF", (".tif", ".tiff"), "tiff", "tiff"),
    Format(
        "pptx", "PowerPoint", (".pptx",), "pptx", profile=False,
        groups=True, resolution=True, live_text=True, needs=("pptx", "python-pptx"),
    ),
    Format("svg", "SVG", (".svg",), "svg", groups=True, live_text=True),
    Format("html", "web page", (".html", ".htm"), "html"),
    Format(
        "sprites", "sprite sheet", (".atlas",), "sprites", profile=False,
        companions=(".sheet.png", ".sheet.json", ".skeleton.json"),
    ),
    Format(
        "zip", "zip of the folder", (".zip",), "bundle", "bundle", 16,
        exact=True, resolution=True, invented=True, facts=True,
    ),
)  # fmt: skip


_OLD_NAMES = ("psd", "psb", "tiff")
"""Formats whose names may be in an encoding that the file does not tell."""


_WITH_MASKS = ("psd", "psb")


def format_of(path: Path) -> Format:
    """The row of a file's suffix.

    Raises
    ------
    BadInput
        With the suffixes that are known.
    """
    for row in FORMATS:
        if path.suffix.lower() in row.suffixes:
            return row
    known = ", ".join(suffix for row in FORMATS for suffix in row.suffixes)
    raise BadInput(f"{path} must end in one of {known}")


def is_format(path: Path) -> bool:
    """Whether the path's suffix is one of the table's; folders usually have none."""
    return any(path.suffix.lower() in row.suffixes for row in FORMATS)


def formats_named(keys: Iterable[str]) -> tuple[Format, ...]:
    """The rows of the given keys, each once.

    Raises
    ------
    BadInput
        If a key is unknown.
    """
    table = {row.key: row for row in FORMATS} | {"tif": next(row for row in FORMATS if row.key == "tiff")}
    found: dict[str, Format] = {}
    for key in keys:
        row = table.get(key.lower().lstrip("."))
        if row is None:
            raise BadInput(f"{key!r} is no format; choose from {', '.join(row.key for row in FORMATS)}")
        found[row.key] = row
    return tuple(found.values())


def write(stack: LayerStack, path: Path, text: TextAs | None = None, cut: CutAs = CutAs.ALPHA) -> Written:
    """Write the stack in the format of the path's suffix.

    Parameters
    ----------
    text : what becomes of text layers where the format can hold live text; None takes the format's own default
        (PPTX live, PSD, PSB and SVG pixels).
    cut : what hides the rest of a layer in PSD and PSB.

    Raises
    ------
    BadInput
        If the suffix is unknown, or the format needs more than a stack (zip).
    UnwritableOutput
        If the file cannot be written, or what writes it is not installed.
    """
    row = format_of(path)
    if row.facts:
        raise BadInput(f"{path} holds a manifest too; export a layer folder or the result of a split")
    writer = import_module(f"delaminate.export.{row.writer}").write
    asked: dict[str, TextAs | CutAs] = {"text": text} if row.live_text and text is not None else {}
    if row.key in _WITH_MASKS:
        asked["cut"] = cut
    written: Written = writer(stack, path, **asked)
    return written


def read(path: Path, max_pixels: int = MAX_PIXELS, encoding: str | None = None) -> Reading:
    """Read a stack from a folder or from a file in a format that can be read.

    Parameters
    ----------
    encoding : of layer names in old Photoshop files; None guesses.

    Raises
    ------
    UnreadablePicture
        If it is missing or damaged.
    BadInput
        If the format is another, or what it holds is no stack.
    """
    try:
        folder, there = path.is_dir(), path.exists()
    except OSError as error:
        raise UnreadablePicture(f"{path} cannot be read: {error.strerror}") from error
    if folder:
        from delaminate.export.folder import read_folder

        return Reading(read_folder(path, max_pixels=max_pixels))
    if not there:
        raise UnreadablePicture(f"{path} does not exist; check the path")
    if not is_format(path) or not format_of(path).reader:
        known = ", ".join(suffix for row in FORMATS if row.reader for suffix in row.suffixes)
        raise BadInput(f"{path} cannot be read as layers; name a folder or a file that ends in one of {known}")
    row = format_of(path)
    reader = import_module(f"delaminate.export.{row.reader}").read
    reading: Reading = reader(path, max_pixels, encoding) if row.key in _OLD_NAMES else reader(path, max_pixels)
    return reading
