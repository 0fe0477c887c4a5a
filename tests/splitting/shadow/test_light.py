"""Light: what a shadow leaves of it, taken off and laid on again."""

from __future__ import annotations

import numpy as np

from delaminate.pixels import Box
from delaminate.splitting.shadow import Shadow, cast, lit


def test_light_over_another_box_is_whole_where_the_shadow_is_not() -> None:
    """A box that overlaps the shadow's by a corner gets that corner, one far away only light."""
    shadow = Shadow(Box(10, 10, 14, 14), np.full((4, 4, 3), 0.5, np.float32))
    light = shadow.over(Box(12, 12, 18, 20))
    assert light.shape == (8, 6, 3)
    assert float(light[:2, :2].max()) == 0.5
    assert float(light[2:].min()) == float(light[:, 2:].min()) == 1.0
    assert float(shadow.over(Box(30, 30, 40, 40)).min()) == 1.0


def test_giving_light_back_stays_within_what_pixels_can_say() -> None:
    """Dark ones get brighter by the light that was gone, bright ones stop at the brightest; whatever the depth."""
    light = np.full((1, 2, 3), 0.5, np.float32)
    assert lit(np.array([[[40, 50, 60], [200, 10, 255]]], np.uint8), light).tolist() == [
        [[80, 100, 120], [255, 20, 255]]
    ]
    deep = np.array([[[40_000, 500, 1], [0, 1, 2]]], np.uint16)
    assert lit(deep, light).tolist() == [[[65535, 1000, 2], [0, 2, 4]]]


def test_a_layer_cast_over_a_ground_leaves_it_the_light_it_was_made_from() -> None:
    """Coverage and colour say the same as the light."""
    rng = np.random.default_rng(3)
    light = rng.uniform(0.3, 1, (20, 30, 3)).astype(np.float32)
    below = rng.integers(0, 256, (20, 30, 3)).astype(np.uint8)
    cover, colour = cast(below, light)
    seen = cover[..., None] * colour + (1 - cover[..., None]) * below
    assert np.abs(seen - below * light).max() < 1e-2
