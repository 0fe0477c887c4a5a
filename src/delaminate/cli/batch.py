"""Pictures one by one or several at a time: an order for each, how it ended in a line, and a table at the end."""

from __future__ import annotations

import json
import logging
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from delaminate.cli import marks
from delaminate.cli.refusal import sentence_of

if TYPE_CHECKING:
    from delaminate.contracts import Decomposition, Stages, Watch
    from delaminate.export.dropped import Written
    from delaminate.export.outputs import Outputs

_log = logging.getLogger(__name__)

STDIN = Path("-")

_DOUBTFUL = ("uncertain", "not found", "too small")
"""Outcomes after which somebody should look, as manifests spell them; a test holds them to those of `contracts`."""


@dataclass(frozen=True)
class Order:
    """What is to be done with one picture; another process can do it too.

    Parameters
    ----------
    reading, asked, writing : arguments of `open_picture`, `delaminate.split` and `Outputs.write`.
    resume : leave a picture alone whose layers are there and answer the same question.
    """

    picture: Path
    place: Outputs
    reading: Mapping[str, Any]
    asked: Mapping[str, Any]
    writing: Mapping[str, Any]
    resume: bool = False

    @property
    def goes_to(self) -> str:
        """The folder, or the files, as people name them."""
        place = self.place
        files = (*place.files, *([place.into] if place.into else []))
        return ", ".join(map(str, [place.folder] if place.folder else files))


@dataclass(frozen=True, eq=False)
class Ending:
    """How one order ended.

    Parameters
    ----------
    told : the manifest, or None where there are no layers.
    trouble : one sentence; empty where there was none.
    result, written : of a split in this process.
    """

    order: Order
    told: dict[str, Any] | None = None
    trouble: str = ""
    skipped: bool = False
    result: Decomposition | None = None
    written: tuple[Written, ...] = ()

    @property
    def doubts(self) -> list[tuple[str, str]]:
        """Each target that nothing surely answers, and how it ended."""
        targets = self.told["report"]["targets"] if self.told else []
        return [(one["target"], one["outcome"]) for one in targets if one["outcome"] in _DOUBTFUL]

    @property
    def kind(self) -> str:
        """How the summary counts it."""
        if self.trouble:
            return "could not be split"
        if self.skipped:
            return "done before, skipped"
        return "split, something to look at" if self.doubts else "split, all sure"

    def line(self) -> str:
        """One line: the picture, where its layers are, how many, and what to look at."""
        if self.told is None:
            return f"{self.order.picture}: {self.trouble}"
        count = len(self.told["layers"]) - 1
        layers = "1 layer" if count == 1 else f"{count} layers"
        doubts = "".join(f"; {outcome}: {target}" for target, outcome in self.doubts)
        there = "already there" if self.skipped else "done"
        return f"{self.order.picture} → {self.order.goes_to}: {layers}, {there}{doubts}"


def carry_out(order: Order, stages: Stages, watch: Watch | None = None) -> Ending:
    """Split one picture and write its layers; what goes wrong is told, not raised."""
    import delaminate
    from delaminate.export.outputs import PartlyWritten
    from delaminate.picture import open_picture

    _log.info("%s goes to %s", order.picture, order.goes_to)
    if order.resume and (there := _there(order)) is not None:
        return Ending(order, there, skipped=True)
    try:
        order.place.check(order.writing["overwrite"])
        source = sys.stdin.buffer.read() if order.picture == STDIN else order.picture
        picture = open_picture(source, **order.reading)
        order.place.check_size(picture.width, picture.height)
        asked = dict(order.asked)
        size = picture.width, picture.height, order.reading["max_pixels"]
        drawn = [marks.found_in(file, name, *size) for file, name in asked.pop("masks", ())]
        result = delaminate.split(picture, engine=stages, progress=watch, masks=drawn, **asked)
        try:
            told, written = order.place.write(result, **order.writing)
        except PartlyWritten as partly:
            return Ending(order, partly.told, str(partly), result=result, written=partly.written)
    except Exception as error:
        sentence = sentence_of(error)
        if sentence is None:
            raise
        return Ending(order, trouble=sentence)
    return Ending(order, told, result=result, written=written)


def _there(order: Order) -> dict[str, Any] | None:
    """The manifest of layers that an earlier run wrote for the same question, with all files beside them."""
    folder = order.place.folder
    if folder is None or not all(file.exists() for file in order.place.files):
        return None
    try:
        told: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        same = (told["instruction"], told["max_layers"], told["seed"])
        asked = tuple(order.asked[name] for name in ("instruction", "max_layers", "seed"))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return told if same == asked else None


_stages: Stages | None = None
"""The engine of a process that works on a batch."""


def _ready(engine: str, inpaint_model: str | None, commercial_safe: bool) -> None:
    import signal

    from delaminate.engines import engine as engine_named

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process; the one that was started ends us
    signal.signal(signal.SIGTERM, _leave)
    global _stages  # noqa: PLW0603 - once a process
    _stages = engine_named(engine, inpaint_model, commercial_safe=commercial_safe)


def _leave(*_: object) -> None:
    """An end that unwinds, so that nothing half-written stays."""
    raise SystemExit(1)


def _work(order: Order) -> Ending:
    from dataclasses import replace

    assert _stages is not None
    return replace(carry_out(order, _stages), result=None)


def several(
    orders: Sequence[Order], jobs: int, engine: str, inpaint_model: str | None, *, commercial_safe: bool
) -> Iterator[Ending]:
    """The endings of a batch in its order, with `jobs` pictures at a time in processes of their own."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, _ready, (engine, inpaint_model, commercial_safe)) as pool:
        yield from pool.map(_work, orders)


def summary(endings: Sequence[Ending]) -> None:
    """Print how many pictures ended how, and those that somebody should look at."""
    from rich.console import Console
    from rich.text import Text

    from delaminate.cli.report import table

    counted = Counter(ending.kind for ending in endings)
    rows = table("pictures", "")
    for kind, count in counted.most_common():
        rows.add_row(str(count), Text(kind))
    console = Console(highlight=False)
    console.print(rows)
    doubtful = [ending for ending in endings if ending.doubts and not ending.trouble]
    if doubtful:
        look = table("to look at", "asked for", "outcome")
        for ending in doubtful:
            for target, outcome in ending.doubts:
                look.add_row(Text(str(ending.order.picture)), Text(target), outcome)
        console.print(look)
