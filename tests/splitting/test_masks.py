"""Things given by masks: they become layers as they are, in the order given, and the stack is exact."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

import delaminate
from delaminate.composite import flatten
from delaminate.contracts import Found, Instruction, Plan, Target
from delaminate.errors import BadInstruction
from delaminate.picture import open_picture
from delaminate.pixels import Box
from delaminate.splitting.drawn_mask import found_in_mask
from delaminate.splitting.proposing import proposed
from delaminate.splitting.search import in_given_order
from editing.stand_ins import Finds


def scene(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Two discs that overlap on a graded ground, and a mask of each."""
    rows, columns = np.mgrid[:160, :240]
    image = Image.fromarray(np.dstack([columns, rows, 255 - columns]).astype(np.uint8))
    ImageDraw.Draw(image).ellipse((40, 40, 120, 120), (200, 30, 30))
    ImageDraw.Draw(image).ellipse((100, 50, 170, 120), (30, 160, 60))
    image.save(tmp_path / "picture.png")
    for name, box in (("red", (40, 40, 120, 120)), ("green", (100, 50, 170, 120))):
        mask = Image.new("L", image.size)
        ImageDraw.Draw(mask).ellipse(box, 255)
        mask.save(tmp_path / f"{name}.png")
    return tmp_path / "picture.png", tmp_path / "green.png", tmp_path / "red.png"


def test_masks_become_layers_in_their_order_and_the_stack_is_exact(tmp_path: Path) -> None:
    """No words are needed; files give their names; the first lies in front."""
    picture, green, red = scene(tmp_path)
    result = delaminate.split(picture, masks=[green, red])
    assert [layer.name for layer in result.stack.layers[1:]] == ["red", "green"]
    assert np.array_equal(flatten(result.stack)[..., :3], np.asarray(Image.open(picture)))
    front = result.stack.layers[2]
    assert abs(front.box.left - 100) <= 2
    assert [(one.target, str(one.outcome)) for one in result.report.targets] == [
        ("green", "extracted"),
        ("red", "extracted"),
    ]


def test_a_mask_of_another_size_or_of_nothing_is_refused(tmp_path: Path) -> None:
    """In one sentence with what to do."""
    picture = scene(tmp_path)[0]
    with pytest.raises(BadInstruction, match="draw it on a canvas of the picture's size"):
        delaminate.split(picture, masks=[np.zeros((4, 4), np.uint8)])
    with pytest.raises(BadInstruction, match="the mask marks nothing"):
        found_in_mask(open_picture(np.zeros((160, 240), np.uint8)), 240, 160)


def test_a_mask_on_transparency_is_what_can_be_seen_of_it() -> None:
    """A brush draws on a clear canvas."""
    pixels = np.zeros((20, 30, 4), np.uint8)
    pixels[5:9, 10:20, 3] = 255
    assert found_in_mask(open_picture(pixels), 30, 20).box == Box(10, 5, 20, 9)


def test_fronts_never_grow_from_one_given_mask_to_the_next() -> None:
    """Text is in front of all by itself, unless it was put behind."""
    text, thing = (Found(Box(0, 0, 2, 2), np.ones((2, 2), np.bool_), "it", front=front) for front in (1.0, -0.2))
    assert [found.front for found in in_given_order([thing, text])] == [-0.2, -0.2]
    assert [found.front for found in in_given_order([text, thing])] == [1.0, -0.2]


def test_what_is_proposed_is_added_to_or_taken_from_what_was() -> None:
    """None where nothing would be left."""
    there = np.zeros((20, 30), np.bool_)
    there[4:8, 4:8] = True
    segmenter, place = Finds(there), Target("marked", point=(5, 5))
    prepared = segmenter.prepare(np.zeros((20, 30, 3), np.uint8))
    first = proposed(segmenter, prepared, place)
    assert first is not None
    assert first.box == Box(4, 4, 8, 8)
    other = Found(Box(6, 4, 12, 8), np.ones((4, 6), np.bool_), "cup")
    both = proposed(segmenter, prepared, place, other)
    assert both is not None
    assert (both.box, both.name) == (Box(4, 4, 12, 8), "cup")
    less = proposed(segmenter, prepared, place, other, take=True)
    assert less is not None
    assert less.box == Box(8, 4, 12, 8)
    assert proposed(segmenter, prepared, place, first, take=True) is None


def test_the_plan_is_read_besides_the_masks() -> None:
    """A thing that is marked by its mask and named as well comes off once."""
    from delaminate.splitting.search import search
    from editing.table import plain_stages

    box = Box(4, 4, 14, 14)
    mask = Found(box, np.ones((10, 10), np.bool_), "mine")
    asked = Instruction("the thing", masks=(mask,))
    found = search(np.zeros((40, 40, 3), np.uint8), Plan((Target("the thing"),)), asked, plain_stages(box))
    assert [cut.found.name for cut in found.cuts] == ["mine"]
