"""delaminate: a picture and a sentence in, exact RGBA layers out.

>>> import delaminate
>>> result = delaminate.split("photo.jpg", "the red apple and the title")
>>> delaminate.save(result, "layers/")

Importing the package is cheap: everything heavy is imported when it is first used.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from delaminate.version import __version__

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

    from delaminate.contracts import Decomposition, Found, NamedBox, NamedPoint, Outcome, Plan, Progress, Stages, Watch
    from delaminate.editing.edits import Edit, Merge, Recut, Redo, Refill, Remove, Rename, SplitOff
    from delaminate.errors import (
        BadArray,
        BadInput,
        BadInstruction,
        BadStack,
        Cancelled,
        DelaminateError,
        LicenceForbids,
        PictureTooLarge,
        StageFailed,
        UnknownName,
        UnreadablePicture,
        UnwritableOutput,
        WrongType,
    )
    from delaminate.export.changes import Changes
    from delaminate.export.dropped import Dropped
    from delaminate.picture import Picture, open_picture
    from delaminate.pixels import Box
    from delaminate.stack import Layer, LayerStack, Role

__all__ = [
    "BadArray",
    "BadInput",
    "BadInstruction",
    "BadStack",
    "Box",
    "Cancelled",
    "Decomposition",
    "DelaminateError",
    "Layer",
    "LayerStack",
    "LicenceForbids",
    "Merge",
    "NamedBox",
    "NamedPoint",
    "Outcome",
    "Picture",
    "PictureTooLarge",
    "Plan",
    "Progress",
    "Recut",
    "Redo",
    "Refill",
    "Remove",
    "Rename",
    "Role",
    "SplitOff",
    "StageFailed",
    "UnknownName",
    "UnreadablePicture",
    "UnwritableOutput",
    "WrongType",
    "__version__",
    "append",
    "compare",
    "edit",
    "flatten",
    "open_picture",
    "plan",
    "read",
    "save",
    "split",
    "write",
]

logging.getLogger(__name__).addHandler(logging.NullHandler())

_HOMES = ("errors", "pixels", "stack", "contracts", "picture", "editing.edits")
"""Where the other names of `__all__` live; looked up when first asked for."""


def __getattr__(name: str) -> Any:
    if name in __all__:
        for home in _HOMES:
            module = importlib.import_module(f"delaminate.{home}")
            if hasattr(module, name):
                return getattr(module, name)
    raise AttributeError(f"module 'delaminate' has no attribute {name!r}")


def split(
    image: str | Path | bytes | Image.Image | NDArray[Any] | Picture,
    instruction: str = "",
    *,
    max_layers: int = 6,
    engine: str | Stages = "auto",
    inpaint_model: str | None = None,
    inpaint_prompt: str = "",
    boxes: Iterable[NamedBox | tuple[int, int, int, int]] = (),
    points: Iterable[NamedPoint | tuple[int, int]] = (),
    masks: Iterable[str | Path | bytes | Image.Image | NDArray[Any] | Found] = (),
    shadows: Literal["with", "own", "leave"] = "with",
    seed: int = 0,
    strict: bool = False,
    commercial_safe: bool = False,
    progress: Watch | None = None,
    max_pixels: int = 100_000_000,
) -> Decomposition:
    """Split a picture into named RGBA layers and a filled background that add up to it exactly.

    Parameters
    ----------
    image : a path, an encoded file as bytes, a Pillow image, a uint8 or uint16 array (H×W, H×W×3 or H×W×4), or what
        `delaminate.picture.open_picture` gave.
    instruction : what to extract, in English or another language of the planner; may be empty when boxes or points are
        given.
    max_layers : upper bound on layers, the background not counted.
    engine : name of a set of stages, or one built by `delaminate.engines.engine`; "auto" takes what `DELAMINATE_ENGINE`
        names, else for every stage the best that is here and lacks nothing, as `delaminate doctor` tells.
    inpaint_model : what fills the holes, by name; None takes the engine's own.
    inpaint_prompt : a hint for models that understand one.
    boxes : things marked in the picture, (left, top, right, bottom) in pixels of the upright picture.
    points : the same by a pixel inside, (x, y).
    masks : the same by masks of the picture's size, white on black or visible on transparency, front to back; a
        file gives its layer its name.
    shadows : soft shadows go "with" their owner's layer, get layers of their "own", or are left ("leave").
    seed : same input, seed and version give the same bytes.
    strict : make layers only of what was surely found; guesses stay in the background, and `.report.doubts` lists them.
    commercial_safe : refuse weights that do not allow commercial use, also in stages handed in.
    progress : called with a `Progress` now and then; raise `Cancelled` in it to stop.
    max_pixels : refuse larger pictures before decoding them.

    Returns
    -------
    Decomposition
        `.stack` holds the layers, `.report` how every target ended and the proof.

    Raises
    ------
    BadInput
        One of its kinds: the picture, the instruction, a box, a point, a name or an argument's type cannot be used.
    Cancelled
        From `progress`.
    LicenceForbids
        With `commercial_safe`, if a stage's weights do not allow commercial use.
    StageFailed
        If memory, the network or weights failed.
    """
    from delaminate import arguments
    from delaminate.contracts import Found, Instruction, Shadows
    from delaminate.engines import stages_of
    from delaminate.picture import open_picture
    from delaminate.splitting.drawn_mask import found_in_mask
    from delaminate.splitting.split import split as peel

    arguments.text(instruction=instruction, inpaint_prompt=inpaint_prompt)
    arguments.text_or_none(inpaint_model=inpaint_model)
    arguments.whole(max_layers=max_layers, seed=seed, max_pixels=max_pixels)
    arguments.truth(strict=strict, commercial_safe=commercial_safe)
    arguments.callable_or_none(progress=progress)
    arguments.one_of("shadows", shadows, tuple(Shadows))

    picture = open_picture(image, max_pixels=max_pixels)

    def drawn(mask: Any) -> Found:
        if isinstance(mask, Found):
            return mask
        name = Path(mask).stem if isinstance(mask, str | Path) else ""
        return found_in_mask(open_picture(mask, max_pixels=max_pixels), picture.width, picture.height, name)

    asked = Instruction(
        text=instruction,
        max_layers=max_layers,
        boxes=_boxes(boxes),
        points=_points(points),
        inpaint_prompt=inpaint_prompt,
        seed=seed,
        shadows=Shadows(shadows),
        strict=strict,
        masks=tuple(drawn(mask) for mask in masks),
    )
    _check_engine(engine)
    stages = stages_of(engine, inpaint_model, commercial_safe=commercial_safe)
    return peel(picture, asked, stages, progress)


def _boxes(given: Iterable[NamedBox | tuple[int, int, int, int]]) -> tuple[NamedBox, ...]:
    from delaminate import arguments
    from delaminate.contracts import NamedBox
    from delaminate.pixels import Box

    words = "boxes: NamedBox, or four whole numbers left, top, right, bottom"
    return arguments.marks("boxes", given, NamedBox, 4, lambda *corners: NamedBox(Box(*corners)), words)


def _points(given: Iterable[NamedPoint | tuple[int, int]]) -> tuple[NamedPoint, ...]:
    from delaminate import arguments
    from delaminate.contracts import NamedPoint

    return arguments.marks("points", given, NamedPoint, 2, NamedPoint, "points: NamedPoint, or two whole numbers x, y")


def _check_engine(engine: Any) -> None:
    from delaminate import arguments
    from delaminate.contracts import Stages

    arguments.of_kind("engine", engine, (str, Stages), "an engine's name or what `engines.engine` gave")


def plan(
    instruction: str,
    image: str | Path | bytes | Image.Image | NDArray[Any] | None = None,
    *,
    max_layers: int = 6,
    engine: str | Stages = "auto",
    boxes: Iterable[NamedBox | tuple[int, int, int, int]] = (),
    points: Iterable[NamedPoint | tuple[int, int]] = (),
    max_pixels: int = 100_000_000,
) -> Plan:
    """How an instruction is read: what will be looked for, what stays, and what was ignored. Nothing is looked for yet.

    Parameters
    ----------
    instruction : what to extract, as `split` takes it, in any of the planner's languages.
    image : as in `split`; without one the instruction is read for a picture of 1000 × 1000 pixels.
    max_layers, engine, boxes, points, max_pixels : as in `split`.

    Raises
    ------
    BadInput
        One of its kinds: the instruction asks for no separation, or the picture, a box or a point cannot be used.
    """
    import numpy as np

    from delaminate import arguments
    from delaminate.contracts import Instruction
    from delaminate.engines import stages_of
    from delaminate.picture import open_picture

    arguments.text(instruction=instruction)
    arguments.whole(max_layers=max_layers, max_pixels=max_pixels)
    _check_engine(engine)
    asked = Instruction(text=instruction, max_layers=max_layers, boxes=_boxes(boxes), points=_points(points))
    blank = np.broadcast_to(np.zeros(3, np.uint8), (1000, 1000, 3))
    rgb = blank if image is None else open_picture(image, max_pixels=max_pixels).rgb
    return stages_of(engine).planner(asked, rgb)


def edit(
    result: Decomposition | str | Path,
    change: Edit,
    *,
    engine: str | Stages | None = None,
    inpaint_model: str | None = None,
    inpaint_prompt: str = "",
    seed: int | None = None,
    commercial_safe: bool = False,
    progress: Watch | None = None,
    max_pixels: int = 100_000_000,
) -> Decomposition:
    """Repair one thing in finished layers: they still add up to the picture exactly, and the others stay as they are.

    Parameters
    ----------
    result : of `split` or of this function, or a folder that `save` wrote.
    change : a `Redo`, `Recut`, `Merge`, `SplitOff`, `Refill`, `Rename` or `Remove`.
    engine, inpaint_model, seed : as in `split`; None takes what made the layers.
    inpaint_prompt : a hint for models that understand one.
    commercial_safe : as in `split`.
    progress : called with a `Progress` now and then; raise `Cancelled` in it to stop.
    max_pixels : refuse larger canvases.

    Returns
    -------
    Decomposition
        A new one; layers that the edit does not concern are the same objects.

    Raises
    ------
    BadInput
        One of its kinds: there is no such layer, nothing answers, or the folder is none of ours.
    LicenceForbids
        With `commercial_safe`, if a stage's weights do not allow commercial use.
    StageFailed
        If memory, the network or weights failed.
    """
    from delaminate import arguments
    from delaminate.contracts import Decomposition
    from delaminate.editing.apply import revised
    from delaminate.editing.edits import Merge, Recut, Redo, Refill, Remove, Rename, SplitOff, needs_engine
    from delaminate.editing.settle import Paint
    from delaminate.engines import stages_of
    from delaminate.export.folder import read_result

    kinds = (Redo, Recut, Merge, SplitOff, Refill, Rename, Remove)
    arguments.of_kind("result", result, (Decomposition, str, Path), "what `split` gave, or a folder that `save` wrote")
    arguments.of_kind("change", change, kinds, "a Redo, Recut, Merge, SplitOff, Refill, Rename or Remove")
    arguments.text(inpaint_prompt=inpaint_prompt)
    arguments.callable_or_none(progress=progress)
    before = read_result(Path(result), max_pixels=max_pixels) if isinstance(result, str | Path) else result
    stages = None
    if needs_engine(change):
        asked = engine or before.engine
        fill = inpaint_model or (before.inpaint_model if isinstance(asked, str) else None)
        stages = stages_of(asked, fill, commercial_safe=commercial_safe)
    paint = Paint(inpaint_prompt, before.instruction.seed if seed is None else seed)
    return revised(before, change, stages, paint, progress)


def save(
    decomposition: Decomposition,
    directory: str | Path,
    *,
    preview: bool = True,
    overwrite: bool = False,
    invented: bool = False,
) -> dict[str, Any]:
    """Write full-canvas RGBA PNGs, `manifest.json` and `preview.png` into a folder; all of it or nothing.

    Parameters
    ----------
    directory : new, empty, or (with `overwrite`) one that was written by this function.
    invented : also write a mask of the pixels that were made up, for every layer that has some.

    Returns
    -------
    dict
        The manifest.

    Raises
    ------
    UnwritableOutput
        If the folder cannot be used; nothing was written.
    """
    from delaminate import arguments
    from delaminate.contracts import Decomposition
    from delaminate.export.folder import save as save_folder

    arguments.of_kind("decomposition", decomposition, (Decomposition,), "what `split` gave")
    arguments.of_kind("directory", directory, (str, Path), "a folder's name")
    return save_folder(decomposition, Path(directory), preview=preview, overwrite=overwrite, invented=invented)


def write(
    source: LayerStack | Decomposition | str | Path,
    file: str | Path,
    *,
    text: Literal["pixels", "live", "beside"] | None = None,
) -> tuple[Dropped, ...]:
    """Write layers as one file: .psd, .psb, .ora, .tif, .pptx, .svg, .html, .atlas (sprites) or .zip.

    Parameters
    ----------
    source : a stack, the result of `split`, or a folder that `save` wrote.
    file : replaced if it exists; nothing half-written stays.
    text : what becomes of text layers in PPTX, PSD and SVG; None takes the format's own default.

    Returns
    -------
    tuple of Dropped
        What the format could not hold, and why; empty where nothing was lost.

    Raises
    ------
    BadInput
        If the suffix is unknown.
    UnwritableOutput
        If the file cannot be written, or what writes it is not installed.
    """
    from delaminate import arguments
    from delaminate.contracts import Decomposition
    from delaminate.export.outputs import export as export_file
    from delaminate.export.text_as import TextAs
    from delaminate.stack import LayerStack

    kinds = (LayerStack, Decomposition, str, Path)
    arguments.of_kind("source", source, kinds, "a stack, what `split` gave, or a folder that `save` wrote")
    arguments.of_kind("file", file, (str, Path), "a file's name")
    told = Path(source) if isinstance(source, str) else source
    return export_file(told, Path(file), text=None if text is None else TextAs(text)).dropped


def append(
    source: LayerStack | Decomposition | str | Path,
    file: str | Path,
    *,
    group: str = "layers",
    background: bool = False,
) -> tuple[Dropped, ...]:
    """Add layers to a .psd, .psb or .ora file that exists: one group above all that is in it, which stays as it was.

    Parameters
    ----------
    source : a stack, the result of `split`, or a folder or file that `read` reads, of the document's size.
    file : replaced when the new one is whole; nothing half-written stays.
    group : what the new group is called.
    background : add the filled background too, under the others; it hides what the document shows where it is opaque.

    Returns
    -------
    tuple of Dropped
        What the document could not hold, and why; empty where nothing was lost.

    Raises
    ------
    BadInput
        If the document is of another kind or size, or damaged; or if there is no layer but the background.
    UnwritableOutput
        If the file cannot be written; it is as it was.
    """
    from delaminate import arguments
    from delaminate.contracts import Decomposition
    from delaminate.export.append import append as append_layers
    from delaminate.stack import LayerStack

    kinds = (LayerStack, Decomposition, str, Path)
    arguments.of_kind("source", source, kinds, "a stack, what `split` gave, or the name of a folder or file")
    arguments.of_kind("file", file, (str, Path), "a file's name")
    arguments.text(group=group)
    arguments.truth(background=background)
    stack = read(source) if isinstance(source, str | Path) else source
    above = stack.stack if isinstance(stack, Decomposition) else stack
    return append_layers(above, Path(file), group, background=background).dropped


def compare(before: LayerStack | Decomposition | str | Path, after: LayerStack | str | Path) -> Changes:
    """What an edit changed: which layers, where, and the proof that all pixels outside the changes are untouched.

    Parameters
    ----------
    before : the layers as they were, for one the result of `split` or its folder.
    after : the same layers edited, for one a .psd that an editor saved; of the same size and depth.

    Returns
    -------
    Changes
        `print` shows it as sentences; `.layers` lists what became of each layer, `.outside` is 0 where all is well.

    Raises
    ------
    BadInput
        If one of them cannot be read, or their canvases differ.
    """
    from delaminate import arguments
    from delaminate.contracts import Decomposition
    from delaminate.export.changes import compare as compare_stacks
    from delaminate.stack import LayerStack

    kinds = (LayerStack, Decomposition, str, Path)
    arguments.of_kind("before", before, kinds, "a stack, what `split` gave, or the name of a folder or file")
    arguments.of_kind("after", after, kinds, "a stack, or the name of a folder or file")
    one, other = (read(stack) if isinstance(stack, str | Path) else stack for stack in (before, after))
    return compare_stacks(*(stack.stack if isinstance(stack, Decomposition) else stack for stack in (one, other)))


def read(source: str | Path, *, max_pixels: int = 100_000_000, encoding: str | None = None) -> LayerStack:
    """Read layers back, also after an editor moved, resized, hid or reordered them.

    Parameters
    ----------
    source : a folder that `save` wrote, or a .psd, .psb, .ora, .tif or .zip file.
    encoding : of layer names in old Photoshop files, which do not tell it; None guesses.

    Returns
    -------
    LayerStack
        It looks as the file does. What a stack cannot hold (blend modes, effects) is said in a `UserWarning` each.

    Raises
    ------
    BadInput
        One of its kinds: the file is missing, damaged, too large, or holds no layers.
    """
    import warnings

    from delaminate import arguments
    from delaminate.export.formats import read as read_layers

    arguments.of_kind("source", source, (str, Path), "the name of a folder or file")
    reading = read_layers(Path(source), max_pixels, encoding)
    for loss in reading.dropped:
        warnings.warn(f"{source}: {loss}", stacklevel=2)
    return reading.stack


def flatten(stack: LayerStack | Decomposition | str | Path, *, max_pixels: int = 100_000_000) -> Image.Image:
    """Lay all layers over each other again.

    Parameters
    ----------
    stack : a stack, the result of `split`, or a folder or file that `read` reads.

    Returns
    -------
    PIL.Image.Image
        RGB where the input was opaque, else RGBA, with profile and resolution in `info`; 16-bit stacks are rounded to
        8 bits, as Pillow has no 16-bit colour. `delaminate.composite.flatten` gives the array as it is.

    Raises
    ------
    BadInput
        If the folder or file is not one of ours, or was damaged.
    """
    from PIL import Image

    from delaminate import arguments
    from delaminate.composite import flatten as flatten_stack
    from delaminate.contracts import Decomposition
    from delaminate.pixels import as_eight_bit
    from delaminate.stack import LayerStack

    kinds = (LayerStack, Decomposition, str, Path)
    arguments.of_kind("stack", stack, kinds, "a stack, what `split` gave, or the name of a folder or file")
    if isinstance(stack, str | Path):
        stack = read(stack, max_pixels=max_pixels)
    elif isinstance(stack, Decomposition):
        stack = stack.stack
    pixels = as_eight_bit(flatten_stack(stack))
    image = Image.fromarray(pixels)
    if stack.opaque:
        image = image.convert("RGB")
    image.info |= {"icc_profile": stack.icc} if stack.icc else {}
    image.info |= {"dpi": stack.dpi} if stack.dpi else {}
    return image
