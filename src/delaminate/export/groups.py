"""Layers that answer one target, side by side in the stack, belong to one group."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from delaminate.stack import Layer, LayerStack, Role


def grouped(stack: LayerStack) -> Iterator[tuple[str | None, tuple[Layer, ...]]]:
    """Bottom to top: the words of a target with its two or more neighbouring layers, or None with layers on their own.

    Grouping never changes the order, so the flattened picture stays the same.
    """
    for target, run in groupby(stack.layers, key=lambda layer: None if layer.role is Role.BACKGROUND else layer.target):
        layers = tuple(run)
        yield (target if target and len(layers) > 1 else None), layers
