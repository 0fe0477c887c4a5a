"""What a finished job tells: its layers, how its targets ended, and the rows of its assets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from delaminate.contracts import Outcome, TargetReport
from delaminate.server.catalogue import MODEL
from delaminate.server.ids import derived_id
from delaminate.splitting.search import Cut
from delaminate.stack import Layer, LayerStack, Role

_ADVICE = {
    Outcome.NOT_FOUND: "Nothing in the picture answers {target!r}: mark it with regions.",
    Outcome.UNCERTAIN: "{target!r} is a guess, nothing clearly answers it: mark it with regions to be sure.",
    Outcome.CAP_REACHED: "More was found for {target!r} than maxLayers allows: raise maxLayers.",
    Outcome.TOO_SMALL: "What was found for {target!r} is only a few pixels: crop the picture or mark it with regions.",
}
"""What a user of the API can do; the package's own advice speaks of the command line."""


def layer_json(layer: Layer, z: int, made: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One layer, as the manifest has it, with its asset and that of the mask of its made-up pixels."""
    told = {
        "id": layer.id,
        "assetId": made[0]["id"],
        **({"inventedMaskAssetId": made[1]["id"]} if len(made) > 1 else {}),
        "name": layer.name,
        "role": layer.role.value,
        "z": z,
        "bbox": list(layer.box.as_tuple()),
    }
    if layer.role is Role.BACKGROUND:
        return told
    return told | {"confidence": round(layer.confidence, 4), "target": layer.target, "text": layer.text}


def cut_json(cut: Cut) -> dict[str, Any]:
    """One thing that was found and will be a layer; `target` counts the plan's targets from 0."""
    found = cut.found
    told = {"id": cut.id, "target": cut.target, "name": found.name, "role": found.role.value}
    return told | {
        "bbox": list(found.box.as_tuple()),
        "confidence": round(found.confidence, 4),
        "text": found.text,
    }


def target_json(report: TargetReport) -> dict[str, Any]:
    """How one target ended, and what to do about it."""
    advice = _ADVICE.get(report.outcome, "").format(target=report.target)
    outcome = report.outcome.value
    return {"target": report.target, "outcome": outcome, "advice": advice, "layers": list(report.layers)}


def asset_row(job: dict[str, Any], source: dict[str, Any], stack: LayerStack, z: int, size: int) -> dict[str, Any]:
    """The asset of a layer; the same id however often the step is done.

    Parameters
    ----------
    source : the asset that was separated.
    size : bytes of the layer's file.
    """
    layer = stack.layers[z]
    invented = layer.invented is not None and layer.invented.any()
    row_id = derived_id("asset", job["id"], z)
    return {
        "id": row_id,
        "project_id": job["project_id"],
        "author_id": job["author_id"],
        "source": "img2img",
        "mime_type": "image/png",
        "width": stack.width,
        "height": stack.height,
        "size": size,
        "name": layer.name[:300],
        "parent_id": source["id"],
        "root_id": source["root_id"] or source["id"],
        "job_id": job["id"],
        "output_index": z,
        "model_id": MODEL,
        "metadata": {
            "bbox": list(layer.box.as_tuple()),
            "z": z,
            "role": layer.role.value,
            "confidence": round(layer.confidence, 4),
            "prompt": job["request"]["separationInstruction"],
            **({"inventedMaskAssetId": derived_id("asset", row_id, "invented")} if invented else {}),
        },
    }


def mask_row(layer: dict[str, Any], size: int) -> dict[str, Any]:
    """The asset of the mask of a layer's made-up pixels, white on black; a child of the layer's asset."""
    told = {name: layer["metadata"][name] for name in ("bbox", "role")}
    return {
        **layer,
        "id": layer["metadata"]["inventedMaskAssetId"],
        "size": size,
        "name": f"{layer['name'][:280]}, invented",
        "parent_id": layer["id"],
        "output_index": None,
        "metadata": {**told, "inventedMaskOf": layer["id"]},
    }


def results(job: Mapping[str, Any]) -> list[str]:
    """Ids of the assets that a separation or a revision has as its result: layers and masks."""
    output = job["metadata"].get("output")
    rows = output.get("layers", ()) if job["type"] == "custom" and isinstance(output, dict) else ()
    return [row[name] for row in rows for name in ("assetId", "inventedMaskAssetId") if name in row]
