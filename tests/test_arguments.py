"""Wrong types get a sentence at every public door."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import delaminate
from delaminate.contracts import Decomposition

PICTURE = np.full((20, 30, 3), 200, np.uint8)
a: Any = delaminate

WRONG: list[tuple[str, Callable[[], Any]]] = [
    ("instruction must be text, such as 'the red apple', not 123 (int)", lambda: a.split(PICTURE, 123)),
    ("max_layers must be a whole number, not '3' (str)", lambda: a.split(PICTURE, "x", max_layers="3")),
    ("max_layers must be a whole number, not True (bool)", lambda: a.split(PICTURE, "x", max_layers=True)),
    ("seed must be a whole number, not 1.5 (float)", lambda: a.split(PICTURE, "x", seed=1.5)),
    ("strict must be True or False, not 'yes' (str)", lambda: a.split(PICTURE, "x", strict="yes")),
    ("shadows must be one of 'with', 'own', 'leave', not 'no'", lambda: a.split(PICTURE, "x", shadows="no")),
    ("progress must be a function", lambda: a.split(PICTURE, "x", progress=3)),
    ("inpaint_model must be a name in text, or None", lambda: a.split(PICTURE, "x", inpaint_model=3)),
    ("engine must be an engine's name", lambda: a.split(PICTURE, "x", engine=None)),
    ("boxes must be a list of boxes: NamedBox, or four whole numbers", lambda: a.split(PICTURE, boxes=[(1, 2, 3)])),
    ("(1.0, 2, 3, 4) is none", lambda: a.split(PICTURE, boxes=[(1.0, 2, 3, 4)])),
    ("boxes must be a list", lambda: a.split(PICTURE, boxes="1,2,3,4")),
    ("points must be a list of points: NamedPoint, or two whole numbers x, y", lambda: a.split(PICTURE, points=[3])),
    ("instruction must be text", lambda: a.plan(None)),
    ("change must be a Redo, Recut, Merge, SplitOff, Refill, Rename or Remove", lambda: a.edit("folder", "redo")),
    ("result must be what `split` gave, or a folder", lambda: a.edit(7, delaminate.Remove("l1"))),
    ("decomposition must be what `split` gave", lambda: a.save(PICTURE, "out")),
    ("source must be a stack, what `split` gave", lambda: a.write(PICTURE, "out.psd")),
    ("source must be the name of a folder or file", lambda: a.read(PICTURE)),
    ("stack must be a stack, what `split` gave", lambda: a.flatten(PICTURE)),
]


@pytest.mark.parametrize(("sentence", "call"), WRONG, ids=[sentence for sentence, _ in WRONG])
def test_a_wrong_type_gets_a_sentence(sentence: str, call: Callable[[], Any]) -> None:
    """It names the argument, what it should be and what it is; both error trees know it."""
    with pytest.raises(delaminate.WrongType) as caught:
        call()
    assert sentence in str(caught.value)
    assert isinstance(caught.value, TypeError)
    assert isinstance(caught.value, delaminate.BadInput)


def test_a_picture_that_is_none_gets_a_sentence() -> None:
    """Whatever it is instead."""
    for given in (None, 3, ["a.png"]):
        with pytest.raises(delaminate.BadInput):
            a.split(given, "the red apple")


def test_numbers_of_numpy_are_whole_numbers(decomposition: Decomposition, tmp_path: Path) -> None:
    """As they come out of arrays; a name may be text or a path."""
    corners = np.array([5, 5, 20, 15])
    result = delaminate.split(PICTURE, boxes=[tuple(corners)], max_layers=int(np.int64(2)), seed=0)
    assert result.exact
    delaminate.save(decomposition, str(tmp_path / "out"))
