"""The steps of taking one thing off: edges, hole, fill, halo, trimming."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from delaminate.contracts import Found, Tick, no_tick
from delaminate.engines import engine
from delaminate.errors import StageFailed
from delaminate.pixels import Box, Mask, Rgb
from delaminate.splitting.steps import (
    clear_behind,
    completed,
    coverage,
    filled,
    grown,
    hole_of,
    is_plain,
    surroundings,
    trimmed,
    trimmed_like,
    with_halo,
)


def square(size: int, *boxes: Box) -> Mask:
    """A mask of size × size with boxes set."""
    mask = np.zeros((size, size), np.bool_)
    for box in boxes:
        mask[box.slices] = True
    return mask


def test_surroundings_have_a_margin_and_stay_in_the_picture() -> None:
    """Twelve pixels at least, more for large things and large pictures."""
    assert surroundings(Box(50, 5, 60, 15), 200, 100) == Box(38, 0, 72, 27)
    wide = surroundings(Box(1000, 1000, 3000, 1100), 4000, 4000)
    assert wide == Box(960, 960, 3040, 1140)


def test_an_alpha_that_the_segmenter_knows_is_not_worked_out_again() -> None:
    """It is put in its place in the crop; zero around it."""
    known = np.full((4, 4), 0.5, np.float32)
    found = Found(Box(10, 10, 14, 14), np.ones((4, 4), np.bool_), "ink", alpha=known)
    box = Box(8, 8, 18, 18)
    alpha = coverage(np.zeros((10, 10, 3), np.uint8), square(10), found, box, engine(), no_tick)
    assert np.array_equal(alpha[2:6, 2:6], known)
    assert alpha.sum() == known.sum()


def test_a_hole_in_a_mask_is_closed_only_where_something_was_taken_off() -> None:
    """What lay in front left a gap that the thing behind goes on under; a ring's own middle stays open."""
    ring = square(20, Box(4, 4, 16, 16)) & ~square(20, Box(8, 8, 12, 12))
    assert np.array_equal(completed(ring, square(20)), ring)
    assert np.array_equal(completed(ring, square(20, Box(8, 8, 12, 12))), square(20, Box(4, 4, 16, 16)))


def test_an_open_bay_is_not_closed() -> None:
    """Only what the mask encloses on every side is given back."""
    bay = square(20, Box(4, 4, 16, 16)) & ~square(20, Box(8, 8, 16, 12))
    assert np.array_equal(completed(bay, square(20, Box(8, 8, 16, 12))), bay)


def test_the_hole_reaches_further_than_the_thing_and_furthest_after_lossy_compression() -> None:
    """Three pixels, eight where compression smeared it, more in large pictures; faint alpha counts."""
    alpha = np.zeros((60, 60), np.float32)
    alpha[30, 30] = 0.03
    reach = [
        int(hole_of(alpha, longest, lossy)[30].sum()) for longest, lossy in ((60, False), (60, True), (3000, False))
    ]
    assert reach == [7, 17, 13]
    alpha[30, 30] = 0.01
    assert not hole_of(alpha, 60, False).any()


def test_growing_is_in_city_blocks() -> None:
    """Two steps from one pixel reach thirteen."""
    assert grown(square(9, Box(4, 4, 5, 5)), 2).sum() == 13


def test_an_inpainter_changes_the_hole_alone_and_must_give_its_box() -> None:
    """Outside the hole the crop is the picture; another size or depth is the stage's fault."""

    @dataclass(frozen=True)
    class Fill:
        extra: int = 0
        name: str = "fill"

        def __call__(
            self, rgb: Rgb, hole: Mask, usable: Mask, *, prompt: str = "", seed: int = 0, tick: Tick = no_tick
        ) -> Rgb:
            return np.full((4 + self.extra, 4, 3), 200, np.uint8)

    rgb, hole = np.full((20, 20, 3), 7, np.uint8), square(20, Box(8, 8, 12, 12))
    hole[8, 8] = False
    box = Box(5, 5, 15, 15)

    def asked(extra: int) -> Rgb:
        stages = replace(engine(), inpainter=Fill(extra))
        return filled(rgb, hole, ~hole, box, stages, prompt="", seed=0, tick=no_tick)

    crop = asked(0)
    assert (crop[hole[box.slices]] == 200).all()
    assert (crop[~hole[box.slices]] == 7).all()
    assert (rgb == 7).all()
    with pytest.raises(StageFailed, match="'fill' returned uint8"):
        asked(1)


def test_a_smooth_fill_is_plain_and_a_grainy_one_is_not() -> None:
    """At either depth; a ramp is smooth."""
    ramp = np.repeat(np.arange(40, dtype=np.uint8)[None, :, None], 40, 0).repeat(3, 2)
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3)).astype(np.uint8)
    hole = square(40, Box(10, 10, 30, 30))
    assert is_plain(ramp, hole)
    assert is_plain(ramp.astype(np.uint16) * 257, hole)
    assert not is_plain(noise, hole)


def test_faint_remains_round_a_thing_go_to_its_layer_with_the_least_alpha() -> None:
    """A glow of a few levels on a flat ground gets one level of alpha; a ground that differs by much is let alone."""
    fill = np.full((30, 30, 3), 100, np.uint8)
    before, hole = fill.copy(), square(30, Box(5, 5, 25, 25))
    before[7, 5:25] += 3
    alpha = np.zeros((30, 30), np.float32)
    alpha[12:18, 12:18] = 1
    haloed = with_halo(before, fill, alpha, hole)
    assert (haloed[7, 5:25] == np.float32(1 / 255)).all()
    assert np.array_equal(np.delete(haloed, 7, 0), np.delete(alpha, 7, 0))
    before[hole] = 200
    assert np.array_equal(with_halo(before, fill, alpha, hole), alpha)


def test_nothing_is_behind_a_thing_in_clear_surroundings() -> None:
    """A cut-out on transparency: its hole is clear; on an opaque ground only what was clear before is."""
    hole = square(20, Box(8, 8, 12, 12))
    alone = np.where(hole, 255, 0).astype(np.uint8)
    assert clear_behind(alone, hole).all()
    opaque = np.full((20, 20), 255, np.uint8)
    assert not clear_behind(opaque, hole).any()


def test_a_layer_is_trimmed_to_what_it_covers_and_its_mask_with_it() -> None:
    """In the picture's coordinates; a layer of nothing keeps one clear pixel."""
    pixels = np.zeros((10, 10, 4), np.uint8)
    pixels[3:5, 2:8] = 255
    box, cropped = trimmed(pixels, Box(100, 200, 110, 210))
    assert box == Box(102, 203, 108, 205)
    assert cropped.shape == (2, 6, 4)
    assert trimmed_like(square(10, Box(2, 3, 4, 4)), pixels).tolist() == [[True, True, *4 * [False]], 6 * [False]]
    assert trimmed(np.zeros((10, 10, 4), np.uint8), Box(100, 200, 110, 210))[0] == Box(100, 200, 101, 201)
