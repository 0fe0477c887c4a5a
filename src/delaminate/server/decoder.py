"""The process that decodes: `python -m delaminate.server.decoder SECONDS MEGABYTES`, started by `decoding.py`.

It reads a task as JSON and a picture's bytes from standard input, and answers likewise. Nothing here is reached by what
users say but the picture itself.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from delaminate.codec import pack
from delaminate.errors import BadInput, DelaminateError
from delaminate.picture import Picture, open_picture
from delaminate.server import previews
from delaminate.server.decoding import receive, send
from delaminate.server.documents import Json
from delaminate.server.errors import InvalidInput
from delaminate.server.picture_formats import converted
from delaminate.splitting.drawn_mask import found_in_mask

Task: TypeAlias = Callable[[Json, bytes], tuple[Json, bytes]]
_NICENESS = 5
"""Answering others comes first."""


def _opened(facts: Json, content: bytes) -> Picture:
    return open_picture(content, max_pixels=int(facts["maxPixels"]))


def look(facts: Json, content: bytes) -> tuple[Json, bytes]:
    """Decode a picture whole; what it is."""
    picture = _opened(facts, content)
    return {"format": picture.format, "width": picture.width, "height": picture.height}, b""


def pixels(facts: Json, content: bytes) -> tuple[Json, bytes]:
    """A picture's colours."""
    rgb = _opened(facts, content).rgb
    return {"shape": rgb.shape, "dtype": rgb.dtype.name}, rgb.tobytes()


def mask(facts: Json, content: bytes) -> tuple[Json, bytes]:
    """The thing that a painted mask marks, as `codec` writes it."""
    return {}, bytes(pack(found_in_mask(_opened(facts, content), int(facts["width"]), int(facts["height"]))))


def convert(facts: Json, content: bytes) -> tuple[Json, bytes]:
    """A picture in another format."""
    return {}, converted(_opened(facts, content), str(facts["format"]))


def preview(facts: Json, content: bytes) -> tuple[Json, bytes]:
    """A picture scaled down."""
    return {}, previews.drawn(_opened(facts, content), (int(facts["width"]), int(facts["height"])))


def export(facts: Json, _: bytes) -> tuple[Json, bytes]:
    """The layers of a job as a file in a folder."""
    from delaminate.server.blobs import open_blobs
    from delaminate.server.database.jobs import Job
    from delaminate.server.exporters import Wanted, exporters, write
    from delaminate.server.workflows.stack_of_job import read_stack

    job = Job(**facts["job"])
    blobs = open_blobs(facts["storage"], Path(facts["blobs"]))
    picture = _opened(facts, blobs.get(f"assets/{job.request['image']}"))
    stack = read_stack(blobs, job.metadata["output"]["layers"], picture)
    chosen = next(one for one in exporters() if one.id == facts["format"])
    asked = facts["wanted"]
    wanted = Wanted(tuple(asked["layers"]), bool(asked["arranged"]), bool(asked["trim"]))
    return {"path": str(write(job, stack, picture, chosen, Path(facts["folder"]), wanted))}, b""


TASKS: Mapping[str, Task] = {one.__name__: one for one in (look, pixels, mask, convert, preview, export)}


def _done(task: Task, facts: Json, content: bytes) -> tuple[Json, bytes]:
    """The answer, or what was refused."""
    try:
        return task(facts, content)
    except MemoryError:
        return {"refused": "MemoryError", "reason": ""}, b""
    except InvalidInput as error:
        return {"refused": InvalidInput.__name__, "reason": str(error), "input": error.details.get("input", "")}, b""
    except DelaminateError as error:
        kind = next(one for one in type(error).__mro__ if one.__module__ == DelaminateError.__module__)
        return {"refused": kind.__name__, "reason": str(error)}, b""
    except Exception as error:  # noqa: BLE001 - whatever a decoder makes of a picture, the picture is at fault
        if task is export:
            return {"refused": DelaminateError.__name__, "reason": repr(error)}, b""
        reason = "the picture cannot be decoded; save it anew, as a PNG"
        return {"refused": BadInput.__name__, "reason": reason}, b""


def _limit_memory(megabytes: int) -> None:
    """Take no more address space than now and so much more; only Linux says how much it is now."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * resource.getpagesize() + (megabytes << 20)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _limit_time(seconds: float) -> None:
    """Be killed after so many more seconds of processor time; on Windows only the server's clock ends it."""
    with contextlib.suppress(ImportError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        most = int(used.ru_utime + used.ru_stime + seconds + 1)
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))


def main(seconds: float, megabytes: int) -> None:
    """Do tasks until the server closes the pipe."""
    import cv2

    cv2.setNumThreads(1)
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)  # the server ends it when it has ended its requests
    # What libraries print goes nowhere; the answers have a descriptor of their own.
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _limit_memory(megabytes)
    with contextlib.suppress(EOFError, OSError):
        while True:
            question, content = receive(asked)
            _limit_time(seconds * question["effort"])
            told, answer = _done(TASKS[question["task"]], question["facts"], content)
            del content
            send(answers, told, answer)
            del answer


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
