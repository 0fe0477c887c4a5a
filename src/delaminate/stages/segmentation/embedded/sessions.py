"""How networks in ONNX files are run: on two threads of the CPU everywhere, so that the same input gives the same."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_THREADS = 2


def can_run() -> bool:
    """Whether onnxruntime is installed."""
    return find_spec("onnxruntime") is not None


def session_of(model: Path | bytes) -> Any:
    """An `onnxruntime.InferenceSession` of a file or of a model in memory, to be run by `run`; threads may share it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = _THREADS
    options.inter_op_num_threads = 1
    given = model if isinstance(model, bytes) else str(model)
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting costs the core others need
    return onnxruntime.InferenceSession(given, options, providers=["CPUExecutionProvider"])


def run(session: Any, batch: NDArray[Any]) -> list[NDArray[np.float32]]:
    """All outputs for the only input.

    Memory is shared by the layers of one run, which spares most of the pages that would be new for each, and given
    back after it, as pictures differ in size and the largest would be kept for good.
    """
    import onnxruntime

    options = onnxruntime.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return [np.asarray(out, np.float32) for out in session.run(None, {session.get_inputs()[0].name: batch}, options)]
