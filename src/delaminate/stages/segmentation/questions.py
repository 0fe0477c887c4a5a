"""Several names in one question to Grounding DINO: "red ball. blue ball.", and which tokens stand for which name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

_MOST_TOKENS = 200
"""Tokens of one question; the detector reads 256."""


def grouped(queries: Sequence[str], length: Callable[[str], int]) -> list[list[str]]:
    """The queries in as few questions as the detector's length allows; `length` counts the tokens of one."""
    groups: list[list[str]] = []
    room = 0
    for query in queries:
        size = length(query)
        if size > room:
            groups.append([])
            room = _MOST_TOKENS
        groups[-1].append(query)
        room -= size
    return groups


def question(group: Sequence[str]) -> str:
    """The names of a group as the detector was taught to read them."""
    return ". ".join(group) + "."


def by_query(odds: np.ndarray[Any, Any], offsets: np.ndarray[Any, Any], group: Sequence[str]) -> np.ndarray[Any, Any]:
    """The score of each query for each detection: that of its likeliest token.

    Parameters
    ----------
    odds : detections × tokens, 0..1.
    offsets : tokens × 2, the characters of the question each token stands for; 0, 0 for those that stand for none.

    Returns
    -------
    queries × detections.
    """
    scores, start = [], 0
    for query in group:
        tokens = _tokens(offsets, start, start + len(query))
        scores.append(odds[:, tokens].max(axis=1) if tokens.size else np.zeros(len(odds), odds.dtype))
        start += len(query) + 2
    return np.stack(scores)


def _tokens(offsets: np.ndarray[Any, Any], start: int, end: int) -> np.ndarray[Any, Any]:
    """Indices of the tokens whose characters lie within [start, end)."""
    inside = (offsets[:, 0] >= start) & (offsets[:, 1] <= end) & (offsets[:, 1] > offsets[:, 0])
    return np.flatnonzero(inside)
