"""LayerD's edit distance on stacks small enough to compute by hand."""

import numpy as np
import pytest

from delaminate.evaluation.layerd import cut, difference, edit_distance, merged, regroup


def _layer(left: int, right: int, colour: int = 0, alpha: int = 255) -> np.ndarray:
    """A 1×10 canvas with one run of pixels."""
    pixels = np.zeros((1, 10, 4), np.uint8)
    pixels[0, left:right] = (colour, colour, colour, alpha)
    return pixels


BACKGROUND = _layer(0, 10, 255)


def test_equal_stacks_have_no_distance() -> None:
    """L1 0 and IoU 1 for every number of edits."""
    stack = [BACKGROUND, _layer(1, 4, 51), _layer(2, 6, 102)]
    distance = edit_distance(stack, stack)
    assert distance.rgb_l1 == (0,) * 6
    assert distance.alpha_iou == (1,) * 6


def test_layers_that_do_not_hide_each_other_are_one_group() -> None:
    """However many pieces somebody cut them into, and in whatever order they come."""
    apart = [BACKGROUND, _layer(1, 3), _layer(5, 7), _layer(8, 9)]
    assert [group.coverage for group in regroup([cut(layer) for layer in apart])] == [10, 5]
    together = _layer(1, 3) + _layer(5, 7) + _layer(8, 9)
    assert edit_distance([BACKGROUND, together], apart).alpha_iou[0] == 1


def test_a_stray_pixel_of_one_level_does_not_change_the_grouping() -> None:
    """Alpha 1 of 255 counts as nothing; alpha 2 counts."""
    stray, thin = _layer(5, 7), _layer(5, 7)
    stray[0, 1], thin[0, 1] = (0, 0, 0, 1), (0, 0, 0, 2)
    assert len(regroup([cut(layer) for layer in (BACKGROUND, _layer(1, 3), stray)])) == 2
    assert len(regroup([cut(layer) for layer in (BACKGROUND, _layer(1, 3), thin)])) == 3


def test_the_difference_of_two_layers() -> None:
    """True 2..6 grey 51, found 4..8 grey 153: two of four pixels compare 102 apart, two with nothing (51); IoU 2/6."""
    l1, iou = difference(cut(_layer(2, 6, 51)), cut(_layer(4, 8, 153)))
    assert l1 == pytest.approx((2 * 0.4 + 2 * 0.2) / 4)
    assert iou == pytest.approx(2 / 6)


def test_a_missing_layer_shares_the_background_of_its_neighbour() -> None:
    """Background pairs with both; the layer of three pixels against it: L1 1.0, IoU 0.3. Mean over the two pairs."""
    distance = edit_distance([BACKGROUND, _layer(1, 4, 0)], [BACKGROUND])
    assert distance.rgb_l1[0] == pytest.approx(0.5)
    assert distance.alpha_iou[0] == pytest.approx((1 + 0.3) / 2)


def test_one_edit_merges_what_was_cut_in_two() -> None:
    """Two overlapping halves found for one true layer: wrong at first, right after one merge."""
    true = [BACKGROUND, _layer(2, 8, 51)]
    found = [BACKGROUND, _layer(2, 6, 51), _layer(4, 8, 51)]
    distance = edit_distance(true, found)
    assert distance.alpha_iou[0] == pytest.approx((1 + 4 / 6 + 4 / 6) / 3)
    assert distance.alpha_iou[1:] == (1,) * 5
    assert distance.rgb_l1[1:] == (0,) * 5


def test_merging_is_porter_and_duff() -> None:
    """Half white over half black: alpha 0.75, colour 2/3."""
    both = merged(cut(_layer(0, 1, 0, 128)), cut(_layer(0, 1, 255, 128)))
    half = 128 / 255
    assert both.pixels[0, 0, 3] == pytest.approx(half + half * (1 - half))
    assert both.pixels[0, 0, 0] == pytest.approx(half / (half + half * (1 - half)), rel=1e-5)


def test_an_empty_found_layer_counts_as_nothing_found() -> None:
    """IoU 0 of the layer, not an error."""
    l1, iou = difference(cut(_layer(2, 6, 51)), cut(_layer(0, 0)))
    assert (l1, iou) == pytest.approx((0.2, 0))
