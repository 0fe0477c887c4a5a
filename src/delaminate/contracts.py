"""The data flow on one page: what each stage takes and gives.

    image, instruction → Plan → [Target: Found (mask) → Alpha → filled hole → colour → exact Layer] → LayerStack

A stage is a frozen dataclass of options with one typed call. It imports no other stage, changes none of its inputs,
takes no `**kwargs`, and reports progress through `tick`, which may raise `Cancelled`: let that pass through.
Third parties register stages under the entry-point groups named in `engines.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from html import escape
from typing import Any, Protocol, TypeAlias, runtime_checkable

from delaminate import shown
from delaminate.pixels import Alpha, Box, Colour, Mask, Nearness, Rgb
from delaminate.stack import Layer, LayerStack, Role

Tick: TypeAlias = Callable[[float], None]
"""Called by a stage with the share of its work that is done, 0..1. It may raise `Cancelled`."""


def no_tick(_: float) -> None:
    """The tick of a caller who does not watch."""


@dataclass(frozen=True)
class Progress:
    """One message to whoever watches a split.

    `stage` is one of "plan", "segment", "alpha", "fill", "exact", "done"; `done` is 0..1 over the whole job and never
    goes back; `layer` counts from 1 while a layer is being made, of `layers`.
    """

    stage: str
    done: float
    layer: int = 0
    layers: int = 0
    name: str = ""


Watch: TypeAlias = Callable[[Progress], None]
"""A progress callback. Raise `Cancelled` in it to stop the job."""


# ---------------------------------------------------------------------------------------------- instruction → plan


@dataclass(frozen=True)
class NamedBox:
    """A box given outright, in pixels of the upright picture; `name` may be empty."""

    box: Box
    name: str = ""


@dataclass(frozen=True)
class NamedPoint:
    """A point given outright, in pixels of the upright picture; `name` may be empty."""

    x: int
    y: int
    name: str = ""


class Shadows(StrEnum):
    """What becomes of the soft shadows of things that are taken off."""

    WITH = "with"
    """They go with their owner's layer, as see-through black."""
    OWN = "own"
    """Each gets a layer of its own, while `max_layers` allows."""
    LEAVE = "leave"
    """They stay in the background."""


@dataclass(frozen=True)
class Instruction:
    """What the user asked for.

    Parameters
    ----------
    text : the sentence; may be empty when boxes or points are given.
    max_layers : upper bound on layers, the background not counted; at least 1.
    boxes, points : things marked in the picture rather than named.
    inpaint_prompt : optional hint for the filled-in background.
    seed : same input, seed and version give the same bytes.
    shadows : what becomes of the shadows of things.
    strict : whether guesses stay in the background rather than become layers.
    masks : things given by their masks, front to back; each becomes a layer, whatever the text asks for besides.
    """

    text: str = ""
    max_layers: int = 6
    boxes: tuple[NamedBox, ...] = ()
    points: tuple[NamedPoint, ...] = ()
    inpaint_prompt: str = ""
    seed: int = 0
    shadows: Shadows = Shadows.WITH
    strict: bool = False
    masks: tuple[Found, ...] = ()


class Kind(StrEnum):
    """What sort of thing a target asks for; it decides who looks for it."""

    SUBJECT = "subject"
    """The main thing of the picture, whatever it is."""
    OBJECT = "object"
    """A thing with a name."""
    PERSON = "person"
    TEXT = "text"
    SHAPE = "shape"
    """A drawn shape: circle, band, button, card, frame."""
    PART = "part"
    """A part of a thing: eyes, mouth, clothes, wheels."""
    EFFECT = "effect"
    """Smoke, glass, glow, bubbles, fire: see-through things."""
    SHADOW = "shadow"
    ANYTHING = "anything"
    """Every element there is, of any kind."""


