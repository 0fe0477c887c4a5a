"""A worker whose first try of a job ends without a word, as on a full disk: `python stranded.py URL FILE SECONDS`.

It writes a line into the file for each try, and ends after so many seconds.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from delaminate.server.durable import Pace, Step, Worker


class _NoLastWord(BaseException):
    """What nobody records."""


if __name__ == "__main__":
    url, file, seconds = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])

    def work(job_id: str, step: Step) -> None:
        """Dies once."""
        tries = file.read_text(encoding="utf-8").count(job_id) if file.exists() else 0
        with file.open("a", encoding="utf-8") as lines:
            lines.write(f"{job_id} {time.time()}\n")
        if job_id.startswith("strand") and not tries:
            raise _NoLastWord
        step("done", lambda: None)

    worker = Worker(url, {"work": work}, lambda _: False, Pace(jobs=2, poll=0.05, lease=1.0, attempts=5))
    time.sleep(seconds)
    worker.stop()
