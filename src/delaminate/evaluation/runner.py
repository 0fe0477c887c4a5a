"""Scenes × engines: in parallel, resumable, into results.json, results.md and report.html."""

from __future__ import annotations

import json
import multiprocessing
import os
import platform
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any, TypeAlias

from delaminate.compiled import threads
from delaminate.engines import ENGINES
from delaminate.errors import BadInput, DelaminateError, UnknownName, UnwritableOutput
from delaminate.evaluation.report import write_report
from delaminate.evaluation.scenes import Scene
from delaminate.evaluation.tables import as_markdown, summarise
from delaminate.evaluation.trial import Trial, run_trial, score_folder, stored
from delaminate.version import __version__

Seen: TypeAlias = Callable[[int, int], None]
"""Called with the number of trials that are done and how many there are."""


def unwatched(_done: int, _total: int) -> None:
    """Nobody looks."""


def evaluate(
    scenes: Sequence[Scene],
    out: Path,
    engines: Sequence[str] = ("embedded",),
    stacks: Sequence[Path] = (),
    processes: int | None = None,
    seen: Seen = unwatched,
) -> tuple[Trial, ...]:
    """Run engines over scenes and score them, together with stacks that others wrote.

    Parameters
    ----------
    scenes : at least one.
    out : gets `<engine>/<scene>/` (the stack as `split` writes it, and the report's pictures), results.json, results.md
        and report.html. Trials that an earlier run of the same code left there are not run again.
    engines : names of engines.
    stacks : folders with one stack per scene (`<scene>/manifest.json` and full-canvas PNGs); named after the folder.
    processes : trials at a time; default the cores this process may use. Trials share the cores, so that wall-clock
        seconds are only comparable with 1.

    Returns
    -------
    tuple of Trial
        By scene, then by engine. A trial that failed says why and counts as zero.

    Raises
    ------
    BadInput
        If there are no scenes, two engines or stacks of one name, or an engine nobody knows.
    UnwritableOutput
        If `out` cannot be written.
    """
    names = [*engines, *(folder.name for folder in stacks)]
    if not scenes or not names:
        raise BadInput("there is nothing to evaluate; name scenes and at least one engine")
    if len(set(names)) != len(names):
        raise BadInput(f"every engine needs a name of its own, got {', '.join(names)}")
    unknown = [name for name in engines if name not in ENGINES]
    if unknown:
        raise UnknownName(f"there is no engine called {unknown[0]!r}; there are: {', '.join(sorted(ENGINES))}")
    total = len(scenes) * len(names)
    results: dict[tuple[str, str], Trial] = {}
    try:
        out.mkdir(parents=True, exist_ok=True)
        for scene in scenes:
            for engine in engines:
                kept = stored(scene, out / engine / scene.id)
                if kept is not None:
                    results[scene.id, engine] = kept
        seen(len(results), total)
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(processes or threads(), mp_context=spawn) as pool:
            waiting = _submitted(pool, scenes, engines, stacks, out, results)
            for future in as_completed(waiting):
                scene, engine = waiting[future]
                results[scene.id, engine] = _result(future, scene, engine)
                seen(len(results), total)
        trials = tuple(results[scene.id, name] for scene in scenes for name in names)
        write_results(trials, out)
    except OSError as error:
        raise UnwritableOutput(f"{out} cannot be written: {error.strerror or error}; name another folder") from error
    return trials


def _submitted(
    pool: ProcessPoolExecutor,
    scenes: Sequence[Scene],
    engines: Sequence[str],
    stacks: Sequence[Path],
    out: Path,
    done: dict[tuple[str, str], Trial],
) -> dict[Future[Trial], tuple[Scene, str]]:
    waiting: dict[Future[Trial], tuple[Scene, str]] = {}
    for scene in scenes:
        for engine in engines:
            if (scene.id, engine) not in done:
                waiting[pool.submit(run_trial, scene, engine, out / engine / scene.id)] = scene, engine
        for folder in stacks:
            pictures = out / folder.name / scene.id / "report"
            waiting[pool.submit(score_folder, scene, folder.name, folder / scene.id, pictures)] = scene, folder.name
    return waiting


def _result(future: Future[Trial], scene: Scene, engine: str) -> Trial:
    """The trial, or why there is none: an engine that fails on one scene must not end the run."""
    error = future.exception()
    if error is None:
        return future.result()
    if not isinstance(error, Exception):
        raise error
    why = str(error) if isinstance(error, DelaminateError) else f"{type(error).__name__}: {error}"
    return Trial.failed(scene, engine, why)


def machine() -> dict[str, Any]:
    """What the seconds were measured on."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "cores": threads(),
        "threads": os.environ.get("OMP_NUM_THREADS", "not pinned"),
    }


def write_results(trials: Sequence[Trial], out: Path) -> None:
    """results.json (everything), results.md (tables), report.html (pictures, worst first)."""
    value = {
        "generator": f"delaminate {__version__}",
        "machine": machine(),
        "summary": {engine: summarise([t for t in trials if t.engine == engine]) for engine in _engines(trials)},
        "trials": [trial.as_json() for trial in trials],
    }
    (out / "results.json").write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (out / "results.md").write_text(as_markdown(trials), encoding="utf-8")
    write_report(trials, out)


def _engines(trials: Sequence[Trial]) -> list[str]:
    return list(dict.fromkeys(trial.engine for trial in trials))
