"""Text comes off with its outline, its glow and its shadow, and the ground is as if it had never been there."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

import delaminate
from delaminate.composite import flatten
from delaminate.evaluation.generation import backdrops
from delaminate.evaluation.generation.effects import cast_shadow
from delaminate.evaluation.generation.lettering import Lettering, set_line, typefaces
from delaminate.pixels import Rgb, Rgba
from delaminate.stages.segmentation.embedded.text_reader import TextReader

WORDS = "Music and Light"


def laid(ground: Rgb, pixels: Rgba, left: int, top: int) -> None:
    """Lay something on a ground, in place."""
    part = ground[top : top + pixels.shape[0], left : left + pixels.shape[1]]
    alpha = pixels[..., 3:] / 255
    part[:] = np.rint(part * (1 - alpha) + pixels[..., :3] * alpha).astype(np.uint8)


@pytest.mark.parametrize("kind", ["gradient", "vignette"])
@pytest.mark.parametrize("trim", ["outline", "shadow"])
def test_letters_leave_no_ghost(kind: str, trim: str) -> None:
    """Nothing of them is left beyond eight levels at a few pixels, nothing can be read, and the stack is exact."""
    true = getattr(backdrops, kind)(Random(kind), 240, 640, (226, 190, 200), (190, 160, 170))
    picture = true.copy()
    outline = (250, 250, 240) if trim == "outline" else None
    ink = set_line(WORDS, Lettering(typefaces()[0], 48, (40, 20, 50), outline=outline))
    if trim == "shadow":
        laid(picture, cast_shadow(ink, 4, 0.5), 60 - 12 + 4, 90 - 12 + 6)
    laid(picture, ink, 60, 90)
    assert np.abs(picture.astype(int) - true).max() > 100, "there must be something to take off"
    result = delaminate.split(picture, "all text", max_layers=2)
    assert len(result.stack.layers) == 2
    ground = result.stack.background.pixels[..., :3]
    assert int(np.abs(ground.astype(int) - true).max()) <= 8
    assert not [writing.text for writing in TextReader()(ground)]
    assert np.array_equal(flatten(result.stack)[..., :3], picture)
