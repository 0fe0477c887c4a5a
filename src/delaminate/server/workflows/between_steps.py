"""What lies between the steps of a job, as bytes: findings, the remaining picture, finished layers (npz)."""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaminate.contracts import Found, Outcome, TargetReport
from delaminate.pixels import Box
from delaminate.splitting.peel import Remaining
from delaminate.splitting.search import Cut, Search
from delaminate.stack import Layer, Role


def _pack(facts: Mapping[str, Any], arrays: Mapping[str, NDArray[Any] | None]) -> bytes:
    file = io.BytesIO()
    members: dict[str, Any] = {name: array for name, array in arrays.items() if array is not None}
    np.savez(file, facts=np.frombuffer(json.dumps(facts).encode(), np.uint8), **members)
    return file.getvalue()


def _unpack(content: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    return json.loads(arrays.pop("facts").tobytes()), arrays


def pack_search(search: Search, lossy: bool) -> bytes:
    """Findings front to back, the reports of the targets, and `Picture.lossy`; masks are stored as bits."""
    cuts: list[dict[str, Any]] = []
    arrays: dict[str, NDArray[Any]] = {}
    for number, cut in enumerate(search.cuts):
        found = cut.found
        facts = {name: getattr(found, name) for name in ("name", "confidence", "text", "advice", "front")}
        cuts.append(
            {"id": cut.id, "target": cut.target, "box": found.box.as_tuple(), "role": found.role.value, **facts}
        )
        arrays[f"mask{number}"] = np.packbits(found.mask)
        if found.alpha is not None:
            arrays[f"alpha{number}"] = found.alpha
    reports = [dataclasses.asdict(report) for report in search.reports]
    return _pack({"cuts": cuts, "reports": reports, "lossy": lossy}, arrays)


def unpack_search(content: bytes) -> tuple[Search, bool]:
    """The inverse of `pack_search`."""
    facts, arrays = _unpack(content)
    cuts = []
    for number, row in enumerate(facts["cuts"]):
        cut_id, target, box, role = row.pop("id"), row.pop("target"), Box(*row.pop("box")), Role(row.pop("role"))
        bits = np.unpackbits(arrays[f"mask{number}"], count=box.area).astype(np.bool_)
        found = Found(box, bits.reshape(box.height, box.width), role=role, alpha=arrays.get(f"alpha{number}"), **row)
        cuts.append(Cut(cut_id, target, found))
    reports = tuple(
        TargetReport(row["target"], Outcome(row["outcome"]), row["advice"], tuple(row["layers"]))
        for row in facts["reports"]
    )
    return Search(tuple(cuts), reports), bool(facts["lossy"])


def pack_remaining(remaining: Remaining) -> bytes:
    """The picture without the layers taken off so far."""
    uncovered = np.packbits(remaining.uncovered)
    return _pack({}, {"rgb": remaining.rgb, "alpha": remaining.alpha, "uncovered": uncovered})


def unpack_remaining(content: bytes) -> Remaining:
    """The inverse of `pack_remaining`."""
    arrays = _unpack(content)[1]
    rgb = arrays["rgb"]
    size = rgb.shape[:2]
    uncovered = np.unpackbits(arrays["uncovered"], count=size[0] * size[1]).astype(np.bool_).reshape(size)
    return Remaining(rgb, arrays.get("alpha"), uncovered)


def pack_layer(layer: Layer) -> bytes:
    """One finished layer, cropped as it is."""
    facts = {name: getattr(layer, name) for name in ("id", "name", "confidence", "target", "text")}
    facts |= {"role": layer.role.value, "box": layer.box.as_tuple()}
    return _pack(facts, {"pixels": layer.pixels, "invented": layer.invented})


def unpack_layer(content: bytes) -> Layer:
    """The inverse of `pack_layer`."""
    facts, arrays = _unpack(content)
    role, box = Role(facts.pop("role")), Box(*facts.pop("box"))
    return Layer(role=role, box=box, pixels=arrays["pixels"], invented=arrays.get("invented"), **facts)
