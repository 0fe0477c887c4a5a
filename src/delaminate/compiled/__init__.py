"""The compiled cores: plain C libraries beside this file, loaded through ctypes, which releases the interpreter lock.

Each C function works on a range of items and touches only its own part of the output, so that Python threads can share
the work in fixed bands and the bytes do not depend on how many threads there are.
"""

from __future__ import annotations

import ctypes
import functools
import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, Literal, TypeAlias

from numpy.typing import NDArray

from delaminate.errors import StageFailed

Core: TypeAlias = Literal["auto", "compiled", "numpy"]
"""Which implementation a stage uses; "auto" takes the compiled one where it was built."""


@functools.cache
def _load(name: str) -> ctypes.CDLL | None:
    # The shortest name first: longer ones were left by builds of this package that named the Python they were for.
    for path in sorted(Path(__file__).parent.glob(f"_{name}.*"), key=lambda path: (len(path.name), path.name)):
        if path.suffix in {".so", ".pyd", ".dylib"}:
            return ctypes.CDLL(str(path))
    return None


def library(name: str, core: Core = "auto") -> ctypes.CDLL | None:
    """The compiled library of `name`.c beside this file, or None when the numpy core is to be used.

    Raises
    ------
    StageFailed
        If `core` is "compiled" and the library was not built.
    """
    found = None if core == "numpy" else _load(name)
    if found is None and core == "compiled":
        raise StageFailed(f"the compiled core {name!r} was not built; reinstall where a C compiler is present")
    return found


def threads() -> int:
    """Cores this process may use."""
    try:
        return max(1, len(os.sched_getaffinity(0)))
    except AttributeError:  # not on every platform
        return max(1, os.cpu_count() or 1)


@functools.cache
def _crew(size: int) -> ThreadPoolExecutor:
    """Threads that stay: starting some for every piece of work costs as much as a small piece."""
    return ThreadPoolExecutor(size, thread_name_prefix="delaminate-band")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_crew.cache_clear)  # threads do not come along


def in_bands(work: Callable[[int, int], Any], count: int, bands: int, workers: int | None = None) -> None:
    """Call `work(start, stop)` on `bands` fixed parts of range(count), several at a time, one of them in this thread.

    The parts depend on `count` and `bands` only, never on the number of workers (default: `threads()`). Nothing works
    any more when this returns or raises what a part raised.
    """
    edges = [count * k // max(1, bands) for k in range(bands + 1)]
    left = iter([(a, b) for a, b in itertools.pairwise(edges) if b > a])
    size = workers or threads()

    def work_off() -> None:
        for a, b in left:
            work(a, b)

    hands = [_crew(size - 1).submit(work_off) for _ in range(min(size, bands, count) - 1)]
    try:
        work_off()
    finally:
        called = [hand for hand in hands if not hand.cancel()]  # who has not come by now is not needed
        wait(called)
    for hand in called:
        hand.result()


def pointer(array: NDArray[Any]) -> ctypes.c_void_p:
    """The address of a C-contiguous array, for a C function. The caller keeps the array alive."""
    if not array.flags.c_contiguous:
        raise ValueError("only C-contiguous arrays may cross into C")
    return ctypes.c_void_p(array.ctypes.data)
