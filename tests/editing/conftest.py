"""The stack that edits are tried on."""

from __future__ import annotations

import numpy as np
import pytest

from delaminate.composite import flatten
from delaminate.stack import LayerStack
from editing.table import BALL, CARD, GROUND, ON_CARD, ON_GROUND, STAMP, WHOLE_CARD, laid_table


@pytest.fixture
def table() -> LayerStack:
    """See `editing.table`; it looks as one would paint it."""
    pixels = np.full((60, 80, 3), GROUND, np.uint8)
    for box, colour in ((WHOLE_CARD, CARD), (ON_CARD, BALL), (ON_GROUND, STAMP)):
        pixels[box.slices] = colour
    stack = laid_table()
    assert np.array_equal(flatten(stack)[..., :3], pixels)
    return stack
