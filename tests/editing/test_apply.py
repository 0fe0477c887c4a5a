"""One edit of a stack: the picture stays what it was, bit for bit, and so does every layer not concerned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delaminate.composite import flatten
from delaminate.contracts import Found, Instruction, Plan, Stages, Target, Tick, no_tick
from delaminate.editing.apply import revise
from delaminate.editing.edits import Edit, Merge, Redo, Refill, Remove, Rename, SplitOff
from delaminate.errors import BadInput, BadInstruction, UnknownName
from delaminate.picture import open_picture
from delaminate.pixels import Alpha, Box, Colour, Mask, Rgb, box_of
from delaminate.splitting.split import split
from delaminate.stack import Layer, LayerStack, Role


@dataclass(frozen=True)
class Asks:
    """A planner that asks for one thing."""

    def __call__(self, instruction: Instruction, rgb: Rgb, tick: Tick = no_tick) -> Plan:
        return Plan((Target(instruction.text or "marked"),))


@dataclass(frozen=True)
class Finds:
    """A segmenter that finds one given mask, shown in a window of the picture's size or of a part of it."""

    mask: Any
    at: tuple[int, int] = (0, 0)

    def prepare(self, rgb: Rgb, tick: Tick = no_tick) -> tuple[int, int]:
        return rgb.shape[0], rgb.shape[1]

    def __call__(self, prepared: tuple[int, int], plan: Plan, tick: Tick = no_tick) -> tuple[tuple[Found, ...], ...]:
        seen = self.mask[: prepared[0], : prepared[1]]
        box = box_of(seen)
        return ((),) if box is None else ((Found(box, seen[box.slices].copy(), "thing"),),)


@dataclass(frozen=True)
class Soft:
    """A matter with random edges, seeded by the mask."""

    def __call__(self, rgb: Rgb, mask: Mask, tick: Tick = no_tick) -> Alpha:
        rng = np.random.default_rng(int(mask.sum()))
        return np.where(mask, rng.random(mask.shape, np.float32), np.float32(0)).astype(np.float32)


@dataclass(frozen=True)
class Own:
    """The colour that is there."""

    def __call__(self, rgb: Rgb, alpha: Alpha) -> Colour:
        return rgb.astype(np.float32)


@dataclass(frozen=True)
class Noise:
    """An inpainter that fills with noise: the worst case for exactness."""

    name: str = "noise"

    def __call__(
        self, rgb: Rgb, hole: Mask, usable: Mask, *, prompt: str = "", seed: int = 0, tick: Tick = no_tick
    ) -> Rgb:
        box = box_of(hole)
        assert box is not None
        patch = rgb[box.slices].copy()
        rng = np.random.default_rng(seed)
        inside = hole[box.slices]
        patch[inside] = rng.integers(0, np.iinfo(rgb.dtype).max + 1, (int(inside.sum()), 3)).astype(rgb.dtype)
        return patch


def rough_stages(mask: Any) -> Stages:
    """Stages that find that mask and make everything else as hard as it can be."""
    return Stages("rough", Asks(), Finds(mask), Soft(), Own(), Noise())


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


def blob(rng: np.random.Generator, shape: tuple[int, int]) -> Mask:
    """A rectangle anywhere."""
    top, left = int(rng.integers(0, shape[0] - 6)), int(rng.integers(0, shape[1] - 6))
    mask = np.zeros(shape, np.bool_)
    mask[top : top + int(rng.integers(5, shape[0])), left : left + int(rng.integers(5, shape[1]))] = True
    return mask


@dataclass(frozen=True)
class FindsEach:
    """A segmenter that finds one given mask after another for its one target."""

    masks: tuple[Any, ...]

    def prepare(self, rgb: Rgb, tick: Tick = no_tick) -> None:
        return None

    def __call__(self, prepared: None, plan: Plan, tick: Tick = no_tick) -> tuple[tuple[Found, ...], ...]:
        boxes = [box for mask in self.masks if (box := box_of(mask)) is not None]
        return (tuple(Found(box, mask[box.slices], "thing") for box, mask in zip(boxes, self.masks, strict=True)),)


# --------------------------------------------------------------------------- what an edit means, on plain rectangles

