"""A scene small enough to be split in a test."""

from pathlib import Path

import numpy as np
import pytest

from delaminate.evaluation.generation.composition import Composition, Request
from delaminate.evaluation.generation.sketch import Sketch, flat
from delaminate.evaluation.scenes import Scene, read_scene


@pytest.fixture
def small_scene(tmp_path: Path) -> Scene:
    """A red disc on light grey, 120×90; the disc is asked for."""
    composition = Composition("shapes", np.full((90, 120, 3), 220, np.uint8))
    disc = Sketch(50)
    disc.oval(0.5, 0.5, 0.49, 0.49, flat((200, 30, 30)))
    composition.place(disc.pixels(), 40, 20, "red circle", "shape")
    composition.write(tmp_path / "scenes" / "disc", "disc", Request("the red circle", (("red circle", (1,)),)), "0 0")
    return read_scene(tmp_path / "scenes" / "disc")
