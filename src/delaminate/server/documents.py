"""The JSON documents that the tables hold and the API tells, key by key, in camel case as they are stored.

A job's request is what its workflow works from; its metadata has the output. They outlive versions: a key is added with
a default where it is read, and none is renamed.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypeAlias, TypedDict

from delaminate.server.ids import AssetId, JobId

Json: TypeAlias = dict[str, Any]
"""A document of no fixed shape: what is told as it was given."""


class StatusLine(TypedDict):
    """When a job got a status."""

    status: str
    date: str


class UploadOptions(TypedDict):
    """What the asset of an upload gets."""

    collection_ids: list[str] | None
    parent_id: AssetId | None
    hide: bool


class LayerJson(TypedDict):
    """A layer of a finished job; while a revision runs, `work` names a packed layer that is no asset yet."""

    id: str
    name: str
    assetId: NotRequired[AssetId]
    inventedMaskAssetId: NotRequired[AssetId]
    role: NotRequired[str]
    z: NotRequired[int]
    bbox: NotRequired[list[int]]
    confidence: NotRequired[float]
    target: NotRequired[str | None]
    text: NotRequired[str | None]
    work: NotRequired[str]


class SeparationRequest(TypedDict):
    """What a separation works from; `model` is the inpaint model that really runs."""

    separationInstruction: str
    maxLayers: int
    inpaintModel: str
    model: str
    inpaintPrompt: str
    regions: list[Json]
    seed: int
    plan: Json | None
    hints: list[str]
    shadows: NotRequired[str]
    strict: NotRequired[bool]
    image: NotRequired[AssetId]


class EditRequest(TypedDict):
    """One edit of a revision as it was asked for, with what it is carried out with."""

    kind: str
    model: str
    seed: int
    inpaintPrompt: str
    maxLayers: NotRequired[int]


class RevisionRequest(TypedDict):
    """What a revision works from: all that it needs of the job that it revises."""

    separationInstruction: str
    maxLayers: int
    inpaintModel: str
    model: str
    inpaintPrompt: str
    seed: int
    image: AssetId
    revises: JobId
    edits: list[EditRequest]
    layers: list[LayerJson]
    output: Json
    hints: list[str]


class ArchiveRequest(TypedDict):
    """What an archive is packed from."""

    assetIds: list[AssetId]
    template: str
    name: str | None
