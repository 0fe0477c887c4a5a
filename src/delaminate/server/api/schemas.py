"""Bodies of requests, checked here; and the shapes of answers, for the OpenAPI page."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool, StrictInt

from delaminate.contracts import Shadows
from delaminate.server.bodies import (
    Body,
    BoxList,
    EditBody,
    Id,
    MarkName,
    Name,
    PlanBody,
    PointList,
    Region,
    Text,
    Words,
)
from delaminate.server.catalogue import DEFAULT_INPAINT_MODEL, DEFAULT_LAYERS
from delaminate.server.limits import LIMITS

Ids = Annotated[list[Id], Field(max_length=50)]
WholeNumber = StrictInt | Annotated[float, Field(multiple_of=1, allow_inf_nan=False, strict=True)]


class Separation(Body):
    """The flat inputs of the model; unknown keys are ignored, `dryRun` in the body too."""

    image: Annotated[Text, Field(min_length=1, description="An asset id, or a data URL of a picture.")]
    separation_instruction: Words = ""
    max_layers: Annotated[WholeNumber, Field(ge=1, le=LIMITS.layers)] = DEFAULT_LAYERS
    inpaint_model: Annotated[Text, Field(max_length=64)] = DEFAULT_INPAINT_MODEL
    inpaint_prompt: Words | None = None
    regions: Annotated[tuple[Region, ...], Field(max_length=LIMITS.regions)] = ()
    seed: Annotated[WholeNumber, Field(ge=0, le=LIMITS.seed)] = 0
    shadows: Shadows = Shadows.WITH
    strict: Annotated[StrictBool, Field(description="Leave guesses in the background.")] = False
    plan: PlanBody | None = None
    hide_results: StrictBool = False


class Planning(Separation):
    """The same inputs, to be read rather than run."""

    locate: Annotated[StrictBool, Field(description="Look for what is asked for too, which takes seconds.")] = False


class Revision(Body):
    """Edits of the layers of a finished job, carried out one after another."""

    edits: Annotated[list[EditBody], Field(min_length=1, max_length=LIMITS.edits)]
    hide_results: StrictBool = False


class AssetUpload(Body):
    """A picture as base64, with or without `data:image/…;base64,` before it."""

    name: Annotated[Name, Field(min_length=1)]
    image: Annotated[Text, Field(min_length=1)]
    hide: StrictBool = False
    parent_id: Id | None = None
    collection_ids: Ids | None = None


class AssetUpdate(Body):
    """What can be changed of a picture."""

    description: Annotated[Text, Field(max_length=20_000)] | None = None


class AssetIds(Body):
    """Up to a hundred assets."""

    asset_ids: Annotated[list[Id], Field(max_length=100)]


class AssetIdsToRead(Body):
    """Up to two hundred assets."""

    asset_ids: Annotated[list[Id], Field(max_length=200)]


class TagChange(Body):
    """Tags to add and to delete; with `strict` (the default) adding one that is there is no error either."""

    add: Annotated[tuple[Annotated[Text, Field(min_length=1, max_length=200)], ...], Field(max_length=100)] = ()
    delete: Annotated[tuple[Annotated[Text, Field(min_length=1, max_length=200)], ...], Field(max_length=100)] = ()
    strict: StrictBool = True


class AssetCopy(Body):
    """Where a copy goes; only the key's own project."""

    target_project_id: Id | None = None


class DownloadRequest(Body):
    """The format of a download; none means as it is."""

    target_format: Name | None = None


class BatchQuery(Body):
    """Which assets go into the archive."""

    asset_ids: Annotated[tuple[Id, ...], Field(max_length=1000)] = ()
    inference_ids: Annotated[tuple[Id, ...], Field(max_length=1000)] = ()
    model_ids: Annotated[tuple[Id, ...], Field(max_length=1000)] = ()


class BatchOptions(Body):
    """How the files in the archive are called: a template with {name}, {id}, {index} and {ext}."""

    file_name_template: Name = "{name}"
    archive_name: Name | None = None
    flat: StrictBool = True
    prefer_original: StrictBool = False


class BatchDownload(Body):
    """Assets as one zip archive, made by a job."""

    query: BatchQuery
    options: BatchOptions = BatchOptions()


class JobAction(Body):
    """What to do with a job."""

    action: Literal["cancel"]


class AssetOptions(Body):
    """What the asset of an upload gets."""

    collection_ids: Ids | None = None
    parent_id: Id | None = None
    hide: StrictBool = False


