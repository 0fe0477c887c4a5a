"""The peel loop: exact for every input, honest about every target, deterministic, and willing to stop."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from delaminate.composite import flatten, recomposition
from delaminate.contracts import (
    Found,
    Instruction,
    Kind,
    NamedBox,
    Outcome,
    Plan,
    Progress,
    Stages,
    Target,
    Tick,
    no_tick,
)
from delaminate.engines import engine
from delaminate.errors import BadInstruction, Cancelled
from delaminate.picture import open_picture
from delaminate.pixels import Box, Rgb, box_of
from delaminate.splitting.split import split
from delaminate.stack import Role
from drawings import balls, iou, poster


@dataclass(frozen=True)
class Asks:
    """A planner that asks for `count` things."""

    count: int = 1

    def __call__(self, instruction: Instruction, rgb: Rgb, tick: Tick = no_tick) -> Plan:
        return Plan(tuple(Target(f"thing {n}") for n in range(self.count)))


@dataclass(frozen=True)
class Finds:
    """A segmenter that finds given masks (bool, of the picture's size), one a target."""

    masks: tuple[Any, ...]
    confidence: float = 0.9

    def prepare(self, rgb: Rgb, tick: Tick = no_tick) -> None:
        return None

    def __call__(self, prepared: Any, plan: Plan, tick: Tick = no_tick) -> tuple[tuple[Found, ...], ...]:
        return tuple(self._found(mask) for mask in self.masks)

    def _found(self, mask: Any) -> tuple[Found, ...]:
        box = box_of(mask)
        return () if box is None else (Found(box, mask[box.slices].copy(), "thing", Role.OBJECT, self.confidence),)


def stages_for(*masks: Any, confidence: float = 0.9) -> Stages:
    """The embedded engine with a planner and a segmenter that know the answer."""
    return replace(engine(), planner=Asks(len(masks)), segmenter=Finds(masks, confidence))


def pillow_flatten(stack: Any) -> Any:
    """What a user gets from Pillow, H×W×4."""
    flat = Image.fromarray(stack.layers[0].pixels)
    for layer in stack.layers[1:]:
        full = Image.new("RGBA", flat.size)
        full.paste(Image.fromarray(layer.pixels), (layer.box.left, layer.box.top))
        flat = Image.alpha_composite(flat, full)
    return np.asarray(flat)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.integers(1, 3))
def test_every_picture_recomposes_bit_for_bit_with_pillow(seed: int, see_through: bool, things: int) -> None:
    """Random noise, random blobs that overlap, with and without alpha: the worst case for every stage."""
    rng = np.random.default_rng(seed)
    height, width = (int(n) for n in rng.integers(8, 60, 2))
    pixels = rng.integers(0, 256, (height, width, 4 if see_through else 3)).astype(np.uint8)
    if see_through:
        pixels[..., 3] = rng.choice(np.array([0, 77, 255, 255], np.uint8), (height, width))
    masks = []
    for _ in range(things):
        top, left = int(rng.integers(0, height - 5)), int(rng.integers(0, width - 5))
        mask = np.zeros((height, width), np.bool_)
        mask[top : top + int(rng.integers(4, height)), left : left + int(rng.integers(4, width))] = True
        masks.append(mask)
    picture = open_picture(pixels)
    result = split(picture, Instruction("anything", max_layers=4), stages_for(*masks))
    flat = pillow_flatten(result.stack)
    assert np.array_equal(flat[..., : pixels.shape[2]], pixels)
    assert recomposition(result.stack, picture.pixels).exact


def test_text_comes_off_a_flat_poster_and_leaves_it_exactly_flat() -> None:
    """The ground behind the letters is one colour again, to the bit."""
    pixels, _ = poster()
    result = split(open_picture(pixels), Instruction("the title"), engine())
    assert [layer.role for layer in result.stack.layers] == [Role.BACKGROUND, Role.TEXT]
    assert (result.stack.background.pixels == [236, 222, 180, 255]).all()


def test_a_thing_comes_off_with_the_shape_it_has() -> None:
    """The alpha of the red ball is the red ball, the ground behind it the sky."""
    pixels, masks = balls()
    result = split(open_picture(pixels), Instruction("the red ball"), engine())
    layer = result.stack.layers[1]
    found = np.zeros(pixels.shape[:2], np.bool_)
    found[layer.box.slices] = layer.pixels[..., 3] > 127
    assert iou(found, masks["red"]) > 0.95


