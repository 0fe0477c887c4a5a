"""The composition root: named engines, each a set of stages found by name through entry points.

A third party adds a stage by declaring it in its own package, for instance

    [project.entry-points."delaminate.inpainters"]
    my-fill = "my_package:MyFill"

where `MyFill()` is an `Inpainter` (see `contracts.py`). The built-in stages are declared the same way in this package's
pyproject.toml.
"""

from __future__ import annotations

import functools
import logging
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from delaminate.contracts import DepthEstimator, Stages
from delaminate.errors import LicenceForbids, StageFailed, UnknownName
from delaminate.models import checkpoints
from delaminate.models.cache import Cache, Shared

logger = logging.getLogger(__name__)

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
    """Names of the stages an engine is made of, for each role in order of preference.

    Of several the first that lacks nothing (library, weights, key) is taken; the last is taken as it is.
    """

    planner: tuple[str, ...]
    segmenter: tuple[str, ...]
    matter: tuple[str, ...] = ("closed-form",)
    foreground: tuple[str, ...] = ("multilevel",)
    inpainter: tuple[str, ...] = ("content-aware",)


AUTO = "auto"
"""The engine that is made of the best there is; what `DELAMINATE_ENGINE` names takes its place."""

ENGINES = {
    AUTO: Recipe(
        ("local-language-model", "grammar"),
        ("remote-masks", "sam3", "grounded-sam", "lite", "embedded"),
        ("vitmatte", "closed-form"),
        inpainter=("remote-fill", "flux2-klein-4b", "lama", "migan", "content-aware"),
    ),
    "embedded": Recipe(("grammar",), ("embedded",)),
    "untaught": Recipe(("grammar",), ("untaught",)),
    "lite": Recipe(("grammar",), ("lite",), inpainter=("lama", "migan", "content-aware")),
    "open": Recipe(
        ("local-language-model", "grammar"),
        ("sam3", "grounded-sam"),
        ("vitmatte", "closed-form"),
        inpainter=("flux2-klein-4b", "lama", "content-aware"),
    ),
    "layered": Recipe(
        ("grammar",),
        ("remote-layers", "qwen-layered"),
        inpainter=("remote-fill", "flux2-klein-4b", "lama", "content-aware"),
    ),
    "hosted": Recipe(("language-model",), ("sam3", "grounded-sam", "lite", "embedded"), inpainter=("gpt-image-2",)),
}
"""The engines of this package; "embedded" needs no download and no GPU, "untaught" is the same without its network.

"auto" takes for every role the best that lacks nothing; with nothing fetched or set it is "embedded". It asks no
account: of endpoints only those that a setting names for their purpose.
"""


@functools.cache
def _declared(path: tuple[str, ...]) -> dict[str, tuple[EntryPoint, ...]]:  # noqa: ARG001 read where entry_points looks
    """What the packages on a search path declare, by role; reading it takes longer than all the rest here."""
    declared = entry_points()
    return {role: tuple(declared.select(group=group)) for role, group in GROUPS.items()}


def _stages(role: str) -> tuple[EntryPoint, ...]:
    return _declared(tuple(sys.path))[role]


def stage_names(role: str) -> tuple[str, ...]:
    """Names of the installed stages of a role ("planner", "segmenter", "matter", "foreground", "inpainter")."""
    return tuple(sorted({point.name for point in _stages(role)}))


def stage(role: str, name: str) -> Any:
    """The installed stage of a role and name, with its default options.

    Raises
    ------
    UnknownName
        If no stage of that name is installed; the message lists those that are.
    StageFailed
        If it is installed but cannot be loaded.
    """
    found = [point for point in _stages(role) if point.name == name]
    if not found:
        raise UnknownName(f"there is no {role} called {name!r}; installed are: {', '.join(stage_names(role))}")
    try:
        return found[0].load()()
    except ImportError as error:
        raise StageFailed(f"the {role} {name!r} is installed but cannot be loaded: {error}") from error


@dataclass(frozen=True)
class Candidate:
    """A stage that an engine would take, and what it lacks for that: one sentence, or "" where it is ready."""

    role: str
    name: str
    lacking: str


def is_ready(role: str, name: str, *, commercial_safe: bool = False) -> bool:
    """Whether a stage of that role and name is installed, lacks nothing, and may be used."""
    try:
        _first_ready(role, (name,), commercial_safe or checkpoints.commercial_safe())
    except (UnknownName, StageFailed, LicenceForbids):
        return False
    return True


def pinned(name: str) -> str:
    """The engine that is meant: for "auto", and for the "" of an empty setting, what `DELAMINATE_ENGINE` names."""
    return (os.environ.get("DELAMINATE_ENGINE") or AUTO) if name in {"", AUTO} else name


def engine(name: str = AUTO, inpaint_model: str | None = None, *, commercial_safe: bool = False) -> Stages:
    """Put an engine together.

    Parameters
    ----------
    name : one of `ENGINES`; for "auto" `DELAMINATE_ENGINE` may name another.
    inpaint_model : the name of another inpainter, or None for the engine's own.
    commercial_safe : refuse weights that do not allow commercial use; also set by `DELAMINATE_COMMERCIAL_SAFE`.

    Returns
    -------
    Stages
        Where "auto" finds nothing better, what it gives is "embedded", and called so.

    Raises
    ------
    UnknownName
        If there is no such engine or inpainter.
    StageFailed
        If a stage lacks something; the message says what to install or set.
    LicenceForbids
        If a stage's weights are not commercial-safe; "auto" passes such weights over.
    """
    name = pinned(name)
    recipe = ENGINES.get(name)
    if recipe is None:
        offered = ", ".join(known for known in ENGINES if known != "untaught")  # that one is for comparing
        raise UnknownName(f"there is no engine called {name!r}; there are: {offered}")
    safe = commercial_safe or checkpoints.commercial_safe()
    notes: tuple[str, ...] = ()
    if name == AUTO:
        name, recipe = _resolved(recipe, safe)
        notes = (_told(recipe, inpaint_model),) if name == AUTO else ()
    if inpaint_model is not None:
        recipe = replace(recipe, inpainter=(inpaint_model,))
    parts = {role: _first_ready(role, getattr(recipe, role), safe) for role in GROUPS}
    return Stages(name, **parts, depth=_depth(), notes=(*notes, *_sent(parts)))


