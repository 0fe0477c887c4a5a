"""What is worked out of a picture, and when."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from numpy.typing import NDArray

from delaminate.stages.segmentation.embedded import prepared
from delaminate.stages.segmentation.embedded.candidates import Proposals, proposals_of
from delaminate.stages.segmentation.embedded.prepared import Prepared
from delaminate.stages.segmentation.embedded.text_reader import Writing
from delaminate.stages.segmentation.embedded.view import View

BALL = np.full((120, 160, 3), 230, np.uint8)
BALL[40:80, 60:100] = (200, 30, 40)


@pytest.mark.parametrize("first", ["plain", "candidates", "possible", "likely", "shapes"])
def test_regions_are_proposed_while_text_is_read(first: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is asked for first: both take about as long."""
    proposed = threading.Event()
    in_time: list[bool] = []

    def propose(view: View) -> Proposals:
        found = proposals_of(view)
        proposed.set()
        return found

    def read(_: NDArray[np.uint8]) -> list[Writing]:
        in_time.append(proposed.wait(60))
        return []

    monkeypatch.setattr(prepared, "proposals_of", propose)
    assert getattr(Prepared(BALL, read, 4), first) is not None
    assert in_time == [True]
