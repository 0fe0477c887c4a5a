"""The behaviour of a matter as tests; a subclass says which one."""

import numpy as np
import pytest

from contracts.inpainter_suite import blob, picture
from delaminate.contracts import Matter
from delaminate.errors import BadInput, Cancelled


class MatterSuite:
    """Every test here holds for every matter."""

    @pytest.fixture
    def matter(self) -> Matter:
        """The one under test."""
        raise NotImplementedError

    @pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
    @pytest.mark.parametrize(("height", "width"), [(60, 90), (1, 1), (20, 5000), (3, 40)])
    def test_alpha_covers_the_crop_within_0_and_1(self, matter: Matter, height: int, width: int, dtype: type) -> None:
        """float32 of the mask's shape, for any picture of either depth."""
        alpha = matter(picture(height, width, dtype), blob(height, width))
        assert alpha.dtype == np.float32
        assert alpha.shape == (height, width)
        assert np.isfinite(alpha).all()
        assert 0 <= alpha.min() <= alpha.max() <= 1

    def test_an_empty_mask_gives_nothing_and_a_full_one_everything(self, matter: Matter) -> None:
        """The two cases in which there is nothing to find out."""
        rgb = picture(40, 50)
        assert not matter(rgb, np.zeros((40, 50), np.bool_)).any()
        assert (matter(rgb, np.ones((40, 50), np.bool_)) == 1).all()

    def test_alpha_is_0_far_outside_the_mask(self, matter: Matter) -> None:
        """A corner thirty pixels away has nothing of the thing."""
        mask = np.zeros((160, 200), np.bool_)
        mask[10:50, 10:60] = True
        assert not matter(picture(160, 200), mask)[120:, 140:].any()

    def test_it_changes_none_of_its_inputs(self, matter: Matter) -> None:
        """Picture and mask are the caller's."""
        rgb, mask = picture(60, 90), blob(60, 90)
        kept = rgb.copy(), mask.copy()
        matter(rgb, mask)
        assert np.array_equal(kept[0], rgb)
        assert np.array_equal(kept[1], mask)

    def test_it_says_the_same_twice(self, matter: Matter) -> None:
        """Same input, same bytes."""
        rgb, mask = picture(60, 90), blob(60, 90)
        assert np.array_equal(matter(rgb, mask), matter(rgb, mask))

    def test_a_mask_of_another_size_is_refused(self, matter: Matter) -> None:
        """Never repaired silently."""
        with pytest.raises(BadInput):
            matter(picture(9, 9), np.ones((9, 8), np.bool_))

    def test_it_can_be_cancelled(self, matter: Matter) -> None:
        """What the watcher raises comes through."""

        def stop(_: float) -> None:
            raise Cancelled

        with pytest.raises(Cancelled):
            matter(picture(60, 90), blob(60, 90), stop)
