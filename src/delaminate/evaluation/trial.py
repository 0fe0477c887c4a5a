"""One engine on one scene: split, save, score what was saved."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from delaminate.errors import BadStack
from delaminate.evaluation.fill import fill_error
from delaminate.evaluation.honesty import Cost, edge_spill, invented_share
from delaminate.evaluation.layerd import edit_distance
from delaminate.evaluation.matting import matting_error
from delaminate.evaluation.scenes import Scene
from delaminate.evaluation.stack_score import StackScore, Truth, score_stack, true_background, true_hole
from delaminate.evaluation.thumbnails import draw_thumbnails
from delaminate.evaluation.visible import as_unit, flatten_float, merge_float, visible_alphas
from delaminate.pixels import Mask, Rgba, box_of

RESULT = "result.json"
MARGIN = 8
"""Pixels around a thing in which its alpha is compared."""


@dataclass(frozen=True)
class Trial:
    """The figures of one engine on one scene; None where there was nothing to measure.

    Names and units are those of the measures' own classes. `ious` and `found` go by target: the soft-IoU, and the name
    of the layer paired with it. `error` is why there is no stack, in words; all else is then zero or None.
    """

    scene: str
    family: str
    engine: str
    instruction: str
    targets: tuple[str, ...]
    error: str = ""
    layers: int = 0
    score: float = 0.0
    hit75: float = 0.0
    ious: tuple[float, ...] = ()
    found: tuple[str | None, ...] = ()
    names: tuple[str, ...] = ()
    fill_psnr: float | None = None
    fill_l1: float | None = None
    fill_ssim: float | None = None
    fill_texture: float | None = None
    fill_logvar: float | None = None
    edge_l1: float | None = None
    edge_spill: float | None = None
    alpha_sad: float | None = None
    alpha_mse: float | None = None
    alpha_gradient: float | None = None
    alpha_connectivity: float | None = None
    recomposition_error: int | None = None
    differing_share: float | None = None
    layerd_rgb_l1: tuple[float, ...] = ()
    layerd_alpha_iou: tuple[float, ...] = ()
    invented_share: float | None = None
    seconds: float | None = None
    cpu_seconds: float | None = None
    cpu_per_layer: float | None = None

    @classmethod
    def failed(cls, scene: Scene, engine: str, why: str) -> Trial:
        """A trial without a stack."""
        return cls(
            scene.id,
            scene.family,
            engine,
            scene.instruction,
            tuple(t.name for t in scene.targets),
            " ".join(why.split()),
        )

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Trial:
        """What `as_json` gave."""
        return cls(**{key: _frozen(value) for key, value in values.items()})

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return dataclasses.asdict(self)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@functools.cache
def _code() -> bytes:
    """A digest of this package's files: a result is kept only while nothing that made it has changed."""
    content = hashlib.sha256()
    for path in sorted(Path(__file__).parents[1].rglob("*")):
        if path.suffix in {".py", ".c", ".npz", ".onnx"}:
            content.update(path.read_bytes())
    return content.digest()


def digest(scene: Scene) -> str:
    """What a stored result depends on: this package's code, the scene's description and its picture."""
    content = hashlib.sha256(_code())
    for path in (scene.folder / "scene.json", scene.picture_path):
        content.update(path.read_bytes())
    return content.hexdigest()


def stored(scene: Scene, folder: Path) -> Trial | None:
    """The result of an earlier run in `folder`, if it is of this code and this scene."""
    try:
        kept = json.loads((folder / RESULT).read_text(encoding="utf-8"))
        return Trial.from_json(kept["trial"]) if kept["digest"] == digest(scene) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def run_trial(scene: Scene, engine: str, folder: Path) -> Trial:
    """Split the scene's picture by its instruction, save the stack in `folder`, score it from there, store the result.

    Raises
    ------
    DelaminateError
        Whatever the split or the saving raises.
    """
    import delaminate

    start, start_cpu = time.perf_counter(), time.process_time()
    result = delaminate.split(scene.picture_path, scene.instruction, engine=engine, max_layers=scene.max_layers)
    wall, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    delaminate.save(result, folder, preview=False, overwrite=folder.exists())
    cost = Cost(wall, cpu, len(result.stack.layers) - 1, scene.width * scene.height / 1e6)
    trial = dataclasses.replace(
        score_folder(scene, engine, folder),
        invented_share=invented_share(result.stack),
        seconds=wall,
        cpu_seconds=cpu,
        cpu_per_layer=cost.cpu_per_layer,
    )
    kept = {"digest": digest(scene), "trial": trial.as_json()}
    (folder / RESULT).write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return trial


