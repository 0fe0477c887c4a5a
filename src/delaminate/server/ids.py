"""Ids and instants as the API writes them: `job_` and 24 base58 characters; ISO 8601 UTC with milliseconds and `Z`."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import NewType

JobId = NewType("JobId", str)
AssetId = NewType("AssetId", str)
UploadId = NewType("UploadId", str)
ProjectId = NewType("ProjectId", str)
AuthorId = NewType("AuthorId", str)
"""The key that a request was signed with."""

_LETTERS = 24
"""As many as Scenario's ids have: more than anybody can guess."""
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def new_id(prefix: str) -> str:
    """A fresh id nobody can guess."""
    return f"{prefix}_{''.join(secrets.choice(_BASE58) for _ in range(_LETTERS))}"


def derived_id(prefix: str, *facts: object) -> str:
    """The id that these facts always give, so that a step done twice writes the same rows and keys."""
    number = int.from_bytes(hashlib.sha256("\0".join(map(str, facts)).encode()).digest())
    letters = ""
    while len(letters) < _LETTERS:
        number, digit = divmod(number, 58)
        letters += _BASE58[digit]
    return f"{prefix}_{letters}"


def instant(moment: datetime) -> str:
    """A moment as text; texts sort as moments do."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def now(**later: float) -> str:
    """This moment, or one later (or earlier) by the keywords of `timedelta`."""
    return instant(datetime.now(UTC) + timedelta(**later))
