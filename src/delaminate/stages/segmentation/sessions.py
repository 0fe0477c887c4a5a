"""How networks in ONNX files are run: on two threads of the CPU everywhere, so that the same input gives the same."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

_THREADS = 2


def can_run() -> bool:
    """Whether onnxruntime is installed."""
    return find_spec("onnxruntime") is not None


def session_of(path: Path) -> Any:
    """An `onnxruntime.InferenceSession` of a file."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = _THREADS
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting costs the core others need
    options.enable_cpu_mem_arena = False  # pictures differ in size; the arena would keep the largest for good
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
