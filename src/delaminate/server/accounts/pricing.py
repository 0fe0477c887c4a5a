"""Prices in compute units: base + layers × the inpaint model's price, from the table `prices`."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

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
