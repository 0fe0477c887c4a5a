"""Pages of a listing: rows sorted by an instant and the id; an opaque token says where the next page starts."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from delaminate.server.errors import InvalidInput


@dataclass(frozen=True)
class Page:
    """What to list: how many, from where, sorted by which column, in which direction."""

    size: int = 50
    token: str | None = None
    column: str = "created_at"
    descending: bool = True

    def of(
        self, connection: sa.Connection, table: sa.Table, *wanted: Any, without: str = ""
    ) -> tuple[list[sa.RowMapping], str | None]:
        """The rows that satisfy all of `wanted`, and the token of the next page, None on the last.

        Parameters
        ----------
        without : a column that is not read.

        Raises
        ------
        InvalidInput
            If the token is not one of ours.
        """
        by, identity = table.c[self.column], table.c.id
        query = sa.select(*(column for column in table.c if column.name != without)).where(*wanted)
        if self.token is not None:
            value, last = self._position()
            beyond = sa.tuple_(by, identity)
            edge = sa.tuple_(sa.literal(value), sa.literal(last))
            query = query.where(beyond < edge if self.descending else beyond > edge)
        order = (by.desc(), identity.desc()) if self.descending else (by.asc(), identity.asc())
        rows = [row._mapping for row in connection.execute(query.order_by(*order).limit(self.size + 1))]
        if len(rows) <= self.size:
            return rows, None
        return rows[: self.size], self.after(rows[self.size - 1])

    def after(self, row: sa.RowMapping) -> str:
        """The token of the page that begins behind a row."""
        text = json.dumps([self.column, row[self.column], row["id"]])
        return base64.urlsafe_b64encode(text.encode()).decode()

    def _position(self) -> tuple[str, str]:
        try:
            column, value, last = json.loads(base64.urlsafe_b64decode((self.token or "").encode("ascii")))
        except ValueError:
            column = value = last = None
        if column != self.column or not all(
            isinstance(part, str) and part.isascii() and "\0" not in part for part in (value, last)
        ):
            raise InvalidInput(
                "Input paginationToken is not one that this listing gave out; start again without it",
                input="paginationToken",
            )
        return value, last
