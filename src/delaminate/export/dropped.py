"""What a file format could not hold: said, never swallowed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from delaminate.stack import LayerStack


@dataclass(frozen=True)
class Dropped:
    """One thing the file does not hold: `what` in a few words, `why` in one sentence with what became of it."""

    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.what}: {self.why}"


@dataclass(frozen=True)
class Written:
    """What a writer made: its files, the main one first, and what they do not hold.

    `added` says what came into a file that was there before; it is empty where the whole file was written.
    """

    paths: tuple[Path, ...]
    dropped: tuple[Dropped, ...] = ()
    added: str = ""


def named(names: Iterable[str], most: int = 3) -> str:
    """A few names in quotes, for a sentence."""
    known = list(names)
    shown = ", ".join(f"“{name if len(name) <= 40 else name[:39] + '…'}”" for name in known[:most])
    return shown if len(known) <= most else f"{shown} and {len(known) - most} more"


def text_dropped(stack: LayerStack, why: str) -> tuple[Dropped, ...]:
    """The loss of live text, where the stack has any."""
    texts = [layer.name for layer in stack.layers if layer.text]
    return (Dropped("live text", f"{named(texts)}: {why}"),) if texts else ()


def depth_dropped(stack: LayerStack, holder: str) -> tuple[Dropped, ...]:
    """The loss of the lower 8 of 16 bits, where the stack has them."""
    return (Dropped("16-bit depth", f"{holder} 8 bits per channel; values were rounded."),) if stack.bits == 16 else ()


def names_shortened(stack: LayerStack, most: int) -> tuple[Dropped, ...]:
    """The loss of the ends of names of more than `most` UTF-16 units."""
    names = {name for layer in stack.layers for name in (layer.name, layer.target or "")}
    long = sorted(name for name in names if len(name.encode("utf-16-be", "surrogatepass")) > 2 * most)
    return (Dropped("the ends of long names", f"{named(long)}: cut after {most} letters."),) if long else ()


def invented_dropped(stack: LayerStack) -> tuple[Dropped, ...]:
    """The loss of the masks of invented pixels, where the stack has any."""
    has = any(layer.invented is not None for layer in stack.layers)
    return (Dropped("invented-pixel masks", "only a folder or a zip written with --invented has them."),) if has else ()
