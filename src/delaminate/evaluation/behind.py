"""What lies behind the things, measured by itself: the true masks are given, so that alpha, fill and colour decide.

Three fills that anybody may take stand beside the engine's own.
"""

# ruff: noqa: ARG002 - the contracts name arguments for which these stages have no use
from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np

from delaminate.compiled import threads
from delaminate.contracts import Found, Inpainter, Instruction, Kind, Plan, Stages, Surveyor, Target, Tick, no_tick
from delaminate.engines import engine, stage
from delaminate.errors import BadInput
from delaminate.evaluation.scenes import Scene
from delaminate.evaluation.stack_score import Truth, true_background, true_hole
from delaminate.pixels import Mask, Rgb, as_eight_bit, box_of, levels
from delaminate.stack import Role

_ROLES = {"text": Role.TEXT, "shape": Role.SHAPE, "shadow": Role.SHADOW, "glass": Role.EFFECT, "smoke": Role.EFFECT}
"""A scene's role as a layer's; all else is an object."""

_SEEN = 0.02
"""Coverage from which a thing is there at all."""

_SEE_THROUGH = 0.6
"""A thing nowhere more covering than this is see-through, and so is glass or smoke that covers no more at half of its
pixels, whatever its rim and its gleam do: its true alpha is given, for a mask says nothing of it."""


# ------------------------------------------------------------------------------------------------------ the truth


@dataclass(frozen=True, eq=False)
class TrueMasks:
    """A planner and a segmenter in one that answer with a scene's own layers.

    What else the picture holds is asked of `segmenter`, as in a split: the truth about it is not given away. `prepared`
    is what that has prepared for the scene's picture.
    """

    truth: Truth
    segmenter: Any
    prepared: Any

    def plan(self, instruction: Instruction, rgb: Rgb, tick: Tick = no_tick) -> Plan:
        """One target for each of the scene's."""
        return Plan(tuple(Target(t.name, Kind.OBJECT, name=t.name) for t in self.truth.scene.targets))

    def prepare(self, rgb: Rgb, tick: Tick = no_tick) -> Any:
        """What the segmenter has prepared."""
        return self.prepared

    def __call__(self, prepared: Any, plan: Plan, tick: Tick = no_tick) -> tuple[tuple[Found, ...], ...]:
        """For every target what is seen of its layers."""
        answers = (self._found(number) for number in range(len(plan.targets)))
        return tuple((found,) if found else () for found in answers)

    def others(self, prepared: Any, plan: Plan, tick: Tick = no_tick) -> tuple[Found, ...]:
        """What the segmenter tells of its own."""
        return self.segmenter.others(prepared, plan, tick) if isinstance(self.segmenter, Surveyor) else ()

    def _found(self, number: int) -> Found | None:
        target, coverages = self.truth.scene.targets[number], self.truth.coverages()
        seen = coverages[number][0]
        role = _ROLES.get(self.truth.scene.layers[target.layers[0]].role, Role.OBJECT)
        covering = seen[seen > _SEEN]
        usual = np.median(covering) if role is Role.EFFECT and covering.size else seen.max()
        see_through = float(usual) <= _SEE_THROUGH
        mask = seen > (_SEEN if see_through else 0.5)
        box = box_of(mask)
        if box is None:
            return None
        alpha = np.ascontiguousarray(seen[box.slices]) if see_through else None
        front = float(max(target.layers))
        return Found(box, np.ascontiguousarray(mask[box.slices]), target.name, role, front=front, alpha=alpha)


# ------------------------------------------------------------------------------------------------------ the fills


@dataclass(frozen=True)
class Diffused:
    """OpenCV's inpainting after Telea (2004)."""

    name: str = field(default="telea", init=False)

    def __call__(
        self,
        rgb: Rgb,
        hole: Mask,
        usable: Mask,
        *,
        prompt: str = "",
        seed: int = 0,
        tick: Tick = no_tick,
    ) -> Rgb:
        return _of_hole(rgb, hole, cv2.inpaint(as_eight_bit(rgb), hole.view(np.uint8), 5, cv2.INPAINT_TELEA))


@dataclass(frozen=True)
class Shifted:
    """SHIFTMAP of OpenCV's contributed modules (He and Sun 2012), which `opencv-contrib-python` brings."""

    name: str = field(default="shiftmap", init=False)

    def missing(self) -> str:
        """Why it cannot run here, or nothing."""
        return "" if hasattr(cv2, "xphoto") else "OpenCV's contributed modules are not installed"

    def __call__(
        self,
        rgb: Rgb,
        hole: Mask,
        usable: Mask,
        *,
        prompt: str = "",
        seed: int = 0,
        tick: Tick = no_tick,
    ) -> Rgb:
        lab = cv2.cvtColor(as_eight_bit(rgb), cv2.COLOR_RGB2Lab)
        out = np.zeros_like(lab)
        xphoto: Any = getattr(cv2, "xphoto")  # noqa: B009 the plain package's types do not know it
        xphoto.inpaint(lab, np.where(hole, 0, 255).astype(np.uint8), out, xphoto.INPAINT_SHIFTMAP)
        return _of_hole(rgb, hole, np.asarray(cv2.cvtColor(out, cv2.COLOR_Lab2RGB)))