@dataclass(frozen=True)
class Target:
    """One thing, or one group of things, to be separated.

    Parameters
    ----------
    phrase : the words of the instruction it stands for; what reports call it.
    kind : see `Kind`.
    noun : head noun in the singular, lower case ("apple"); empty for SUBJECT, ANYTHING and bare boxes.
    name : what to call its layer; empty lets the segmenter name it.
    colours : basic English colour names, lower case ("red", "grey").
    positions : of "left", "right", "top", "bottom", "centre", "foreground", "background", "first", "last".
    size : "large", "small" or empty; "largest" and "smallest" for superlatives.
    count : how many are wanted; None when the instruction leaves it open ("the cards", "every").
    each : True gives every instance a layer of its own, False puts all of them into one layer.
    text_role : for TEXT: "title", "subtitle", "caption", "footer", "price", "label", or empty for any text.
    quoted : text to be found letter by letter ("SALE"), or None.
    box : where it is, in pixels, or None.
    point : a pixel inside it, or None.
    excluded : nouns that must stay in the background ("every sea creature, no bubbles").
    description : what it looks like in a few English words, for detectors that read; empty lets them use the rest.
    known : False where the planner does not know the words. An engine that knows no more ends with "not found";
        one that reads the phrase itself may still look for it.
    """

    phrase: str
    kind: Kind = Kind.OBJECT
    noun: str = ""
    name: str = ""
    colours: tuple[str, ...] = ()
    positions: tuple[str, ...] = ()
    size: str = ""
    count: int | None = 1
    each: bool = True
    text_role: str = ""
    quoted: str | None = None
    box: Box | None = None
    point: tuple[int, int] | None = None
    excluded: tuple[str, ...] = ()
    description: str = ""
    known: bool = True


@dataclass(frozen=True)
class Plan:
    """What will be looked for, front to back where the planner knows it.

    Parameters
    ----------
    inverted : True for "everything except …" with the exceptions as targets: what the targets cover stays in the
        background and the rest becomes layers.
    note : how the instruction was read when that is not obvious.
    layers : how many layers were asked for ("into two layers"); more than that are grouped, None leaves it open.
    depth : names of bands front to back ("foreground", "midground", "background"), where the picture is wanted cut
        by distance; each band becomes one layer, the last one the background.
    ignored : the user's words that say nothing of what to separate ("for printing", "in high quality").
    kept : what stays in the background, whole, while the targets come off ("every object, but not the text").
    """

    targets: tuple[Target, ...]
    inverted: bool = False
    note: str = ""
    planner: str = ""
    layers: int | None = None
    depth: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    kept: tuple[Target, ...] = ()


class Planner(Protocol):
    """Instruction → Plan. Pure for the embedded grammar; others may ask a model, hence the picture."""

    def __call__(self, instruction: Instruction, rgb: Rgb, tick: Tick = no_tick) -> Plan:
        """`rgb` is H×W×3, uint8 or uint16.

        Raises
        ------
        BadInstruction
            If nothing can be understood, or a box or point lies outside the picture.
        """


@runtime_checkable
class Forewarner(Protocol):
    """A planner that tells from the words alone that they cannot be used, so that a job need not begin to fail.

    Optional: what a planner without `check` refuses is refused when it is asked.
    """

    def check(self, instruction: Instruction) -> None:
        """Nothing where the words can be read; boxes and points are not looked at.

        Raises
        ------
        BadInstruction
            If nothing can be understood.
        """


# ------------------------------------------------------------------------------------------------- plan → masks


@dataclass(frozen=True, eq=False)
class Found:
    """One thing found in the picture.

    Parameters
    ----------
    box : where it is.
    mask : bool, box.height × box.width.
    name : a layer name ("red apple", "SUMMER MARKET").
    role : what it is.
    confidence : 0..1; below 0.5 the layer is reported as uncertain.
    text : for text the recognised string.
    advice : one sentence for the user when the segmenter had to guess, else empty.
    front : larger is nearer to the viewer; only compared where two findings overlap or enclose each other.
    alpha : float32 over the box where the segmenter already knows the coverage (ink on a plain ground), else None and
        the matter works it out from the mask.
    drawn : whether a person drew the mask: no piece joins it and no opening leaves it.
    paint : float32 over the box × 3, in levels of the picture: the own colour of something see-through, where the
        segmenter knows it with `alpha`. What is behind then shows through, and nothing needs to be invented for it.
    """

    box: Box
    mask: Mask
    name: str
    role: Role = Role.OBJECT
    confidence: float = 1.0
    text: str | None = None
    advice: str = ""
    front: float = 0.0
    alpha: Alpha | None = None
    drawn: bool = False
    paint: Colour | None = None


