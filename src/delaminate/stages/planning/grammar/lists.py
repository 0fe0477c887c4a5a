"""The lists people paste → one sentence with commas: numbered and lettered lines, bullets, JSON, "Layer 1: …".

Works on the text before it is cut into tokens; what stands in `<bbox>` tags is left as it is.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

_DIRECTIONS = dict.fromkeys([*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF])
"""Marks of writing direction and blanks of no width."""
_BULLET = re.compile(r"(?m)^[ \t]*(?:[-–—*•·▪◦‣●○■□►➤✓☐]|->|=>)+[ \t]+(?=\S)")
_NUMBERED_LINE = re.compile(r"(?m)^[ \t]*[(\[]?(?:\d{1,2}|[A-Za-z])[.)\]:][ \t]*(?=[^\W\d])")
_NUMBERED = re.compile(r"(?<![\w.<])[(\[]?(?:(\d{1,2})[.)\]:–-]|([a-hA-H])\))[ \t]*(?=[^\W\d]|[\"'“])")
_LAYER_NUMBER = re.compile(r"(?i)(?<!\w)layer[ \t]*#?[ \t]*\d{1,2}[ \t]*[:=.)–—-][ \t]*")
_TAG = re.compile(r"(?is)(<\s*bbox[^>]*>.{0,200}?<\s*/\s*bbox\s*>)")


def tidied(text: str) -> str:
    """The instruction as one text with commas between the items of a list; full-width letters made plain.

    Parameters
    ----------
    text : as the user wrote it.
    """
    text = unicodedata.normalize("NFKC", text.translate(_DIRECTIONS)).strip()
    listed = _from_json(text)
    if listed is not None:
        return listed
    parts = _TAG.split(text)
    return "".join(part if place % 2 else _unnumbered(part) for place, part in enumerate(parts))


def _unnumbered(text: str) -> str:
    text = _BULLET.sub(", ", text)
    text = _LAYER_NUMBER.sub(", ", text)
    if len(_NUMBERED_LINE.findall(text)) > 1 and "\n" in text:
        text = _NUMBERED_LINE.sub(", ", text)
    marks = [match.group(1) or match.group(2).lower() for match in _NUMBERED.finditer(text)]
    alone = marks == ["1"] and text.lstrip("([").startswith("1")
    if marks[:2] in (["1", "2"], ["a", "b"], ["0", "1"]) or alone:
        text = _NUMBERED.sub(", ", text)
    return text


def _from_json(text: str) -> str | None:
    """The strings of a JSON value as a list of things; None for anything else."""
    if text[:1] not in {"[", "{"} or len(text) < 3:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    items = [item for item in _strings(value) if item.strip()]
    return ", ".join(items) if items else None


_KEYS_OF_THINGS = {"name", "label", "object", "item", "title", "text", "layer", "target", "prompt", "phrase"}


def _strings(value: Any, depth: int = 0) -> Iterator[str]:
    """Strings in a JSON value; of an object its values, or `key (value)` where the values are told of the keys."""
    if isinstance(value, str):
        yield value.replace('"', " ")
    elif isinstance(value, list) and depth < 4:
        for one in value:
            yield from _strings(one, depth + 1)
    elif isinstance(value, dict) and depth < 4:
        named = [key for key in value if key.lower() in _KEYS_OF_THINGS and isinstance(value[key], str)]
        if named:
            yield value[named[0]].replace('"', " ")
        elif all(isinstance(one, str) for one in value.values()) and not any(
            key.lower().strip("0123456789 _-#") in {"layer", "item", "object", ""} for key in value
        ):
            yield from (f"{key} ({one})" for key, one in value.items())
        else:
            for one in value.values():
                yield from _strings(one, depth + 1)
