"""The embedded segmenter on pictures whose answer is plain to see."""

from __future__ import annotations

import numpy as np
import pytest

from delaminate.contracts import Found, Kind, Plan, Target
from delaminate.pixels import Box
from delaminate.stack import Role
from delaminate.stages.segmentation.embedded.segmenter import Embedded
from drawings import Mask, Picture, balls, iou, poster


def _ask(pixels: Picture, *targets: Target) -> tuple[tuple[Found, ...], ...]:
    segmenter = Embedded()
    return segmenter(segmenter.prepare(pixels), Plan(targets))


def _full(found: Found, pixels: Picture) -> Mask:
    mask = np.zeros(pixels.shape[:2], np.bool_)
    mask[found.box.slices] = found.mask
    return mask


def test_every_object_is_every_ball() -> None:
    """Three balls, three findings, each the right shape."""
    pixels, masks = balls()
    (answer,) = _ask(pixels, Target("every object", count=None))
    assert len(answer) == 3
    for mask in masks.values():
        assert max(iou(_full(found, pixels), mask) for found in answer) > 0.93


@pytest.mark.parametrize("colour", ["red", "blue", "green"])
def test_a_colour_picks_the_ball_of_that_colour(colour: str) -> None:
    """Words about looks decide, and the finding is confident."""
    pixels, masks = balls()
    ((found,),) = _ask(pixels, Target("x", noun="ball", colours=(colour,)))
    assert iou(_full(found, pixels), masks[colour]) > 0.93
    assert found.confidence >= 0.5


@pytest.mark.parametrize(("place", "colour"), [("left", "red"), ("right", "green")])
def test_a_place_picks_the_ball_there(place: str, colour: str) -> None:
    """Left is left."""
    pixels, masks = balls()
    ((found,),) = _ask(pixels, Target("x", noun="ball", positions=(place,)))
    assert iou(_full(found, pixels), masks[colour]) > 0.93


def test_two_targets_get_two_things() -> None:
    """Nouns compete; nobody gets what another took."""
    pixels, _ = balls()
    (first,), (second,) = _ask(pixels, Target("the ball", noun="ball"), Target("the globe", noun="globe"))
    assert not (_full(first, pixels) & _full(second, pixels)).any()


@pytest.mark.parametrize("word", ["asdfghjkl", "zogmip"])
def test_letters_that_are_no_word_mean_nothing(word: str) -> None:
    """Nobody knows the word, so nothing is taken for it."""
    pixels, _ = balls()
    assert _ask(pixels, Target(f"the {word}", noun=word)) == ((),)


def test_a_point_picks_what_is_under_it() -> None:
    """A click on the blue ball."""
    pixels, masks = balls()
    ((found,),) = _ask(pixels, Target("x", point=(180, 130)))
    assert iou(_full(found, pixels), masks["blue"]) > 0.93


def test_a_glance_shows_at_once_what_is_taken_then() -> None:
    """The blue ball; on the plain ground it shows nothing."""
    pixels, masks = balls()
    segmenter = Embedded()
    prepared = segmenter.prepare(pixels)
    found = segmenter.glance(prepared, 180, 130)
    assert found is not None
    assert iou(_full(found, pixels), masks["blue"]) > 0.9
    assert segmenter.glance(prepared, 5, 5) is None


def test_a_box_picks_what_fills_it_and_nothing_outside() -> None:
    """A loose box around the green ball."""
    pixels, masks = balls()
    box = Box(246, 86, 334, 174)
    ((found,),) = _ask(pixels, Target("x", box=box))
    assert iou(_full(found, pixels), masks["green"]) > 0.9


def test_one_layer_for_all_joins_them() -> None:
    """`each` False gives one finding that covers all three."""
    pixels, masks = balls()
    ((found,),) = _ask(pixels, Target("the balls", noun="ball", count=None, each=False))
    assert iou(_full(found, pixels), masks["red"] | masks["blue"] | masks["green"]) > 0.93


def test_text_is_named_by_what_it_says() -> None:
    """Role, name and the recognised string."""
    pixels, _ = poster()
    ((found,),) = _ask(pixels, Target("the title", Kind.TEXT, text_role="title"))
    assert found.role is Role.TEXT
    assert (found.text or "").replace(" ", "") == "HELLOWORLD"


def test_text_that_is_not_there_is_not_found() -> None:
    """No text, no finding."""
    pixels, _ = balls()
    assert _ask(pixels, Target("the title", Kind.TEXT, text_role="title")) == ((),)


def test_a_drawn_card_is_a_shape() -> None:
    """An even rectangle on an even ground."""
    pixels = np.full((240, 320, 3), (30, 60, 90), np.uint8)
    pixels[60:180, 80:240] = (240, 230, 210)
    card = (pixels == (240, 230, 210)).all(axis=2)
    ((found,),) = _ask(pixels, Target("the card", Kind.SHAPE, noun="card"))
    assert found.role is Role.SHAPE
    assert iou(_full(found, pixels), card) > 0.95


def test_glass_over_a_gradient_is_see_through() -> None:
    """A pane of 30 % white over a gradient: the finding knows its coverage."""
    ramp = np.linspace(40, 220, 320)[None, :, None] * np.array([0.3, 0.8, 1.0])
    pixels = np.broadcast_to(ramp, (240, 320, 3)).copy()
    pixels[60:180, 80:240] = pixels[60:180, 80:240] * 0.7 + 255 * 0.3
    ((found,),) = _ask(np.rint(pixels).astype(np.uint8), Target("the card", Kind.SHAPE, noun="card"))
    assert found.alpha is not None
    assert float(np.median(found.alpha[found.mask])) == pytest.approx(0.3, abs=0.03)


@pytest.mark.parametrize("shape", [(1, 1, 3), (20, 600, 3), (3, 3, 3)])
def test_tiny_and_thin_pictures_do_not_break_it(shape: tuple[int, ...]) -> None:
    """Nothing to find is an empty answer, not an error."""
    noise = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    for target in (Target("every object", count=None), Target("x", Kind.ANYTHING), Target("x", Kind.SUBJECT)):
        (answer,) = _ask(noise, target)
        assert all(found.mask.any() for found in answer)
