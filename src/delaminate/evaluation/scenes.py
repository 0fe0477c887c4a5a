"""Scene folders: a picture, the layers it was made of, an instruction, and which layers the instruction asks for.

A folder holds `image.png` (the exact 8-bit alpha-over of the layers), `layers/NN.png` (full-canvas RGBA, bottom to
top, 00 opaque) and `scene.json`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from delaminate.errors import BadInput
from delaminate.pixels import Box, Rgb, Rgba


@dataclass(frozen=True)
class SceneLayer:
    """One true layer.

    `role` is "background", "object", "part", "text", "shape", "shadow", "glass" or "smoke"; `shadow_of` names the layer
    or target a shadow belongs to; `visible` is the share of its alpha that the layers above let through.
    """

    index: int
    file: str
    name: str
    role: str
    box: Box
    visible: float = 1.0
    shadow_of: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class SceneTarget:
    """What the instruction asks for: a name and the layers that, together, are it."""

    name: str
    layers: tuple[int, ...]


@dataclass(frozen=True)
class Scene:
    """A scene folder that was read; pixels are loaded when asked for. `max_layers` leaves the background out."""

    folder: Path
    id: str
    family: str
    width: int
    height: int
    layers: tuple[SceneLayer, ...]
    targets: tuple[SceneTarget, ...]
    instruction: str
    max_layers: int

    @property
    def picture_path(self) -> Path:
        return self.folder / "image.png"

    def picture(self) -> Rgb:
        """uint8 height × width × 3."""
        return _pixels(self.picture_path, "RGB", self)

    def pixels(self, index: int) -> Rgba:
        """One layer on the full canvas, uint8 height × width × 4, straight alpha."""
        return _pixels(self.folder / self.layers[index].file, "RGBA", self)


def _pixels(path: Path, mode: str, scene: Scene) -> Rgba:
    try:
        with Image.open(path) as opened:
            pixels = np.asarray(opened.convert(mode))
    except OSError as trouble:
        raise BadInput(f"scene {scene.id} cannot be used: {path.name} is missing or damaged") from trouble
    if pixels.shape[:2] != (scene.height, scene.width):
        raise BadInput(f"scene {scene.id} cannot be used: {path.name} has another size than scene.json says")
    return pixels


def read_scene(folder: Path) -> Scene:
    """Read `scene.json`.

    Raises
    ------
    BadInput
        If the file is missing, is not JSON, or lacks a field.
    """
    path = folder / "scene.json"
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        layers = tuple(_layer(entry) for entry in facts["layers"])
        targets = tuple(SceneTarget(t["name"], tuple(t["layers"])) for t in facts["targets"])
        width, height = facts["size"]
        scene = Scene(
            folder=folder,
            id=facts["id"],
            family=facts["family"],
            width=width,
            height=height,
            layers=layers,
            targets=targets,
            instruction=facts["separationInstruction"],
            max_layers=max(1, facts["maxLayers"]),
        )
    except OSError as trouble:
        raise BadInput(f"{folder} is not a scene: it has no scene.json that can be read") from trouble
    except (ValueError, KeyError, TypeError) as trouble:
        raise BadInput(f"{path} does not describe a scene: {type(trouble).__name__} {trouble}") from trouble
    if any(not 0 < k < len(layers) for target in targets for k in target.layers):
        raise BadInput(f"{path} has a target that asks for a layer it does not have")
    return scene


def _layer(entry: dict[str, Any]) -> SceneLayer:
    return SceneLayer(
        index=entry["index"],
        file=entry["file"],
        name=entry["name"],
        role=entry["role"],
        box=Box(*entry["bbox"]),
        visible=entry.get("visibleFraction", 1.0),
        shadow_of=entry.get("shadowOf"),
        text=entry.get("text"),
    )


def read_scenes(folder: Path, only: Sequence[str] = ()) -> tuple[Scene, ...]:
    """Every scene folder inside `folder`, by name; `only` keeps those ids.

    Raises
    ------
    BadInput
        If there is none, or an id of `only` is not there.
    """
    found = sorted(path.parent for path in folder.glob("*/scene.json"))
    missing = set(only) - {path.name for path in found}
    if missing:
        raise BadInput(f"{folder} has no scene {', '.join(sorted(missing))}")
    if not found:
        raise BadInput(f"{folder} holds no scenes; a scene is a folder with scene.json, image.png and layers/")
    return tuple(read_scene(path) for path in found if not only or path.name in only)
