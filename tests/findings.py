"""Findings for tests: rectangles with a name."""

from __future__ import annotations

from typing import Any

import numpy as np

from delaminate.contracts import Found
from delaminate.pixels import Box
from delaminate.stack import Role


def rectangle(left: int, top: int, right: int, bottom: int, name: str = "thing", **facts: Any) -> Found:
    """A rectangle that was found."""
    box = Box(left, top, right, bottom)
    return Found(box, np.ones((box.height, box.width), np.bool_), name, **facts)


def line(left: int, top: int, right: int, bottom: int, said: str) -> Found:
    """A line of text that was found."""
    ink = np.full((bottom - top, right - left), 0.75, np.float32)
    return rectangle(left, top, right, bottom, said, role=Role.TEXT, text=said, alpha=ink)