class Segmenter(Protocol):
    """Plan → what was found, in two steps so that the costly half is done once per picture.

    The whole plan comes in one call because targets compete: "the boar and the lantern" are two different things.
    """

    def prepare(self, rgb: Rgb, tick: Tick = no_tick) -> Any:
        """Look at the H×W×3 picture once; the value goes back into the call and may be kept for another plan."""

    def __call__(self, prepared: Any, plan: Plan, tick: Tick = no_tick) -> tuple[tuple[Found, ...], ...]:
        """For each target of the plan what answers it, best first; an empty tuple where nothing does."""


@runtime_checkable
class Surveyor(Protocol):
    """A segmenter that also tells what nobody asked for, so that no fill takes such a thing for ground and copies it.

    Optional: of a segmenter without `others` only what answers the plan is known.
    """

    def others(self, prepared: Any, plan: Plan, tick: Tick = no_tick) -> tuple[Found, ...]:
        """Things that stand out in a picture prepared for the plan: rough masks, what answers the plan among them."""


@runtime_checkable
class Glancer(Protocol):
    """A segmenter that shows at once, roughly, what it will likely take at a point. Optional, as `Surveyor` is."""

    def glance(self, prepared: Any, x: int, y: int) -> Found | None:
        """What is known already to be at a pixel of a prepared picture; None says only that nothing was seen yet."""


@runtime_checkable
class Wanting(Protocol):
    """A segmenter that would find more with something that is not on this machine. Optional, as `Surveyor` is."""

    def wants(self, rgb: Rgb, plan: Plan) -> str:
        """One sentence for the report on a picture (H×W×3) and a plan: what is missing and what fetches it, or ""."""


# ------------------------------------------------------------------------------------------------- mask → pixels


class Matter(Protocol):
    """Mask → Alpha."""

    def __call__(self, rgb: Rgb, mask: Mask, tick: Tick = no_tick) -> Alpha:
        """Soft coverage of the thing under `mask`.

        Parameters
        ----------
        rgb : H×W×3, a crop around the thing with some margin.
        mask : H×W.

        Returns
        -------
        Alpha
            float32 H×W in 0..1; 0 far outside the mask. An empty mask gives zeros, a full one gives ones.
        """


class ForegroundEstimator(Protocol):
    """Alpha → the thing's own colour where it is mixed with what lies behind."""

    def __call__(self, rgb: Rgb, alpha: Alpha) -> Colour:
        """float32 H×W×3 in levels of `rgb`'s depth; equal to `rgb` where alpha is 1."""


class Inpainter(Protocol):
    """Fills the hole a layer leaves."""

    @property
    def name(self) -> str:
        """What the manifest calls it."""

    def __call__(
        self, rgb: Rgb, hole: Mask, usable: Mask, *, prompt: str = "", seed: int = 0, tick: Tick = no_tick
    ) -> Rgb:
        """Make up what is behind.

        Parameters
        ----------
        rgb : H×W×3, the whole picture as it is now; not changed.
        hole : H×W, what to fill; at least one pixel.
        usable : H×W, pixels that may serve as examples (False on other layers' things and on transparency).
            Where nothing is usable the stage still fills, from the nearest known colours.
        prompt : what the user wants there; content-aware methods ignore it.

        Returns
        -------
        Rgb
            rgb's dtype, shape of the *bounding box of `hole`* × 3; identical to `rgb` outside the hole.
        """


class DepthEstimator(Protocol):
    """Picture → how near each pixel is."""

    def __call__(self, rgb: Rgb, tick: Tick = no_tick) -> Nearness:
        """float32 H×W for an H×W×3 picture; larger is nearer, in no unit."""


@dataclass(frozen=True)
class Stages:
    """One engine: a name and the stages it is made of. Built by `engines.py` only.

    `depth` is asked where bands of distance are wanted; without it the cues of the picture tell. `notes` go into every
    report: which stages were taken, and who is sent the picture.
    """

    name: str
    planner: Planner
    segmenter: Segmenter
    matter: Matter
    foreground: ForegroundEstimator
    inpainter: Inpainter
    depth: DepthEstimator | None = None
    notes: tuple[str, ...] = ()


