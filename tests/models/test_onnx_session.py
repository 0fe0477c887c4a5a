"""Networks share memory: it is kept between runs while somebody says so, and given back afterwards."""

from __future__ import annotations

import resource
import sys
from typing import Any

import numpy as np
import pytest

from delaminate.models.onnx_graph import Graph
from delaminate.models.onnx_session import answers, memory_kept, session_of

pytest.importorskip("onnxruntime")

SIDE = 3000
"""36 MB a plane: pages of it cannot be overlooked."""


def summing(side: int) -> Any:
    """A network that needs a plane of `side` × `side` float32 between its input and its answer."""
    graph = Graph()
    x = graph.input("x", np.float32, [1])
    wide = graph.node("Expand", [x, graph.array(np.array([side, side], np.int64))])
    axes = graph.array(np.array([0, 1], np.int64))
    graph.node("ReduceSum", [graph.node("Exp", [wide]), axes], {"keepdims": 0}, name="y")
    graph.output("y", np.float32, [])
    return session_of(graph.model())


def pages(session: Any) -> int:
    """New pages that one run touches."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    (said,) = answers(session, {"x": np.zeros(1, np.float32)})
    assert float(said) == pytest.approx(SIDE**2, rel=1e-3)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


@pytest.mark.skipif(sys.platform != "linux", reason="counts pages as Linux does")
def test_memory_is_kept_while_asked_for_and_given_back_at_the_end() -> None:
    """Alone, every run takes fresh pages; together only the first does, and the next alone takes most of them again."""
    answers(summing(1), {"x": np.zeros(1, np.float32)})  # the first block that is ever taken stays
    session = summing(SIDE)
    needed = pages(session)
    assert needed > SIDE**2 * 4 // resource.getpagesize()
    with memory_kept():
        with memory_kept():
            pages(session)
        assert pages(session) < needed / 10
    assert pages(session) > needed / 3


def test_memory_is_kept_for_nobody_after_an_error() -> None:
    """Who asked for it is forgotten."""

    def failing() -> None:
        with memory_kept():
            raise ValueError("no")

    session = summing(SIDE)
    with pytest.raises(ValueError, match="no"):
        failing()
    assert np.isfinite(answers(session, {"x": np.zeros(1, np.float32)})[0])
