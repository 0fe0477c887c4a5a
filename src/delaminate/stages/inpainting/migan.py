"""MI-GAN fills small squares quickly (Sargsyan et al., "MI-GAN", ICCV 2023); its weights are MIT, trained on Places.

The file is the makers' pipeline: uint8 in and out, any size, and a mask that is 255 where the picture is kept. It
works at 512 pixels inside, which is why it is shown squares of that size.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaminate.contracts import Tick, no_tick
from delaminate.errors import StageFailed
from delaminate.models import weights
from delaminate.models.onnx_session import answers, can_run, loading, side_of
from delaminate.pixels import Mask, Rgb
from delaminate.stages.inpainting.content_aware.fill import ContentAware
from delaminate.stages.inpainting.tiles import Tiles

_SIDE = 512
_load = loading("MI-GAN", "image", "mask")


@dataclass(frozen=True)
class Migan:
    """Fills without words what flat colours, gradients and continued edges do not explain.

    Parameters
    ----------
    weights : their name, or a file of the user's.
    structure : whether edges are continued through the hole first, as the embedded fill does.
    """

    weights: str = "migan"
    structure: bool = True
    name: str = field(default="migan", init=False)

    @property
    def checkpoints(self) -> tuple[str, ...]:
        return (self.weights,)

    def missing(self) -> str:
        """What to install or fetch first; empty when the stage can work."""
        if not can_run():
            return "install onnxruntime: pip install onnxruntime"
        return weights.missing(self.weights, libraries=())

    def __call__(
        self,
        rgb: Rgb,
        hole: Mask,
        usable: Mask,
        *,
        prompt: str = "",  # noqa: ARG002
        seed: int = 0,
        tick: Tick = no_tick,
    ) -> Rgb:
        """See `contracts.Inpainter`; `prompt` is ignored, `seed` is that of the grain of smooth areas.

        Raises
        ------
        StageFailed
            If the weights are not there or are not MI-GAN's.
        """
        fill = ContentAware(structure=self.structure, texture=self._textured)
        return fill(rgb, hole, usable, seed=seed, tick=tick)

    def _textured(self, rgb: Rgb, hole: Mask, known: Mask, tick: Tick) -> NDArray[np.float32]:
        """The model is loaded when it is first needed: flat and smooth holes never need it."""
        return self._tiles()(rgb, hole, known, tick)

    def _tiles(self) -> Tiles:
        session, why = weights.loaded(self.weights, _load)
        if session is None:
            raise StageFailed(f"migan cannot work: {why}")
        return Tiles(functools.partial(_asked, session), side_of(session, "image") or _SIDE, self.name)


def _asked(session: Any, shown: NDArray[np.uint8], inside: Mask) -> NDArray[np.float32]:
    image = np.ascontiguousarray(shown.transpose(2, 0, 1)[None])
    kept = np.where(inside, np.uint8(0), np.uint8(255))[None, None]
    try:
        made = answers(session, {"image": image, "mask": kept})[0]
    except Exception as error:
        raise StageFailed(f"migan failed: {str(error).splitlines()[0]}") from error
    return np.asarray(made[0].transpose(1, 2, 0), np.float32)
