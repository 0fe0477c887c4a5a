"""Put a stage of your own into the engine: swap_a_stage.py PICTURE FOLDER

A stage is any object with the right call (see delaminate.contracts). Here an inpainter that fills every hole with the
mean colour of what may serve as an example. To make a stage available by name, to the command line too, declare it in
your package's metadata:

    [project.entry-points."delaminate.inpainters"]
    mean-colour = "my_package:MeanColour"
"""

import sys
from dataclasses import dataclass, replace

import numpy as np

import delaminate
from delaminate.contracts import Tick, no_tick
from delaminate.engines import engine
from delaminate.pixels import Mask, Rgb, box_of


@dataclass(frozen=True)
class MeanColour:
    """Fills a hole with one colour."""

    name: str = "mean-colour"

    def __call__(
        self, rgb: Rgb, hole: Mask, usable: Mask, *, prompt: str = "", seed: int = 0, tick: Tick = no_tick
    ) -> Rgb:
        box = box_of(hole)
        assert box is not None, "an inpainter is only called with something to fill"
        known = usable & ~hole
        mean = rgb[known].mean(axis=0) if known.any() else rgb[hole].mean(axis=0)
        patch = rgb[box.slices].copy()
        patch[hole[box.slices]] = np.rint(mean).astype(rgb.dtype)
        tick(1.0)
        return patch


if __name__ == "__main__":
    picture, folder = sys.argv[1:]
    mine = replace(engine("embedded"), inpainter=MeanColour())
    result = delaminate.split(picture, "extract every object", engine=mine)
    delaminate.save(result, folder)
    print(f"{len(result.stack.layers) - 1} layers, exact: {result.report.differing_pixels == 0}")
