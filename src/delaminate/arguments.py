"""Arguments of the public functions, checked with a sentence before any work is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from numbers import Integral
from typing import Any, TypeVar

from delaminate.errors import WrongType

T = TypeVar("T")


def text(**given: Any) -> None:
    """Each must be a `str`.

    Raises
    ------
    WrongType
        As all checks here do, with the argument's name, what it should be and what it is.
    """
    _each(given, lambda value: isinstance(value, str), "text, such as 'the red apple'")


def text_or_none(**given: Any) -> None:
    """Each must be a `str`, or None."""
    _each(given, lambda value: value is None or isinstance(value, str), "a name in text, or None")


def whole(**given: Any) -> None:
    """Each must be a whole number, NumPy's included, and no truth value."""
    _each(given, lambda value: isinstance(value, Integral) and not isinstance(value, bool), "a whole number")


def truth(**given: Any) -> None:
    """Each must be True or False."""
    _each(given, lambda value: isinstance(value, bool), "True or False")


def callable_or_none(**given: Any) -> None:
    """Each must be something to call, or None."""
    _each(given, lambda value: value is None or callable(value), "a function that takes a Progress, or None")


def one_of(name: str, value: Any, words: tuple[str, ...]) -> None:
    """One of the words."""
    if value not in words:
        raise WrongType(f"{name} must be one of {', '.join(repr(str(word)) for word in words)}, not {value!r}")


def of_kind(name: str, value: Any, kinds: tuple[type, ...], words: str) -> None:
    """Of one of the types; `words` call them."""
    if not isinstance(value, kinds):
        raise WrongType(f"{name} must be {words}, not {_called(value)}")


def marks(name: str, given: Any, kind: type[T], count: int, made: Callable[..., T], words: str) -> tuple[T, ...]:
    """Marks of `kind`, made of `count` whole numbers where only those are given; `words` call one of them."""
    sentence = f"{name} must be a list of {words}"
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise WrongType(f"{sentence}, not {_called(given)}")
    found: list[T] = []
    for one in given:
        if isinstance(one, kind):
            found.append(one)
            continue
        numbers = list(one) if isinstance(one, Iterable) and not isinstance(one, str | bytes) else []
        if len(numbers) != count or not all(isinstance(n, Integral) and not isinstance(n, bool) for n in numbers):
            raise WrongType(f"{sentence}; {one!r} is none")
        found.append(made(*map(int, numbers)))
    return tuple(found)


def _each(given: Mapping[str, Any], fits: Callable[[Any], bool], words: str) -> None:
    for name, value in given.items():
        if not fits(value):
            raise WrongType(f"{name} must be {words}, not {_called(value)}")


def _called(value: Any) -> str:
    told = repr(value)
    return f"{told} ({type(value).__name__})" if len(told) <= 40 else f"a {type(value).__name__}"  # noqa: PLR2004