def called(name: str) -> str:
    """What an engine of that name is called once it is put together on this machine."""
    return _resolved(ENGINES[AUTO], checkpoints.commercial_safe())[0] if pinned(name) == AUTO else pinned(name)


def _resolved(recipe: Recipe, commercial_safe: bool) -> tuple[str, Recipe]:
    """What "auto" takes, one stage for every role, and what that is called."""
    taken = Recipe(**{role: (_best(role, getattr(recipe, role), commercial_safe),) for role in GROUPS})
    return ("embedded" if taken == ENGINES["embedded"] else AUTO), taken


def candidates(role: str, names: tuple[str, ...], *, commercial_safe: bool = False) -> Iterator[Candidate]:
    """The stages of a role in an engine's order, and for each what "auto" would miss about it.

    A stage says what it lacks through a method `missing()`, one sentence or "", which weights it uses through
    `checkpoints`, and with `wants_gpu` that it takes minutes without one; one that needs nothing has none of them.
    """
    from delaminate.models.device import has_gpu

    for name in names:
        try:
            part = stage(role, name)
            if commercial_safe:
                _check_commercial(part)
        except (StageFailed, LicenceForbids) as error:
            yield Candidate(role, name, str(error))
            continue
        lacking = part.missing() if hasattr(part, "missing") else ""
        if not lacking and getattr(part, "wants_gpu", False) and not has_gpu():
            lacking = "it takes minutes without a GPU; it is used where it is asked for by name"
        yield Candidate(role, name, lacking)


def _best(role: str, names: tuple[str, ...], commercial_safe: bool) -> str:
    """What "auto" takes for a role."""
    for candidate in candidates(role, names, commercial_safe=commercial_safe):
        if not candidate.lacking:
            return candidate.name
        logger.info("%s: not %s: %s", role, candidate.name, candidate.lacking)
    _first_ready(role, names[-1:], commercial_safe)  # says what is wrong with what should always be there
    return names[-1]


def _told(taken: Recipe, inpaint_model: str | None) -> str:
    """What "auto" took, for the report."""
    fill = inpaint_model or taken.inpainter[0]
    return (
        f"The engine auto took {taken.segmenter[0]} to find things, {taken.planner[0]} to read, "
        f"{taken.matter[0]} for edges and {fill} to fill."
    )


def _sent(parts: dict[str, Any]) -> tuple[str, ...]:
    """Where the picture, or a part of it, is sent; a stage that sends one says so through `sends()`."""
    return tuple(part.sends() for part in parts.values() if hasattr(part, "sends"))


def _depth() -> DepthEstimator | None:
    """What tells distances, where its weights were pulled."""
    from delaminate.stages.depth.depth_anything import DepthAnything

    estimator = DepthAnything()
    return None if estimator.missing() else estimator


def stages_of(
    engine_or_name: str | Stages, inpaint_model: str | None = None, *, commercial_safe: bool = False
) -> Stages:
    """The engine of a name, or the given stages under the same conditions: another inpainter, no forbidden weights.

    Parameters
    ----------
    inpaint_model, commercial_safe : see `engine`.

    Raises
    ------
    UnknownName, StageFailed, LicenceForbids
        As `engine` does.
    """
    if isinstance(engine_or_name, str):
        return engine(engine_or_name, inpaint_model, commercial_safe=commercial_safe)
    stages, safe = engine_or_name, commercial_safe or checkpoints.commercial_safe()
    if inpaint_model is not None:
        stages = replace(stages, inpainter=_first_ready("inpainter", (inpaint_model,), safe))
    if safe:
        for role in GROUPS:
            _check_commercial(getattr(stages, role))
    return stages


def sharing(stages: Stages, shared: Shared) -> Stages:
    """The same stages, with what they pay for kept where other machines find it as well."""
    changed = {}
    for role in GROUPS:
        part = getattr(stages, role)
        if isinstance(getattr(part, "cache", None), Cache):
            changed[role] = replace(part, cache=replace(part.cache, shared=shared))
    return replace(stages, **changed)


def _check_commercial(part: Any) -> None:
    for checkpoint in getattr(part, "checkpoints", ()):
        checkpoints.check_commercial(checkpoint)


def _first_ready(role: str, names: tuple[str, ...], commercial_safe: bool) -> Any:
    """The first stage that lacks nothing; weights that may not be used are refused, not passed over."""
    lacking: dict[str, list[str]] = {}
    for name in names:
        part = stage(role, name)
        if commercial_safe:
            _check_commercial(part)
        sentence = part.missing() if hasattr(part, "missing") else ""
        if not sentence:
            if lacking:
                logger.info("%s: %s is used; %s", role, name, _lacks(role, lacking))
            return part
        lacking.setdefault(sentence, []).append(name)
    raise StageFailed(_lacks(role, lacking))


def _lacks(role: str, lacking: dict[str, list[str]]) -> str:
    """What stages lack, those that lack the same together; `lacking` is what it takes → their names."""
    told = [f"{' or '.join(names)} cannot work yet: {sentence}" for sentence, names in lacking.items()]
    return f"the {role} " + "; or else ".join(told)
