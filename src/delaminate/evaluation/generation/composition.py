"""A picture being put together from known pieces, and how it is written as a scene folder."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from delaminate.composite import over
from delaminate.evaluation.generation.catalogue import Drawn
from delaminate.evaluation.generation.lettering import Lettering, set_line
from delaminate.pixels import Box, Rgb, Rgba

SHADOW_POLICY = (
    "layers with role shadow may be returned merged into their owner (shadowOf) or the background, "
    "or as their own layer"
)
COMPOSITE = "(src*a+dst*(255-a)+127)//255 bottom to top"


@dataclass(frozen=True, eq=False)
class Piece:
    """One layer above the background, cropped to the canvas; `noun`, `colour` and `group` serve the instruction."""

    name: str
    role: str
    box: Box
    pixels: Rgba
    noun: str = ""
    colour: str = ""
    group: str = ""
    shadow_of: str | None = None
    text: str | None = None
    font: str | None = None


@dataclass(frozen=True)
class Request:
    """An instruction and what it asks for: each target a name and the pieces (1 is the lowest) that are it."""

    instruction: str
    targets: tuple[tuple[str, tuple[int, ...]], ...]
    spare: int = 0


@dataclass
class Composition:
    """Background and pieces, bottom to top. Pieces may be cut by the edge of the canvas but not lie outside."""

    family: str
    background: Rgb
    pieces: list[Piece] = field(default_factory=list)

    @property
    def width(self) -> int:
        return int(self.background.shape[1])

    @property
    def height(self) -> int:
        return int(self.background.shape[0])

    def place(
        self,
        pixels: Rgba,
        left: int,
        top: int,
        name: str,
        role: str,
        *,
        noun: str = "",
        colour: str = "",
        group: str = "",
        shadow_of: str | None = None,
        text: str | None = None,
        font: str | None = None,
    ) -> int:
        """Put pixels on top of what is there; returns the layer's index."""
        right, bottom = left + pixels.shape[1], top + pixels.shape[0]
        box = Box(max(left, 0), max(top, 0), min(right, self.width), min(bottom, self.height))
        cut = np.ascontiguousarray(pixels[box.shifted(-left, -top).slices])
        taken = sum(piece.name == name or piece.name.startswith(f"{name} ") for piece in self.pieces)
        unique = f"{name} {taken + 1}" if any(piece.name == name for piece in self.pieces) else name
        self.pieces.append(Piece(unique, role, box, cut, noun, colour, group, shadow_of, text, font))
        return len(self.pieces)

    def place_thing(self, drawn: Drawn, left: int, top: int) -> int:
        """Put a drawn thing; its layer is called by colour and noun."""
        return self.place(
            drawn.pixels, left, top, drawn.name, "object", noun=drawn.noun, colour=drawn.colour, group=drawn.group
        )

    def place_text(
        self,
        text: str,
        style: Lettering,
        left: int,
        top: int,
        name: str,
        widest: int,
        anchor: str = "left",
    ) -> Box:
        """Put one line of text; `left` is its left edge, or its middle for anchor "middle". Returns where it is."""
        ink = set_line(text, style, widest)
        at = left - ink.shape[1] // 2 if anchor == "middle" else left
        index = self.place(ink, at, top, name, "text", noun=name, text=text, font=style.face.name)
        return self.pieces[index - 1].box

    def indices(self, *roles: str) -> list[int]:
        """The layers of these roles."""
        return [k for k, piece in enumerate(self.pieces, 1) if piece.role in roles]

    def canvas_layers(self) -> list[Rgba]:
        """Every layer on the full canvas, background first."""
        opaque = np.full((self.height, self.width, 1), 255, np.uint8)
        layers = [np.concatenate([self.background, opaque], axis=2)]
        for piece in self.pieces:
            full = np.zeros((self.height, self.width, 4), np.uint8)
            full[piece.box.slices] = piece.pixels
            layers.append(full)
        return layers

    def visible_fractions(self) -> list[float]:
        """Share of each layer's alpha that is not covered, background first."""
        through = np.ones((self.height, self.width))
        out = []
        for piece in reversed(self.pieces):
            alpha = piece.pixels[..., 3] / 255.0
            spot = through[piece.box.slices]
            out.append(float((alpha * spot).sum() / max(alpha.sum(), 1e-9)))
            spot *= 1 - alpha
        return [float(through.mean()), *reversed(out)]

    def write(self, folder: Path, name: str, request: Request, seed: str) -> None:
        """Write the scene folder: image.png, layers/NN.png, scene.json."""
        (folder / "layers").mkdir(parents=True, exist_ok=True)
        layers = self.canvas_layers()
        flat = layers[0].copy()
        for layer in layers[1:]:
            over(layer, flat)
        Image.fromarray(flat[..., :3]).save(folder / "image.png")
        for index, layer in enumerate(layers):
            Image.fromarray(layer).save(folder / "layers" / f"{index:02d}.png", compress_level=3)
        facts = self._facts(name, request, seed)
        (folder / "scene.json").write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def _facts(self, name: str, request: Request, seed: str) -> dict[str, Any]:
        seen = [round(v, 3) for v in self.visible_fractions()]
        canvas = [0, 0, self.width, self.height]
        layers: list[dict[str, Any]] = [{"name": "background", "role": "background", "bbox": canvas}]
        for piece in self.pieces:
            entry = {"name": piece.name, "role": piece.role, "bbox": list(piece.box.as_tuple())}
            optional = {"shadowOf": piece.shadow_of, "text": piece.text, "font": piece.font}
            layers.append(entry | {key: value for key, value in optional.items() if value is not None})
        return {
            "id": name,
            "family": self.family,
            "split": "generated",
            "size": [self.width, self.height],
            "layerCount": len(layers),
            "layers": [
                {"index": k, "file": f"layers/{k:02d}.png"} | entry | {"visibleFraction": seen[k]}
                for k, entry in enumerate(layers)
            ],
            "separationInstruction": request.instruction,
            "targets": [{"name": target, "layers": list(indices)} for target, indices in request.targets],
            "targetLayerNames": [target for target, _ in request.targets],
            "maxLayers": len(request.targets) + 1 + request.spare,
            "notes": "",
            "shadowPolicy": SHADOW_POLICY,
            "composite": COMPOSITE,
            "seed": seed,
            "fonts": sorted({piece.font for piece in self.pieces if piece.font}),
            "sources": [{"repo": "procedural", "licence": "CC0-1.0"}],
        }
