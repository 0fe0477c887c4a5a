"""Everything in a drawn picture comes thing by thing, and one thing alone without what stands beside it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import delaminate
from delaminate import Decomposition
from delaminate.pixels import Mask

EXAMPLES = Path(__file__).parents[4] / "examples"


@pytest.fixture(scope="module")
def drawing() -> Any:
    """The script that draws the poster."""
    spec = importlib.util.spec_from_file_location("draw_poster_for_groups", EXAMPLES / "draw_poster.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def thing(drawing: Any, name: str) -> Mask:
    """Where the poster would be another without the thing; its shadow included."""
    whole, without = np.asarray(drawing.poster()).astype(int), np.asarray(drawing.poster(name)).astype(int)
    return np.asarray(np.abs(whole - without).max(axis=2) > 60)


def covered(result: Decomposition, mask: Mask) -> dict[str, float]:
    """Share of a mask that each layer above the background covers."""
    shares = {}
    for layer in result.stack.layers[1:]:
        whole = np.zeros(mask.shape, np.bool_)
        whole[layer.box.slices] = layer.pixels[..., 3] > 127
        shares[layer.id] = float((whole & mask).sum() / mask.sum())
    return shares


def test_every_object_is_no_group(drawing: Any) -> None:
    """Jug, apple and the sun behind them stand out together, and are three."""
    result = delaminate.split(drawing.poster(), "extract every object", max_layers=10, engine="embedded")
    owners = []
    for name in ("jug", "apple"):
        shares = covered(result, thing(drawing, name))
        owners.append(max(shares, key=lambda one: shares[one]))
        assert shares[owners[-1]] > 0.8
    assert owners[0] != owners[1]


def test_one_thing_alone_leaves_its_neighbours_and_the_sun_behind_it_whole(drawing: Any) -> None:
    """The apple lost half of itself and the lemon all to the jug's shadow, and the sun was torn."""
    result = delaminate.split(drawing.poster(), "the jug", engine="embedded")
    for name in ("apple", "lemon"):
        (share,) = covered(result, thing(drawing, name)).values()
        assert share < 0.02
    jug = thing(drawing, "jug")
    truth = np.asarray(drawing.poster("jug")).astype(int)
    off = np.abs(result.stack.background.pixels[..., :3].astype(int) - truth).max(axis=2)
    assert float(off[jug].mean()) < 4
    assert float((off[jug] > 40).mean()) < 0.01
