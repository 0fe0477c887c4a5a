"""What was seen in one picture, each part worked out when first asked for and kept for the next plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from delaminate.contracts import Found, Target
from delaminate.pixels import Box, Mask, Rgb
from delaminate.stack import Role
from delaminate.stages.segmentation.embedded.candidates import Candidates, Proposals, candidates_of, proposals_of
from delaminate.stages.segmentation.embedded.glass import coverage
from delaminate.stages.segmentation.embedded.grabcut import refined
from delaminate.stages.segmentation.embedded.meaning import Company, company_of, measured
from delaminate.stages.segmentation.embedded.network import Network, Seen
from delaminate.stages.segmentation.embedded.objectness import trained_judges
from delaminate.stages.segmentation.embedded.people import Face, faces
from delaminate.stages.segmentation.embedded.shapes import Shape, find_shapes, paint_over
from delaminate.stages.segmentation.embedded.text_lines import Line, read_lines
from delaminate.stages.segmentation.embedded.text_reader import Writing
from delaminate.stages.segmentation.embedded.things import Thing, possible_things, separate_things, thing_at
from delaminate.stages.segmentation.embedded.view import View, view_of
from delaminate.stages.segmentation.embedded.wording import as_said, spoken

_POSSIBLE = 0.15
"""Score below which no words make a candidate a thing."""

CLEAR = 0.3
"""Score from which a thing stands out."""

_PLAIN = 0.5
"""Probability of a name from which a thing is plainly what that name says."""

_SURE = 0.55
"""Score from which a smooth area inside a thing counts as a part of it, not as a drawn shape."""


@dataclass(eq=False)
class Prepared:
    """A picture under study: `rgb` is H×W×3, not copied; `boxes` is `Embedded`'s.

    `read` reads its text (a `TextReader`); `taught` loads what knows things by name, if anything does.
    """

    rgb: Rgb
    read: Callable[[NDArray[np.uint8]], Iterable[Writing]]
    boxes: int
    taught: Callable[[], Network | None] = lambda: None

    @cached_property
    def network(self) -> Network | None:
        """What knows things by name."""
        return self.taught()

    @cached_property
    def _reading(self) -> Future[tuple[Line, ...]]:
        """The text being read, in a thread of its own: most of that happens outside the interpreter lock."""
        alone = ThreadPoolExecutor(1)
        reading = alone.submit(read_lines, self.rgb, self.read)
        alone.shutdown(wait=False)
        return reading

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Lines of text, top to bottom."""
        return self._reading.result()

    @cached_property
    def view(self) -> View:
        """The picture at thinking size."""
        return view_of(self.rgb)

    @cached_property
    def faces(self) -> tuple[Face, ...]:
        """Faces in the picture, in its own pixels; none where the network for them is not on this machine."""
        return faces(self.rgb)

    @cached_property
    def written(self) -> Mask:
        """Pixels of the view that carry text."""
        full = np.zeros(self.rgb.shape[:2], np.bool_)
        for line in self.lines:
            full[line.box.slices] |= line.alpha > 0.2
        return self.view.reduced(full, 0.15)

    @cached_property
    def _proposed_on_trust(self) -> Proposals:
        """Regions proposed as if there were no text, while it is being read; what is left of that time, measured."""
        reading = self._reading  # begins here at the latest
        proposed = proposals_of(self.view)
        _ = trained_judges(), self.network and self.network.of_names  # loaded in the same time
        for region in proposed.regions:
            if reading.done():
                break
            proposed.measures.alone(region)
        return proposed

    @cached_property
    def plain(self) -> View:
        """The view with its text painted over. Whoever asks for it needs regions next: they are proposed meanwhile."""
        assert self._proposed_on_trust is not None
        return paint_over(self.view, self.written)

    @cached_property
    def candidates(self) -> Candidates:
        """Judged regions."""
        plain = self.plain
        proposed = proposals_of(plain) if self.written.any() else self._proposed_on_trust
        return candidates_of(plain, proposed, self.written, trained_judges(), self.boxes)

    @cached_property
    def possible(self) -> list[Thing]:
        """Everything that words may be compared with, what overlaps included."""
        return possible_things(self.plain, self.candidates, _POSSIBLE)

    @cached_property
    def recognised(self) -> Seen | None:
        """What the network says of `possible`; None without a network."""
        if self.network is None:
            return None
        return self.network.look(self.plain.rgb, [thing.mask for thing in self.possible])

    def phrase_of(self, target: Target) -> tuple[str, bool]:
        """What to ask the network for, and whether colour, place and size are in it.

        They are where the words as they were said are a name it learned: "small airplane", "black heart".
        """
        said = as_said(target)
        whole = self.network is not None and self.network.is_name(said)
        return (said if whole else spoken(target)), whole

    def meant(self, phrase: str) -> NDArray[np.float32] | None:
        """How likely each of `possible` is what a phrase means, 0..1; None without a network or without words."""
        if self.network is None or self.recognised is None or not phrase or not self.possible:
            return None
        if self.network.meaning is None:
            return self.network.meant(self.recognised, phrase)
        seen, named = self.recognised, self.network.best_name(self.recognised)
        scores = np.array([thing.score for thing in self.possible], np.float32)
        agreement, strange = self.network.agreement(seen, phrase), self.network.strange(phrase)
        return self.network.meaning(measured(self._company, agreement, named, seen.worth, scores, strange))

    @cached_property
    def _company(self) -> Company:
        return company_of([thing.mask for thing in self.possible])

    def drawn_as(self, phrase: str, shapes: Sequence[Shape]) -> NDArray[np.float32]:
        """How likely each shape is what a phrase means, 0..1; 0 without a network or without words."""
        if self.network is None or not phrase:
            return np.zeros(len(shapes), np.float32)
        return self.network.meant(self.network.look(self.plain.rgb, [shape.seen for shape in shapes]), phrase)

    def called(self, mask: Mask) -> str:
        """The name of a region of the view that is plainly a thing the network knows, else nothing."""
        if self.network is None:
            return ""
        ((name, probability),) = self.network.called(self.network.look(self.plain.rgb, [mask]))
        return name if probability >= _PLAIN else ""

    def under(self, x: int, y: int) -> Thing | None:
        """What a point of the view marks: of the things around it the one that looks most like one whole thing.

        The network counts with how much of a true thing it sees in a region and how well any name fits that.
        """
        around = [i for i, thing in enumerate(self.possible) if thing.mask[y, x]]
        if not around:
            return thing_at(self.plain, self.candidates, x, y)
        whole = np.array([thing.score for thing in self.possible], np.float32)
        if self.network is not None and self.recognised is not None:
            whole = whole + self.recognised.worth + 0.5 * self.network.best_name(self.recognised)
        thing = self.possible[max(around, key=lambda i: float(whole[i]))]
        return replace(thing, score=max(thing.score, 0.6))

    @cached_property
    def familiarity(self) -> float:
        """How well the network knows things drawn like those that stand out here, −1..1; −1 without a network."""
        if self.network is None or self.recognised is None:
            return -1.0
        clear = [i for i, thing in enumerate(self.possible) if thing.score >= CLEAR]
        seen = Seen(self.recognised.worth[clear], self.recognised.vectors[clear])
        return self.network.familiarity(seen)

    @property
    def is_familiar(self) -> bool:
        """Whether that is enough to trust what the network does not recognise."""
        return self.network is not None and self.familiarity >= self.network.familiar

    def lacks(self, phrase: str, among: Iterable[tuple[float, float]], asked: int) -> bool:
        """Whether words mean nothing here: it knows them, and none of what they choose from is likely meant.

        Where no more stands out than is asked for, or all is drawn as it never saw, a guess is still worth making:
        people name what they see.

        Parameters
        ----------
        among : score and probability of being meant of each choice, 0..1.
        asked : how many things the whole instruction names.
        """
        if self.network is None or not phrase or self.network.strange(phrase) == 1:
            return False
        scores, meant = np.array([*among], np.float64).reshape(-1, 2).T
        unmeant = bool((scores >= CLEAR).sum() > asked and (meant < self.network.absent).all())
        return unmeant and self.is_familiar

    @cached_property
    def likely(self) -> list[Thing]:
        """Things that may be there; a pane is judged only where none of them lies."""
        return separate_things(self.plain, self.candidates, 0.3)

    @cached_property
    def certain(self) -> list[Thing]:
        """Things that are certainly there."""
        return separate_things(self.plain, self.candidates, _SURE)

    @cached_property
    def shapes(self) -> list[Shape]:
        """Drawn shapes that are no parts of things, largest first."""
        return find_shapes(self.plain, self.candidates.backdrop, [t.mask for t in self.certain], self.written)

    @cached_property
    def all_shapes(self) -> list[Shape]:
        """Drawn shapes, those that make up things included."""
        return find_shapes(self.plain, self.candidates.backdrop, [], self.written)

    @property
    def is_drawn(self) -> bool:
        """Whether the ground is so clean that drawn shapes stand out from it: a poster, a card, a slide."""
        backdrop = self.candidates.backdrop
        return backdrop.share > 0.95 and backdrop.tolerance < 8

    def reduced_box(self, box: Box) -> Box:
        """A box of the full picture in pixels of the view."""
        h, w = self.view.shape
        sx, sy = w / self.view.width, h / self.view.height
        left, top = min(int(box.left * sx), w - 1), min(int(box.top * sy), h - 1)
        return Box(
            left, top, max(left + 1, min(w, round(box.right * sx))), max(top + 1, min(h, round(box.bottom * sy)))
        )

    def found(self, mask: Mask, name: str, role: Role, confidence: float, advice: str = "") -> Found | None:
        """A finding from a mask of the view, at full size but no finer; None if nothing is left of it."""
        full = self.view.enlarged(mask)
        if full is None:
            return None
        return Found(*full, name, role, float(confidence), None, advice, -float(mask.mean()))

    def outlined(self, found: Found) -> Found:
        """A finding with its outline where the colours part at full size; what was drawn or written has a finer one."""
        if found.role is Role.SHAPE or found.alpha is not None:
            return found
        height, width = self.rgb.shape[:2]
        box = found.box.grown(max(8, max(found.box.width, found.box.height) // 8), width, height)
        wide = np.zeros((box.height, box.width), np.bool_)
        wide[found.box.slices_in(box)] = found.mask
        better = refined(self.rgb[box.slices], wide)
        return found if better is None else replace(found, box=box, mask=better)

    def pane(self, shape: Shape) -> Found | None:
        """A drawn shape as a finding, with its coverage where the ground shows through."""
        found = self.found(shape.mask, "", Role.SHAPE, min(0.85, shape.score))
        if found is None:
            return None
        backdrop = self.candidates.backdrop
        ground = (backdrop.distance < backdrop.tolerance) & ~self.written
        for other in self.shapes:
            ground &= ~other.mask
        clean = shape.seen & ~self.written & (self.plain.gradient < 1.5)
        for thing in self.likely:
            clean &= ~thing.mask
        share = coverage(self.plain.rgb, clean, ground & ~shape.mask)
        if share is None:
            return found
        return replace(found, role=Role.EFFECT, alpha=found.mask.astype(np.float32) * np.float32(share))
