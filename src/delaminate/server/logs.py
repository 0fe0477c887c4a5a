"""Log lines of the service: one a fact, with the id of its job where it has one, as text or as JSON."""

from __future__ import annotations

import json
import logging
import re
import sys

from delaminate.server.ids import now

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What ends a line, moves a terminal's cursor or turns text round."""


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


class _Lines(logging.Formatter):
    """Text or JSON; a job's id comes from `extra={"job": …}`."""

    def __init__(self, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        job = getattr(record, "job", None)
        text = record.getMessage()
        if not self._as_json:
            text = _CONTROL.sub(_escaped, text)
        if record.exc_info:
            # Every line of it is set off, so that none can be taken for a line of its own.
            trace = self.formatException(record.exc_info)
            text += "\n" + (
                trace if self._as_json else "\n".join(f"  {_CONTROL.sub(_escaped, one)}" for one in trace.split("\n"))
            )
        if not self._as_json:
            return f"{now()} {record.levelname.lower()} {f'[{job}] ' if job else ''}{text}"
        line = {"time": now(), "level": record.levelname.lower(), "logger": record.name, "message": text}
        return json.dumps(line | ({"job": job} if job else {}), ensure_ascii=False)


def set_up(as_json: bool = False, quiet: bool = False) -> None:
    """Write our lines and the web server's to stderr; with `quiet` only warnings and errors."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines(as_json))
    for name in ("delaminate", "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.setLevel(logging.WARNING if quiet else logging.INFO)
        logger.propagate = False
