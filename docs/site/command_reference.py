"""The page of the commands, from what the command line says of itself."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

from typer.main import get_command

from delaminate.cli import app


def page() -> str:
    """Markdown: every command with its arguments and options."""
    root: Any = get_command(app)
    parts = [
        "# Commands\n",
        f"{_sentence(root.help)}\n",
        "`delaminate --install-completion` sets up the completion of your shell. This page is made of `--help`.\n",
    ]
    for name, command in root.commands.items():
        parts += _described(f"delaminate {name}", command)
    return "\n".join(parts)


def _described(name: str, command: Any) -> list[str]:
    if hasattr(command, "commands"):
        inner = [part for own, sub in command.commands.items() for part in _described(f"{name} {own}", sub)]
        return [f"## {name}\n", f"{_sentence(command.help)}\n", *inner]
    level = "##" if name.count(" ") == 1 else "###"
    parts = [f"{level} {name}\n", f"{_sentence(command.help)}\n"]
    rows = [_row(option) for option in command.params if not getattr(option, "hidden", False) and option.name != "help"]
    if rows:
        parts.append("\n".join(["| | | default |", "|---|---|---|", *rows]) + "\n")
    return parts


def _row(option: Any) -> str:
    if option.param_type_name == "argument":
        name, text = f"`{option.metavar or option.name.upper()}`", getattr(option, "help", None)
    else:
        takes = "" if option.is_flag else f" {option.metavar or _kind(option)}"
        spellings = [*option.opts, *option.secondary_opts]
        name, text = "<br>".join(f"`{spelling}{takes}`".replace("|", "\\|") for spelling in spellings), option.help
    shown = option.default if isinstance(option.default, str | int | float) else None
    default = "" if shown in (None, False, "") or option.is_eager else f"`{shown}`"
    if isinstance(getattr(option, "show_default", None), str):
        default = option.show_default
    return f"| {name} | {_sentence(text)} | {default} |"


def _kind(option: Any) -> str:
    """What an option takes, in capitals, or its choices."""
    kind: Any = _annotation(option)
    choices = getattr(kind, "__members__", None)
    if choices is not None:
        return "|".join(str(member.value) for member in choices.values())
    return "|".join(get_args(kind)) if get_origin(kind) is Literal else str(getattr(kind, "__name__", "TEXT")).upper()


def _annotation(option: Any) -> Any:
    """The type of an option, in whichever way this Typer keeps it."""
    told = getattr(option, "type_descriptor", None)
    return told.annotation if told is not None else getattr(option, "type", str)


def _sentence(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|").replace("<", "&lt;")
