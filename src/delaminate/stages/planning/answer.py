"""What a language model is asked to say about a picture, and its answer → Plan, checked piece by piece."""

from __future__ import annotations

import json
from typing import Any

from delaminate.contracts import Kind, Plan, Target
from delaminate.pixels import Box

GRID = 1000
"""Boxes are given on a grid of 0..1000 both ways, whatever the size of the picture."""

TASK = f"""You plan how to separate a picture into layers, as the user asks.
Answer with JSON only. List in "targets" the things the user wants as layers, and nothing else, nearest to the viewer
first. One entry for each thing that is to be a layer of its own; one entry with "together" true for several things
that are to share a layer. For each:
"phrase": the user's words it answers; "name": a short layer name in the user's language, such as "red apple";
"description": a short English noun phrase that singles it out by looks, for a detector, such as "red apple";
"noun": its head noun in English, singular, lower case;
"kind": one of {", ".join(kind.value for kind in Kind if kind is not Kind.ANYTHING)};
"box": [left, top, right, bottom] of all of it on a grid of 0 to {GRID}, origin top left, or null if it is not visible;
"text": for kind text the letters exactly as they stand in the picture, else null.
If the user wants everything except some things, set "inverted" to true and list the exceptions.
Something that is asked for but not in the picture is listed with a null box. "note": one sentence if the request was
ambiguous, else empty."""

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["targets", "inverted", "note"],
    "properties": {
        "inverted": {"type": "boolean"},
        "note": {"type": "string"},
        "targets": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["phrase", "name", "description", "noun", "kind", "box", "text", "together"],
                "properties": {
                    "phrase": {"type": "string"},
                    "name": {"type": "string"},
                    "description": {"type": "string"},
                    "noun": {"type": "string"},
                    "kind": {"type": "string", "enum": [kind.value for kind in Kind if kind is not Kind.ANYTHING]},
                    "box": {"anyOf": [{"type": "array", "items": {"type": "number"}}, {"type": "null"}]},
                    "text": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    "together": {"type": "boolean"},
                },
            },
        },
    },
}
"""JSON schema of the answer, in the subset that strict structured output takes."""

_LONGEST_NAME = 120


class Unreadable(ValueError):
    """The answer is not what was asked for; the message tells the model what to correct."""


def read_answer(text: str, width: int, height: int) -> Plan:
    """The plan an answer describes.

    Parameters
    ----------
    text : JSON as `SCHEMA` describes it, perhaps in a code fence.
    width, height : of the picture in pixels.

    Raises
    ------
    Unreadable
        With everything that is wrong.
    """
    try:
        value = json.loads(_unfenced(text))
    except ValueError as error:
        raise Unreadable(f"the answer is not JSON: {error}") from error
    if not isinstance(value, dict) or not isinstance(value.get("targets"), list):
        raise Unreadable('the answer must be an object with a list "targets"')
    targets, wrong = [], []
    for number, row in enumerate(value["targets"]):
        try:
            targets.append(_target(row, width, height))
        except Unreadable as error:
            wrong.append(f"target {number}: {error}")
    if not targets and not wrong:
        wrong.append('"targets" is empty; list what the user asks for, with a null box where it is not visible')
    if wrong:
        raise Unreadable("; ".join(wrong))
    note = value.get("note")
    return Plan(tuple(targets), value.get("inverted") is True, note.strip() if isinstance(note, str) else "")


def _unfenced(text: str) -> str:
    """The JSON between the first and the last brace: models like to wrap it."""
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else text


def _target(row: Any, width: int, height: int) -> Target:
    if not isinstance(row, dict):
        raise Unreadable("must be an object")
    words = {}
    for key in ("phrase", "name", "description", "noun"):
        said = row.get(key, "")
        if not isinstance(said, str) or len(said) > _LONGEST_NAME:
            raise Unreadable(f'"{key}" must be a text of at most {_LONGEST_NAME} characters')
        words[key] = " ".join(said.split())
    name = words["name"] or words["description"]
    if not name:
        raise Unreadable('"name" is empty')
    try:
        kind = Kind(row.get("kind", ""))
    except ValueError:
        raise Unreadable(f'"kind" cannot be {row.get("kind")!r}') from None
    quoted = row.get("text")
    if kind is Kind.TEXT:
        if not isinstance(quoted, str) or not quoted.strip():
            raise Unreadable('"text" must hold the letters of a target of kind text')
        # The reader finds letters more exactly than any box.
        return Target(words["phrase"] or name, kind, noun="text", name=name, quoted=quoted.strip(), description=name)
    together = row.get("together") is True
    return Target(
        words["phrase"] or name,
        kind,
        noun=words["noun"].lower(),
        name=name,
        count=None if together else 1,
        each=not together,
        box=_box(row.get("box"), width, height),
        description=words["description"] or name,
    )


def _box(value: Any, width: int, height: int) -> Box | None:
    """A box of the grid in pixels of the picture, at least one pixel large."""
    if value is None:
        return None
    numbers = isinstance(value, list) and len(value) == 4 and all(type(v) in (int, float) for v in value)
    if not numbers or not all(0 <= v <= GRID for v in value):
        raise Unreadable(f'"box" must be four numbers within 0..{GRID} or null, not {value}')
    left, top, right, bottom = value
    if right <= left or bottom <= top:
        raise Unreadable(f'"box" must be [left, top, right, bottom] with left < right and top < bottom, not {value}')
    x, y = min(int(left * width / GRID), width - 1), min(int(top * height / GRID), height - 1)
    return Box(x, y, max(x + 1, round(right * width / GRID)), max(y + 1, round(bottom * height / GRID)))
