"""manifest.json, version 1: write, read, validate.

The manifest lists the layers of a folder from bottom to top and says what was asked, what was done and the proof.
Readers ignore keys they do not know, so that a later version 1 may add some; they refuse another version.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from delaminate.codec import Misfit, plain, typed
from delaminate.contracts import Decomposition, Outcome, ServerCalls
from delaminate.errors import BadStack
from delaminate.pixels import Box
from delaminate.stack import Layer, Role
from delaminate.version import __version__

VERSION = 1
FILE = "manifest.json"


@dataclass(frozen=True)
class ImageEntry:
    """The input: size in pixels, Pillow's name of its colour mode, bits per channel, hex digest, has it a profile,
    did it come through lossy compression."""

    width: int
    height: int
    mode: str
    bits: int
    sha256: str
    icc: bool
    lossy: bool = False


@dataclass(frozen=True)
class LayerEntry:
    """One layer: `file` and `invented` are plain file names beside the manifest; `z` counts from 0, the background."""

    id: str
    file: str
    name: str
    role: Role
    z: int
    bbox: Box
    confidence: float = 1.0
    target: str | None = None
    text: str | None = None
    invented: str | None = None


@dataclass(frozen=True)
class TargetEntry:
    """How one target ended."""

    target: str
    outcome: Outcome
    advice: str


@dataclass(frozen=True)
class Recomposition:
    """The proof; both figures are 0 when the layers add up to the input."""

    max_error: int
    differing_pixels: int


@dataclass(frozen=True)
class ReportEntry:
    """What happened; `seconds` is wall clock per stage."""

    recomposition: Recomposition
    targets: tuple[TargetEntry, ...]
    seconds: Mapping[str, float]
    notes: tuple[str, ...] = ()
    calls: tuple[ServerCalls, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """A whole manifest, field by field as it lies in the file."""

    version: int
    generator: str
    image: ImageEntry
    instruction: str
    max_layers: int
    engine: str
    inpaint_model: str
    seed: int
    layers: tuple[LayerEntry, ...]
    report: ReportEntry


def write(
    decomposition: Decomposition, files: Mapping[str, str], invented: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The manifest as plain JSON values.

    Parameters
    ----------
    files : layer id → file name of its PNG; every layer has one.
    invented : layer id → file name of the mask of made-up pixels, for layers that have one.

    Raises
    ------
    BadStack
        If a layer has no file, or what would be written could not be read again.
    """
    stack, report, asked = decomposition.stack, decomposition.report, decomposition.instruction
    missing = [layer.id for layer in stack.layers if layer.id not in files]
    if missing:
        raise BadStack(f"no file was named for layer {missing[0]!r}")
    masks = invented or {}
    manifest = Manifest(
        VERSION,
        f"delaminate {__version__}",
        ImageEntry(
            stack.width,
            stack.height,
            decomposition.mode,
            stack.bits,
            decomposition.sha256,
            stack.icc is not None,
            decomposition.lossy,
        ),
        asked.text,
        asked.max_layers,
        decomposition.engine,
        decomposition.inpaint_model,
        asked.seed,
        tuple(_entry(layer, z, files[layer.id], masks.get(layer.id)) for z, layer in enumerate(stack.layers)),
        ReportEntry(
            Recomposition(report.max_error, report.differing_pixels),
            tuple(TargetEntry(one.target, one.outcome, one.advice) for one in report.targets),
            {stage: round(seconds, 3) for stage, seconds in report.seconds.items()},
            report.notes,
            report.calls,
        ),
    )
    told: dict[str, Any] = plain(manifest)
    # Nobody asked for a background; what it has not is not said, and neither is that there are no notes or calls.
    for key in ("confidence", "target", "text", *(() if told["layers"][0]["invented"] else ("invented",))):
        del told["layers"][0][key]
    for key in ("notes", "calls"):
        if not told["report"][key]:
            del told["report"][key]
    validate(told)
    return told


def _entry(layer: Layer, z: int, file: str, invented: str | None) -> LayerEntry:
    facts = layer.id, file, layer.name, layer.role, z, layer.box, round(float(layer.confidence), 4)
    return LayerEntry(*facts, layer.target, layer.text, invented)


def read(path: Path) -> Manifest:
    """Read a manifest file, or the manifest of a folder.

    Raises
    ------
    BadStack
        If there is none, it is not JSON, or it contradicts itself.
    """
    path = path / FILE if path.is_dir() else path
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadStack(
            f"{path} cannot be read: {error.strerror}; name a folder that `delaminate split` wrote"
        ) from error
    except ValueError as error:
        raise BadStack(f"{path} is not JSON") from error
    return validate(value)


@dataclass(frozen=True)
class _Versioned:
    """What every version has."""

    version: int


def validate(value: Any) -> Manifest:
    """Check plain JSON values and give them types.

    Raises
    ------
    BadStack
        With the place and the reason, at the first thing that is wrong.
    """
    try:
        version = typed(_Versioned, value, "the manifest").version
        if version != VERSION:
            raise BadStack(f"the manifest has version {version}, this program reads version {VERSION}")
        manifest = typed(Manifest, value, "the manifest")
    except Misfit as error:
        raise BadStack(str(error)) from error
    image, layers = manifest.image, manifest.layers
    if image.width < 1 or image.height < 1 or image.bits not in (8, 16):
        raise BadStack(f"an image of {image.width} x {image.height} pixels and {image.bits} bits cannot be")
    if not layers or layers[0].role is not Role.BACKGROUND:
        raise BadStack("the first layer of a manifest must be the background")
    for z, layer in enumerate(layers):
        _check_layer(layer, z, image)
    for what in ("id", "file"):
        if len({getattr(layer, what) for layer in layers}) != len(layers):
            raise BadStack(f"two layers of the manifest have the same {what}")
    if not all(spent >= 0 and math.isfinite(spent) for spent in manifest.report.seconds.values()):
        raise BadStack("the seconds of a stage must be a number from 0")
    return manifest


def _check_layer(layer: LayerEntry, z: int, image: ImageEntry) -> None:
    canvas = Box(0, 0, image.width, image.height)
    if not layer.bbox.within(canvas):
        raise BadStack(f"layer {z} leaves the canvas")
    if layer.role is Role.BACKGROUND and (z != 0 or layer.bbox != canvas):
        raise BadStack("there is one background, at the bottom, and it covers the canvas")
    if layer.z != z:
        raise BadStack(f"layer {z} says it is at z {layer.z}")
    if not 0 <= layer.confidence <= 1:
        raise BadStack(f"the confidence of layer {z} must lie within 0..1")
    for name in (layer.file, layer.invented):
        # A manifest must not reach outside its own folder.
        if name is not None and (name in {"", ".", ".."} or any(bad in name for bad in "/\\:\0")):
            raise BadStack(f"the file {name!r} of layer {z} must be a plain file name beside the manifest")
