"""Full-canvas RGBA PNGs, one a layer, each with the profile and the resolution of the input."""

from __future__ import annotations

import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from delaminate.compiled import threads
from delaminate.export.png_encode import write_png
from delaminate.stack import Layer, LayerStack

_SLUG_LENGTH = 40
_LETTERS = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
"""Latin letters that Unicode does not take apart."""


def slug(name: str) -> str:
    """A name as lower-case ASCII letters, digits and hyphens; empty where the name has none ("苹果", "!!")."""
    letters = unicodedata.normalize("NFKD", name).casefold().translate(_LETTERS)
    plain = letters.encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_SLUG_LENGTH].strip("-")


def file_stems(stack: LayerStack) -> dict[str, str]:
    """Layer id → file name without extension ("01-red-apple"); the number makes it unique and sorts the folder."""
    digits = max(2, len(str(len(stack.layers) - 1)))
    return {layer.id: f"{z:0{digits}d}-{slug(layer.name) or layer.role.value}" for z, layer in enumerate(stack.layers)}


def write_layers(stack: LayerStack, directory: Path, masks: bool = False) -> tuple[dict[str, str], dict[str, str]]:
    """Write every layer; with `masks` also a grey mask of the made-up pixels for layers that have some.

    Returns
    -------
    files, invented
        Layer id → file name, for the pictures and for the masks.

    Notes
    -----
    Layers are written side by side on as many threads as there are cores; zlib and numpy release the lock.
    """
    stems = file_stems(stack)
    files = {layer.id: f"{stems[layer.id]}.png" for layer in stack.layers}
    invented = {
        layer.id: f"{stems[layer.id]}.invented.png"
        for layer in stack.layers
        if masks and layer.invented is not None and layer.invented.any()
    }

    def write(layer: Layer) -> None:
        canvas, at = (stack.width, stack.height), (layer.box.left, layer.box.top)
        with (directory / files[layer.id]).open("wb") as file:
            about = stack.about if layer is stack.background else None
            write_png(file, layer.pixels, canvas=canvas, at=at, icc=stack.icc, dpi=stack.dpi, about=about)
        if layer.id in invented and layer.invented is not None:
            with (directory / invented[layer.id]).open("wb") as file:
                write_png(file, layer.invented.astype(np.uint8) * 255, canvas=canvas, at=at, dpi=stack.dpi)

    with ThreadPoolExecutor(max(1, min(threads(), len(stack.layers)))) as pool:
        for written in [pool.submit(write, layer) for layer in stack.layers]:
            written.result()
    return files, invented