class UploadCreate(Body):
    """A file that comes in parts."""

    file_name: Annotated[Name, Field(min_length=1)] = "upload"
    content_type: Annotated[Text, Field(max_length=128)] = "application/octet-stream"
    file_size: Annotated[WholeNumber, Field(ge=1, le=2**40)] | None = None
    kind: Annotated[Text, Field(max_length=64)] = "image"
    parts: Annotated[WholeNumber, Field(ge=1, le=10_000)] = 1
    asset_options: AssetOptions = AssetOptions()
    url: Text | None = None


class UploadAction(Body):
    """What to do with an upload."""

    action: Literal["complete"]


class ModelIds(Body):
    """Models to read."""

    model_ids: Annotated[list[Annotated[Text, Field(max_length=128)]], Field(max_length=200)]


# ---------------------------------------------------------------------------------------------------- answers


class Problem(Body):
    """Every error: `reason` says what is wrong and what to do."""

    reason: str
    message: str
    status: Literal["error"]
    code: str
    details: dict[str, Any]
    trace_id: Annotated[str, Field(alias="trace_id")]


class StatusLine(Body):
    """When a job got a status."""

    status: str
    date: str


class JobShape(Body):
    """A job."""

    job_id: str
    job_type: Literal["custom", "upload", "assets-download"]
    status: Literal["pending", "queued", "warming-up", "in-progress", "finalizing", "success", "failure", "canceled"]
    progress: Annotated[float, Field(ge=0, le=1)]
    created_at: str
    updated_at: str
    status_history: list[StatusLine]
    metadata: dict[str, Any]
    billing: dict[str, float]
    author_id: str
    owner_id: str


class JobAnswer(Body):
    """One job."""

    job: JobShape


class MadeLayer(Body):
    """A layer that is cut already; `url` is a data URL."""

    id: str
    url: str


class MadeAnswer(Body):
    """What a running job has made."""

    made: list[MadeLayer]


class JobsAnswer(Body):
    """A page of jobs; without a token it is the last."""

    jobs: list[JobShape]
    next_pagination_token: str | None = None


class GenerateAnswer(Body):
    """A job that was accepted."""

    job: JobShape
    creative_units_cost: float
    creative_units_discount: float
    cost_details: dict[str, float]


class DryRunAnswer(Body):
    """What a job would cost at most; the job is an empty object."""

    job: dict[str, Any]
    creative_units_cost: float
    creative_units_discount: float
    cost_details: dict[str, float]


class Proposal(Body):
    """A place of a picture to look at: a point or a box; `mask` is what was found before, `take` takes away from it."""

    image: Id
    point: PointList | None = None
    box: BoxList | None = None
    mask: Id | None = None
    glance: Annotated[
        StrictBool, Field(description="Only what is known at once of a point; its mask has no id and is a data URL.")
    ] = False
    take: StrictBool = False
    name: MarkName = ""


class ProposalAnswer(Body):
    """What is there: `name`, `role`, `bbox`, `confidence`, `text` and `mask` with `id` and `url`; null for nothing."""

    found: dict[str, Any] | None = None


class PlanAnswer(Body):
    """How an instruction was read and what its separation costs at most."""

    plan: dict[str, Any]
    creative_units_cost: float
    cost_details: dict[str, float]
    inpaint_model: str
    hint: str | None = None
    found: Annotated[list[dict[str, Any]] | None, Field(description="Where things are, front to back.")] = None
    targets: list[dict[str, Any]] | None = None


class PreviewShape(Body):
    """A picture small enough to look at, at most 2048 pixels a side; `url` is signed and needs no key."""

    asset_id: str
    url: str
    width: int
    height: int


class AssetShape(Body):
    """A picture; `url` is signed and needs no key."""

    id: str
    url: str
    author_id: str
    owner_id: str
    created_at: str
    updated_at: str
    mime_type: str
    kind: str
    source: str
    status: str
    privacy: str
    tags: list[str]
    collection_ids: list[str]
    edit_capabilities: list[str]
    metadata: dict[str, Any]
    properties: dict[str, Any]
    preview: PreviewShape


class AssetAnswer(Body):
    """One asset."""

    asset: AssetShape


class AssetsAnswer(Body):
    """A page of assets; without a token it is the last."""

    assets: list[AssetShape]
    next_pagination_token: str | None = None


class ExporterShape(Body):
    """A file format that layers can be downloaded in; `drops` says what it does not hold, `says` whom it is for."""

    id: str
    name: str
    extension: str
    mime: str
    drops: str
    purpose: Literal["edit", "present", "game", "keep"]
    says: str
    stem: Annotated[str, Field(description="What the file is called after the picture's name.")]
    arranged: Annotated[bool, Field(description="Whether it can hold an arrangement.")]


class ExportersAnswer(Body):
    """All of them."""

    exporters: list[ExporterShape]


class UploadAnswer(Body):
    """One upload."""

    upload: dict[str, Any]
