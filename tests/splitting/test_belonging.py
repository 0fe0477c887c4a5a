"""What belongs to a thing: a stem left over joins it, a handle's opening leaves it, and neighbours stay apart."""

from __future__ import annotations

import numpy as np

from delaminate.pixels import Mask, Rgb
from delaminate.splitting.belonging import completed_mask
from drawings import disc, iou

WIDTH, HEIGHT = 320, 280


def table() -> Rgb:
    """A graded ground."""
    down = np.linspace(0, 1, HEIGHT)[:, None, None]
    plane = (1 - down) * np.array((250, 226, 190.0)) + down * np.array((236, 190, 160.0)) + np.zeros((1, WIDTH, 1))
    return np.asarray(np.rint(plane), np.uint8)


def none() -> Mask:
    """No mask."""
    return np.zeros((HEIGHT, WIDTH), np.bool_)


def test_a_stem_that_the_mask_left_behind_joins_its_apple() -> None:
    """A small piece that is no ground and touches the thing is the thing's."""
    picture, apple, stem = table(), disc(WIDTH, HEIGHT, 160, 170, 60), none()
    stem[82:114, 156:166] = True
    picture[apple], picture[stem & ~apple] = (200, 40, 50), (80, 50, 30)
    mended = completed_mask(picture, apple, none())
    assert iou(mended, apple | stem) > 0.98


def test_the_opening_of_a_ring_shows_the_ground_and_leaves_the_mask() -> None:
    """What looks like the ground inside a thing is the ground."""
    picture, disc_, hole = table(), disc(WIDTH, HEIGHT, 160, 140, 70), disc(WIDTH, HEIGHT, 160, 140, 34)
    ring = disc_ & ~hole
    picture[ring] = (60, 90, 180)
    assert iou(completed_mask(picture, disc_, none()), ring) > 0.97


def test_an_eye_that_is_no_ground_stays_in_the_face() -> None:
    """A place of another colour than the ground is no opening."""
    picture, face, eye = table(), disc(WIDTH, HEIGHT, 160, 140, 70), disc(WIDTH, HEIGHT, 145, 125, 14)
    picture[face], picture[eye] = (240, 200, 60), (255, 255, 255)
    assert np.array_equal(completed_mask(picture, face, none()), face)


def test_a_neighbour_as_large_as_the_thing_is_not_its_piece() -> None:
    """Pieces are small."""
    picture, thing, neighbour = table(), disc(WIDTH, HEIGHT, 120, 150, 44), disc(WIDTH, HEIGHT, 206, 150, 44)
    picture[thing], picture[neighbour & ~thing] = (200, 40, 50), (40, 120, 60)
    assert np.array_equal(completed_mask(picture, thing, none()), thing)


def test_what_was_found_as_another_thing_is_no_piece() -> None:
    """What is another finding stays that finding's."""
    picture, apple, stem = table(), disc(WIDTH, HEIGHT, 160, 170, 60), none()
    stem[82:114, 156:166] = True
    picture[apple], picture[stem & ~apple] = (200, 40, 50), (80, 50, 30)
    assert not (completed_mask(picture, apple, stem & ~apple) & stem & ~apple).any()


def test_on_a_ground_too_busy_to_tell_the_mask_stays_as_it_is() -> None:
    """Where nothing can be told, nothing is changed."""
    picture = np.random.default_rng(1).integers(0, 256, (HEIGHT // 7, WIDTH // 8, 3)).astype(np.uint8)
    picture = np.kron(picture, np.ones((7, 8, 1), np.uint8))
    thing = disc(WIDTH, HEIGHT, 160, 140, 50)
    picture[thing] = (200, 40, 50)
    mended = completed_mask(picture, thing, none())
    assert iou(mended, thing) > 0.99
