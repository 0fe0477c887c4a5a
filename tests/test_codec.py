"""Typed values come back from bytes and from JSON as they were, and what is not one of them is refused."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, make_dataclass

import numpy as np
import pytest

from delaminate.codec import Misfit, camel, pack, plain, shape_of, snake, typed, unpack
from delaminate.contracts import Found, Instruction, Kind, Outcome, Plan, Target, TargetReport
from delaminate.pixels import Box, Mask, Rgb
from delaminate.splitting.peel import Remaining
from delaminate.splitting.search import Cut
from delaminate.splitting.split import Split
from delaminate.stack import Layer, Role

RNG = np.random.default_rng(2)


def mask() -> Mask:
    """Of odd sides, so that its bits fill no whole bytes."""
    return RNG.random((5, 7)) > 0.5


def split_under_way(alpha: Rgb | None) -> Split:
    """One thing taken off, one still to come; every field with a value that is not its default."""
    found = Found(Box(1, 2, 8, 7), mask(), "苹果", Role.TEXT, 0.25, "SALE", "a guess", 3.0, mask().astype(np.float32))
    target = Target(
        "the apple", Kind.TEXT, colours=("red",), quoted="SALE", box=Box(0, 0, 2, 2), point=(1, 1), count=None
    )
    layer = Layer(
        "l2", "pear", Role.OBJECT, Box(1, 2, 8, 7), RNG.integers(0, 65536, (5, 7, 4), np.uint16), 0.5, "x", None, mask()
    )
    return Split(
        instruction=Instruction("the apple", 3, inpaint_prompt="sky", seed=2**31),
        plan=Plan((target,), inverted=True, note="read as SALE", planner="grammar"),
        engine="embedded",
        inpaint_model="content-aware",
        lossy=True,
        notes=("converted from CMYK",),
        reports=(TargetReport("the apple", Outcome.UNCERTAIN, "mark it", ("l1",)),),
        cuts=(Cut("l1", 0, found),),
        others=(found,),
        remaining=Remaining(RNG.integers(0, 65536, (5, 7, 3), np.uint16), alpha, mask(), 1),
        layers=(layer,),
        seconds={"plan": 0.1 + 0.2},
    )


@pytest.mark.parametrize("alpha", [None, RNG.integers(0, 65536, (5, 7), np.uint16)])
def test_a_split_under_way_comes_back_from_its_bytes(alpha: Rgb | None) -> None:
    """Every field and every pixel: findings with masks and alpha, the remaining picture, layers, Unicode."""
    before = split_under_way(alpha)
    after = unpack(Split, bytes(pack(before)))
    for name in ("instruction", "plan", "engine", "inpaint_model", "lossy", "notes", "reports", "seconds"):
        assert getattr(after, name) == getattr(before, name)
    cut, twin = before.cuts[0], after.cuts[0]
    assert (twin.id, twin.target) == (cut.id, cut.target)
    assert bytes(pack(twin)) == bytes(pack(cut))
    assert (twin.found.name, twin.found.role, twin.found.mask.dtype.kind) == ("苹果", Role.TEXT, "b")
    for mine, theirs in (
        (after.remaining.rgb, before.remaining.rgb),
        (after.remaining.uncovered, before.remaining.uncovered),
        (after.layers[0].pixels, before.layers[0].pixels),
        (after.layers[0].invented, before.layers[0].invented),
        (twin.found.alpha, cut.found.alpha),
    ):
        assert np.array_equal(mine, theirs)  # type: ignore[arg-type]
    assert (after.remaining.alpha is None) == (alpha is None)
    assert alpha is None or np.array_equal(after.remaining.alpha, alpha)  # type: ignore[arg-type]
    after.remaining.rgb[0, 0] = 0  # the next step writes into it


def test_nothing_is_pickled_and_nothing_is_unpickled() -> None:
    """Neither what is no value, nor an array of objects, nor a file that holds one."""

    @dataclass(frozen=True)
    class Holder:
        thing: object

    for thing in (object(), np.array([{}], object)):
        with pytest.raises(TypeError, match="no value that can be stored"):
            pack(Holder(thing))
    file = io.BytesIO()
    np.savez(file, value=np.frombuffer(b"{}", np.uint8), array0=np.array([{}], object))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        unpack(Remaining, file.getvalue())


def test_the_shape_of_a_type_follows_every_field_in_it() -> None:
    """Also one deep inside; what only the name of a variable changes does not count."""
    shapes = set()
    for inner in (("a", int), ("a", float), ("b", int)):
        part = make_dataclass("Part", [inner])
        whole = make_dataclass("Whole", [("parts", tuple[part, ...])])  # type: ignore[valid-type]
        twin = make_dataclass("Whole", [("parts", tuple[part, ...])])  # type: ignore[valid-type]
        assert shape_of(whole) == shape_of(twin)
        shapes.add(shape_of(whole))
    assert len(shapes) == 3


def test_json_has_camel_case_lists_and_pythons_numbers() -> None:
    """Through the one door, there and back."""
    target = Target("x", Kind.TEXT, text_role="title", box=Box(0, 0, int(np.int64(2)), 2), colours=("red",))
    told = plain(target, camel)
    assert json.loads(json.dumps(told)) == told
    assert (told["textRole"], told["kind"], told["box"], told["colours"]) == ("title", "text", [0, 0, 2, 2], ["red"])
    assert typed(Target, told, "a target", camel) == target
    assert plain({"a": np.float32(0.5), "b": np.int16(3)}) == {"a": 0.5, "b": 3}
    assert (camel("max_layers"), camel("id"), snake("max_layers")) == ("maxLayers", "id", "max_layers")


@dataclass(frozen=True)
class Row:
    """What the sentences below are about."""

    box: Box
    share: float = 1.0
    text: str | None = None


@dataclass(frozen=True)
class Page:
    """Rows, and a number for each word."""

    rows: tuple[Row, ...]
    numbers: Mapping[str, int]
    kind: Kind = Kind.OBJECT


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (7, "the page must be a JSON object"),
        ({"numbers": {}}, "the page needs 'rows' to be a list"),
        ({"rows": [7], "numbers": {}}, "row 0 must be a JSON object"),
        ({"rows": [{}], "numbers": {}}, "row 0 needs 'box' to be four whole numbers"),
        ({"rows": [{"box": [0, 0, 1.5, 2]}], "numbers": {}}, "row 0 needs 'box' to be four whole numbers"),
        ({"rows": [{"box": [3, 0, 1, 2]}], "numbers": {}}, "with left < right"),
        ({"rows": [{"box": [0, 0, 1, 2], "text": 7}], "numbers": {}}, "row 0 needs 'text' to be text"),
        ({"rows": [{"box": [0, 0, 1, 2], "share": True}], "numbers": {}}, "row 0 needs 'share' to be a number"),
        ({"rows": [], "numbers": {"a": "b"}}, "numbers needs 'a' to be a whole number"),
        ({"rows": [], "numbers": {}, "kind": "hero"}, "the page: 'hero' is not a valid Kind"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_place(told: object, sentence: str) -> None:
    """In one sentence."""
    with pytest.raises(Misfit, match=sentence.replace("(", r"\(")):
        typed(Page, told, "the page")


def test_unknown_keys_are_left_alone_and_absent_ones_take_the_default() -> None:
    """So that a later version may add some."""
    page = typed(Page, {"rows": [{"box": [0, 0, 1, 2], "share": 1, "blend": "x"}], "numbers": {}, "z": 1}, "the page")
    assert page == Page((Row(Box(0, 0, 1, 2)),), {})