GROUND, CARD, BALL, STAMP = (230, 230, 220), (250, 240, 60), (200, 30, 40), (20, 90, 160)


@dataclass(frozen=True)
class Hard:
    """A matter that takes the mask as it is."""

    def __call__(self, rgb: Rgb, mask: Mask, tick: Tick = no_tick) -> Alpha:
        return mask.astype(np.float32)


@dataclass(frozen=True)
class Fills:
    """An inpainter that fills with one colour."""

    colour: tuple[int, int, int] = GROUND
    name: str = "one colour"

    def __call__(
        self, rgb: Rgb, hole: Mask, usable: Mask, *, prompt: str = "", seed: int = 0, tick: Tick = no_tick
    ) -> Rgb:
        box = box_of(hole)
        assert box is not None
        patch = rgb[box.slices].copy()
        patch[hole[box.slices]] = self.colour
        return patch


def plain_stages(*boxes: Box, colour: tuple[int, int, int] = GROUND) -> Stages:
    """Stages that find rectangles, cut them hard, and fill with one colour."""
    masks = []
    for box in boxes:
        mask = np.zeros((60, 80), np.bool_)
        mask[box.slices] = True
        masks.append(mask)
    return Stages("plain", Asks(), FindsEach(tuple(masks)), Hard(), Own(), Fills(colour))


ON_GROUND, ON_CARD = Box(50, 20, 70, 40), Box(20, 20, 36, 36)
WHOLE_CARD = Box(10, 10, 44, 50)


@pytest.fixture
def table() -> LayerStack:
    """A card (l1) with a ball (l2) on it, and a stamp (l3) beside it, on an even ground."""
    pixels = np.full((60, 80, 3), GROUND, np.uint8)
    for box, colour in ((WHOLE_CARD, CARD), (ON_CARD, BALL), (ON_GROUND, STAMP)):
        pixels[box.slices] = colour

    def layer(name: str, box: Box, colour: tuple[int, int, int]) -> Layer:
        return Layer(name, names[name], Role.OBJECT, box, np.full((box.height, box.width, 4), (*colour, 255), np.uint8))

    names = {"l1": "card", "l2": "ball", "l3": "stamp"}
    ground = Layer(
        "background", "background", Role.BACKGROUND, Box(0, 0, 80, 60), np.full((60, 80, 4), (*GROUND, 255), np.uint8)
    )
    layers = (ground, layer("l1", WHOLE_CARD, CARD), layer("l2", ON_CARD, BALL), layer("l3", ON_GROUND, STAMP))
    stack = LayerStack(80, 60, layers)
    assert np.array_equal(flatten(stack)[..., :3], pixels)
    return stack


def layer_of(stack: LayerStack, name: str) -> Layer:
    """The layer of that id."""
    return next(layer for layer in stack.layers if layer.id == name)


def alpha_of(stack: LayerStack, name: str) -> Any:
    """Its alpha over the whole canvas."""
    layer, canvas = layer_of(stack, name), np.zeros((stack.height, stack.width), np.uint8)
    canvas[layer.box.slices] = layer.pixels[..., 3]
    return canvas


def test_what_a_redone_layer_leaves_is_in_the_background_and_what_it_newly_hides_is_filled(table: LayerStack) -> None:
    """Moved two pixels to the left: a strip of stamp comes back, a strip of ground is made up, the rest stays."""
    moved = Box(48, 20, 68, 40)
    done = revise(table, Redo("stamp", "the stamp"), plain_stages(moved, colour=(1, 2, 3)))
    ground = done.background.pixels[..., :3]
    assert (ground[20:40, 68:70] == STAMP).all()
    assert (ground[20:40, 48:50] == (1, 2, 3)).all()
    assert np.array_equal(ground[20:40, 50:68], table.background.pixels[20:40, 50:68, :3])
    assert layer_of(done, "l3").box == moved
    assert done.background.invented is not None
    assert done.background.invented[30, 48]
    assert not done.background.invented[30, 69]


