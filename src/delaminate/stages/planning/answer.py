"""What a language model is asked to say about a picture, and its answer → Plan, checked piece by piece."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

from delaminate.contracts import Kind, Plan, Target
from delaminate.pixels import Box

GRID = 1000
"""Boxes are given on a grid of 0..1000. The picture is shown in the upper left corner of a square of as many pixels,
so that a model that answers on such a grid and one that counts pixels say the same."""

TASK = f"""You plan how to separate a picture into layers, as the user asks.
Answer with JSON only. List in "targets" the things the user wants as layers, and nothing else, nearest to the viewer
first. One entry for each thing that is to be a layer of its own; one entry with "together" true for several things
that are to share a layer. For each:
"phrase": the user's words it answers; "name": a short layer name in the user's language, such as "red apple";
"description": a short English noun phrase that singles it out by looks, for a detector, such as "red apple";
"noun": its head noun in English, singular, lower case;
"kind": one of {", ".join(kind.value for kind in Kind if kind is not Kind.ANYTHING)};
"box": [left, top, right, bottom] of all of it in the {GRID} x {GRID} image, origin top left, or null if not visible;
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

_SLACK = 1.02
"""How far beyond the grid a number may lie that is meant to be on its edge."""

_LONGEST_NAME = 120


class Unreadable(ValueError):
    """The answer is not what was asked for; the message tells the model what to correct."""


def read_answer(text: str, width: int, height: int, *, last: bool = False) -> Plan:
    """The plan an answer describes.

    Small models wander from the form: corners in the wrong order or outside the picture are put right, a list without
    an object round it and the keys that vision models were taught ("label", "bbox_2d") are understood.

    Parameters
    ----------
    text : JSON as `SCHEMA` describes it, perhaps in a code fence.
    width, height : of the picture in pixels.
    last : whether no better answer will come: a box that cannot be read is then left out, and the thing is looked for
        by its words.

    Raises
    ------
    Unreadable
        With everything that is wrong.
    """
    try:
        value = json.loads(_unfenced(text))
    except ValueError as error:
        raise Unreadable(f"the answer is not JSON: {error}") from error
    if isinstance(value, list) and value:
        value = {"targets": value}
    if not isinstance(value, dict) or not isinstance(value.get("targets"), list):
        raise Unreadable('the answer must be an object with a list "targets"')
    rows, wrong = value["targets"], []
    measure = _measure([box for row in rows if (box := _numbers(_boxed(row)))], width, height)
    targets = []
    for number, row in enumerate(rows):
        try:
            targets.append(_target(row, measure, width, height, last=last))
        except Unreadable as error:
            wrong.append(f"target {number}: {error}")
    if not targets and not wrong:
        wrong.append('"targets" is empty; list what the user asks for, with a null box where it is not visible')
    if wrong:
        raise Unreadable("; ".join(wrong))
    note = value.get("note")
    return Plan(tuple(targets), value.get("inverted") is True, note.strip() if isinstance(note, str) else "")


def _unfenced(text: str) -> str:
    """The JSON between the first and the last brace or bracket: models like to wrap it."""
    starts = [place for sign in "{[" if (place := text.find(sign)) >= 0]
    end = max(text.rfind("}"), text.rfind("]"))
    return text[min(starts) : end + 1] if starts and min(starts) < end else text


def _boxed(row: Any) -> Any:
    """What a row gives for a box."""
    return row.get("box", row.get("bbox_2d")) if isinstance(row, dict) else None


def _numbers(value: Any) -> tuple[float, float, float, float] | None:
    """The four numbers of a box, also in an inner list or as text; None where there are others."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, list) or len(value) != 4 or any(isinstance(v, bool) for v in value):
        return None
    try:
        left, top, right, bottom = (float(v) for v in value)
    except (TypeError, ValueError):
        return None
    return (left, top, right, bottom) if all(map(isfinite, (left, top, right, bottom))) else None


def _measure(boxes: list[tuple[float, float, float, float]], width: int, height: int) -> float:
    """Pixels of the picture for one unit of an answer's boxes: those of the grid, shares, or pixels of the picture."""
    most = max((max(box) for box in boxes), default=0.0)
    if boxes and most <= 1:
        return float(max(width, height))
    beyond = most > GRID * _SLACK
    return 1.0 if beyond and most <= max(width, height) * _SLACK else max(width, height) / GRID


def _target(row: Any, measure: float, width: int, height: int, *, last: bool) -> Target:
    if not isinstance(row, dict):
        raise Unreadable("must be an object")
    words = {}
    for key in ("phrase", "name", "description", "noun"):
        said = row.get(key, row.get("label", "") if key == "name" else "")
        if not isinstance(said, str) or len(said) > _LONGEST_NAME:
            raise Unreadable(f'"{key}" must be a text of at most {_LONGEST_NAME} characters')
        words[key] = " ".join(said.split())
    name = words["name"] or words["description"]
    if not name:
        raise Unreadable('"name" is empty')
    try:
        kind = Kind(row.get("kind", Kind.OBJECT))
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
        box=_box(_boxed(row), measure, width, height, last=last),
        description=words["description"] or name,
    )


def _box(value: Any, measure: float, width: int, height: int, *, last: bool) -> Box | None:
    """A box in pixels of the picture, at least one pixel large; what hangs over its edge is cut off."""
    if value is None:
        return None
    numbers = _numbers(value)
    if numbers is not None:
        left, right = sorted(v * measure for v in numbers[0::2])
        top, bottom = sorted(v * measure for v in numbers[1::2])
        if right > 0 and bottom > 0 and left < width and top < height and right > left and bottom > top:
            x, y = max(0, min(int(left), width - 1)), max(0, min(int(top), height - 1))
            return Box(x, y, min(max(x + 1, round(right)), width), min(max(y + 1, round(bottom)), height))
    if last:
        return None
    raise Unreadable(f'"box" must be [left, top, right, bottom] within 0..{GRID}, inside the picture, or null: {value}')
