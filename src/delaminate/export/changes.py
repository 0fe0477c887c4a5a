"""What an edit changed: a stack compared with the one it was, layer by layer, and the proof that the rest is untouched.

Layers are matched by their names, in order where names repeat; those left over by what they show. A pixel that is
changed in no layer must be the same in both flattened pictures: that is counted, not assumed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from delaminate.composite import flatten
from delaminate.errors import BadInput
from delaminate.export.openraster_reader import rgba_of
from delaminate.picture import Picture
from delaminate.pixels import Box, Mask, Rgba, around, box_of, shared
from delaminate.stack import AS_CUT, Layer, LayerStack

_Pair = tuple[int, int]


@dataclass(frozen=True)
class LayerChange:
    """What became of one layer: `what` in a few words, and where on the canvas it is seen."""

    name: str
    what: str
    box: Box | None

    def __str__(self) -> str:
        where = "" if self.box is None else f", within {', '.join(map(str, self.box.as_tuple()))}"
        return f"“{self.name}” {self.what}{where}"


@dataclass(frozen=True)
class Changes:
    """All that changed.

    Parameters
    ----------
    layers : bottom to top; those that are gone at the end.
    touched : pixels that a changed layer covers or covered.
    differing : of these, pixels of the flattened picture that differ.
    outside : pixels that no change covers and that differ all the same; 0 where all is well.
    area : pixels of the canvas.
    """

    layers: tuple[LayerChange, ...]
    touched: int
    differing: int
    outside: int
    area: int

    def __str__(self) -> str:
        return "\n".join(self.sentences())

    def sentences(self) -> Iterator[str]:
        """A line for each change, and the proof."""
        yield from (f"changed: {change}" for change in self.layers)
        rest = self.area - self.touched
        if not self.layers and not self.outside:
            yield f"nothing was changed: all {rest:,} pixels are as they were"
            return
        if not self.layers:
            yield "changed: nothing"
        if self.outside:
            yield f"NOT untouched: {self.outside:,} of {rest:,} pixels outside the changes differ"
        else:
            yield (
                f"untouched: all {rest:,} pixels outside the changes; "
                f"{self.differing:,} of {self.touched:,} inside them look different"
            )


@dataclass(frozen=True)
class Likeness:
    """How far flattened layers are from a picture: so many of `area` pixels differ by up to `most` levels, in `box`."""

    differing: int
    area: int
    most: int
    box: Box | None

    def __str__(self) -> str:
        if self.box is None:
            return f"exact: the layers add up to that picture in all {self.area:,} pixels"
        where = ", ".join(map(str, self.box.as_tuple()))
        return (
            f"NOT exact: {self.differing:,} of {self.area:,} pixels differ from that picture, by up to {self.most} "
            f"levels, within {where}"
        )


def likeness(stack: LayerStack, picture: Picture) -> Likeness:
    """How far the stack is from a picture when it is laid together; clear pixels are alike, whatever their colours.

    Raises
    ------
    BadInput
        If the canvases are of different sizes, or the picture has 16 bits and the stack 8.
    """
    wanted = rgba_of(picture, stack.bits)
    _comparable((picture.width, picture.height, 8 * wanted.itemsize), stack)
    flat = flatten(stack)
    differs = ~_same(flat, wanted)
    apart = np.abs(flat[differs].astype(np.int32) - wanted[differs])
    return Likeness(int(np.count_nonzero(differs)), differs.size, int(apart.max(initial=0)), box_of(differs))


def _comparable(other: tuple[int, int, int], stack: LayerStack) -> None:
    """Refuse what has another width, height or depth than the stack."""
    one, two = (f"{wide} x {high} pixels of {bits} bits" for wide, high, bits in (_measures(stack), other))
    if one != two:
        raise BadInput(f"the layers have {one}, and what they are compared with {two}; only like can be compared")


def _measures(stack: LayerStack) -> tuple[int, int, int]:
    return stack.width, stack.height, stack.bits


def compare(before: LayerStack, after: LayerStack) -> Changes:
    """What `after` has that `before` had not, and the other way round.

    Raises
    ------
    BadInput
        If the canvases are of different sizes or depths.
    """
    _comparable((before.width, before.height, before.bits), after)
    touched = np.zeros((before.height, before.width), np.bool_)
    pairs = _matched(before.layers, after.layers)
    changes = [_change(before.layers[old], after.layers[new], touched) for old, new in pairs]
    changes += _reordered(after.layers, pairs, touched)
    known_old, known_new = {old for old, _ in pairs}, {new for _, new in pairs}
    changes += [_alone(layer, "was added", touched) for n, layer in enumerate(after.layers) if n not in known_new]
    gone = [layer for n, layer in enumerate(before.layers) if n not in known_old]
    changes += [_alone(layer, "is gone or hidden", touched) for layer in gone]
    differs = ~_same(flatten(before), flatten(after))
    told = tuple(change for change in changes if change is not None)
    inside, outside = np.count_nonzero(differs & touched), np.count_nonzero(differs & ~touched)
    return Changes(told, int(np.count_nonzero(touched)), int(inside), int(outside), touched.size)


def _matched(old: Sequence[Layer], new: Sequence[Layer]) -> list[_Pair]:
    """Numbers of layers that are the same, in the order of `new`."""
    left = list(range(len(old)))
    pairs: list[_Pair] = []
    for same in (_same_name, _same_look):
        for number, layer in enumerate(new):
            if any(number == there for _, there in pairs):
                continue
            found = next((k for k in left if same(old[k], layer)), None)
            if found is not None:
                left.remove(found)
                pairs.append((found, number))
    return sorted(pairs, key=lambda pair: pair[1])


def _same_name(old: Layer, new: Layer) -> bool:
    return old.name == new.name


def _same_look(old: Layer, new: Layer) -> bool:
    return old.box == new.box and bool(_same(old.pixels, new.pixels).all())


def _same(one: Rgba, other: Rgba) -> Mask:
    """Where two pictures of one size look the same; clear pixels do, whatever their colours."""
    same: Mask = (one == other).all(axis=2) | ((one[..., 3] == 0) & (other[..., 3] == 0))
    return same


def _change(old: Layer, new: Layer, touched: Mask) -> LayerChange | None:
    what = [] if old.name == new.name else [f"was “{old.name}” before"]
    box = around([old.box, new.box])
    differs = ~_same(_on(box, old), _on(box, new))
    if differs.any() or old.look != new.look:
        shift = _shift(old, new)
        if old.look != new.look:
            what.append("is shown in another way")
        elif shift is not None:
            what.append(f"moved by {shift[0]}, {shift[1]} pixels")
        else:
            what.append(f"was repainted in {np.count_nonzero(differs):,} pixels")
        seen = differs if shift is None and old.look == new.look else (_on(box, old) | _on(box, new))[..., 3] > 0
        touched[box.slices] |= seen
    if not what:
        return None
    place = box_of(differs)
    return LayerChange(new.name, " and ".join(what), place and place.shifted(box.left, box.top))


def _on(box: Box, layer: Layer) -> Rgba:
    """The layer on a larger, clear piece of canvas."""
    if layer.box == box:
        return layer.pixels
    pixels = np.zeros((box.height, box.width, 4), layer.pixels.dtype)
    pixels[layer.box.slices_in(box)] = layer.pixels
    return pixels


def _shift(old: Layer, new: Layer) -> tuple[int, int] | None:
    """How far what is seen of a layer moved, where it is the same otherwise and did move."""
    seen = [box_of(layer.pixels[..., 3]) for layer in (old, new)]
    if seen[0] is None or seen[1] is None or (seen[0].width, seen[0].height) != (seen[1].width, seen[1].height):
        return None
    if not _same(old.pixels[seen[0].slices], new.pixels[seen[1].slices]).all():
        return None
    dx = new.box.left + seen[1].left - old.box.left - seen[0].left
    dy = new.box.top + seen[1].top - old.box.top - seen[0].top
    return (dx, dy) if dx or dy else None


def _reordered(new: Sequence[Layer], pairs: Sequence[_Pair], touched: Mask) -> Iterator[LayerChange]:
    """Layers that lie under one that they lay over; where the two overlap the picture may look different."""
    for (one, below), (other, above) in combinations(pairs, 2):
        if one < other:
            continue
        common = shared(new[below].box, new[above].box)
        if common is not None:
            a, b = (new[k].pixels[common.slices_in(new[k].box)][..., 3] > 0 for k in (below, above))
            touched[common.slices] |= a & b
        yield LayerChange(new[above].name, f"lies above “{new[below].name}” now", common)


def _alone(layer: Layer, what: str, touched: Mask) -> LayerChange | None:
    seen = layer.pixels[..., 3] > 0
    if not seen.any() and layer.look == AS_CUT:
        return None
    touched[layer.box.slices] |= seen
    place = box_of(seen)
    return LayerChange(layer.name, what, place and place.shifted(layer.box.left, layer.box.top))
