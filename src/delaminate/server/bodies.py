"""Plans, marked regions and edits as JSON: what `POST /layers/plan` gives and people edit, what a revision asks for."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from types import NoneType
from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    TypeAdapter,
    model_validator,
)

from delaminate.codec import camel, typed
from delaminate.contracts import Found, Instruction, Kind, NamedBox, NamedPoint, Plan, Shadows
from delaminate.editing import edits
from delaminate.editing.arrangement import Arrangement, Placed
from delaminate.pixels import Box
from delaminate.server.documents import SeparationRequest
from delaminate.server.limits import LIMITS
from delaminate.stack import Blend

_ALIKE = 0.85
"""How like the name of an input an unknown key must be to be a misspelling of it, 0 to 1."""
_SURROGATES = range(0xD800, 0xE000)
"""Halves of characters, which UTF-8 cannot hold."""


def _storable(text: str) -> str:
    if "\0" in text or any(ord(letter) in _SURROGATES for letter in text):
        raise ValueError("must not hold null characters or halves of surrogate pairs")
    return text


def _a_box(box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    if not (box[0] < box[2] and box[1] < box[3]):
        raise ValueError("must be [left, top, right, bottom] with left < right and top < bottom")
    return box


Text = Annotated[StrictStr, AfterValidator(_storable)]
"""Text that every database can hold."""
Pixel = Annotated[StrictInt, Field(ge=0, le=LIMITS.pixel)]
BoxList = Annotated[tuple[Pixel, Pixel, Pixel, Pixel], AfterValidator(_a_box)]
"""[left, top, right, bottom) in pixels of the upright picture."""
PointList = tuple[Pixel, Pixel]
Words = Annotated[Text, Field(max_length=LIMITS.words)]
"""An instruction, a phrase or a prompt."""
Name = Annotated[Text, Field(max_length=LIMITS.name)]
MarkName = Annotated[Text, Field(max_length=LIMITS.mark_name)]
Id = Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Seed = Annotated[StrictInt, Field(ge=0, le=LIMITS.seed)]
WordList = Annotated[tuple[Annotated[Text, Field(max_length=200)], ...], Field(max_length=20)]


class Body(BaseModel):
    """A JSON object in camel case whose unknown keys are ignored, as Scenario does, unless plainly misspelt."""

    model_config = ConfigDict(alias_generator=camel, populate_by_name=True, extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, given: Any) -> Any:
        """Clients send null for what they do not say; it stays where the field has a meaning for it."""
        if not isinstance(given, dict):
            return given
        fields = {name: one for name, one in cls.model_fields.items() if not one.is_required()}
        plain = {
            key for name, one in fields.items() if NoneType not in get_args(one.annotation) for key in (name, one.alias)
        }
        return {key: value for key, value in given.items() if value is not None or key not in plain}

    @model_validator(mode="before")
    @classmethod
    def _nothing_misspelt(cls, given: Any) -> Any:
        """A misspelt name would be ignored without a word, and the job paid for."""
        if not isinstance(given, dict):
            return given
        known = {str(one.alias) for one in cls.model_fields.values()}
        absent = {one.lower(): one for one in known if one not in given}
        for key in given.keys() - known - cls.model_fields.keys():
            meant = get_close_matches(key.lower().replace("_", ""), absent, 1, _ALIKE)
            if meant:
                raise ValueError(f"no input is called {key}: did you mean {absent[meant[0]]}?")
        return given


class Region(Body):
    """A thing marked in the picture rather than named: by a box, by a pixel inside it, or by a mask.

    A mask is an asset of the picture's size, white on black or visible on transparency, or the `mask.id` of something
    that `POST /layers/plan` or `POST /layers/propose` found. Masks come front to back.
    """

    box: BoxList | None = None
    point: PointList | None = None
    mask: Id | None = None
    name: MarkName = ""


class TargetBody(Body):
    """One thing, or one group of things, to be separated; see `Target` in the reference for every field."""

    phrase: Words
    kind: Kind = Kind.OBJECT
    noun: MarkName = ""
    name: MarkName = ""
    colours: WordList = ()
    positions: WordList = ()
    size: Literal["", "large", "small", "largest", "smallest"] = ""
    count: Annotated[StrictInt, Field(ge=1, le=100)] | None = 1
    each: StrictBool = True
    text_role: Annotated[Text, Field(max_length=50)] = ""
    quoted: Words | None = None
    box: BoxList | None = None
    point: PointList | None = None
    excluded: WordList = ()
    description: MarkName = ""
    known: StrictBool = True


class PlanBody(Body):
    """How an instruction was read, front to back where that is known; edit it and send it back as `plan`."""

    targets: Annotated[list[TargetBody], Field(max_length=LIMITS.targets)]
    inverted: StrictBool = False
    note: Words = ""
    planner: MarkName = ""
    layers: Annotated[StrictInt, Field(ge=1, le=999)] | None = None
    depth: WordList = ()
    ignored: WordList = ()
    kept: Annotated[list[TargetBody], Field(max_length=LIMITS.targets)] = []

    def plan(self) -> Plan:
        """The plan of the engine."""
        return typed(Plan, self.model_dump(mode="json"), "the plan")


def instruction(request: SeparationRequest) -> Instruction:
    """What the engine is asked, from the body a job was made with (its defaults filled in)."""
    regions = [Region.model_validate(one) for one in request.get("regions", ())]
    return Instruction(
        text=request["separationInstruction"],
        max_layers=request["maxLayers"],
        boxes=tuple(NamedBox(Box(*one.box), one.name) for one in regions if one.box is not None),
        points=tuple(NamedPoint(*one.point, one.name) for one in regions if one.point is not None),
        inpaint_prompt=request.get("inpaintPrompt", ""),
        seed=request.get("seed", 0),
        shadows=Shadows(request.get("shadows", "with")),
        strict=request.get("strict", False),
    )


def masks_of(request: SeparationRequest) -> list[tuple[str, str]]:
    """Id and name of the masks among the marked regions, front to back."""
    regions = [Region.model_validate(one) for one in request.get("regions", ())]
    return [(one.mask, one.name) for one in regions if one.mask is not None]


# ------------------------------------------------------------------------------------------------------ arrangements

Factor = Annotated[float, Field(ge=-LIMITS.scale, le=LIMITS.scale)]


class PlacedBody(Body):
    """One layer in an arrangement: where and how it is shown; scale and rotation go about its middle."""

    id: Annotated[Name, Field(min_length=1)]
    name: Name = ""
    visible: StrictBool = True
    opacity: Annotated[float, Field(ge=0, le=1)] = 1.0
    blend: Blend = Blend.NORMAL
    x: Annotated[StrictInt, Field(ge=-LIMITS.pixel, le=LIMITS.pixel)] = 0
    y: Annotated[StrictInt, Field(ge=-LIMITS.pixel, le=LIMITS.pixel)] = 0
    scale_x: Factor = 1.0
    scale_y: Factor = 1.0
    rotation: Annotated[float, Field(ge=-360, le=360)] = 0.0


class ArrangementBody(Body):
    """How the layers of a job are shown, bottom to top; `ground` is a colour as #rrggbb, none is transparency."""

    layers: Annotated[list[PlacedBody], Field(max_length=LIMITS.placed)] = []
    ground: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")] | None = None

    def arrangement(self) -> Arrangement:
        """The arrangement of the package."""
        layers = tuple(Placed(**{**one.model_dump(), "blend": one.blend}) for one in self.layers)
        colour = None if self.ground is None else bytes.fromhex(self.ground[1:])
        return Arrangement(layers, None if colour is None else (colour[0], colour[1], colour[2]))


