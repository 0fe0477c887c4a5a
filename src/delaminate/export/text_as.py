"""The choice a user has for text layers. By itself, so that the command line can show it without loading anything."""

from __future__ import annotations

from enum import StrEnum


class TextAs(StrEnum):
    """What becomes of a text layer in a format that can hold live text."""

    PIXELS = "pixels"
    """A picture like any other."""
    LIVE = "live"
    """Text that can be edited; the picture is kept, hidden."""
    BESIDE = "beside"
    """Text that can be edited; the picture is kept beside the canvas."""