def test_over_a_layer_between_the_redone_layer_keeps_the_pixels_that_only_it_can_hold(table: LayerStack) -> None:
    """The ball on the card is made half as wide: the card is not touched, so the ball stays whole."""
    done = revise(table, Redo("ball", "the ball"), plain_stages(Box(20, 20, 28, 36)))
    assert (layer_of(done, "l1"), done.background) == (layer_of(table, "l1"), table.background)
    assert np.array_equal(alpha_of(done, "l2"), alpha_of(table, "l2"))


def test_what_a_removed_layer_covered_goes_to_the_layer_right_behind_it(table: LayerStack) -> None:
    """The ball becomes part of the card, the stamp part of the ground."""
    card = layer_of(revise(table, Remove("ball")), "l1")
    assert (card.pixels[10:26, 10:26, :3] == BALL).all()
    bare = revise(table, Remove("stamp"))
    assert (bare.background.pixels[ON_GROUND.slices][..., :3] == STAMP).all()
    assert bare.layers[1:] == table.layers[1:3]


def test_a_merged_layer_is_what_both_looked_like(table: LayerStack) -> None:
    """In one piece, under the id of the first named."""
    done = revise(table, Merge(("l2", "card")))
    merged = layer_of(done, "l2")
    assert [layer.id for layer in done.layers] == ["background", "l2", "l3"]
    assert (merged.box, merged.name) == (WHOLE_CARD, "ball and card")
    assert np.array_equal(merged.pixels, flatten(table)[WHOLE_CARD.slices])


def test_a_part_inside_a_layer_leaves_it_whole(table: LayerStack) -> None:
    """Ball and card as one layer, split again: the card is completed behind the ball."""
    one = revise(table, Merge(("card", "ball"), "sheet"))
    done = revise(one, SplitOff("sheet", "the ball"), window_stages(one, ON_CARD, CARD))
    assert [(layer.id, layer.name) for layer in done.layers[1:]] == [("l1", "sheet"), ("l4", "thing"), ("l3", "stamp")]
    assert (alpha_of(done, "l1")[WHOLE_CARD.slices] == 255).all()
    assert (layer_of(done, "l1").pixels[..., :3] == CARD).all()
    assert layer_of(done, "l4").box == ON_CARD
    assert (done.background, layer_of(done, "l3")) == (one.background, layer_of(one, "l3"))


def test_a_part_at_the_rim_of_a_layer_leaves_a_gap(table: LayerStack) -> None:
    """Behind a handle there is no more of the mug."""
    half = Box(10, 10, 44, 30)
    done = revise(table, SplitOff("card", "the upper half"), window_stages(table, half, CARD))
    upper, lower = alpha_of(done, "l4"), alpha_of(done, "l1")
    assert ((upper > 0) & (lower > 0)).sum() == 0
    assert np.array_equal(np.maximum(upper, lower), alpha_of(table, "l1"))


def window_stages(stack: LayerStack, box: Box, colour: tuple[int, int, int]) -> Stages:
    """Stages that find a rectangle in the window in which the parts of the card are looked for."""
    window = WHOLE_CARD.grown(12, stack.width, stack.height)
    inner = box.shifted(-window.left, -window.top)
    mask = np.zeros((window.height, window.width), np.bool_)
    mask[inner.slices] = True
    return Stages("plain", Asks(), FindsEach((mask,)), Hard(), Own(), Fills(colour))


def test_a_refilled_hole_is_the_layers_own_and_no_other(table: LayerStack) -> None:
    """Behind the stamp is another colour; behind the card, and the layers themselves, nothing changed."""
    done = revise(table, Refill("stamp"), plain_stages(colour=(9, 8, 7)))
    changed = (done.background.pixels != table.background.pixels).any(axis=2)
    assert box_of(changed) == ON_GROUND
    assert changed[ON_GROUND.slices].all()
    assert np.array_equal(layer_of(done, "l3").pixels, layer_of(table, "l3").pixels)
    with pytest.raises(BadInstruction, match="nothing of the background lies right behind 'ball'"):
        revise(table, Refill("ball"), plain_stages())


def test_what_lies_in_a_layer_above_is_not_taken_into_one_below(table: LayerStack) -> None:
    """The sentence names the layer that has it."""
    with pytest.raises(BadInstruction, match=r"is in 'stamp' \(l3\) already, which lies above 'card'"):
        revise(table, Redo("card", box=ON_GROUND), plain_stages(ON_GROUND))


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
