"""Writes a sprite sheet with its atlas, for game engines.

For `hero.atlas`: `hero.sheet.png`, the sheet; `hero.sheet.json`, frames in TexturePacker's hash form (Phaser;
importers for Unity and Godot); `hero.atlas`, regions in libGDX's form (Spine, libGDX); `hero.skeleton.json`, a Spine
skeleton whose slots put every region at its place.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from delaminate.export.atomic import replacing
from delaminate.export.dropped import Dropped, Written, depth_dropped, invented_dropped, named, text_dropped
from delaminate.export.groups import grouped
from delaminate.export.png import file_stems
from delaminate.export.png_encode import write_png
from delaminate.pixels import Box, Rgba, as_eight_bit, box_of
from delaminate.stack import Layer, LayerStack
from delaminate.version import __version__

_GAP = 2
"""Empty pixels between frames, so that filtering does not bleed."""

_LARGEST_TEXTURE = 8192


@dataclass(frozen=True, eq=False)
class Sprite:
    """A layer trimmed to its visible pixels: `box` on the canvas, `x` and `y` on the sheet."""

    key: str
    layer: Layer
    box: Box
    pixels: Rgba
    z: int
    x: int = 0
    y: int = 0


def write(stack: LayerStack, path: Path) -> Written:
    """Write the four files; names become unique ASCII keys, the real names stand in the JSON.

    Every frame has the whole canvas as its source size and the pivot in its middle, so that all sprites put at one
    point make the picture again, drawn in the order of `z`.

    Raises
    ------
    UnwritableOutput
        If a file cannot be written.
    """
    stems = file_stems(stack)
    sprites = packed([_trimmed(layer, stems[layer.id], z) for z, layer in enumerate(stack.layers)])
    width, height = sheet_size(sprites)
    sheet = np.zeros((height, width, 4), np.uint8)
    for sprite in sprites:
        sheet[sprite.y : sprite.y + sprite.box.height, sprite.x : sprite.x + sprite.box.width] = sprite.pixels
    image = path.with_suffix(".sheet.png")
    texts = {
        path: _atlas(sprites, image.name, (width, height)),
        path.with_suffix(".sheet.json"): _json(_frames(sprites, stack, image.name, (width, height))),
        path.with_suffix(".skeleton.json"): _json(_skeleton(sprites, stack)),
    }
    with replacing(image) as file:
        write_png(file, sheet, icc=stack.icc, srgb=True)
    for place, text in texts.items():
        with replacing(place) as file:
            file.write(text.encode())
    return Written((*texts, image), _dropped(stack, sprites, max(width, height)))


def _trimmed(layer: Layer, key: str, z: int) -> Sprite:
    """A layer without any visible pixel keeps one, as no importer takes an empty frame."""
    seen = box_of(layer.pixels[..., 3]) or Box(0, 0, 1, 1)
    box = seen.shifted(layer.box.left, layer.box.top)
    return Sprite(key, layer, box, as_eight_bit(layer.pixels[seen.slices]), z)


def packed(sprites: list[Sprite]) -> list[Sprite]:
    """Give every sprite its place on the sheet: rows of falling height; the order of the list stays."""
    area = sum((sprite.box.width + _GAP) * (sprite.box.height + _GAP) for sprite in sprites)
    limit = max(int(area**0.5 * 1.1), *(sprite.box.width for sprite in sprites))
    places: dict[str, tuple[int, int]] = {}
    x = y = row = 0
    for sprite in sorted(sprites, key=lambda sprite: (-sprite.box.height, sprite.key)):
        if x and x + sprite.box.width > limit:
            x, y, row = 0, y + row + _GAP, 0
        places[sprite.key] = x, y
        x += sprite.box.width + _GAP
        row = max(row, sprite.box.height)
    return [Sprite(s.key, s.layer, s.box, s.pixels, s.z, *places[s.key]) for s in sprites]


def sheet_size(sprites: list[Sprite]) -> tuple[int, int]:
    """Width and height that hold all placed sprites."""
    return max(s.x + s.box.width for s in sprites), max(s.y + s.box.height for s in sprites)


def _frames(sprites: list[Sprite], stack: LayerStack, image: str, size: tuple[int, int]) -> dict[str, Any]:
    frames = {
        sprite.key: {
            "frame": {"x": sprite.x, "y": sprite.y, "w": sprite.box.width, "h": sprite.box.height},
            "rotated": False,
            "trimmed": sprite.box != stack.canvas,
            "spriteSourceSize": {
                "x": sprite.box.left,
                "y": sprite.box.top,
                "w": sprite.box.width,
                "h": sprite.box.height,
            },
            "sourceSize": {"w": stack.width, "h": stack.height},
            "pivot": {"x": 0.5, "y": 0.5},
            "z": sprite.z,
            "name": sprite.layer.name,
            "role": sprite.layer.role.value,
        }
        for sprite in sprites
    }
    meta = {
        "app": "delaminate",
        "version": __version__,
        "image": image,
        "format": "RGBA8888",
        "size": {"w": size[0], "h": size[1]},
        "scale": "1",
    }
    return {"frames": frames, "meta": meta}


def _atlas(sprites: list[Sprite], image: str, size: tuple[int, int]) -> str:
    """libGDX's atlas text (Spine User Guide, "Atlas export format")."""
    lines = ["", image, f"size: {size[0]},{size[1]}", "format: RGBA8888", "filter: Linear,Linear", "repeat: none"]
    for sprite in sprites:
        extent = f"{sprite.box.width}, {sprite.box.height}"
        lines += [
            sprite.key,
            "  rotate: false",
            f"  xy: {sprite.x}, {sprite.y}",
            f"  size: {extent}",
            f"  orig: {extent}",
            "  offset: 0, 0",
            "  index: -1",
        ]
    return "\n".join(lines) + "\n"


