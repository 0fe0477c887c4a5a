"""Damaged files of every kind that is read: a sample of what `benchmarks/damaged.py` tries a thousand of."""

from __future__ import annotations

from pathlib import Path

import damaged
import numpy as np
import pytest

PER_KIND = 7


@pytest.mark.parametrize("kind", damaged.KINDS)
def test_a_sound_file_is_read_by_every_door(kind: str, tmp_path: Path) -> None:
    """Else the damaged ones would be refused for another reason."""
    found = damaged.tried(kind, 0, damaged.whole(kind), tmp_path)
    assert (found.read, found.sentence, found.fault) == (True, "", "")


@pytest.mark.parametrize("kind", damaged.KINDS)
def test_a_damaged_file_is_read_or_refused_in_a_sentence_and_leaves_nothing(kind: str, tmp_path: Path) -> None:
    """7 of each of 16 kinds, 112 in all; a document that layers are added to stays as it was where it is refused."""
    sound, rng = damaged.whole(kind), np.random.default_rng(20)
    for number in range(PER_KIND):
        found = damaged.tried(kind, number, damaged.damaged(sound, rng), tmp_path)
        assert not found.fault, f"{number}: {found.fault}"
        assert found.read or found.sentence
