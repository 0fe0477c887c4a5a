"""Boxes and points as people type them: "x1,y1,x2,y2:name" and "x,y:name"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from delaminate.contracts import NamedBox, NamedPoint


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


def _numbers(text: str, count: int, form: str) -> tuple[list[int], str]:
    corners, _, name = text.partition(":")
    try:
        numbers = [int(corner) for corner in corners.split(",")]
    except ValueError as error:
        raise typer.BadParameter(f"{text!r}: {form}") from error
    if len(numbers) != count:
        raise typer.BadParameter(f"{text!r}: {form}")
    return numbers, name.strip()
