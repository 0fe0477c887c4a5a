"""How the networks of this segmenter are run: one input, all outputs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaminate.models.onnx_session import answers, can_run, memory_kept, session_of

__all__ = ["can_run", "memory_kept", "run", "session_of"]


def run(session: Any, batch: NDArray[Any]) -> list[NDArray[np.float32]]:
    """All outputs for the only input."""
    given = {session.get_inputs()[0].name: batch}
    return [np.asarray(out, np.float32) for out in answers(session, given)]