# ------------------------------------------------------------------------------------------------------------ edits

Called = Annotated[Name, Field(min_length=1)]
"""A layer, by its id or its name."""


class RedoBody(Body):
    """Look for one layer again: within `box`, at `points`, or by `phrase`; at least one of the three."""

    kind: Literal["redo"]
    layer: Called
    phrase: Words = ""
    box: BoxList | None = None
    points: Annotated[tuple[PointList, ...], Field(max_length=LIMITS.points)] = ()
    name: Name = ""


class MaskBody(Body):
    """Cut one layer again along a mask: an asset of the picture's size, or the id of a mask that was found in it."""

    kind: Literal["mask"]
    layer: Called
    mask: Id
    name: Name = ""


class MergeBody(Body):
    """Make one layer of several; it keeps the id of the first."""

    kind: Literal["merge"]
    layers: Annotated[tuple[Called, ...], Field(min_length=2, max_length=LIMITS.merged)]
    name: Name = ""


class SplitBody(Body):
    """Cut parts off one layer."""

    kind: Literal["split"]
    layer: Called
    instruction: Annotated[Words, Field(min_length=1)]
    max_layers: Annotated[StrictInt, Field(ge=1, le=LIMITS.parts)] = 4


class RefillBody(Body):
    """Fill the background behind one layer again."""

    kind: Literal["refill"]
    layer: Called
    inpaint_model: Annotated[Text, Field(max_length=64)] | None = None
    inpaint_prompt: Words | None = None
    seed: Seed | None = None


class RenameBody(Body):
    """Call a layer something else."""

    kind: Literal["rename"]
    layer: Called
    name: Called


class RemoveBody(Body):
    """Give a layer back to what is behind it."""

    kind: Literal["remove"]
    layer: Called


EditBody: TypeAlias = Annotated[
    RedoBody | MaskBody | MergeBody | SplitBody | RefillBody | RenameBody | RemoveBody, Field(discriminator="kind")
]
_EDIT: TypeAdapter[Any] = TypeAdapter(EditBody)


def _no_mask(mask_id: str) -> Found:
    raise KeyError(mask_id)


def edit_of(told: Any, mask: Callable[[str], Found] = _no_mask) -> edits.Edit:
    """The edit of the package that a body stands for; `mask` gives the thing that a mask's id stands for."""
    match _EDIT.validate_python(told):
        case MaskBody() as one:
            return edits.Recut(one.layer, mask(one.mask), one.name)
        case RedoBody() as one:
            box = None if one.box is None else Box(*one.box)
            return edits.Redo(one.layer, one.phrase, box, one.points, one.name)
        case MergeBody() as one:
            return edits.Merge(one.layers, one.name)
        case SplitBody() as one:
            return edits.SplitOff(one.layer, one.instruction, one.max_layers)
        case RenameBody() as one:
            return edits.Rename(one.layer, one.name)
        case RemoveBody() as one:
            return edits.Remove(one.layer)
        case one:
            return edits.Refill(one.layer)
