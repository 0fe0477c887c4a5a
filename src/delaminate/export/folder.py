"""A stack as a folder: PNGs, manifest.json and preview.png, written whole or not at all; and read back."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from delaminate.contracts import Decomposition, Instruction, Plan, Report, TargetReport
from delaminate.errors import BadStack, UnreadablePicture, UnwritableOutput
from delaminate.export import manifest
from delaminate.export.atomic import replacing
from delaminate.export.half_written import placing, writing
from delaminate.export.png import write_layers
from delaminate.picture import MAX_PIXELS, open_picture
from delaminate.picture.about import about_of
from delaminate.pixels import Box, as_eight_bit, box_of, levels
from delaminate.stack import Layer, LayerStack

PREVIEW = "preview.png"


def check_folder(directory: Path, overwrite: bool = False) -> None:
    """Refuse a folder that `save` would refuse, before the work of a split is spent.

    Raises
    ------
    UnwritableOutput
        If it is a file, holds something that is not a layer folder, holds one and `overwrite` is False, or if the
        folder it would be made in is not writable.
    """
    try:
        if directory.exists() and not directory.is_dir():
            raise UnwritableOutput(f"{directory} is a file; name a folder for the layers")
        if directory.is_dir() and any(directory.iterdir()):
            _check_ours(directory, overwrite)
        nearest = next(parent for parent in directory.absolute().parents if parent.exists())
    except OSError as error:
        raise UnwritableOutput(f"{directory} cannot be used: {error.strerror}; name another folder") from error
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise UnwritableOutput(f"{directory} cannot be made: {nearest} is not writable; name another folder")


def _check_ours(directory: Path, overwrite: bool) -> None:
    try:
        manifest.read(directory)
    except BadStack as error:
        raise UnwritableOutput(
            f"{directory} is not empty and holds no layers of ours; name a new or an empty folder"
        ) from error
    if not overwrite:
        raise UnwritableOutput(
            f"{directory} already holds layers; name another folder or allow overwriting (--overwrite)"
        )


def save(
    decomposition: Decomposition,
    directory: Path,
    preview: bool = True,
    overwrite: bool = False,
    invented: bool = False,
) -> dict[str, Any]:
    """Write a decomposition as a folder; with `invented` also the masks of made-up pixels.

    Everything is written into a hidden folder beside `directory` and renamed at the end: after an error or an
    interruption nothing half-written stays. When layers are overwritten, files we did not write are kept.

    Returns
    -------
    dict
        The manifest, as written.

    Raises
    ------
    UnwritableOutput
        As `check_folder`, and when the disk is full or refuses.
    """
    check_folder(directory, overwrite)
    directory = directory.resolve()
    partial = directory.with_name(f".{directory.name}.{secrets.token_hex(4)}.partial")
    with writing(partial):
        try:
            partial.mkdir(parents=True)
            with ThreadPoolExecutor(1) as beside:
                drawn = beside.submit(_draw_preview, decomposition, partial / PREVIEW) if preview else None
                files, masks = write_layers(decomposition.stack, partial, invented)
                told = manifest.write(decomposition, files, masks)
                (partial / manifest.FILE).write_bytes(_spelt(told))
                if drawn is not None:
                    drawn.result()
            with placing:
                _take_place(partial, directory)
        except OSError as error:
            raise UnwritableOutput(
                f"{directory} cannot be written: {error.strerror or error}; name another folder"
            ) from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return told


def _draw_preview(decomposition: Decomposition, file: Path) -> None:
    from delaminate.export.preview import contact_sheet

    contact_sheet(decomposition).save(file, compress_level=1)


def record_dropped(directory: Path, dropped: dict[str, list[dict[str, str]]]) -> dict[str, Any]:
    """Note in the folder's manifest what files written from it do not hold.

    Parameters
    ----------
    dropped : file name → rows of "what" and "why"; replaces what was noted for files of the same names.

    Returns
    -------
    dict
        The manifest, as written.

    Raises
    ------
    BadStack
        If the folder holds no layers of ours.
    UnwritableOutput
        If the manifest cannot be replaced.
    """
    manifest.read(directory)
    told: dict[str, Any] = json.loads((directory / manifest.FILE).read_text(encoding="utf-8"))
    told["report"]["dropped"] = {**told["report"].get("dropped", {}), **dropped}
    with replacing(directory / manifest.FILE) as file:
        file.write(_spelt(told))
    return told


def _spelt(told: dict[str, Any]) -> bytes:
    """A manifest as its file holds it."""
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()


def _take_place(partial: Path, directory: Path) -> None:
    """Rename `partial` to `directory`, moving what was there aside first, back if that fails, and away at the end."""
    if not directory.exists():
        partial.rename(directory)
        return
    aside = partial.with_suffix(".old")
    directory.rename(aside)
    try:
        partial.rename(directory)
    except OSError:
        aside.rename(directory)
        raise
    if any(aside.iterdir()):
        old = manifest.read(aside)
        ours = {manifest.FILE, PREVIEW} | {layer.file for layer in old.layers}
        ours |= {layer.invented for layer in old.layers if layer.invented}
        for entry in aside.iterdir():
            if entry.name not in ours and not (directory / entry.name).exists():
                entry.rename(directory / entry.name)
    shutil.rmtree(aside, ignore_errors=True)


def read_folder(directory: Path, *, max_pixels: int = MAX_PIXELS) -> LayerStack:
    """Read a folder that `save` wrote, also after its PNGs were edited.

    Raises
    ------
    BadStack
        If the manifest is missing or wrong, a file is missing, is not a picture, leaves the folder, or has another
        size than the canvas.
    PictureTooLarge
        If the layers have more than `max_pixels` pixels each.
    """
    told = manifest.read(directory)
    layers = tuple(_read_layer(directory, entry, told.image, max_pixels) for entry in told.layers)
    with Image.open(directory / told.layers[0].file) as image:
        icc, dpi = image.info.get("icc_profile"), image.info.get("dpi")
        about, _ = about_of(image.info, keep_place=True)  # asked for when it was split
    ground = layers[0].pixels[..., 3]
    opaque = told.image.mode.upper() not in {"RGBA", "LA", "PA"} and bool((ground == levels(ground)).all())
    return LayerStack(told.image.width, told.image.height, layers, opaque, icc, dpi, about)


def read_result(directory: Path, *, max_pixels: int = MAX_PIXELS) -> Decomposition:
    """Read a folder that `save` wrote, with what its manifest says of the split.

    The plan is not in a manifest, and of the targets only how they ended.

    Raises
    ------
    BadStack, PictureTooLarge
        As `read_folder`.
    """
    if not directory.is_dir():
        raise BadStack(f"{directory} is no folder; name one that `delaminate split` wrote")
    told = manifest.read(directory)
    stack = read_folder(directory, max_pixels=max_pixels)
    happened, proof = told.report, told.report.recomposition
    targets = tuple(TargetReport(one.target, one.outcome, one.advice) for one in happened.targets)
    seconds = dict(happened.seconds)
    report = Report(targets, proof.max_error, proof.differing_pixels, seconds, happened.notes, happened.calls)
    asked = Instruction(told.instruction, told.max_layers, seed=told.seed)
    image = told.image
    return Decomposition(
        stack, report, asked, Plan(()), told.engine, told.inpaint_model, image.sha256, image.mode, image.lossy
    )


def _read_layer(directory: Path, entry: manifest.LayerEntry, image: manifest.ImageEntry, max_pixels: int) -> Layer:
    pixels = _read_canvas(directory, entry.file, image, max_pixels)
    box = _covered(entry.bbox, pixels[..., 3])
    invented = None
    if entry.invented is not None:
        invented = _read_canvas(directory, entry.invented, image, max_pixels)[box.slices][..., 0] > 0
    cut = pixels[box.slices].copy()
    return Layer(entry.id, entry.name, entry.role, box, cut, entry.confidence, entry.target, entry.text, invented)


def _read_canvas(directory: Path, file: str, image: manifest.ImageEntry, max_pixels: int) -> NDArray[Any]:
    """One PNG of the folder as H×W×4, checked against the manifest."""
    path = directory / file
    if path.resolve().parent != directory.resolve():
        raise BadStack(f"{path} leads out of the folder")
    pixels = _layer_pixels(path, image.bits, max_pixels)
    if pixels.shape[:2] != (image.height, image.width):
        raise BadStack(
            f"{path} has {pixels.shape[1]} x {pixels.shape[0]} pixels, the manifest says {image.width} x {image.height}"
        )
    return pixels


def _layer_pixels(path: Path, bits: int, max_pixels: int) -> NDArray[Any]:
    """H×W×4 at the depth of the stack."""
    try:
        picture = open_picture(path, max_pixels=max_pixels)
    except UnreadablePicture as error:
        raise BadStack(f"a layer is missing or damaged: {error}") from error
    pixels = picture.pixels
    if bits == 8:
        pixels = as_eight_bit(pixels)
    elif pixels.dtype == np.uint8:
        pixels = pixels.astype(np.uint16) * np.uint16(257)
    if picture.opaque:
        pixels = np.dstack([pixels, np.full(pixels.shape[:2], levels(pixels), pixels.dtype)])
    return pixels


def _covered(stated: Box, alpha: NDArray[Any]) -> Box:
    """The box of the manifest, widened where somebody painted beyond it."""
    seen = box_of(alpha)
    if seen is None:
        return stated
    return Box(
        min(stated.left, seen.left),
        min(stated.top, seen.top),
        max(stated.right, seen.right),
        max(stated.bottom, seen.bottom),
    )
