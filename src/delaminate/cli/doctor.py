"""`delaminate doctor`: what is installed, fetched and set here, what that lets a split do, and how to get more."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from delaminate.checkup import Checkup


def doctor(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell what is installed, fetched and set, which stages a split takes, and the one command for each next step."""
    from delaminate.checkup import checkup
    from delaminate.cli.refusal import refusals

    with refusals():
        found = checkup()
    if as_json:
        typer.echo(json.dumps(asdict(found), indent=1))
        return
    from rich.console import Console

    _tell(found, Console(highlight=False))


def _tell(found: Checkup, console: Console) -> None:
    """Lines that are never wrapped, so that the commands in them can be copied."""
    from rich.text import Text

    def line(said: str, style: str = "") -> None:
        console.print(Text(said, style), soft_wrap=True)

    line(found.machine)
    line(f"models lie in {found.models_folder}")
    line("\nWhat a split takes", "bold")
    if found.pinned:
        line(f"  DELAMINATE_ENGINE pins the engine {found.pinned}; without it:")
    for role in found.roles:
        line(f"  {role.role}: {role.taken}")
        for one in role.better:
            line(f"    for {one.name}, {one.lacking}")
    line("\nEngines by name", "bold")
    for engine in found.engines:
        line(f"  {engine.name}: {engine.lacking or 'ready'}")
    line("\nInstalled", "bold")
    for extra in found.extras:
        line(f"  {extra.name}: {extra.command or 'yes'}")
    line("\nWeights", "bold")
    for weights in sorted(found.weights, key=lambda one: not one.path):
        line(f"  {weights.name}, {weights.purpose}: {weights.path or weights.command}")
    line("\nSettings", "bold")
    for name, value in found.settings.items():
        line(f"  {name}={value}")
    if not found.settings:
        line("  none")
