"""Prices in compute units: base + layers × the inpaint model's price, from the table `prices`; a revision likewise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from delaminate.server.documents import EditRequest

PRICES = sa.Table("prices", sa.MetaData(), sa.Column("name", sa.String, primary_key=True), sa.Column("units", sa.Float))


@dataclass(frozen=True)
class Price:
    """What a separation costs with one inpaint model."""

    base: float
    layer: float

    def of(self, layers: int) -> float:
        """Compute units for so many layers, the background not counted."""
        return self.base + layers * self.layer


def price(connection: sa.Connection, inpaint_model: str) -> Price:
    """The price with an inpaint model; one that is not in the table costs nothing a layer."""
    units = {row.name: row.units for row in connection.execute(sa.select(PRICES))}
    return Price(units.get("base", 0.0), units.get(inpaint_model, 0.0))


def revision(connection: sa.Connection, edits: Sequence[EditRequest], parts: int | None = None) -> float:
    """The price of a revision: its own base and, for each layer that is cut or filled, the model's price a layer.

    Parameters
    ----------
    edits : as a job's request has them; those that need no engine cost nothing, and alone not even the base.
    parts : layers that the splits gave together; None for the most they can give.
    """
    units = {row.name: row.units for row in connection.execute(sa.select(PRICES))}
    total, working = 0.0, False
    left = parts
    for edit in edits:
        if edit["kind"] not in ("redo", "mask", "refill", "split"):
            continue
        working = True
        count = 1
        if edit["kind"] == "split":
            most = edit.get("maxLayers", 4)
            count = most if left is None else max(0, min(most, left))
            left = None if left is None else left - count
        total += count * units.get(edit["model"], 0.0)
    return total + units.get("revision", 0.0) if working else 0.0
