"""Ctrl-C: one sentence that says what was kept, and an end within a second, also while a C library is at work.

Python runs handlers of signals between its own instructions, so one that arrives while a network runs or a core is in C
waits for seconds. A thread hears of it at once. It gives the main thread a moment to unwind, and then ends the process
itself, after it has taken away what was half-written.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator

from delaminate.cli.refusal import say
from delaminate.export.half_written import half_written, placing

GRACE = 0.5
"""Seconds in which the work may end by itself."""

CODE = 128 + signal.SIGINT
"""What shells expect of a program that was interrupted."""


@contextlib.contextmanager
def interruptible(kept: Callable[[], str]) -> Iterator[None]:
    """Inside the block Ctrl-C says `kept()` and ends this process and those it started with exit code 130."""
    if threading.current_thread() is not threading.main_thread() or os.name != "posix":
        yield
        return
    told, heard = socket.socketpair()
    told.setblocking(False)
    unwound = threading.Event()
    before = signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)

    def listen() -> None:
        while number := heard.recv(1):
            if number[0] == signal.SIGINT:
                end()

    def end() -> None:
        if sys.stderr.isatty():
            sys.stderr.write("\x1b[?25h\r\x1b[K")  # a progress bar hid the cursor
        say(f"stopped; {kept()}")
        for child in multiprocessing.active_children():
            child.terminate()
        unwound.wait(GRACE)
        for child in multiprocessing.active_children():
            child.kill()
        with placing:
            for path in half_written():
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)
            os._exit(CODE)

    listener = threading.Thread(target=listen, name="delaminate-interruption", daemon=True)
    listener.start()
    try:
        yield
    except KeyboardInterrupt:
        unwound.set()
        listener.join()  # it has heard the same signal, and ends the process
    finally:
        signal.set_wakeup_fd(before)
        told.close()
        listener.join()
        heard.close()
