"""What the service refuses, by kind; `app.py` has the one table from kind to HTTP status."""

from __future__ import annotations

from typing import Any

from delaminate.errors import BadInput, DelaminateError


class Refused(DelaminateError):
    """Base of refusals; `details` go into the error body."""

    def __init__(self, reason: str, **details: Any) -> None:
        super().__init__(reason)
        self.details = details


class InvalidInput(Refused, BadInput):
    """A parameter cannot be used; `input` names it."""


class NotSignedIn(Refused):
    """No key, or none that is known."""


class NotAllowed(Refused):
    """The key is good, but not for this."""


class NotThere(Refused):
    """Nothing of that id in this project."""


class TooLarge(Refused):
    """The body or the picture exceeds a limit."""


class TooMany(Refused):
    """A limit on parallel jobs or on requests is reached; `seconds` says when to come back."""

    def __init__(self, reason: str, seconds: int, **details: Any) -> None:
        super().__init__(reason, **details)
        self.seconds = seconds


class Busy(Refused):
    """The server cannot do it now, for no fault of the request; `seconds` says when to come back."""

    def __init__(self, reason: str, seconds: int = 5, **details: Any) -> None:
        super().__init__(reason, **details)
        self.seconds = seconds
