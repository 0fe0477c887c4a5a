"""Which line of text, and which drawn shape, a word means: titles are tall, buttons are wide and carry a label."""

from __future__ import annotations

from difflib import SequenceMatcher

from delaminate.contracts import Target
from delaminate.pixels import Box
from delaminate.stages.segmentation.embedded.attributes import colour_name
from delaminate.stages.segmentation.embedded.shapes import Shape
from delaminate.stages.segmentation.embedded.text_lines import Line

_VAGUE = {
    "animal",
    "character",
    "creature",
    "figure",
    "food",
    "fruit",
    "icon",
    "image",
    "item",
    "object",
    "person",
    "picture",
    "sprite",
    "subject",
    "thing",
    "tool",
    "toy",
    "vegetable",
    "vehicle",
}
"""Nouns of things that look in many ways."""

FIGURES = {"arrow", "crescent", "diamond", "heart", "hexagon", "pentagon", "star"}
"""Nouns of shapes that are known by their outline, as things are."""


def spoken(target: Target) -> str:
    """What a target says of the looks of its thing, without the colours that are looked for anyway: "air balloon".

    Nothing where it says nothing of them: "red item", "every sea creature".
    """
    if target.noun in _VAGUE and target.count is None:
        return ""
    words = (target.description or target.name or target.noun).split()
    telling = [word for word in words if word not in _VAGUE]
    return " ".join(word for word in telling if word == target.noun or colour_name(word) not in target.colours)


_POINTING = {"the", "a", "an", "my", "his", "her", "its", "our", "their", "this", "that"}


def as_said(target: Target) -> str:
    """The words of the instruction without those that only point: "small airplane", where `spoken` finds a size."""
    words = (target.description or target.phrase).casefold().split()
    return " ".join(words[next((i for i, word in enumerate(words) if word not in _POINTING), len(words)) :])


def _likeness(a: str, b: str) -> float:
    def plain(s: str) -> str:
        return "".join(c for c in s.casefold() if c.isalnum())

    return SequenceMatcher(None, plain(a), plain(b)).ratio()


def _is_price(line: Line) -> bool:
    """Whether a line is a number with a sign of money or a share, or a number alone."""
    letters = sum(c.isalpha() for c in line.text)
    return (any(c in line.text for c in "$€£¥%") and letters < 4) or line.text.strip().isdigit()


def chosen_lines(lines: tuple[Line, ...], target: Target) -> list[Line]:
    """The lines a text target asks for, in reading order; several when the title runs over two lines."""
    if not lines:
        return []
    if target.quoted:
        best = max(lines, key=lambda line: _likeness(line.text, target.quoted or ""))
        return [best] if _likeness(best.text, target.quoted) > 0.55 else []
    unpriced = [line for line in lines if not _is_price(line)] or list(lines)
    tallest = max(line.height for line in unpriced)
    title = [line for line in unpriced if line.height > 0.8 * tallest]
    rest = [line for line in lines if line not in title]
    below = max((line.box.bottom for line in title), default=0)
    match target.text_role:
        case "title":
            return title
        case "subtitle":
            after = [line for line in rest if line.box.top >= min(t.box.top for t in title)] or rest
            return after[:1]
        case "price":
            return [line for line in lines if _is_price(line)][:1]
        case "footer":
            return [max(lines, key=lambda line: line.box.bottom)]
        case "caption" | "label" | "body":
            small = [line for line in rest if line.box.top > below] or rest or list(lines)
            return [max(small, key=lambda line: line.box.bottom)]
    return list(lines)


_WIDE = {"ribbon", "banner", "band", "bar", "stripe", "strip", "progress bar", "line"}
_ROUND = {"circle", "dot", "disc", "disk", "ring", "badge", "sticker", "seal", "ellipse", "oval"}
_PANEL = {"card", "panel", "dialog", "window", "frame", "box", "plate", "background", "tile"}


def shape_suits(shape: Shape, noun: str, lines: list[Box]) -> float:
    """How well a drawn shape answers a noun, larger is better; `lines` are the boxes of text in the view."""
    box = shape.box
    aspect = box.width / box.height
    fill = float(shape.mask.sum()) / box.area
    labelled = [line for line in lines if line.grown(-2, *shape.mask.shape[::-1]).within(box)]
    value = shape.score
    size = float(shape.mask.sum()) / shape.mask.size
    if noun == "button":
        value += (
            0.5 * (len(labelled) == 1)
            + 0.3 * (1.8 < aspect < 9)
            + 0.3 * box.bottom / shape.mask.shape[0]
            - 3 * max(0.0, size - 0.15)
        )
    elif noun in _WIDE:
        value += 0.5 * min(1.0, max(0.0, (aspect - 1.5) / 3))
    elif noun in _ROUND:
        value += 0.5 * (1 - min(1.0, abs(fill - 0.785) * 5)) + 0.3 * (1 - min(1.0, abs(aspect - 1)))
    elif noun in _PANEL:
        value += min(0.6, 1.5 * size) + 0.2 * (fill > 0.9)
    elif noun in {"rectangle", "square"}:
        value += 0.5 * (fill > 0.93)
    elif noun in {"triangle", "polygon", "star"}:
        value += 0.5 * (fill < 0.75)
    return value
