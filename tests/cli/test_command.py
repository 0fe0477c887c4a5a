"""What a validator finds wrong with an option's value is said as a person would, whatever words the validator has."""

from __future__ import annotations

import pytest

from delaminate.cli.command import said


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"type": "int_parsing", "input": "abc"}, "'abc' is not a whole number."),
        ({"type": "int_from_float", "input": "1.5"}, "'1.5' is not a whole number."),
        ({"type": "float_parsing", "input": "x"}, "'x' is not a number."),
        ({"type": "greater_than_equal", "input": "0", "ctx": {"ge": 1}}, "0 is too small; 1 is the least."),
        ({"type": "less_than_equal", "input": "9", "ctx": {"le": 5}}, "9 is too large; 5 is the most."),
        ({"type": "value_error", "input": "foo"}, "'foo' is not one of 'a', 'b'."),
    ],
)
def test_what_is_wrong_is_said_plainly(wrong: dict[str, object], sentence: str) -> None:
    """With the value, and what would do."""
    assert said(wrong, "Value error, 'foo' is not one of 'a', 'b'.") == sentence