# ------------------------------------------------------------------------------------------------------- outcome


SURE = 0.5
"""Confidence from which on a finding is no guess."""


class Outcome(StrEnum):
    """How a target ended. Expected trouble is a value with advice, not an exception."""

    EXTRACTED = "extracted"
    UNCERTAIN = "uncertain"
    NOT_FOUND = "not found"
    CAP_REACHED = "cap reached"
    TOO_SMALL = "too small"
    KEPT = "kept in background"

    @property
    def advice(self) -> str:
        """What the user can do about it; empty when that is nothing. Each door names the means in its own words."""
        return _ADVICE[self]


DOUBTFUL = (Outcome.UNCERTAIN, Outcome.NOT_FOUND, Outcome.TOO_SMALL)
"""Outcomes after which somebody should look."""

_MARK = "Mark the thing with a box or a point, or use an engine that understands words."
_ADVICE = {
    Outcome.EXTRACTED: "",
    Outcome.UNCERTAIN: f"This is a guess: nothing that is seen clearly answers the words. {_MARK}",
    Outcome.NOT_FOUND: f"Nothing in the picture answers this. {_MARK}",
    Outcome.CAP_REACHED: "More was found than max_layers allows; raise it to get that as well.",
    Outcome.TOO_SMALL: "What was found is only a few pixels; crop the picture around it or mark it with a box.",
    Outcome.KEPT: "",
}


@dataclass(frozen=True)
class TargetReport:
    """How one target ended: its words, the outcome, what to do, and the ids of the layers it gave."""

    target: str
    outcome: Outcome
    advice: str = ""
    layers: tuple[str, ...] = ()


@dataclass(frozen=True)
class ServerCalls:
    """What one server was asked in a split: answered calls, their seconds, and what they cost.

    `cost` is None where nobody told the price of a call; answers that were kept from before cost nothing and are not
    counted. `purpose` is "planning", "masks", "fills" or "layers".
    """

    server: str
    purpose: str
    calls: int
    seconds: float
    cost: float | None = None


@dataclass(frozen=True)
class Report:
    """What happened: targets, proof, seconds per stage (wall clock), remarks, and calls of servers with their cost."""

    targets: tuple[TargetReport, ...]
    max_error: int
    differing_pixels: int
    seconds: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    calls: tuple[ServerCalls, ...] = ()

    @property
    def doubts(self) -> tuple[TargetReport, ...]:
        """The targets that nothing surely answers: guesses, what was not found, and what was too small."""
        return tuple(one for one in self.targets if one.outcome in DOUBTFUL)


@dataclass(frozen=True, eq=False)
class Decomposition:
    """The result of a split: the stack, the report, and the facts the manifest records.

    `lossy` says that the picture came through lossy compression, whose traces reach further than the things in it.
    """

    stack: LayerStack
    report: Report
    instruction: Instruction
    plan: Plan
    engine: str
    inpaint_model: str
    sha256: str
    mode: str = "RGB"
    lossy: bool = False

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The stack's layers, bottom to top, the background first."""
        return self.stack.layers

    @property
    def exact(self) -> bool:
        """Whether the layers add up to the picture, bit for bit."""
        return self.report.max_error == 0 and self.report.differing_pixels == 0

    def __repr__(self) -> str:
        proof = "exact" if self.exact else f"{self.report.differing_pixels} pixels differ"
        doubts = f", {len(self.report.doubts)} in doubt" if self.report.doubts else ""
        return f"<Decomposition of {self.instruction.text!r}: {self.stack!r}, {proof}{doubts}>"

    def _repr_html_(self) -> str:
        """The layers, how every target ended, and the proof."""
        rows = [tuple(map(escape, (one.target, one.outcome, one.advice))) for one in self.report.targets]
        asked = shown.table(("asked for", "outcome", "what you can do"), rows) if rows else ""
        proof = "exact" if self.exact else f"not exact, {self.report.differing_pixels} pixels differ"
        return f"{self.stack._repr_html_()}{asked}<p>layers add up to the picture: {proof}</p>"
