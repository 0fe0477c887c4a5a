"""The choice a user has for the cut of a layer in Photoshop's files. By itself: the command line starts fast."""

from __future__ import annotations

from enum import StrEnum


class CutAs(StrEnum):
    """How a layer of a PSD or PSB says what of it is seen."""

    ALPHA = "alpha"
    """The pixels are transparent."""
    MASKS = "masks"
    """A layer mask covers them; under it lies the picture, so that painting in the mask brings more of it back."""
