"""Networks in ONNX files, run on two threads of the CPU everywhere, so that the same input gives the same answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from delaminate.errors import StageFailed

_THREADS = 2


def can_run() -> bool:
    """Whether onnxruntime is installed."""
    return find_spec("onnxruntime") is not None


def session_of(model: Path | bytes) -> Any:
    """An `onnxruntime.InferenceSession` of a file or of a model in memory; threads may share it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = _THREADS
    options.inter_op_num_threads = 1
    given = model if isinstance(model, bytes) else str(model)
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting costs the core others need
    return onnxruntime.InferenceSession(given, options, providers=["CPUExecutionProvider"])


def answers(session: Any, given: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
    """All outputs for inputs by name; those that the model does not have are left out.

    Memory is shared by the layers of one run and given back after it, as pictures differ in size and the largest
    would be kept for good.
    """
    import onnxruntime

    options = onnxruntime.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    wanted = {one.name for one in session.get_inputs()}
    return list(session.run(None, {name: value for name, value in given.items() if name in wanted}, options))


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
