"""The composition root: named engines, each a set of stages found by name through entry points.

A third party adds a stage by declaring it in its own package, for instance

    [project.entry-points."delaminate.inpainters"]
    my-fill = "my_package:MyFill"

where `MyFill()` is an `Inpainter` (see `contracts.py`). The built-in stages are declared the same way in this package's
pyproject.toml.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from typing import Any

from delaminate.contracts import Stages
from delaminate.errors import StageFailed, UnknownName

GROUPS = {
    "planner": "delaminate.planners",
    "segmenter": "delaminate.segmenters",
    "matter": "delaminate.matters",
    "foreground": "delaminate.foregrounds",
    "inpainter": "delaminate.inpainters",
}
"""Entry-point group of every role."""


@dataclass(frozen=True)
class Recipe:
    """Names of the stages an engine is made of."""

    planner: str
    segmenter: str
    matter: str
    foreground: str
    inpainter: str


ENGINES = {
    "embedded": Recipe("grammar", "embedded", "closed-form", "multilevel", "content-aware"),
}
"""The engines of this package; "embedded" needs no download and no GPU."""


def stage_names(role: str) -> tuple[str, ...]:
    """Names of the installed stages of a role ("planner", "segmenter", "matter", "foreground", "inpainter")."""
    return tuple(sorted({point.name for point in entry_points(group=GROUPS[role])}))


def stage(role: str, name: str) -> Any:
    """The installed stage of a role and name, with its default options.

    Raises
    ------
    UnknownName
        If no stage of that name is installed; the message lists those that are.
    StageFailed
        If it is installed but cannot be loaded.
    """
    found = [point for point in entry_points(group=GROUPS[role]) if point.name == name]
    if not found:
        raise UnknownName(f"there is no {role} called {name!r}; installed are: {', '.join(stage_names(role))}")
    try:
        return found[0].load()()
    except ImportError as error:
        raise StageFailed(f"the {role} {name!r} is installed but cannot be loaded: {error}") from error


def engine(name: str = "embedded", inpaint_model: str | None = None) -> Stages:
    """Put an engine together.

    Parameters
    ----------
    name : one of `ENGINES`.
    inpaint_model : the name of another inpainter, or None for the engine's own.

    Raises
    ------
    UnknownName
        If there is no such engine or inpainter.
    """
    recipe = ENGINES.get(name)
    if recipe is None:
        raise UnknownName(f"there is no engine called {name!r}; there are: {', '.join(sorted(ENGINES))}")
    if inpaint_model is not None:
        recipe = replace(recipe, inpainter=inpaint_model)
    return Stages(name, **{role: stage(role, getattr(recipe, role)) for role in GROUPS})
