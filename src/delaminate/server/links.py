"""Signed links: an HMAC-SHA256 over what is linked, how long and in which form. Whoever has one needs no key."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import time
from dataclasses import dataclass
from urllib.parse import urlencode

import sqlalchemy as sa

from delaminate.server.database.facts import fact, taken_fact
from delaminate.server.errors import NotAllowed
from delaminate.server.settings import Settings


@dataclass(frozen=True)
class Links:
    """Makes and checks links to one installation's things.

    Parameters
    ----------
    secret : shared by all processes of the installation.
    hours : how long a link works.
    """

    secret: str
    hours: float

    def sign(self, path: str, *, hours: float | None = None, **form: str) -> str:
        """The path with its expiry, form and signature as query.

        Parameters
        ----------
        form : further parameters that the signature covers.
        """
        expires = int(time.time() + 3600 * (self.hours if hours is None else hours))
        query = {**form, "Expires": str(expires)}
        return f"{path}?{urlencode({**query, 'Signature': self._signature(path, query)})}"

    def check(self, path: str, query: dict[str, str]) -> None:
        """Accept a link that `sign` made and whose time has not come.

        Raises
        ------
        NotAllowed
            If anything about it was changed, or it is late.
        """
        given = dict(query)
        signature = given.pop("Signature", "")
        if not hmac.compare_digest(signature.encode(), self._signature(path, given).encode()):
            raise NotAllowed("Access denied: this link was changed or never given out; ask for the asset again")
        if int(given["Expires"]) < time.time():
            raise NotAllowed("Access denied: this link has expired; ask for the asset again")

    def _signature(self, path: str, query: dict[str, str]) -> str:
        signed = f"{path}\n{urlencode(sorted(query.items()))}"
        return hmac.new(self.secret.encode(), signed.encode(), hashlib.sha256).hexdigest()


def link_key(settings: Settings, tables: sa.Engine) -> str:
    """The key of the installation's links: the setting, else a file of its own beside SQLite's, else a row on Postgres.

    Notes
    -----
    An installation that kept it in its tables keeps the same key, so that links go on working; it is moved out of
    SQLite's file, which is what people copy, send and lose.
    """
    if settings.link_key:
        return settings.link_key
    if settings.database_url:
        return fact(tables, "link secret", secrets.token_hex(32))
    file = settings.data / "link.key"
    with contextlib.suppress(FileExistsError):
        before = taken_fact(tables, "link secret")
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as made:
            made.write(before or secrets.token_hex(32))
    return file.read_text(encoding="ascii")
