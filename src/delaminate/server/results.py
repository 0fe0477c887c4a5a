"""What a finished job tells: its layers, how its targets ended, and the rows of its assets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from delaminate.codec import camel, plain, typed
from delaminate.contracts import Decomposition, Instruction, Outcome, Plan, Report, ServerCalls, TargetReport
from delaminate.export.manifest import Recomposition
from delaminate.picture import Picture
from delaminate.pixels import Box
from delaminate.server.catalogue import MODEL
from delaminate.server.database.assets import Asset
from delaminate.server.database.jobs import Job
from delaminate.server.documents import Json, LayerJson
from delaminate.server.ids import AssetId, derived_id
from delaminate.server.limits import LIMITS
from delaminate.splitting.search import Cut
from delaminate.stack import Layer, LayerStack, Role

_ADVICE = {
    Outcome.NOT_FOUND: "Nothing in the picture answers {target!r}: mark it with regions.",
    Outcome.UNCERTAIN: "{target!r} is a guess, nothing clearly answers it: mark it with regions to be sure.",
    Outcome.CAP_REACHED: "More was found for {target!r} than maxLayers allows: raise maxLayers.",
    Outcome.TOO_SMALL: "What was found for {target!r} is only a few pixels: crop the picture or mark it with regions.",
}
"""What a user of the API can do: which fields of a request to change."""


@dataclass(frozen=True)
class LayerRow:
    """One layer, as the manifest has it, with its asset and that of the mask of its made-up pixels."""

    id: str
    asset_id: AssetId
    name: str
    role: Role
    z: int
    bbox: Box
    confidence: float = 1.0
    target: str | None = None
    text: str | None = None
    invented_mask_asset_id: AssetId | None = None

    @classmethod
    def of(cls, layer: Layer, z: int, made: Sequence[Asset]) -> LayerRow:
        """The row of a layer at place z, `made` being its assets."""
        facts = layer.id, made[0].id, layer.name, layer.role, z, layer.box, round(layer.confidence, 4)
        return cls(*facts, layer.target, layer.text, made[1].id if len(made) > 1 else None)

    def told(self) -> LayerJson:
        """As the API writes it: nobody asked for a background, and a mask is named where there is one."""
        unsaid = {"confidence", "target", "text"} if self.role is Role.BACKGROUND else set()
        unsaid |= {"inventedMaskAssetId"} if self.invented_mask_asset_id is None else set()
        told = {key: value for key, value in plain(self, camel).items() if key not in unsaid}
        return cast(LayerJson, told)


@dataclass(frozen=True)
class Output:
    """What a finished separation tells: a `Decomposition` whose layers are assets."""

    layers: tuple[LayerRow, ...]
    targets: tuple[TargetReport, ...]
    recomposition: Recomposition
    engine: str
    inpaint_model: str
    plan: Plan = field(default_factory=lambda: Plan(()))
    notes: tuple[str, ...] = ()
    calls: tuple[ServerCalls, ...] = ()

    @classmethod
    def of(cls, done: Decomposition, made: Sequence[Sequence[Asset]]) -> Output:
        """That of a result, `made` being each layer's assets, bottom to top."""
        report = done.report
        return cls(
            tuple(LayerRow.of(layer, z, made[z]) for z, layer in enumerate(done.stack.layers)),
            tuple(advised(one) for one in report.targets),
            Recomposition(report.max_error, report.differing_pixels),
            done.engine,
            done.inpaint_model,
            done.plan,
            report.notes,
            report.calls,
        )

    @classmethod
    def read(cls, told: Any) -> Output:
        """The output that a job's row tells, also one of a version that told less."""
        return typed(cls, told, "the output of the job", camel)

    def told(self) -> Json:
        """As the API writes it."""
        return {**plain(self, camel), "layers": [row.told() for row in self.layers]}

    def decomposition(self, stack: LayerStack, asked: Instruction, picture: Picture) -> Decomposition:
        """The result again, with the stack that was read back from the assets."""
        proof = self.recomposition
        return Decomposition(
            stack,
            Report(self.targets, proof.max_error, proof.differing_pixels, notes=self.notes, calls=self.calls),
            asked,
            self.plan,
            self.engine,
            self.inpaint_model,
            picture.sha256,
            picture.mode,
            picture.lossy,
        )


@dataclass(frozen=True)
class FoundRow:
    """One thing that was found and will be a layer; `target` counts the plan's targets from 0."""

    id: str
    target: int
    name: str
    role: Role
    bbox: Box
    confidence: float
    text: str | None


def cut_json(cut: Cut) -> Json:
    """One thing that was found, as the API writes it."""
    found = cut.found
    row = FoundRow(cut.id, cut.target, found.name, found.role, found.box, round(found.confidence, 4), found.text)
    told: Json = plain(row, camel)
    return told


def advised(report: TargetReport) -> TargetReport:
    """How one target ended, with advice for a user of the API."""
    return replace(report, advice=_ADVICE.get(report.outcome, "").format(target=report.target))


def layer_asset(job: Job, source: Asset, stack: LayerStack, z: int, size: int) -> Asset:
    """The asset of a layer; the same id however often the step is done.

    Parameters
    ----------
    source : the asset that was separated.
    size : bytes of the layer's file.
    """
    layer = stack.layers[z]
    invented = layer.invented is not None and layer.invented.any()
    asset_id = AssetId(derived_id("asset", job.id, z))
    return Asset(
        asset_id,
        job.project_id,
        job.author_id,
        "img2img",
        "image/png",
        stack.width,
        stack.height,
        size,
        layer.name[: LIMITS.name],
        parent_id=source.id,
        root_id=source.root_id or source.id,
        job_id=job.id,
        output_index=z,
        model_id=MODEL,
        metadata={
            "bbox": list(layer.box.as_tuple()),
            "z": z,
            "role": layer.role.value,
            "confidence": round(layer.confidence, 4),
            "prompt": job.request["separationInstruction"],
            **({"inventedMaskAssetId": derived_id("asset", asset_id, "invented")} if invented else {}),
        },
    )


def mask_asset(layer: Asset, size: int) -> Asset:
    """The asset of the mask of a layer's made-up pixels, white on black; a child of the layer's asset."""
    told = {name: layer.metadata[name] for name in ("bbox", "role")}
    after = ", invented"
    return replace(
        layer,
        id=AssetId(layer.metadata["inventedMaskAssetId"]),
        size=size,
        name=layer.name[: LIMITS.name - len(after)] + after,
        parent_id=layer.id,
        output_index=None,
        metadata={**told, "inventedMaskOf": layer.id},
    )


def results(job: Job) -> list[AssetId]:
    """Ids of the assets that a separation or a revision has as its result: layers and masks."""
    output = job.metadata.get("output")
    rows = output.get("layers", ()) if job.type == "custom" and isinstance(output, dict) else ()
    return [AssetId(row[name]) for row in rows for name in ("assetId", "inventedMaskAssetId") if name in row]
