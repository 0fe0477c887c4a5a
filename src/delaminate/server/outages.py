"""What passes by itself: a database or a store that is away, a full disk. It is waited for, and no job ends for it."""

from __future__ import annotations

import errno
import logging
import random
import time
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from obstore.exceptions import BaseError as StoreFault

AWAY: tuple[type[Exception], ...] = (
    sa.exc.OperationalError,
    sa.exc.InterfaceError,
    sa.exc.TimeoutError,
    StoreFault,
)
"""Raised by whoever asks a database or a store that does not answer, or that has no room."""
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EIO)

PATIENCE = 600.0
"""Seconds that an outage is waited for: restarts and failovers take minutes."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0

_log = logging.getLogger(__name__)


def is_outage(error: BaseException) -> bool:
    """Whether it passes by itself."""
    if isinstance(error, sa.exc.DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, AWAY) or (isinstance(error, OSError) and error.errno in _NO_ROOM)


def patiently(function: Callable[..., Any], *arguments: Any, seconds: float = PATIENCE) -> Any:
    """What a function returns, called again and again, more and more seldom, while there is an outage.

    Parameters
    ----------
    seconds : after so long an outage its error is raised.
    """
    ends, pause = 0.0, _FIRST_PAUSE
    while True:
        try:
            return function(*arguments)
        except Exception as error:
            moment = time.monotonic()
            ends = ends or moment + seconds
            if not is_outage(error) or moment > ends:
                raise
            _log.warning("waiting %.0f s for what is away: %s", pause, type(error).__name__)
        time.sleep(pause * random.uniform(0.7, 1.0))
        pause = min(2 * pause, _LONGEST_PAUSE)