def _skeleton(sprites: list[Sprite], stack: LayerStack) -> dict[str, Any]:
    """Spine's JSON: slots in drawing order; y runs up and the origin is the middle of the canvas' lower edge."""
    attachments = {
        sprite.key: {
            sprite.key: {
                "x": (sprite.box.left + sprite.box.right - stack.width) / 2,
                "y": stack.height - (sprite.box.top + sprite.box.bottom) / 2,
                "width": sprite.box.width,
                "height": sprite.box.height,
            }
        }
        for sprite in sprites
    }
    return {
        "skeleton": {"spine": "4.1.00", "x": -stack.width / 2, "y": 0, "width": stack.width, "height": stack.height},
        "bones": [{"name": "root"}],
        "slots": [{"name": sprite.key, "bone": "root", "attachment": sprite.key} for sprite in sprites],
        "skins": [{"name": "default", "attachments": attachments}],
    }


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _dropped(stack: LayerStack, sprites: list[Sprite], longest: int) -> tuple[Dropped, ...]:
    renamed = [sprite.layer.name for sprite in sprites if sprite.layer.name != sprite.key]
    lost = depth_dropped(stack, "textures have") + text_dropped(stack, "sprites are pixels.")
    if renamed:
        lost += (Dropped("names as keys", f"{named(renamed)}: importers need unique ASCII; the JSON has both."),)
    if stack.icc:
        lost += (Dropped("colour profile", "it is in the sheet, but engines do not read it."),)
    if stack.dpi:
        lost += (Dropped("resolution", "textures are measured in pixels."),)
    if groups := [target for target, _ in grouped(stack.layers) if target]:
        lost += (Dropped("groups", f"{named(groups)}: an atlas is flat."),)
    if longest > _LARGEST_TEXTURE:
        lost += (Dropped("small textures", f"the sheet is {longest} pixels long; many devices end at 8192."),)
    return lost + invented_dropped(stack)
