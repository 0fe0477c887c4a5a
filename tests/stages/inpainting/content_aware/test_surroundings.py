"""The parts of a hole and what is filled together."""

import numpy as np

from delaminate.pixels import Box
from delaminate.stages.inpainting.content_aware.surroundings import groups, parts

FREE = np.ones((100, 200), np.bool_)


def hole(*boxes: Box) -> np.ndarray:
    """A hole of rectangles."""
    out = np.zeros((100, 200), np.bool_)
    for box in boxes:
        out[box.slices] = True
    return out


def test_every_part_has_a_ring_of_known_pixels() -> None:
    """Rings keep out of the neighbouring part, and are as wide as asked."""
    both = hole(Box(50, 40, 60, 50), Box(62, 40, 70, 50))
    first, second = parts(both, FREE, 4)
    assert first.box == Box(46, 36, 64, 54)
    assert not (first.ring & both[first.box.slices]).any()
    assert first.ring[5, 0]
    assert (first.inside.sum(), second.inside.sum()) == (100, 80)


def test_a_part_in_an_unusable_thing_is_enclosed() -> None:
    """Its ring is then what surrounds it all the same."""
    usable = FREE.copy()
    usable[30:70, 30:80] = False
    (part,) = parts(hole(Box(50, 40, 60, 50)), usable, 4)
    assert part.enclosed
    assert part.ring.sum() > 100


def test_a_part_beside_an_unusable_thing_looks_away_from_it() -> None:
    """Unusable pixels are left out of the ring."""
    usable = FREE.copy()
    usable[:, 60:] = False
    (part,) = parts(hole(Box(50, 40, 60, 50)), usable, 4)
    assert not part.enclosed
    assert not part.ring[:, 14:].any()


def test_specks_are_counted_together() -> None:
    """Thousands of specks close to each other are few parts, and none is lost."""
    specks = np.zeros((200, 200), np.bool_)
    specks[::3, ::3] = True
    found = list(parts(specks, ~specks, 4))
    assert len(found) == 1
    assert found[0].inside.sum() == specks.sum()


def test_near_parts_are_filled_together_and_far_ones_apart() -> None:
    """Letters of a word share their surroundings; opposite corners of a poster do not."""
    letters = [Box(100 + 20 * n, 100, 112 + 20 * n, 120) for n in range(6)]
    far = Box(3000, 2000, 3100, 2100)
    found = groups([*letters, far], 1.0, 4000, 3000)
    assert sorted(sorted(members) for _, members in found) == [[0, 1, 2, 3, 4, 5], [6]]
    assert all(box.left >= 0 and box.right <= 4000 for box, _ in found)
