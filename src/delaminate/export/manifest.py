"""manifest.json, version 1: write, read, validate.

The manifest lists the layers of a folder from bottom to top and says what was asked, what was done and the proof.
Readers ignore keys they do not know, so that a later version 1 may add some; they refuse another version.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from delaminate.contracts import Decomposition, Outcome
from delaminate.errors import BadArray, BadStack
from delaminate.pixels import Box
from delaminate.stack import Layer, Role
from delaminate.version import __version__

VERSION = 1
FILE = "manifest.json"

T = TypeVar("T")


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
class Manifest:
    """A whole manifest; `seconds` is wall clock per stage, the two recomposition figures are 0 when it is exact."""

    generator: str
    image: ImageEntry
    instruction: str
    max_layers: int
    engine: str
    inpaint_model: str
    seed: int
    layers: tuple[LayerEntry, ...]
    max_error: int
    differing_pixels: int
    targets: tuple[TargetEntry, ...]
    seconds: Mapping[str, float]
    notes: tuple[str, ...] = ()


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
    stack, report = decomposition.stack, decomposition.report
    missing = [layer.id for layer in stack.layers if layer.id not in files]
    if missing:
        raise BadStack(f"no file was named for layer {missing[0]!r}")
    masks = invented or {}
    told: dict[str, Any] = {
        "recomposition": {"max_error": report.max_error, "differing_pixels": report.differing_pixels},
        "targets": [
            {"target": one.target, "outcome": str(one.outcome), "advice": one.advice} for one in report.targets
        ],
        "seconds": {stage: round(seconds, 3) for stage, seconds in report.seconds.items()},
    }
    if report.notes:
        told["notes"] = list(report.notes)
    manifest = {
        "version": VERSION,
        "generator": f"delaminate {__version__}",
        "image": {
            "width": stack.width,
            "height": stack.height,
            "mode": decomposition.mode,
            "bits": stack.bits,
            "sha256": decomposition.sha256,
            "icc": stack.icc is not None,
            "lossy": decomposition.lossy,
        },
        "instruction": decomposition.instruction.text,
        "max_layers": decomposition.instruction.max_layers,
        "engine": decomposition.engine,
        "inpaint_model": decomposition.inpaint_model,
        "seed": decomposition.instruction.seed,
        "layers": [_row(layer, z, files[layer.id], masks.get(layer.id)) for z, layer in enumerate(stack.layers)],
        "report": told,
    }
    validate(manifest)
    return manifest


def _row(layer: Layer, z: int, file: str, invented: str | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": layer.id,
        "file": file,
        "name": layer.name,
        "role": str(layer.role),
        "z": z,
        # Segmenters hand over numpy's numbers, which JSON does not know.
        "bbox": [int(corner) for corner in layer.box.as_tuple()],
    }
    if layer.role is Role.BACKGROUND:
        return row | ({"invented": invented} if invented else {})
    confidence = round(float(layer.confidence), 4)
    return row | {"confidence": confidence, "target": layer.target, "text": layer.text, "invented": invented}


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


def validate(value: Any) -> Manifest:
    """Check plain JSON values and give them types.

    Raises
    ------
    BadStack
        With the place and the reason, at the first thing that is wrong.
    """
    whole = _object(value, "the manifest")
    version = _get(whole, "version", int, "the manifest")
    if version != VERSION:
        raise BadStack(f"the manifest has version {version}, this program reads version {VERSION}")
    image = _image(_get(whole, "image", dict, "the manifest"))
    report = _get(whole, "report", dict, "the manifest")
    proof = _get(report, "recomposition", dict, "report")
    rows = _get(whole, "layers", list, "the manifest")
    layers = tuple(_layer(_object(row, f"layer {z}"), z, image) for z, row in enumerate(rows))
    if not layers or layers[0].role is not Role.BACKGROUND:
        raise BadStack("the first layer of a manifest must be the background")
    for what in ("id", "file"):
        if len({getattr(layer, what) for layer in layers}) != len(layers):
            raise BadStack(f"two layers of the manifest have the same {what}")
    return Manifest(
        generator=_get(whole, "generator", str, "the manifest"),
        image=image,
        instruction=_get(whole, "instruction", str, "the manifest"),
        max_layers=_get(whole, "max_layers", int, "the manifest"),
        engine=_get(whole, "engine", str, "the manifest"),
        inpaint_model=_get(whole, "inpaint_model", str, "the manifest"),
        seed=_get(whole, "seed", int, "the manifest"),
        layers=layers,
        max_error=_get(proof, "max_error", int, "recomposition"),
        differing_pixels=_get(proof, "differing_pixels", int, "recomposition"),
        targets=tuple(_target(_object(row, "a target")) for row in _get(report, "targets", list, "report")),
        seconds={stage: _seconds(spent) for stage, spent in _get(report, "seconds", dict, "report").items()},
        notes=tuple(str(note) for note in report.get("notes", ())),
    )


def _image(row: dict[str, Any]) -> ImageEntry:
    entry = ImageEntry(
        width=_get(row, "width", int, "image"),
        height=_get(row, "height", int, "image"),
        mode=_get(row, "mode", str, "image"),
        bits=_get(row, "bits", int, "image"),
        sha256=_get(row, "sha256", str, "image"),
        icc=_get(row, "icc", bool, "image"),
        lossy=row.get("lossy") is True,
    )
    if entry.width < 1 or entry.height < 1 or entry.bits not in (8, 16):
        raise BadStack(f"an image of {entry.width} x {entry.height} pixels and {entry.bits} bits cannot be")
    return entry


def _layer(row: dict[str, Any], z: int, image: ImageEntry) -> LayerEntry:
    where = f"layer {z}"
    corners = _get(row, "bbox", list, where)
    if len(corners) != 4 or not all(type(corner) is int for corner in corners):
        raise BadStack(f"the bbox of {where} must be four whole numbers")
    try:
        role, box = Role(_get(row, "role", str, where)), Box(*corners)
    except (ValueError, BadArray) as error:
        raise BadStack(f"{where}: {error}") from error
    if box.left < 0 or box.top < 0 or box.right > image.width or box.bottom > image.height:
        raise BadStack(f"{where} leaves the canvas")
    if role is Role.BACKGROUND and (z != 0 or box.as_tuple() != (0, 0, image.width, image.height)):
        raise BadStack("there is one background, at the bottom, and it covers the canvas")
    if _get(row, "z", int, where) != z:
        raise BadStack(f"{where} says it is at z {row['z']}")
    confidence = row.get("confidence", 1.0)
    if type(confidence) not in (int, float) or not 0 <= confidence <= 1:
        raise BadStack(f"the confidence of {where} must lie within 0..1")
    return LayerEntry(
        id=_get(row, "id", str, where),
        file=_plain(_get(row, "file", str, where), where),
        name=_get(row, "name", str, where),
        role=role,
        z=z,
        bbox=box,
        confidence=float(confidence),
        target=_text_or_none(row, "target", where),
        text=_text_or_none(row, "text", where),
        invented=None if row.get("invented") is None else _plain(_get(row, "invented", str, where), where),
    )


def _target(row: dict[str, Any]) -> TargetEntry:
    try:
        outcome = Outcome(_get(row, "outcome", str, "a target"))
    except ValueError as error:
        raise BadStack(f"a target: {error}") from error
    return TargetEntry(_get(row, "target", str, "a target"), outcome, _get(row, "advice", str, "a target"))


def _seconds(spent: Any) -> float:
    if type(spent) not in (int, float) or not spent >= 0:
        raise BadStack("the seconds of a stage must be a number from 0")
    return float(spent)


def _plain(name: str, where: str) -> str:
    """A file name without any folder in it: a manifest must not reach outside its own folder."""
    if not name or name in {".", ".."} or any(bad in name for bad in "/\\:\0"):
        raise BadStack(f"the file {name!r} of {where} must be a plain file name beside the manifest")
    return name


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadStack(f"{where} must be a JSON object")
    return value


def _get(row: dict[str, Any], key: str, kind: type[T], where: str) -> T:
    value = row.get(key)
    # bool is an int in Python, never in a manifest.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise BadStack(f"{where} needs {key!r} to be {_JSON[kind]}")
    return value


_JSON: dict[type, str] = {int: "a whole number", str: "text", bool: "true or false", dict: "an object", list: "a list"}


def _text_or_none(row: dict[str, Any], key: str, where: str) -> str | None:
    return None if row.get(key) is None else _get(row, key, str, where)