def test_the_cap_is_kept_and_told() -> None:
    """Three balls, two layers: two come off and the report says there was more."""
    pixels, _ = balls()
    result = split(open_picture(pixels), Instruction("extract every object", max_layers=2), engine())
    assert len(result.stack.layers) == 3
    assert result.report.targets[0].outcome is Outcome.CAP_REACHED


def test_everything_except_keeps_the_exception() -> None:
    """An inverted plan leaves what its targets name in the background."""
    pixels, masks = balls()
    plan = Plan((Target("the blue ball", noun="ball", colours=("blue",)),), inverted=True)

    @dataclass(frozen=True)
    class Inverted:
        def __call__(self, instruction: Instruction, rgb: Rgb, tick: Tick = no_tick) -> Plan:
            return plan

    result = split(
        open_picture(pixels), Instruction("everything except the blue ball"), replace(engine(), planner=Inverted())
    )
    kept = result.stack.background.pixels[..., :3]
    assert np.array_equal(kept[masks["blue"]], pixels[masks["blue"]])
    assert len(result.stack.layers) == 3
    assert result.report.targets[0].outcome is Outcome.KEPT


def test_a_marked_thing_is_taken_whatever_it_is_called() -> None:
    """A box needs no words."""
    pixels, masks = balls()
    marked = Instruction("", boxes=(NamedBox(Box(245, 86, 335, 174), "planet"),))
    layer = split(open_picture(pixels), marked, engine()).stack.layers[1]
    found = np.zeros(pixels.shape[:2], np.bool_)
    found[layer.box.slices] = layer.pixels[..., 3] > 127
    assert layer.name == "planet"
    assert iou(found, masks["green"]) > 0.9


def test_the_same_input_gives_the_same_bytes() -> None:
    """Two runs, equal layers."""
    pixels, _ = balls()
    first, second = (split(open_picture(pixels), Instruction("extract every object"), engine()) for _ in range(2))
    assert [x.name for x in first.stack.layers] == [x.name for x in second.stack.layers]
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(first.stack.layers, second.stack.layers, strict=True))


def test_progress_never_goes_back_and_ends_at_one() -> None:
    """What a progress bar needs."""
    pixels, _ = balls()
    seen: list[Progress] = []
    split(open_picture(pixels), Instruction("the red ball"), engine(), seen.append)
    done = [message.done for message in seen]
    assert done == sorted(done)
    assert (seen[-1].stage, seen[-1].done) == ("done", 1.0)


@pytest.mark.parametrize("stage", ["plan", "segment", "alpha", "fill", "exact"])
def test_raising_in_the_callback_stops_the_work(stage: str) -> None:
    """Cancelled passes through every stage."""
    pixels, masks = balls()

    def stop(message: Progress) -> None:
        if message.stage == stage:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        split(open_picture(pixels), Instruction("x"), stages_for(masks["red"]), stop)


def test_a_layer_behind_another_is_completed_and_says_so() -> None:
    """A card under a ball is whole once the ball is off, and marks what was made up."""
    pixels, _ = balls()
    card = np.zeros(pixels.shape[:2], np.bool_)
    card[60:200, 110:250] = True
    pixels[card] = (250, 240, 200)
    ball = np.zeros_like(card)
    ball[110:150, 160:200] = True
    pixels[ball] = (40, 40, 160)
    result = split(open_picture(pixels), Instruction("x"), stages_for(ball, card & ~ball))
    layers = {layer.id: layer for layer in result.stack.layers}
    whole = [x for x in layers.values() if x.box.width > 120 and x.role is Role.OBJECT]
    assert len(whole) == 1
    assert (whole[0].pixels[20:130, 20:130, 3] == 255).all()
    assert whole[0].invented is not None
    assert whole[0].invented.any()


def test_a_cap_below_one_is_refused() -> None:
    """One sentence."""
    with pytest.raises(BadInstruction, match="max_layers must be at least 1"):
        split(open_picture(balls()[0]), Instruction("x", max_layers=0), engine())


def test_kind_of_nothing_asked_is_a_stack_of_the_background_alone() -> None:
    """No finding, no layer, and still exact."""
    pixels = np.full((40, 50, 3), 128, np.uint8)
    result = split(open_picture(pixels), Instruction("extract every object"), engine())
    assert len(result.stack.layers) == 1
    assert np.array_equal(flatten(result.stack)[..., :3], pixels)
    assert result.plan.targets[0].kind in {Kind.OBJECT, Kind.ANYTHING}
