"""The most that a request may ask for: bodies are checked against it, and pages that ask offer no more.

The model's record tells them (`parameters.limits`), so that a page has no numbers of its own.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from pydantic.alias_generators import to_camel


@dataclass(frozen=True)
class Limits:
    """Whole numbers, each the largest that is taken; lengths count characters."""

    layers: int = 10
    """Of one separation, the background not counted; Scenario's own."""
    parts: int = 10
    """Cut off one layer by one edit: as many as a whole picture gives."""
    edits: int = 20
    """In one revision."""
    merged: int = 50
    """Layers named by one merge."""
    regions: int = 50
    """Marked in one picture."""
    targets: int = 50
    """In one plan."""
    points: int = 20
    """That mark one thing."""
    words: int = 4096
    """Length of an instruction, a phrase or a prompt; Scenario's own."""
    name: int = 300
    """Length of what a layer or a picture is called; the tables hold as much."""
    mark_name: int = 200
    """Length of what a region or a target is called; shorter than a name, as layers of one name get numbers."""
    seed: int = 2**31 - 1
    """The largest seed: a signed number of 32 bits."""
    placed: int = 200
    """Layers in one arrangement."""
    scale: int = 20
    """How many times larger a layer is made."""
    pixel: int = 1_000_000
    """The largest coordinate of a mark."""


LIMITS = Limits()


def limits_json() -> dict[str, int]:
    """The limits as the API tells them."""
    return {to_camel(name): value for name, value in asdict(LIMITS).items()}