def score_folder(scene: Scene, engine: str, folder: Path, pictures: Path | None = None) -> Trial:
    """Score a stack somebody wrote: `manifest.json` and full-canvas PNGs; thumbnails go to `pictures` (or beside it).

    Raises
    ------
    BadStack
        If there is no manifest, its first layer is no background, or a layer has another size than the scene.
    """
    names, stack = read_stack(folder, scene)
    truth = Truth.of(scene)
    score = score_stack(truth, stack)
    draw_thumbnails(truth, stack, score, pictures or folder / "report")
    asked = asked_stack(truth)
    distance = edit_distance(asked, stack)
    fill = _fill(truth, stack[0])
    edges = _edges(truth, stack, score)
    return Trial(
        scene=scene.id,
        family=scene.family,
        engine=engine,
        instruction=scene.instruction,
        targets=tuple(target.name for target in scene.targets),
        layers=score.layers,
        score=score.score,
        hit75=score.hit75,
        ious=score.ious,
        found=tuple(None if k is None else names[k] for k in score.pairs),
        names=tuple(names),
        fill_psnr=score.fill_psnr,
        fill_l1=score.fill_l1,
        edge_l1=score.edge_l1,
        recomposition_error=score.recomposition_error,
        differing_share=score.differing_share,
        layerd_rgb_l1=distance.rgb_l1,
        layerd_alpha_iou=distance.alpha_iou,
        **fill,
        **edges,
    )


def read_stack(folder: Path, scene: Scene) -> tuple[list[str], list[Rgba]]:
    """Names and full-canvas uint8 layers, bottom to top."""
    try:
        rows = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["layers"]
        named = [(str(row["name"]), folder / row["file"], row.get("role")) for row in rows]
    except OSError as error:
        raise BadStack(f"{folder} has no manifest.json") from error
    except (ValueError, KeyError, TypeError) as error:
        raise BadStack(f"{folder / 'manifest.json'} does not list layers with name and file") from error
    if not named or named[0][2] != "background":
        raise BadStack(f"the first layer of {folder} is not the background")
    layers = []
    for _, path, _ in named:
        try:
            with Image.open(path) as opened:
                layers.append(np.asarray(opened.convert("RGBA")))
        except OSError as error:
            raise BadStack(f"{path} is missing or damaged") from error
        if layers[-1].shape[:2] != (scene.height, scene.width):
            raise BadStack(f"{path} has another size than the scene's picture")
    return [name for name, _, _ in named], layers


def asked_stack(truth: Truth) -> list[Rgba]:
    """The stack an instruction asks for, full-canvas uint8: all else flattened below, then one layer a target."""
    asked = {k for target in truth.scene.targets for k in target.layers}
    rest = flatten_float([layer for k, layer in enumerate(truth.layers) if k not in asked])
    out = [_as_levels(np.dstack([rest, np.ones(rest.shape[:2], np.float32)]))]
    for target in sorted(truth.scene.targets, key=lambda t: min(t.layers)):
        bottom, *above = (truth.layers[k] for k in sorted(target.layers))
        out.append(_as_levels(functools.reduce(lambda below, layer: merge_float(layer, below), above, bottom)))
    return out


def _as_levels(unit: np.ndarray[Any, Any]) -> Rgba:
    return np.asarray(np.rint(np.clip(unit, 0, 1) * 255), np.uint8)


def _fill(truth: Truth, background: Rgba) -> dict[str, Any]:
    hole = true_hole(truth)
    if not hole.any():
        return {}
    error = fill_error(background[..., :3], _as_levels(true_background(truth)), hole)
    return {"fill_ssim": error.ssim, "fill_texture": error.texture, "fill_logvar": error.logvar}


def _edges(truth: Truth, stack: list[Rgba], score: StackScore) -> dict[str, Any]:
    """Alpha errors and spill of paired layers, means over targets that are one layer and were found at all."""
    seen = visible_alphas([pixels[..., 3].astype(np.float32) / np.float32(255) for pixels in stack])
    rows: list[dict[str, float | None]] = []
    for target, k, iou in zip(truth.scene.targets, score.pairs, score.ious, strict=True):
        if k is None or iou <= 0.5 or len(target.layers) != 1:
            continue
        index = target.layers[0]
        either: Mask = (truth.seen[index] > 0) | (seen[k] > 0)
        around = box_of(either)
        if around is None:
            continue
        cut = around.grown(MARGIN, truth.scene.width, truth.scene.height).slices
        alpha = matting_error(seen[k][cut], truth.seen[index][cut])
        below = flatten_float([layer[cut] for layer in truth.layers[:index]])
        behind = np.dstack([below, np.ones(below.shape[:2], np.float32)])
        rows.append(
            {
                "alpha_sad": alpha.sad,
                "alpha_mse": alpha.mse,
                "alpha_gradient": alpha.gradient,
                "alpha_connectivity": alpha.connectivity,
                "edge_spill": edge_spill(as_unit(stack[k][cut]), truth.layers[index][cut], behind),
            }
        )
    return {key: mean([row[key] for row in rows]) for key in rows[0]} if rows else {}


def mean(values: Sequence[float | None]) -> float | None:
    """Of those that are there; None where none is."""
    there = [value for value in values if value is not None]
    return float(np.mean(there)) if there else None
