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
_LAYER_NUMBER = re.compile(
    r"(?i)(?<!\w)layer[ \t]{0,3}#?[ \t]{0,3}(?:\d{1,2}|[a-z]|one|two|three|four|five|six)[ \t]{0,3}[:=.)–—-][ \t]{0,3}"
)
_ABBREVIATED = (
    (re.compile(r"(?i)(?<![\w/])w/o(?!\w)"), "without"),
    (re.compile(r"(?i)(?<![\w/])w/(?=\s?\w)"), "with "),
    (re.compile(r"(?i)(?<!\w)incl(?:\.|(?!\w))"), "including"),
    (re.compile(r"(?i)(?<!\w)excl(?:\.|(?!\w))"), "excluding"),
    (re.compile(r"(?i)(?<!\w)sep(?:\.|(?=\s(?:layers?|the|all)\b))"), "separate"),
    (re.compile(r"(?i)(?<!\w)(?:min|minimum|at least|no fewer than|no less than)\s\w{1,9}\slayers?(?!\w)"), "layers"),
    (re.compile(r"(?i),?\s?(?:(?<!\w)and\s)?(?<!\w)(?:etc|usw)(?:\.|(?!\w))"), ""),
)
_HEADING = re.compile(r"^([^\W\d_]+(?:\s[^\W\d_]+){0,2})\s[–—-]{1,2}\s(?=[^,\n]{1,60},[^,\n]{1,60}(?:,|\band\b))")
"""What a list is of: "UI kit - buttons, icons, sliders"."""
_AT_MOST = re.compile(
    r"(?i)(?<!\w)(?:(max|maximum|at most|up to|no more than|not more than|limit(?:ed)? to)[ ]{1,3}(\d{1,3})"
    r"|(\d{1,3})[ ]{1,3}(?:max|maximum|at most|tops))[ ]{0,3}(?=$|[.,;!?\n)])"
)
"""A number of layers that does not say so: "everything, max 8"."""
_NAMED_TEXT = re.compile(
    r"""(?<!\w)(words?|text|letters?|lettering|phrase|writing|title|headline|slogan|caption|numbers?)
    (\s{1,3}(?:saying|reading|(?:that|which)\s{1,3}(?:says|reads)))?\s{1,3}
    (?!(?:PNG|PSD|SVG|JPE?G|HD|HQ|RGBA?|UI|AI)\b)
    ((?=[^\s]{0,20}[A-Z])[A-Z0-9][A-Z0-9&'’!%$€-]{1,40}(?:\s[A-Z0-9][A-Z0-9&'’!%$€-]{0,40}){0,7})(?![\w])""",
    re.VERBOSE,
)
"""Letters told in capitals: "the word SALE", "the text that says GRAND OPENING"."""
_TAG = re.compile(r"(?is)(<\s*bbox[^>]*>.{0,200}?<\s*/\s*bbox\s*>)")


def tidied(text: str) -> str:
    """The instruction as one text with commas between the items of a list; full-width letters made plain.

    Parameters
    ----------
    text : as the user wrote it.
    """
    text = unicodedata.normalize("NFKC", text.translate(_DIRECTIONS)).strip()
    for short, said in _ABBREVIATED:
        text = short.sub(said, text)
    listed = _from_json(text)
    if listed is not None:
        return listed
    parts = _TAG.split(text)
    return "".join(part if place % 2 else _unnumbered(part) for place, part in enumerate(parts))


def _unnumbered(text: str) -> str:
    head, colon, listed = text.partition(":")
    if colon and ":" not in listed:  # one list under one heading
        text = head + colon + listed.replace(";", ",")
    text = _HEADING.sub(r"\1: ", text)
    text = _AT_MOST.sub(r"max \2\3 layers", text)
    text = _NAMED_TEXT.sub(r'\1\2 "\3"', text)
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
