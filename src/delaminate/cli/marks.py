"""Marks as people type them: "x1,y1,x2,y2:name", "x,y:name" and "file.png:name"."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from delaminate.contracts import Found, NamedBox, NamedPoint


def box(text: str) -> NamedBox:
    """Read "x1,y1,x2,y2" with an optional ":name"; pixels, x2 and y2 exclusive.

    Raises
    ------
    typer.BadParameter
        With the form that is wanted.
    """
    from delaminate.contracts import NamedBox
    from delaminate.errors import BadArray
    from delaminate.pixels import Box

    (left, top, right, bottom), name = _numbers(text, 4, 'a box is "x1,y1,x2,y2" or "x1,y1,x2,y2:name" in pixels')
    try:
        return NamedBox(Box(left, top, right, bottom), name)
    except BadArray as error:
        raise typer.BadParameter(f"{text!r}: x1 must be less than x2 and y1 less than y2") from error


def point(text: str) -> NamedPoint:
    """Read "x,y" with an optional ":name".

    Raises
    ------
    typer.BadParameter
        With the form that is wanted.
    """
    from delaminate.contracts import NamedPoint

    (x, y), name = _numbers(text, 2, 'a point is "x,y" or "x,y:name" in pixels')
    return NamedPoint(x, y, name)


def mask(text: str) -> tuple[Path, str]:
    """Read "FILE" with an optional ":NAME"; without one the file's own name is taken."""
    path = Path(text)
    file, colon, name = text.rpartition(":")
    if colon and not path.exists():
        return Path(file), name.strip()
    return path, path.stem


def found_in(file: Path, name: str, width: int, height: int, max_pixels: int) -> Found:
    """The thing that a mask file marks in a picture of that size."""
    from dataclasses import replace

    from delaminate.picture import open_picture
    from delaminate.splitting.drawn_mask import found_in_mask

    found = found_in_mask(open_picture(file, max_pixels=max_pixels), width, height)
    return replace(found, name=name)


def _numbers(text: str, count: int, form: str) -> tuple[list[int], str]:
    corners, _, name = text.partition(":")
    try:
        numbers = [int(corner) for corner in corners.split(",")]
    except ValueError as error:
        raise typer.BadParameter(f"{text!r}: {form}") from error
    if len(numbers) != count:
        raise typer.BadParameter(f"{text!r}: {form}")
    return numbers, name.strip()
