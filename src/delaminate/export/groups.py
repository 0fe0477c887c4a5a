"""Layers that answer one target, side by side in the stack, belong to one group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from delaminate.stack import Layer, Role


def grouped(layers: Sequence[Layer]) -> Iterator[tuple[str | None, tuple[Layer, ...]]]:
    """Bottom to top: the words of a target with its two or more neighbouring layers, or None with layers on their own.

    Grouping never changes the order, so the flattened picture stays the same.
    """
    for target, run in groupby(layers, key=lambda layer: None if layer.role is Role.BACKGROUND else layer.target):
        together = tuple(run)
        yield (target if target and len(together) > 1 else None), together
