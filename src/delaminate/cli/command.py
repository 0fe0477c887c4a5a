"""A command whose options say in plain words what they cannot take."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperCommand


class Command(TyperCommand):
    """A command as typer has it; what a validator says of a value is said as a person would."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the options.

        Raises
        ------
        BadParameter : for the first value that an option cannot take, in a sentence that quotes it.
        """
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as error:
            # Newer versions of typer let pydantic check, and hand its words on; older ones have words of their own.
            wrong: list[dict[str, Any]] = getattr(error.__cause__, "errors", list)()
            if wrong:
                error.message = said(wrong[0], error.message)
            raise


def said(wrong: dict[str, Any], else_: str) -> str:
    """One sentence for the first of what a validator found wrong; `else_` where it has plain words already."""
    value, bounds = wrong.get("input"), wrong.get("ctx") or {}
    kind = str(wrong.get("type", ""))
    if kind.startswith("int_"):
        return f"'{value}' is not a whole number."
    if kind.startswith("float_"):
        return f"'{value}' is not a number."
    if kind == "greater_than_equal":
        return f"{value} is too small; {bounds['ge']} is the least."
    if kind == "less_than_equal":
        return f"{value} is too large; {bounds['le']} is the most."
    return else_.removeprefix("Value error, ")
