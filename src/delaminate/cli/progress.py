"""Progress bars on stderr: one for the batch, one for the picture, one a layer. Silent where stderr is no terminal."""

from __future__ import annotations

import logging
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

    from delaminate.contracts import Progress

_log = logging.getLogger(__name__)

_STEPS = {"alpha": (1, "edges"), "fill": (2, "filling behind"), "exact": (3, "exact colours")}
"""Stage → its place among the steps of a layer, and how people call it."""

_DONE = 4
_BEFORE = {"plan": "reading the instruction", "segment": "looking for it"}


class Bars:
    """The bars of one picture, as a context manager that is the `Watch` of its split.

    `index` pictures of `pictures` were done before; `console` is stderr by default. The bars vanish at the end.
    """

    def __init__(self, name: str, index: int, pictures: int, console: Console | None = None) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        console = console or Console(stderr=True)
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            TextColumn("{task.percentage:3.0f}%"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._index = index
        self._batch = self._bars.add_task(f"picture {index + 1} of {pictures}", total=pictures, completed=index)
        self._bars.update(self._batch, visible=pictures > 1)
        self._picture = self._bars.add_task(name, total=1.0)
        self._layers: dict[int, TaskID] = {}
        self._step = ("", 0)

    def __enter__(self) -> Bars:
        # Bars that are disabled still write an empty line when they stop, in older versions of Rich.
        if not self._bars.disable:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._bars.disable:
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
        place, words = _STEPS.get(progress.stage, (0, _BEFORE.get(progress.stage, progress.stage)))
        label = f"  layer {progress.layer} of {progress.layers}  {progress.name}  {words}"
        self._bars.update(self._layers[progress.layer], completed=place, description=label)
