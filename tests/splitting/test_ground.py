"""What a fill may take examples from: no thing of the picture, whether it was asked for or not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from delaminate.contracts import Found, Instruction, Plan, Surveyor, Target, Tick, no_tick
from delaminate.engines import engine
from delaminate.picture import open_picture
from delaminate.pixels import Box, Mask, box_of
from delaminate.splitting.ground import ground
from delaminate.splitting.search import search
from delaminate.splitting.split import split
from delaminate.stages.segmentation.embedded.segmenter import Embedded
from drawings import balls


def box_mask(top: int, bottom: int, left: int, right: int) -> Mask:
    """A rectangle in a 100×160 picture."""
    mask = np.zeros((100, 160), np.bool_)
    mask[top:bottom, left:right] = True
    return mask


def found(mask: Mask, name: str = "thing") -> Found:
    """A finding with that mask."""
    box = box_of(mask)
    assert box is not None
    return Found(box, mask[box.slices].copy(), name)


@dataclass(frozen=True)
class Sees:
    """A segmenter that finds one mask, and tells of others."""

    mask: Any
    rest: tuple[Found, ...] = ()

    def prepare(self, rgb: Any, tick: Tick = no_tick) -> None:
        return None

    def __call__(self, prepared: Any, plan: Plan, tick: Tick = no_tick) -> tuple[tuple[Found, ...], ...]:
        return ((found(self.mask),),)

    def others(self, prepared: Any, plan: Plan, tick: Tick = no_tick) -> tuple[Found, ...]:
        return self.rest


@dataclass(frozen=True)
class Asks:
    """A planner that asks for one thing."""

    def __call__(self, instruction: Instruction, rgb: Any, tick: Tick = no_tick) -> Plan:
        return Plan((Target("the thing"),))


def rough(seed: int = 0) -> np.ndarray[Any, Any]:
    """Grey grain with a red thing beside where the hole will be, 100×160."""
    grain = np.random.default_rng(seed).integers(60, 140, (100, 160, 1))
    pixels = np.repeat(grain, 3, axis=2).astype(np.uint8)
    pixels[20:80, 100:150] = 230, 30, 30
    pixels[30:70, 40:90] = 20, 20, 240
    return pixels


def test_what_nobody_asked_for_is_not_copied() -> None:
    """A red thing beside the blue one stays out of what is behind the blue one, because the segmenter knows of it."""
    thing, beside = box_mask(30, 70, 40, 90), found(box_mask(20, 80, 100, 150))
    stages = replace(engine(), planner=Asks(), segmenter=Sees(thing, (beside,)))
    result = split(open_picture(rough()), Instruction("it"), stages)
    behind = result.stack.background.pixels[30:70, 40:90, :3].astype(int)
    assert (behind[..., 0] - behind[..., 1]).max() < 60


def test_a_thing_beside_the_hole_is_no_ground_and_one_behind_it_is() -> None:
    """What touches a small part of the hole's border is left out; what meets it along a third goes on behind it."""
    hole = box_mask(30, 70, 40, 90)
    whole = Box(0, 0, 160, 100)
    beside, behind = box_mask(60, 80, 88, 120), box_mask(0, 100, 0, 60) & ~hole
    usable = ground(hole, whole, ~hole, [], [found(beside), found(behind)])
    assert not usable[beside].any()
    assert usable[behind].all()


def test_a_panel_round_the_hole_is_the_only_ground() -> None:
    """Text on a card is replaced by the card, also where nobody asked for the card."""
    hole, card = box_mask(40, 60, 50, 80), box_mask(20, 90, 20, 140)
    usable = ground(hole, Box(0, 0, 160, 100), ~hole, [], [found(card)])
    assert np.array_equal(usable, card & ~hole)


def test_a_segmenter_that_tells_of_nothing_else_still_works() -> None:
    """`others` is optional: contracts.Segmenter asks for two steps only."""

    @dataclass(frozen=True)
    class Plain:
        mask: Any

        def prepare(self, rgb: Any, tick: Tick = no_tick) -> None:
            return None

        def __call__(self, prepared: Any, plan: Plan, tick: Tick = no_tick) -> tuple[tuple[Found, ...], ...]:
            return ((found(self.mask),),)

    stages = replace(engine(), planner=Asks(), segmenter=Plain(box_mask(30, 70, 40, 90)))
    result = split(open_picture(rough()), Instruction("it"), stages)
    assert result.report.differing_pixels == 0


@pytest.mark.parametrize("kept", ["the red ball", "the blue ball"])
def test_the_embedded_engine_tells_of_the_things_that_were_not_asked_for(kept: str) -> None:
    """Of two balls the one that stays is among the others, the one that is taken off is not."""
    pixels, masks = balls()
    taken = "red" if "blue" in kept else "blue"
    stages = engine()
    assert isinstance(Embedded(), Surveyor)
    asked = Instruction(f"the {taken} ball")
    seen = search(pixels, stages.planner(asked, pixels), asked, stages)

    def share(mask: Mask) -> float:
        """How much of a mask some other thing covers."""
        covered = np.zeros(mask.shape, np.bool_)
        for one in seen.others:
            covered[one.box.slices] |= one.mask
        return float(covered[mask].mean())

    assert share(masks[kept.split()[1]]) > 0.8
    assert share(masks[taken]) < 0.2
