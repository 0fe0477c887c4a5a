"""How far a split is, on stderr: bars for batch, picture and each layer; plain lines where it is no terminal."""

from __future__ import annotations

import logging
from threading import Timer
from types import TracebackType
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

    from delaminate.contracts import Progress

_log = logging.getLogger(__name__)

_STEPS = {"alpha": (1, "edges"), "fill": (2, "filling behind"), "exact": (3, "exact colours")}
"""Stage → its place among the steps of a layer, and how people call it."""

_DONE = 4
_BEFORE = {"plan": "reading the instruction", "segment": "looking for it"}
_PATIENCE = 2.0
"""Seconds that a step may take before a log has a line of it."""


def _words(progress: Progress) -> str:
    """What is being done, as people call it."""
    _, words = _STEPS.get(progress.stage, (0, _BEFORE.get(progress.stage, progress.stage)))
    layer = f"layer {progress.layer} of {progress.layers}  {progress.name}  " if progress.layer else ""
    return layer + words


class Lines:
    """A line of each step that takes longer than `patience` seconds, as a context manager that is a split's `Watch`.

    For logs: what is quick leaves none, so that only waiting is explained.
    """

    def __init__(self, name: str, patience: float = _PATIENCE) -> None:
        self._name, self._patience = name, patience
        self._timer: Timer | None = None
        self._step = ("", 0)

    def __enter__(self) -> Lines:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    def _leave(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def __call__(self, progress: Progress) -> None:
        step = (progress.stage, progress.layer)
        if step == self._step:
            return
        self._step = step
        _log.info("%3.0f%%  %s  %s", 100 * progress.done, progress.stage, progress.name)
        self._leave()
        if progress.stage != "done":
            line = f"{self._name}: {progress.done:.0%}  {_words(progress)}"
            self._timer = Timer(self._patience, typer.echo, [line], {"err": True})
            self._timer.daemon = True
            self._timer.start()


def watching(name: str, index: int, pictures: int) -> Bars | Lines:
    """Bars where stderr is a terminal, else lines."""
    from rich.console import Console

    console = Console(stderr=True)
    return Bars(name, index, pictures, console) if console.is_terminal else Lines(name)


class Bars:
    """The bars of one picture, as a context manager that is the `Watch` of its split.

    `index` pictures of `pictures` were done before. The bars vanish at the end.
    """

    def __init__(self, name: str, index: int, pictures: int, console: Console) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            TextColumn("{task.percentage:3.0f}%"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._index = index
        self._batch = self._bars.add_task(f"picture {index + 1} of {pictures}", total=pictures, completed=index)
        self._bars.update(self._batch, visible=pictures > 1)
        self._picture = self._bars.add_task(name, total=1.0)
        self._layers: dict[int, TaskID] = {}
        self._step = ("", 0)

    def __enter__(self) -> Bars:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def __call__(self, progress: Progress) -> None:
        step = (progress.stage, progress.layer)
        if step != self._step:
            _log.info("%3.0f%%  %s  %s", 100 * progress.done, progress.stage, progress.name)
        self._step = step
        self._bars.update(self._picture, completed=progress.done)
        self._bars.update(self._batch, completed=self._index + progress.done)
        if not progress.layer or progress.stage == "done":
            return
        if progress.layer not in self._layers:
            for task in self._layers.values():
                self._bars.update(task, completed=_DONE)
            self._layers[progress.layer] = self._bars.add_task("", total=_DONE)
        place, _ = _STEPS.get(progress.stage, (0, ""))
        self._bars.update(self._layers[progress.layer], completed=place, description=f"  {_words(progress)}")
