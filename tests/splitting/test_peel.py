"""One thing taken off: over what remains, its layer gives back what was there, bit for bit."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from delaminate.composite import over
from delaminate.contracts import Found, Instruction, Tick, no_tick
from delaminate.engines import engine
from delaminate.picture import open_picture
from delaminate.pixels import Box, Mask, Rgb, Rgba, box_of
from delaminate.splitting.peel import Remaining, assemble, peel, timed
from delaminate.splitting.search import Cut
from delaminate.stack import Layer
from drawings import balls


def cut(mask: Mask, key: str = "l1") -> Cut:
    """What was found, as a cut."""
    box = box_of(mask)
    assert box is not None
    return Cut(key, 0, Found(box, mask[box.slices].copy(), "thing", confidence=0.75))


def shown(remaining: Remaining) -> Rgba:
    """What remains, H×W×4."""
    alpha = np.full(remaining.rgb.shape[:2], 255, np.uint8) if remaining.alpha is None else remaining.alpha
    return np.dstack([remaining.rgb, alpha])


def laid_back(remaining: Remaining, layer: Layer) -> Rgba:
    """The layer over what remains."""
    pixels = shown(remaining)
    over(layer.pixels, pixels[layer.box.slices])
    return pixels


@pytest.mark.parametrize("see_through", [False, True])
def test_a_layer_over_what_remains_is_what_was_there(see_through: bool) -> None:
    """Noise, with and without transparency; the picture itself is not changed."""
    rng = np.random.default_rng(5)
    pixels = rng.integers(0, 256, (50, 60, 4 if see_through else 3)).astype(np.uint8)
    if see_through:
        pixels[..., 3] = rng.choice(np.array([0, 90, 255], np.uint8), (50, 60))
    picture = open_picture(pixels)
    remaining = Remaining.of(picture)
    before, mask = shown(remaining), np.zeros((50, 60), np.bool_)
    mask[10:30, 20:45] = True
    layer = peel(remaining, cut(mask), (), engine(), Instruction())
    assert np.array_equal(laid_back(remaining, layer), before)
    assert not np.array_equal(shown(remaining), before)
    assert np.array_equal(picture.pixels, pixels)
    assert (layer.id, layer.name, layer.confidence) == ("l1", "thing", 0.75)


def test_what_was_uncovered_before_is_marked_as_made_up() -> None:
    """The first layer hides part of the second: that part of the second was never seen."""
    pixels, masks = balls()
    remaining = Remaining.of(open_picture(pixels))
    ball = masks["red"]
    box = box_of(ball)
    assert box is not None
    card = np.zeros_like(ball)
    card[box.grown(10, card.shape[1], card.shape[0]).slices] = True
    top = peel(remaining, cut(ball, "l2"), (cut(card),), engine(), Instruction())
    assert top.invented is None
    assert remaining.uncovered[ball].all()
    under = peel(remaining, cut(card & ~ball), (), engine(), Instruction())
    assert under.invented is not None
    made_up = np.zeros_like(ball)
    made_up[under.box.slices] = under.invented
    assert made_up[ball].all()
    assert not made_up[~remaining.uncovered].any()


@dataclass(frozen=True)
class Noting:
    """An inpainter that keeps what it was shown, and fills with black."""

    shown: list[Mask]
    name: str = "noting"

    def __call__(
        self, rgb: Rgb, hole: Mask, usable: Mask, *, prompt: str = "", seed: int = 0, tick: Tick = no_tick
    ) -> Rgb:
        self.shown.append(usable.copy())
        box = box_of(hole)
        assert box is not None
        patch = rgb[box.slices].copy()
        patch[hole[box.slices]] = 0
        return patch


def test_things_still_to_come_are_no_examples_unless_they_enclose_the_hole() -> None:
    """A neighbour's pixels are kept out of the fill; a card under a ball is all there is to fill from."""
    pixels = np.full((80, 100, 3), 200, np.uint8)
    ball, card, neighbour = (np.zeros((80, 100), np.bool_) for _ in range(3))
    ball[30:45, 30:45], card[10:65, 10:65], neighbour[20:60, 75:95] = True, True, True
    noted = Noting([])
    stages = replace(engine(), inpainter=noted)
    peel(Remaining.of(open_picture(pixels)), cut(ball), (cut(neighbour),), stages, Instruction())
    peel(Remaining.of(open_picture(pixels)), cut(ball), (cut(card),), stages, Instruction())
    beside, within = noted.shown
    assert not beside[neighbour].any()
    assert beside[5, 5]
    assert not within[~card].any()
    assert within[12, 12]


def test_progress_of_one_layer_runs_to_its_end() -> None:
    """And what was spent is told by stage."""
    pixels, masks = balls()
    done: list[float] = []
    seconds: dict[str, float] = {}
    peel(
        Remaining.of(open_picture(pixels)),
        cut(masks["red"]),
        (),
        engine(),
        Instruction(),
        seconds=seconds,
        tick=done.append,
    )
    assert done == sorted(done)
    assert done[-1] == 1.0
    assert set(seconds) == {"alpha", "fill", "exact"}


def test_the_stack_is_what_remains_under_the_layers_last_taken_first() -> None:
    """The background keeps the canvas, and says what of it was made up."""
    pixels, masks = balls()
    picture = open_picture(pixels)
    remaining = Remaining.of(picture)
    first = peel(remaining, cut(masks["red"], "l2"), (), engine(), Instruction())
    second = peel(remaining, cut(masks["blue"], "l1"), (), engine(), Instruction())
    stack = assemble(picture, remaining, (first, second))
    assert [layer.id for layer in stack.layers] == ["background", "l1", "l2"]
    assert stack.background.box == Box(0, 0, stack.width, stack.height)
    assert stack.background.invented is not None
    assert stack.background.invented[masks["red"]].all()
    assert stack.opaque


def test_seconds_add_up() -> None:
    """Also when the work inside fails."""
    seconds = {"fill": 1.0}
    with pytest.raises(ValueError, match="no"), timed(seconds, "fill"):
        raise ValueError("no")
    assert seconds["fill"] > 1.0
