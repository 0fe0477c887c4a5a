"""One edit of a stack: the picture stays what it was, bit for bit, and so does every layer not concerned."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delaminate.composite import flatten
from delaminate.contracts import Instruction, Stages
from delaminate.editing.apply import revise
from delaminate.editing.edits import Edit, Merge, Redo, Refill, Remove, Rename, SplitOff
from delaminate.errors import BadInput, BadInstruction, UnknownName
from delaminate.picture import open_picture
from delaminate.pixels import Box, Mask
from delaminate.splitting.split import split
from delaminate.stack import Layer, LayerStack, Role
from editing.stand_ins import Asks, FindsEach, Noise, Own, Soft, rough_stages
from editing.table import plain_stages


def random_stack(rng: np.random.Generator, depth: Any, layers: int) -> LayerStack:
    """An opaque ground under layers of any colour and any alpha, at any place."""
    width, height = (int(n) for n in rng.integers(16, 48, 2))
    full = np.iinfo(depth).max
    ground = rng.integers(0, full + 1, (height, width, 4)).astype(depth)
    ground[..., 3] = full
    made = [Layer("background", "background", Role.BACKGROUND, Box(0, 0, width, height), ground)]
    for number in range(1, layers + 1):
        left, top = int(rng.integers(0, width - 8)), int(rng.integers(0, height - 8))
        box = Box(left, top, int(rng.integers(left + 4, width + 1)), int(rng.integers(top + 4, height + 1)))
        pixels = rng.integers(0, full + 1, (box.height, box.width, 4)).astype(depth)
        some = rng.choice(np.array([0, 1, full // 3, full // 2 + 1, full, full]), (box.height, box.width))
        pixels[..., 3] = some.astype(depth)
        made.append(Layer(f"l{number}", f"thing {number}", Role.OBJECT, box, pixels))
    return LayerStack(width, height, tuple(made))


def random_edit(rng: np.random.Generator, stack: LayerStack) -> Edit:
    """Any of the six."""
    ids = [layer.id for layer in stack.layers[1:]]
    one = str(rng.choice(ids))
    pair = tuple(str(i) for i in rng.permutation(ids)[: int(rng.integers(2, len(ids) + 1))])
    edits: list[Edit] = [Redo(one, "thing"), Redo(one, box=Box(1, 1, 9, 9)), Merge(pair), SplitOff(one, "a part")]
    edits += [Refill(one), Rename(one, "another"), Remove(one)]
    return edits[int(rng.integers(0, len(edits)))]


def concerned(edit: Edit, stack: LayerStack) -> set[str]:
    """Ids of the layers that the edit may change."""
    if isinstance(edit, Merge):
        return set(edit.layers)
    below = {layer.id for layer in stack.layers[: [one.id for one in stack.layers].index(edit.layer)]}
    if isinstance(edit, Remove):
        return {edit.layer, *below}
    return {edit.layer} if isinstance(edit, Rename | SplitOff) else {edit.layer, "background"}


def blob(rng: np.random.Generator, shape: tuple[int, int]) -> Mask:
    """A rectangle anywhere."""
    top, left = int(rng.integers(0, shape[0] - 6)), int(rng.integers(0, shape[1] - 6))
    mask = np.zeros(shape, np.bool_)
    mask[top : top + int(rng.integers(5, shape[0])), left : left + int(rng.integers(5, shape[1]))] = True
    return mask


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([np.uint8, np.uint16]), st.integers(2, 4))
def test_every_edit_of_every_stack_keeps_the_picture_and_the_other_layers(seed: int, depth: Any, layers: int) -> None:
    """Random pixels, random alphas, random masks, noise for a fill: three edits one after another."""
    rng = np.random.default_rng(seed)
    stack = random_stack(rng, depth, layers)
    picture = flatten(stack)
    for _ in range(3):
        if len(stack.layers) < 3:
            return
        edit = random_edit(rng, stack)
        mask = rng.random(picture.shape[:2]) < 0.6
        try:
            revised = revise(stack, edit, rough_stages(mask))
        except BadInstruction:
            continue  # nothing there to split, to redo or to refill
        assert np.array_equal(flatten(revised), picture), edit
        old = {layer.id: layer for layer in stack.layers}
        changed = {layer.id for layer in revised.layers if old.get(layer.id) is not layer}
        assert changed - {layer.id for layer in revised.layers if layer.id not in old} <= concerned(edit, stack), edit
        stack = revised


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_edits_of_see_through_pictures_are_exact_too(seed: int) -> None:
    """Noise with random transparency, split into three layers, then edited three times."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (30, 40, 4)).astype(np.uint8)
    pixels[..., 3] = rng.choice(np.array([0, 77, 255, 255], np.uint8), (30, 40))
    masks = [blob(rng, (30, 40)) for _ in range(3)]
    stages = Stages("rough", Asks(), FindsEach(tuple(masks)), Soft(), Own(), Noise())
    stack = split(open_picture(pixels), Instruction("anything"), stages).stack
    for _ in range(3):
        if len(stack.layers) < 3:
            return
        edit = random_edit(rng, stack)
        try:
            stack = revise(stack, edit, rough_stages(blob(rng, (30, 40))))
        except BadInstruction:
            continue
        assert np.array_equal(flatten(stack), pixels), edit


@pytest.mark.parametrize(
    ("edit", "kind", "sentence"),
    [
        (Rename("l9", "x"), UnknownName, "there is no layer 'l9'; there are: l1 (card), l2 (ball), l3 (stamp)"),
        (Remove("background"), BadInstruction, "the background cannot be edited by itself"),
        (Merge(("l1", "card")), BadInstruction, "name at least two layers"),
        (Redo("l1"), BadInstruction, "say how to redo the layer"),
        (Redo("l1", "the moon"), BadInstruction, "nothing answers 'the moon', so 'card' stays as it is"),
        (SplitOff("l1", "the moon"), BadInstruction, "no part of 'card' answers 'the moon'"),
        (SplitOff("l1", "x", 0), BadInstruction, "max_layers must be at least 1"),
    ],
)
def test_an_edit_that_cannot_be_is_refused_with_advice(
    table: LayerStack, edit: Edit, kind: type[BadInput], sentence: str
) -> None:
    """One sentence each."""
    with pytest.raises(kind) as caught:
        revise(table, edit, plain_stages())
    assert sentence in str(caught.value)


def test_two_layers_of_one_name_are_told_apart_by_their_ids(table: LayerStack) -> None:
    """Nothing is guessed."""
    twins = revise(table, Rename("l3", "card"))
    with pytest.raises(BadInstruction, match="2 layers are called 'card'; name one by its id: l1, l3"):
        revise(twins, Remove("card"))
    assert len(revise(twins, Remove("l3")).layers) == 3


def test_an_edit_that_needs_an_engine_says_so(table: LayerStack) -> None:
    """The others do without."""
    with pytest.raises(BadInput, match="give the stages of an engine"):
        revise(table, Refill("l1"))
