"""Networks in ONNX files, run on two threads of the CPU everywhere, so that the same input gives the same answer."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaminate.errors import StageFailed
from delaminate.models.onnx_graph import Graph

_THREADS = 2


def can_run() -> bool:
    """Whether onnxruntime is installed."""
    return find_spec("onnxruntime") is not None


def session_of(model: Path | bytes) -> Any:
    """An `onnxruntime.InferenceSession` of a file or of a model in memory; threads may share it."""
    import onnxruntime

    _share_memory()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = _THREADS
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # one block a run, which fits in nothing that was there before
    given = model if isinstance(model, bytes) else str(model)
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting costs the core others need
    options.add_session_config_entry("session.use_env_allocators", "1")
    # Weights stay: among what is given back they would hold on to more than their own.
    options.add_session_config_entry("session.use_device_allocator_for_initializers", "1")
    return onnxruntime.InferenceSession(given, options, providers=["CPUExecutionProvider"])


def answers(session: Any, given: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
    """All outputs for inputs by name; those that the model does not have are left out.

    Memory is shared by the layers of one run and given back after it, as pictures differ in size and the largest
    would be kept for good; or after the last of several runs, see `memory_kept`.
    """
    wanted = {one.name for one in session.get_inputs()}
    taken = {name: value for name, value in given.items() if name in wanted}
    return list(session.run(None, taken, None if _kept else _giving_back()))


@contextmanager
def memory_kept() -> Iterator[None]:
    """Networks that run meanwhile, in any thread, keep their memory for the next run; it is given back at the end.

    A fresh page costs as much as what a network does with it in a tenth of its time.
    """
    with _counting:
        _kept.append(True)
    try:
        yield
    finally:
        with _counting:
            _kept.pop()
            if not _kept and can_run() and _share_memory.cache_info().currsize:
                _nothing().run(None, {"x": np.zeros(1, np.float32)}, _giving_back())


_kept: list[bool] = []
"""One for everybody who wants memory kept."""
_counting = threading.Lock()


@functools.cache
def _share_memory() -> None:
    """All networks take their memory from one place, so that one can use what another has done with."""
    import onnxruntime

    where = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    onnxruntime.create_and_register_allocator(where, None)


def _giving_back() -> Any:
    """Options of a run after which the memory that nobody uses is given back to the system."""
    import onnxruntime

    options = onnxruntime.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options


@functools.cache
def _nothing() -> Any:
    """A network that does nothing, to be run for what happens after it."""
    graph = Graph()
    graph.node("Identity", [graph.input("x", np.float32, [1])], name="y")
    graph.output("y", np.float32, [1])
    return session_of(graph.model())


def loading(what: str, *inputs: str) -> Callable[[bytes], Any]:
    """A function that makes a session of a file's bytes and sees to it that the model has the inputs it should.

    Raises
    ------
    StageFailed
        From that function, if it is no model, or another one.
    """

    def load(content: bytes) -> Any:
        try:
            session = session_of(content)
        except Exception as error:
            raise StageFailed(f"it cannot be loaded as {what}: {str(error).splitlines()[0]}") from error
        there = [one.name for one in session.get_inputs()]
        if not set(inputs) <= set(there):
            raise StageFailed(f"it is no {what}: it takes {', '.join(there)}, not {', '.join(inputs)}")
        return session

    return load


def side_of(session: Any, name: str) -> int:
    """The number of rows that an input of pictures has, 0 where any will do."""
    rows = next(one.shape[2] for one in session.get_inputs() if one.name == name)
    return rows if isinstance(rows, int) else 0
