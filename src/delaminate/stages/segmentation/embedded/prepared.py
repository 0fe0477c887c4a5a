"""What was seen in one picture, each part worked out when first asked for and kept for the next plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.contracts import Found, Target
from delaminate.pixels import Box, Mask, Rgb, as_eight_bit, levels
from delaminate.stack import Role
from delaminate.stages.segmentation.embedded.backdrop import Backdrop, border_band, fit_backdrop
from delaminate.stages.segmentation.embedded.candidates import Candidates, Proposals, candidates_of, proposals_of
from delaminate.stages.segmentation.embedded.classifier import Classifier
from delaminate.stages.segmentation.embedded.features import DrawnFace, drawn_face
from delaminate.stages.segmentation.embedded.figure import FigureNetwork
from delaminate.stages.segmentation.embedded.figures import Figures
from delaminate.stages.segmentation.embedded.glass import coverage
from delaminate.stages.segmentation.embedded.grabcut import refined
from delaminate.stages.segmentation.embedded.meaning import Company, company_of, measured
from delaminate.stages.segmentation.embedded.naming import trained_naming
from delaminate.stages.segmentation.embedded.network import Network, Seen
from delaminate.stages.segmentation.embedded.objectness import Measures, trained_judges
from delaminate.stages.segmentation.embedded.people import Face, faces
from delaminate.stages.segmentation.embedded.pool import Instruments, Pool
from delaminate.stages.segmentation.embedded.see_through.contour import crop_of, relation, solved, unit_of
from delaminate.stages.segmentation.embedded.see_through.veil import Veil, shown_through
from delaminate.stages.segmentation.embedded.see_through.veils import Veils
from delaminate.stages.segmentation.embedded.shapes import Shape, find_shapes, paint_over
from delaminate.stages.segmentation.embedded.sights import square, through_windows, windows_of
from delaminate.stages.segmentation.embedded.text_lines import GLANCE, Line, read_lines
from delaminate.stages.segmentation.embedded.text_reader import Writing
from delaminate.stages.segmentation.embedded.things import Thing, possible_things, separate_things, thing_at
from delaminate.stages.segmentation.embedded.view import View, view_of
from delaminate.stages.segmentation.embedded.wording import as_said, spoken
from delaminate.vocabulary.meaning import name_of

_POSSIBLE = 0.15
"""Score below which no words make a candidate a thing."""

CLEAR = 0.3
"""Score from which a thing stands out."""

_PLAIN = 0.5
"""Probability of a name from which a thing is plainly what that name says."""

_LESS_SURE = 0.2
"""By how much surer the map from the classifier's features must be: it is often sure of what it never saw."""

_SURE = 0.55
"""Score from which a smooth area inside a thing counts as a part of it, not as a drawn shape."""


_FLAT = 0.25
"""Gradient (Lab units a pixel) below which a pixel is of one colour with its neighbours."""
_MUCH = 0.4
"""Share of such pixels that photographs hardly reach."""

_FACED = 8
"""Things in which a drawn face is looked for, those most like whole things."""
_FINE = 0.6
"""Score from which an outline on a clean ground is taken for exact."""
_SAME_PLACE = 0.65
"""Overlap from which two things are one with two outlines."""
_CLEAR_FIGURE = 0.5
"""Share of what may stand out that surely does, below which nothing plainly stands out."""
_FIGURE_SHARES = (0.005, 0.85)
"""Shares of the picture between which what stands out may be its main thing."""

_HARD = 3.0
"""Gradient (Lab units a pixel) that most of a solid thing's edge has."""
_ROOM = 8
"""Pixels round something see-through from which its rim is painted over."""
_GLASSY = 0.6
"""Score from which what is called glass is see-through."""


class Outlined(Found):
    """A finding whose outline is as fine as it gets."""


