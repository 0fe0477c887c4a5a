"""Our own example pictures: drawn without each of their things, which is then the truth behind it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from delaminate.pixels import box_of
from delaminate.splitting.steps import grown
from delaminate.stages.inpainting.content_aware.fill import ContentAware

EXAMPLES = Path(__file__).parents[4] / "examples"


def script(name: str) -> Any:
    """One of the drawing scripts as a module."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


poster = script("draw_poster")
studio = script("draw_studio_pictures")

THINGS = [
    *((poster.poster, name) for name in poster.POSTER),
    *((studio.still_life, name) for name in studio.STILL_LIFE),
    *((studio.card, name) for name in studio.CARD),
]


@pytest.mark.parametrize(("draw", "name"), [pytest.param(*one, id=f"{one[0].__name__} {one[1]}") for one in THINGS])
def test_what_is_behind_a_thing_of_an_example_comes_back(draw: Any, name: str) -> None:
    """Within 3 levels on average, and no pixel over 40 outside a rim of two pixels, with the true mask."""
    whole, behind = np.asarray(draw()), np.asarray(draw(name))
    thing = (whole != behind).any(axis=2)
    hole = grown(thing, 3)
    box = box_of(hole)
    assert box is not None
    made = whole.copy()
    made[box.slices] = ContentAware()(whole, hole, ~hole)
    off = np.abs(made.astype(np.int64) - behind).max(axis=2)
    edge = (np.abs(np.diff(behind.astype(np.int64), axis=0, prepend=behind[:1].astype(np.int64))).max(axis=2) > 20) | (
        np.abs(np.diff(behind.astype(np.int64), axis=1, prepend=behind[:, :1].astype(np.int64))).max(axis=2) > 20
    )
    assert np.abs(made.astype(np.int64) - behind)[thing].mean() <= 3
    assert not (off[thing & ~grown(edge, 2)] > 40).any()
