"""All that one looks through in a picture, each sort worked out when first asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Mask
from delaminate.stages.segmentation.embedded.see_through.bubbles import bubbles
from delaminate.stages.segmentation.embedded.see_through.panes import panes
from delaminate.stages.segmentation.embedded.see_through.plumes import plumes
from delaminate.stages.segmentation.embedded.see_through.veil import Sort, Veil

_NAMED = {Sort.PANE: 0.6, Sort.BUBBLE: 0.6, Sort.PLUME: 0.35, Sort.GLOW: 0.35}
"""Score from which something is what a word says."""
_AS_SURE = 0.85
"""Share of the surest score from which several of a sort are meant."""


@dataclass(eq=False)
class Veils:
    """The veils of a picture; `rgb` is uint8 H×W×3, not copied; `solid` tells where something surely is none, H×W."""

    rgb: NDArray[np.uint8]
    solid: Callable[[], Mask]
    _found: dict[Sort, list[Veil]] = field(default_factory=dict)

    def of(self, sort: Sort) -> list[Veil]:
        """Those of a sort, the surest first."""
        if sort not in self._found:
            match sort:
                case Sort.PANE:
                    self._found[sort] = panes(self.rgb)
                case Sort.BUBBLE:
                    self._found[sort] = bubbles(self.rgb)
                case _:
                    self._found[sort] = plumes(self.rgb, sort, self.solid())
        return self._found[sort]

    def named(self, sort: Sort, count: int | None) -> list[Veil]:
        """What a word means: so many of a sort, or, without a number, all that are about as sure as the surest."""
        sure = [veil for veil in self.of(sort) if veil.score >= _NAMED[sort]]
        if count is None:
            sure = [veil for veil in sure if veil.score >= _AS_SURE * sure[0].score]
        return sure[:count]

    @property
    def plain(self) -> list[Veil]:
        """Panes that whoever asks for everything means too; bubbles and smoke look like badges, lights and blots."""
        return [veil for veil in self.of(Sort.PANE) if veil.plain]