@dataclass(eq=False)
class Prepared:
    """A picture under study: `rgb` is H×W×3, not copied; `boxes` is `Embedded`'s.

    `read` reads its text (a `TextReader`); `taught` loads what knows things by name, if anything does.
    """

    rgb: Rgb
    read: Callable[[NDArray[np.uint8]], Iterable[Writing]]
    boxes: int
    taught: Callable[[], Network | None] = lambda: None
    knows: Callable[[], Classifier | None] = lambda: None
    stands_out: Callable[[], FigureNetwork | None] = lambda: None

    @cached_property
    def figures(self) -> Figures | None:
        """What stands out in the picture and in parts of it; None without that network."""
        network = self.stands_out()
        return None if network is None else Figures(self.rgb, self.view, network)

    @cached_property
    def figure(self) -> tuple[Box, Mask, float] | None:
        """The main thing by the figure network: box and mask at full size, and how sure it is the one, 0..1.

        None without that network, where nothing plainly stands out, and where several things do on a clean ground:
        a sheet of sprites has no main one.
        """
        figures = self.figures
        if figures is None:
            return None
        if figures.look_ahead():  # what is asked for next is made ready meanwhile: whether it is drawn, and its name
            _ = self.is_drawn, self.network and self.network.of_names, self.knows()
        if figures.clarity < _CLEAR_FIGURE:
            return None
        share = float((figures.whole > 0.5).mean())
        if not _FIGURE_SHARES[0] < share < _FIGURE_SHARES[1] or (figures.counted > 1 and self.is_drawn):
            return None
        outline = figures.outline()
        return None if outline is None else (*outline, figures.clarity)

    def finer(self, thing: Thing) -> Thing:
        """A thing, or what has its place with a finer outline: on a clean ground, what differs from that."""
        if not self.is_drawn:
            return thing
        good = [t for t in self.possible if t.score >= _FINE and t.box.meets(thing.box)]
        common = [float((t.mask & thing.mask).sum()) for t in good]
        both = [c / max(1.0, float((t.mask | thing.mask).sum())) for c, t in zip(common, good, strict=True)]
        same = [t for t, overlap in zip(good, both, strict=True) if overlap >= _SAME_PLACE]
        return max(same, key=lambda t: t.score, default=thing)

    @property
    def figure_mask(self) -> Mask:
        """What stands out in the picture, in the view."""
        assert self.figures is not None
        return self.figures.whole > 0.5

    @property
    def standing_out(self) -> list[Mask]:
        """All that stands out in the picture, and its largest pieces; masks of the view."""
        return [] if self.figures is None else self.figures.pieces(Box(0, 0, *self.view.shape[::-1]))

    @cached_property
    def pool(self) -> Pool | None:
        """All that may be meant and what is known of it; None where a network is missing or nothing stands out."""
        classifier = self.knows()
        if classifier is None or self.figures is None:
            return None
        tools = Instruments(
            self.rgb, self.plain, self.measures, trained_judges()[1], self.figures, classifier, self.network
        )
        pool = Pool.of(tools, self.candidates, _POSSIBLE)
        return pool if pool.things else None

    @cached_property
    def windows(self) -> NDArray[np.float32]:
        """What the classifier sees through windows of the picture; float32 m×1000, the whole picture first."""
        classifier = self.knows()
        assert classifier is not None
        return through_windows(classifier, self.view, windows_of(self.view.shape))

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
    def lines_at_a_glance(self) -> tuple[Line, ...]:
        """The same, large enough to be seen from afar; none in a photograph that nobody writes on."""
        return read_lines(self.rgb, self.read, GLANCE) if self.may_be_written_on else ()

    @cached_property
    def view(self) -> View:
        """The picture at thinking size."""
        return view_of(self.rgb)

    @cached_property
    def faces(self) -> tuple[Face, ...]:
        """Faces in the picture, in its own pixels; none where the network for them is not on this machine."""
        return faces(self.rgb)

    @cached_property
    def drawn_face(self) -> DrawnFace | None:
        """The face that is drawn most plainly, of what stands out; None where none is."""
        things = [] if self.pool is None else [self.pool.things[i] for i in np.argsort(-self.pool.whole)[:_FACED]]
        return drawn_face(self.plain, [thing.mask for thing in things])

    def faces_seen(self) -> tuple[Face, ...]:
        """The faces, in pixels of the view."""
        return tuple((self.reduced_box(box), sure) for box, sure in self.faces)

    @cached_property
    def written(self) -> Mask:
        """Pixels of the view that carry text, which is no thing; on photographs nobody looks for any.

        Reading takes longer than all the rest, and it is posters that are full of letters.
        """
        if not self.may_be_written_on:
            return np.zeros(self.view.shape, np.bool_)
        full = np.zeros(self.rgb.shape[:2], np.bool_)
        for line in self.lines:
            full[line.box.slices] |= line.alpha > 0.2
        return self.view.reduced(full, 0.15)

    @cached_property
    def _proposed_on_trust(self) -> Proposals:
        """Regions proposed as if there were no text, while it is being read; what is left of that time, measured."""
        if not self.may_be_written_on:
            if self.figures is not None:
                self.figures.look_ahead()
            return proposals_of(self.view)
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
        cuts, figures = self.boxes, list[Mask]()
        if self.figures is not None:  # what stands out spares most of the cuts
            cuts = max(1, cuts // 3)
            if not self.is_drawn:  # on a clean ground what differs from it has a finer outline
                figures = self.standing_out
        return candidates_of(self.plain, self._proposed, self.written, trained_judges(), cuts, figures)

    @cached_property
    def _proposed(self) -> Proposals:
        plain = self.plain
        return proposals_of(plain) if self.written.any() else self._proposed_on_trust

    @property
    def measures(self) -> Measures:
        """Who measures regions of this picture."""
        return self._proposed.measures

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
        """The name of a region of the view that is plainly a thing one of the networks knows, else nothing."""
        return next((name for name, probability in self._called(mask) if probability >= _PLAIN), "")

    def _called(self, mask: Mask) -> Iterator[tuple[str, float]]:
        """What each network calls a region, with its probability; the next is asked where the first does not know."""
        if self.network is not None:
            yield from self.network.called(self.network.look(self.view.rgb, [mask]))
        if (classifier := self.knows()) is not None:
            sight = classifier.look([square(self.rgb, self.view, mask, alone=alone) for alone in (True, False)])
            likely = sight.probabilities.mean(axis=0)
            yield name_of(int(likely.argmax())), float(likely.max())
            if self.network is not None and (naming := trained_naming()) is not None:
                drawn = naming.among(naming(sight.features[None]), self.network.of_names)[0]
                yield self.network.names[int(drawn.argmax())], float(drawn.max()) - _LESS_SURE

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
    def veils(self) -> Veils:
        """What one looks through."""
        return Veils(as_eight_bit(self.rgb), self._solid)

    def _solid(self) -> Mask:
        """Where things with a hard edge all round are; bool of the view, which no smoke has."""
        out = np.zeros(self.view.shape, np.bool_)
        for thing in self.likely:
            rim = cv2.morphologyEx(thing.mask.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
            if float(np.percentile(self.view.gradient[rim], 30)) > _HARD:
                out |= thing.mask
        return np.asarray(cv2.dilate(out.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0)

    def veiled(self, veil: Veil, name: str) -> Found:
        """Something see-through as a finding; it lies before what is seen through it."""
        paint = veil.paint * np.float32(levels(self.rgb) / 255)
        return Found(veil.box, veil.mask, name, Role.EFFECT, veil.score, front=0.5, alpha=veil.alpha, paint=paint)

    def behind(self, veils: Sequence[Found]) -> Prepared:
        """The picture under study without what is see-through, in 8 bits; its text is not read once more."""
        rgb = as_eight_bit(self.rgb).copy()
        height, width = rgb.shape[:2]
        for veil in veils:
            assert veil.alpha is not None
            assert veil.paint is not None
            room = veil.box.grown(_ROOM, width, height)
            alpha, paint = (
                np.zeros((room.height, room.width), np.float32),
                np.zeros((*rgb[room.slices].shape,), np.float32),
            )
            alpha[veil.box.slices_in(room)] = veil.alpha
            paint[veil.box.slices_in(room)] = veil.paint * np.float32(255 / levels(self.rgb))
            rgb[room.slices] = shown_through(rgb[room.slices], alpha, paint)
        other = replace(self, rgb=rgb)
        if "_reading" in self.__dict__:
            other.__dict__["_reading"] = self._reading
        return other

    def glassy(self, found: Found) -> Found:
        """A finding that is asked for as something see-through, with its coverage and colour where they can be told."""
        height, width = self.rgb.shape[:2]
        unit = unit_of(width, height)
        crop = crop_of(found.box, width, height, unit)
        mask = np.zeros((crop.height, crop.width), np.bool_)
        mask[found.box.slices_in(crop)] = found.mask
        told = relation(as_eight_bit(self.rgb[crop.slices]).astype(np.float32), mask, unit)
        if told is None or told.slope is None or told.score < _GLASSY:
            return found
        alpha, paint = (whole[found.box.slices_in(crop)] for whole in solved(mask, told, unit))
        return replace(found, alpha=alpha, paint=paint * np.float32(levels(self.rgb) / 255), front=0.5)

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
    def may_be_written_on(self) -> bool:
        """Whether the picture is one that people write on: its ground is clean, or much of it is of one colour."""
        return self.is_drawn or float((self.view.gradient < _FLAT).mean()) > _MUCH

    @cached_property
    def _ground(self) -> Backdrop:
        """What the picture looks like where nothing stands."""
        return fit_backdrop(self.view.lab, border_band(*self.view.shape))

    @property
    def is_drawn(self) -> bool:
        """Whether the ground is so clean that drawn shapes stand out from it: a poster, a card, a slide."""
        backdrop = self._ground
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
        if found.role is Role.SHAPE or found.alpha is not None or isinstance(found, Outlined):
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
