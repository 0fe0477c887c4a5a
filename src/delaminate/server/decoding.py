"""Decoding away from the server: in processes that are killed when a picture takes too long or too much memory.

Any file may be a bomb. What decodes it has a limit on memory (RLIMIT_AS) and on processor time (RLIMIT_CPU), shares
nothing with the server but two pipes over which JSON and bytes go, and is ended when it does not answer.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
import threading
from typing import IO

from delaminate import errors
from delaminate.errors import DelaminateError, PictureTooLarge, UnreadablePicture
from delaminate.server.documents import Json
from delaminate.server.errors import Busy, InvalidInput
from delaminate.server.gate import Gate

_TASKS_A_PROCESS = 200
"""After so many a process is replaced, so that what its libraries leak does not add up."""
_START, _SLOWNESS = 60.0, 3
"""By the clock a task may take this long to begin, and so many times its processor time: machines are busy."""
_LENGTH = struct.Struct(">Q")


def send(file: IO[bytes], told: Json, content: bytes) -> None:
    """Write a message: JSON, then bytes, each behind its length."""
    for part in (json.dumps(told).encode(), content):
        file.write(_LENGTH.pack(len(part)))
        file.write(part)
    file.flush()


def receive(file: IO[bytes]) -> tuple[Json, bytes]:
    """Read a message.

    Raises
    ------
    EOFError
        If the other side is gone.
    """
    told, content = _part(file), _part(file)
    return json.loads(told), content


def _part(file: IO[bytes]) -> bytes:
    head = file.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    content = file.read(length)
    if len(content) < length:
        raise EOFError
    return content


class _Ended(Exception):
    """The process died or was killed before it answered."""


class _Process:
    """One decoder: a child that waits for tasks on its standard input until that is closed."""

    def __init__(self, seconds: float, megabytes: int) -> None:
        command = [sys.executable, "-m", "delaminate.server.decoder", str(seconds), str(megabytes)]
        # One thread each: limits on memory count every thread's stack, and the other cores have work.
        environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        self._child = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # remarks of libraries about odd files, which anybody could write into the log
        )
        self._tasks = 0

    def ask(self, question: Json, content: bytes, wall: float) -> tuple[Json, bytes]:
        """The answer of one task.

        Raises
        ------
        _Ended
            If the process died, or was killed because it took too long by the clock.
        """
        self._tasks += 1
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        deadline = threading.Timer(wall, self._child.kill)
        deadline.daemon = True
        deadline.start()
        try:
            send(self._child.stdin, question, content)
            return receive(self._child.stdout)
        except (OSError, EOFError) as error:
            raise _Ended from error
        finally:
            deadline.cancel()

    @property
    def healthy(self) -> bool:
        """Whether it may be given another task."""
        return self._tasks < _TASKS_A_PROCESS and self._child.poll() is None

    def end(self, patience: float = 0.0) -> int:
        """End it; its exit status, negative for a signal."""
        try:
            status = self._child.wait(patience)
        except subprocess.TimeoutExpired:
            self._child.kill()
            status = self._child.wait()
        for file in (self._child.stdin, self._child.stdout):
            if file is not None:
                try:
                    file.close()
                except OSError:
                    continue  # what was left to be sent goes nowhere
        return status


class Decoders:
    """Processes that decode, so many at a time, behind a queue of so many places.

    Parameters
    ----------
    processes : how many work at once.
    waiting : how many requests may wait for one.
    seconds : processor time of one task; some tasks get a multiple.
    megabytes : memory of one task, beyond what a process has before it begins.
    """

    def __init__(self, processes: int, waiting: int, seconds: float, megabytes: int) -> None:
        self._seconds, self._megabytes = seconds, megabytes
        self._gate = Gate(processes, waiting, 30 + 2 * seconds)
        self._lock = threading.Lock()
        self._idle = [_Process(seconds, megabytes)]

    def run(self, task: str, facts: Json, content: bytes = b"", *, owner: str, effort: int = 1) -> tuple[Json, bytes]:
        """Do one of the tasks of `decoder.py`.

        Parameters
        ----------
        facts : the task's arguments.
        content : a picture's file.
        owner : the project for which it is done.
        effort : multiplies the processor time that it may take.

        Raises
        ------
        BadInput
            If the picture cannot be decoded, or only with more time or memory than is given.
        Busy
            If too many others wait, or the machine is too busy with other things.
        """
        with self._gate.entered(owner):
            with self._lock:
                process = self._idle.pop() if self._idle else _Process(self._seconds, self._megabytes)
            told, answer = self._answer(process, {"task": task, "facts": facts, "effort": effort}, content)
        if "refused" in told:
            raise _error(told)
        return told, answer

    def _answer(self, process: _Process, question: Json, content: bytes) -> tuple[Json, bytes]:
        seconds = self._seconds * question["effort"]
        try:
            answer = process.ask(question, content, _START + _SLOWNESS * seconds)
        except _Ended:
            status = process.end(patience=1.0)
            if status == -getattr(signal, "SIGXCPU", 0):
                reason = f"the picture takes longer than {seconds:g} seconds to decode; save it anew, as a PNG"
                raise UnreadablePicture(reason) from None
            if status == -getattr(signal, "SIGKILL", 0):
                raise Busy("The server is too busy for this picture; try again in a minute", seconds=30) from None
            raise UnreadablePicture("the picture cannot be decoded; save it anew, as a PNG") from None
        except BaseException:
            process.end()
            raise
        if process.healthy:
            with self._lock:
                self._idle.append(process)
        else:
            process.end()
        return answer

    def close(self) -> None:
        """End all that wait for tasks."""
        with self._lock:
            for process in self._idle:
                process.end()
            self._idle.clear()


def _error(told: Json) -> DelaminateError:
    """What the process refused, as an error of ours; by name, as nothing of its may be run here."""
    name, reason = told["refused"], str(told["reason"])
    if name == InvalidInput.__name__:
        return InvalidInput(reason, input=str(told["input"]))
    kind = getattr(errors, name, None)
    if isinstance(kind, type) and issubclass(kind, DelaminateError):
        return kind(reason)
    return PictureTooLarge("the picture needs more memory than this server gives to one; scale it down")