def _of_hole(rgb: Rgb, hole: Mask, made: Any) -> Rgb:
    box = box_of(hole)
    assert box is not None
    out = rgb[box.slices].copy()
    inside = hole[box.slices]
    out[inside] = np.asarray(made)[box.slices][inside].astype(rgb.dtype) * (levels(rgb) // 255)
    return out


def fills(names: Sequence[str] = ()) -> tuple[Inpainter, ...]:
    """The fills to compare: the engine's own, it without structure as it once was, Telea and, where it is, SHIFTMAP.

    Raises
    ------
    UnknownName
        If a name of `names` is none of these and no installed inpainter's.
    """
    from delaminate.stages.inpainting.content_aware.fill import ContentAware

    known: dict[str, Any] = {
        "content-aware": ContentAware(),
        "texture alone": _Named(ContentAware(structure=False), "texture alone"),
        "telea": Diffused(),
    }
    if not Shifted().missing():
        known["shiftmap"] = Shifted()
    return tuple(known[name] if name in known else stage("inpainter", name) for name in names or known)


@dataclass(frozen=True)
class _Named:
    """An inpainter under another name."""

    inpainter: Inpainter
    name: str

    def __call__(
        self, rgb: Rgb, hole: Mask, usable: Mask, *, prompt: str = "", seed: int = 0, tick: Tick = no_tick
    ) -> Rgb:
        return self.inpainter(rgb, hole, usable, prompt=prompt, seed=seed, tick=tick)


# ------------------------------------------------------------------------------------------------------ the figures


@dataclass(frozen=True)
class Behind:
    """Mean absolute error behind the targets of one scene with one fill, in levels of 8 bits."""

    scene: str
    family: str
    fill: str
    error: float


def behind(scene: Scene, names: Sequence[str] = (), engine_name: str = "embedded") -> tuple[Behind, ...]:
    """Take the targets of a scene off by their true masks with every fill, and compare what then lies there.

    Scenes whose targets leave no pixel to compare give nothing.
    """
    import delaminate

    truth = Truth.of(scene)
    hole, wanted = true_hole(truth), true_background(truth)
    if not hole.any():
        return ()
    base = engine(engine_name)
    true = TrueMasks(truth, base.segmenter, base.segmenter.prepare(truth.picture))
    out = []
    for fill in fills(names):
        stages: Stages = replace(base, planner=true.plan, segmenter=true, inpainter=fill)
        result = delaminate.split(scene.picture_path, "everything", engine=stages, max_layers=len(scene.targets))
        made = result.stack.layers[0].pixels[..., :3] / np.float32(255)
        error = float(np.abs(made - wanted)[hole].mean() * 255)
        out.append(Behind(scene.id, scene.family, fill.name, error))
    return tuple(out)


def behind_all(
    scenes: Sequence[Scene],
    names: Sequence[str] = (),
    engine_name: str = "embedded",
    processes: int | None = None,
    seen: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[Behind, ...]:
    """`behind` for many scenes, several at a time.

    Raises
    ------
    BadInput
        If there are no scenes.
    UnknownName
        If there is no such engine or fill.
    """
    if not scenes:
        raise BadInput("there is nothing to evaluate; name scenes")
    fills(names)
    results: dict[str, tuple[Behind, ...]] = {}
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes or threads(), mp_context=spawn) as pool:
        waiting = {pool.submit(behind, scene, names, engine_name): scene.id for scene in scenes}
        for future in as_completed(waiting):
            results[waiting[future]] = future.result()
            seen(len(results), len(scenes))
    return tuple(row for scene in scenes for row in results[scene.id])


def behind_table(rows: Sequence[Behind]) -> str:
    """Markdown: a row for every family and "all", a column for every fill; means over scenes."""
    names = list(dict.fromkeys(row.fill for row in rows))
    lines = ["| family | scenes | " + " | ".join(names) + " |", "|---|--:|" + "--:|" * len(names)]
    for family in [*sorted({row.family for row in rows}), "all"]:
        chosen = [row for row in rows if family in ("all", row.family)]
        means = [float(np.mean([row.error for row in chosen if row.fill == name])) for name in names]
        cells = " | ".join(f"{value:.1f}" for value in means)
        lines.append(f"| {family} | {len({row.scene for row in chosen})} | {cells} |")
    return "\n".join(lines) + "\n"
