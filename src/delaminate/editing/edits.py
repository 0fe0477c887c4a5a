"""What can be asked of a finished stack: seven edits, each a value; and how people name layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from delaminate.contracts import Found
from delaminate.errors import BadInstruction, UnknownName
from delaminate.pixels import Box


@dataclass(frozen=True)
class Redo:
    """Look for one layer again: within a box, at points, or by other words; at least one of the three.

    Parameters
    ----------
    layer : id or name.
    phrase : what to look for; with a box or points, what to call it.
    box : where it is, in pixels of the whole picture.
    points : pixels inside it, (x, y); several points mean one thing.
    name : what to call the layer; empty takes the phrase's answer, else keeps the name it has.
    """

    layer: str
    phrase: str = ""
    box: Box | None = None
    points: tuple[tuple[int, int], ...] = ()
    name: str = ""


@dataclass(frozen=True, eq=False)
class Recut:
    """Cut one layer again along a mask that somebody drew.

    Parameters
    ----------
    layer : id or name.
    found : where the thing is: box and mask.
    name : what to call the layer; empty keeps the name it has.
    """

    layer: str
    found: Found
    name: str = ""


@dataclass(frozen=True)
class Merge:
    """Make one layer of two or more; it takes the id of the first named and the place of the topmost.

    Parameters
    ----------
    layers : ids or names.
    name : what to call the layer; empty joins the names.
    """

    layers: tuple[str, ...]
    name: str = ""


@dataclass(frozen=True)
class SplitOff:
    """Cut parts off one layer; each becomes a layer above what is left.

    Parameters
    ----------
    layer : id or name.
    instruction : which parts.
    max_layers : most parts; at least 1.
    """

    layer: str
    instruction: str
    max_layers: int = 4


@dataclass(frozen=True)
class Refill:
    """Fill the background behind one layer again, with whatever inpainter the stages have."""

    layer: str


@dataclass(frozen=True)
class Rename:
    """Call a layer something else."""

    layer: str
    name: str


@dataclass(frozen=True)
class Remove:
    """Give a layer back to what lies behind it."""

    layer: str


Edit: TypeAlias = Redo | Recut | Merge | SplitOff | Refill | Rename | Remove


def needs_engine(edit: Edit) -> bool:
    """Whether the edit looks at the picture or paints, and so needs stages."""
    return isinstance(edit, Redo | Recut | SplitOff | Refill)


def sentence(edit: Edit) -> str:
    """What the edit did, for the notes of a report."""
    match edit:
        case Redo():
            marks = [f"within {edit.box.as_tuple()}"] if edit.box is not None else []
            marks += [f"at {point}" for point in edit.points]
            marks += [f"as {edit.phrase!r}"] if edit.phrase.strip() else []
            return f"{edit.layer!r} was redone {', '.join(marks)}"
        case Recut():
            return f"{edit.layer!r} was cut again along a drawn mask"
        case Merge():
            return f"{', '.join(map(repr, edit.layers))} were merged"
        case SplitOff():
            return f"{edit.instruction!r} was split off {edit.layer!r}"
        case Refill():
            return f"the background behind {edit.layer!r} was filled again"
        case Rename():
            return f"{edit.layer!r} was renamed to {edit.name!r}"
        case Remove():
            return f"{edit.layer!r} was given back to what is behind it"


class Named(Protocol):
    """What a layer is called."""

    @property
    def id(self) -> str:
        """Unique within its stack."""

    @property
    def name(self) -> str:
        """What people call it."""


def layer_index(layers: Sequence[Named], called: str) -> int:
    """The place of the layer with that id or, where there is no such id, that name; never the background.

    Parameters
    ----------
    layers : bottom to top, the background first.

    Raises
    ------
    UnknownName
        If there is none; the message lists those that are.
    BadInstruction
        If several have the name, or it is the background.
    """
    rows = list(enumerate(layers))
    wanted = called.strip().casefold()
    found = [z for z, layer in rows if layer.id == called.strip()] or [
        z for z, layer in rows if layer.name.casefold() == wanted
    ]
    if not found:
        known = ", ".join(f"{layer.id} ({layer.name})" for layer in layers[1:]) or "none but the background"
        raise UnknownName(f"there is no layer {called!r}; there are: {known}")
    above = [z for z in found if z]
    if not above:
        raise BadInstruction("the background cannot be edited by itself; name the layer that lies on it")
    if len(above) > 1:
        ids = ", ".join(layers[z].id for z in above)
        raise BadInstruction(f"{len(above)} layers are called {called!r}; name one by its id: {ids}")
    return above[0]
