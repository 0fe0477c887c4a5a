"""The page of the Python functions and types, from their signatures and docstrings."""

from __future__ import annotations

import dataclasses
import inspect
import re
import textwrap
from typing import Any

import delaminate

_FUNCTIONS = ("split", "plan", "edit", "save", "write", "read", "flatten", "open_picture")
_HEADING = re.compile(r"^(\w[\w ]*)\n-{3,}$", re.M)


def page(names: tuple[str, ...] = tuple(delaminate.__all__)) -> str:
    """Markdown: functions, then what they take and give, then errors."""
    known = {name: getattr(delaminate, name) for name in names if not name.startswith("__")}
    errors = {name: kind for name, kind in known.items() if inspect.isclass(kind) and issubclass(kind, Exception)}
    types = {name: kind for name, kind in known.items() if name not in errors and name not in _FUNCTIONS}
    parts = [
        "# Python\n",
        "`import delaminate` takes milliseconds; what is heavy is imported when it is first used. Arrays are NumPy's; "
        "levels are those of the picture, 8 or 16 bits. This page is made of the docstrings.\n",
        "## Functions\n",
        *(_function(name, known[name]) for name in _FUNCTIONS),
        "## Types\n",
        *(_type(name, kind) for name, kind in sorted(types.items())),
        "## Errors\n",
        *(_error(name, kind) for name, kind in sorted(errors.items())),
    ]
    return "\n".join(parts)


def _function(name: str, function: Any) -> str:
    told = inspect.signature(function)
    lines: list[str] = []
    for one in told.parameters.values():
        if one.kind is one.KEYWORD_ONLY and "*" not in lines:
            lines.append("*")
        default = "" if one.default is one.empty else f" = {one.default!r}"
        lines.append(f"{one.name}: {one.annotation}{default}")
    arguments = "".join(f"\n    {line}," for line in lines)
    call = f"delaminate.{name}({arguments}\n) -> {told.return_annotation}"
    return f"### {name}\n\n```python\n{call}\n```\n\n{_told(function)}\n"


def _type(name: str, kind: Any) -> str:
    parts = [f"### {name}\n", _told(kind)]
    if inspect.isclass(kind) and hasattr(kind, "__members__"):
        parts.append(", ".join(f"`{member.value}`" for member in kind) + "\n")
    elif dataclasses.is_dataclass(kind):
        rows = [
            f"| `{field.name}` | `{str(field.type).replace('|', chr(92) + '|')}` |"
            for field in dataclasses.fields(kind)
        ]
        parts.append("\n".join(["| field | type |", "|---|---|", *rows]) + "\n")
    for own, member in vars(kind).items() if inspect.isclass(kind) else ():
        if isinstance(member, property) and not own.startswith("_") and member.__doc__:
            parts.append(f"`.{own}`: {' '.join(member.__doc__.split())}\n")
    return "\n".join(parts)


def _error(name: str, kind: type) -> str:
    bases = ", ".join(f"`{base.__name__}`" for base in kind.__bases__)
    return f"### {name}\n\n{_told(kind)}\n\nA kind of {bases}.\n"


def _told(thing: Any) -> str:
    """A docstring as Markdown: its sections get bold names, what is described in them becomes a list."""
    text = inspect.getdoc(thing) or ""
    if text.startswith(f"{getattr(thing, '__name__', '')}("):
        return ""
    first, *rest = _HEADING.split(text)
    parts = [_prose(first)]
    for title, body in zip(rest[::2], rest[1::2], strict=True):
        parts.append(f"**{title}**\n\n{_listed(body)}")
    return "\n\n".join(parts)


def _prose(text: str) -> str:
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n"))


def _listed(body: str) -> str:
    """`name : what` and `name` over an indented paragraph become items."""
    items: list[str] = []
    for line in textwrap.dedent(body.strip("\n")).splitlines():
        name, colon, what = line.partition(" : ")
        if line.startswith(" "):
            if items:
                items[-1] += (": " if items[-1].endswith("`") else " ") + line.strip()
            continue
        if not line.strip():
            continue
        items.append(f"- `{name.strip()}`" + (f": {what.strip()}" if colon else ""))
    return "\n".join(items)
