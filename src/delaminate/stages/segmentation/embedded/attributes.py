"""What words say about looks: colour names, places, sizes, and the usual colours of common things."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from delaminate.lab import lab_of
from delaminate.pixels import Box, Mask

_PAINTS: dict[str, tuple[str, ...]] = {
    "black": ("000000", "141414", "22222a", "2a1f1f"),
    "white": ("ffffff", "f2f2f2", "e6ebf0", "f5f0e6"),
    "grey": ("808080", "5a5a5a", "a8a8a8", "c8c8c8", "6e7680", "9aa3ad"),
    "red": ("ff0000", "c81e1e", "8b0000", "e63946", "b03030", "ff3b3b"),
    "orange": ("ff8c00", "ff7f2a", "e67300", "ffa040", "d86010"),
    "yellow": ("ffff00", "ffd700", "f0c020", "fff176", "e8d040"),
    "green": ("00ff00", "008000", "2e8b57", "7cb342", "aed581", "1b5e20", "6b8e23", "60b060", "33cc66"),
    "cyan": ("00ffff", "40e0d0", "20a0a0", "80e0e0", "008080"),
    "blue": ("0000ff", "1e60c8", "000080", "4fa3e0", "87ceeb", "2040a0", "3070d0", "1a2a5a"),
    "purple": ("800080", "6a1b9a", "9c5fd0", "4b0082", "b39ddb", "7a3fb0"),
    "pink": ("ff69b4", "ffc0cb", "e91e63", "ff80ab", "f8a0c0", "ff00ff", "d81b78"),
    "brown": ("8b4513", "5d4037", "a0522d", "7a5230", "6b4423", "9c6b3f", "4a2c17"),
    "beige": ("f5f5dc", "e8d8b8", "d2b48c", "c8b090", "fff0d0"),
    "gold": ("d4af37", "ffd700", "c9a227", "e0b040"),
    "silver": ("c0c0c0", "a9b0b8", "d8dce0", "8a9098"),
}
"""Sample paints of each colour name, sRGB hex."""

_ALIASES = {
    "gray": "grey", "violet": "purple", "lilac": "purple", "lavender": "purple", "magenta": "pink", "rose": "pink",
    "turquoise": "cyan", "teal": "cyan", "aqua": "cyan", "mint": "green", "olive": "green", "lime": "green",
    "navy": "blue", "azure": "blue", "indigo": "blue", "crimson": "red", "scarlet": "red", "maroon": "red",
    "burgundy": "red", "golden": "gold", "tan": "beige", "cream": "beige", "ivory": "white", "khaki": "beige",
    "amber": "orange", "peach": "orange", "coral": "orange", "dark": "black", "bright": "white", "light": "white",
    "pale": "white", "silvery": "silver", "chocolate": "brown", "jade": "green", "emerald": "green", "ruby": "red",
    "wooden": "brown", "wood": "brown", "blond": "yellow", "blonde": "yellow", "rusty": "brown", "charcoal": "grey",
}  # fmt: skip


@functools.cache
def _paints() -> tuple[tuple[str, ...], NDArray[np.float32]]:
    names = [name for name, samples in _PAINTS.items() for _ in samples]
    hexes = [h for samples in _PAINTS.values() for h in samples]
    rgb = np.array([[int(h[i : i + 2], 16) for i in (0, 2, 4)] for h in hexes], np.uint8)
    return tuple(names), lab_of(rgb[None])[0]


def colour_name(word: str) -> str | None:
    """The basic colour a word stands for ("crimson" → "red"), or None if it is no colour."""
    word = _ALIASES.get(word, word)
    return word if word in _PAINTS else None


@functools.cache
def _usual() -> dict[str, frozenset[str]]:
    """Colour → nouns, from `usual_colours.txt`."""
    text = Path(__file__).with_name("usual_colours.txt").read_text(encoding="utf-8")
    rows = (line.partition(":") for line in text.splitlines() if line and not line.startswith("#"))
    return {colour: frozenset(nouns.split()) for colour, _, nouns in rows}


def usual_colours(noun: str) -> tuple[str, ...]:
    """Colours a thing of that name usually shows; empty when nothing is known."""
    return tuple(colour for colour, nouns in _usual().items() if noun in nouns)


def colour_shares(lab: NDArray[np.float32], mask: Mask) -> dict[str, float]:
    """Share of the pixels under `mask` nearest to each colour name; the shares add up to 1."""
    names, paints = _paints()
    at = np.flatnonzero(mask)
    pixels = lab.reshape(-1, 3)[at[:: max(1, len(at) // 1500)]]
    weight = np.array([0.25, 1, 1], np.float32)  # shading moves lightness, not hue
    # |p − q|² less |p|², which is the same for all paints
    nearest = ((paints**2 * weight).sum(axis=1) - 2 * (pixels * weight) @ paints.T).argmin(axis=1)
    shares = dict.fromkeys(_PAINTS, 0.0)
    for index, count in zip(*np.unique(nearest, return_counts=True), strict=True):
        shares[names[index]] += float(count) / max(1, len(pixels))
    return shares


_HALF = {
    "gold": ("yellow", "orange", "brown"),
    "silver": ("grey", "white"),
    "beige": ("white", "brown", "yellow"),
    "yellow": ("gold", "beige"),
    "orange": ("gold",),
    "brown": ("gold", "beige"),
    "grey": ("silver",),
    "white": ("silver", "beige"),
    "cyan": ("blue", "green"),  # but who says teal means neither blue nor green
}
"""What paint of a colour may also be called; it counts half."""


def has_colour(shares: dict[str, float], colour: str) -> float:
    """How much of a region shows a colour name, 0..1; paint that may just be called so counts half."""
    name = colour_name(colour)
    if name is None:
        return 0.0
    return min(1.0, shares[name] + 0.5 * sum(shares[paint] for paint, called in _HALF.items() if name in called))


_ENOUGH = 0.4
"""Share of a thing that a colour need not exceed for the thing to be of that colour."""


def is_coloured(shares: dict[str, float], colours: Iterable[str]) -> float:
    """How far a region is of the colours that words name, 0..1; 1 where they name none that is known."""
    known = [has_colour(shares, colour) for colour in colours if colour_name(colour)]
    return min(1.0, float(np.mean(known)) / _ENOUGH) if known else 1.0


def at_place(box: Box, width: int, height: int, positions: tuple[str, ...]) -> float:
    """How well a box fits place words, 0..1; 1 without any."""
    x, y = (box.left + box.right) / 2 / width, (box.top + box.bottom) / 2 / height
    fit = {
        "left": 1 - x,
        "right": x,
        "top": 1 - y,
        "bottom": y,
        "centre": 1 - 2 * max(abs(x - 0.5), abs(y - 0.5)),
        "foreground": y,
        "background": 1 - y,
    }
    known = [fit[p] for p in positions if p in fit]
    return float(np.mean(known)) if known else 1.0
