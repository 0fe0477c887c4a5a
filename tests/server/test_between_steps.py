"""What lies between two steps comes back as it was."""

from __future__ import annotations

import numpy as np

from delaminate.contracts import Found, Outcome, TargetReport
from delaminate.pixels import Box
from delaminate.server.workflows.between_steps import (
    pack_layer,
    pack_remaining,
    pack_search,
    unpack_layer,
    unpack_remaining,
    unpack_search,
)
from delaminate.splitting.peel import Remaining
from delaminate.splitting.search import Cut, Search
from delaminate.stack import Layer, Role

RNG = np.random.default_rng(2)


def test_findings_come_back_with_masks_alpha_and_reports() -> None:
    """Odd sizes, Unicode, and whether the picture was lossy."""
    mask = RNG.random((5, 7)) > 0.5
    alpha = RNG.random((5, 7)).astype(np.float32)
    found = Found(Box(1, 2, 8, 7), mask, "苹果", Role.TEXT, 0.25, "SALE", "a guess", 3.0, alpha)
    report = TargetReport("the apple", Outcome.UNCERTAIN, "mark it", ("l1",))
    search, lossy = unpack_search(pack_search(Search((Cut("l1", 0, found),), (report,)), lossy=True))
    back = search.cuts[0].found
    assert (search.reports, lossy, search.cuts[0].id) == ((report,), True, "l1")
    assert (back.box, back.name, back.role, back.confidence) == (found.box, "苹果", Role.TEXT, 0.25)
    assert back.alpha is not None
    assert np.array_equal(back.mask, mask)
    assert np.array_equal(back.alpha, alpha)


def test_the_remaining_picture_comes_back_with_and_without_alpha() -> None:
    """And what was uncovered."""
    rgb, uncovered = RNG.integers(0, 256, (5, 7, 3), np.uint8), RNG.random((5, 7)) > 0.5
    for alpha in (None, RNG.integers(0, 256, (5, 7), np.uint8)):
        back = unpack_remaining(pack_remaining(Remaining(rgb, alpha, uncovered)))
        assert np.array_equal(back.rgb, rgb)
        assert np.array_equal(back.uncovered, uncovered)
        assert (back.alpha is None) == (alpha is None)
        assert alpha is None or np.array_equal(back.alpha, alpha)  # type: ignore[arg-type]


def test_a_layer_comes_back() -> None:
    """With the pixels that were made up."""
    pixels, invented = RNG.integers(0, 256, (5, 7, 4), np.uint8), RNG.random((5, 7)) > 0.5
    layer = Layer("l1", "apple", Role.OBJECT, Box(1, 2, 8, 7), pixels, 0.5, "the apple", None, invented)
    back = unpack_layer(pack_layer(layer))
    assert (back.id, back.box, back.target, back.text) == ("l1", layer.box, "the apple", None)
    assert np.array_equal(back.pixels, pixels)
    assert back.invented is not None
    assert np.array_equal(back.invented, invented)
