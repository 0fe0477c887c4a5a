"""A crowd with the regions that the training-free half of the embedded engine proposes in it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from crowd import Art, Crowd
from numpy.typing import NDArray

from delaminate.stages.segmentation.embedded.network import SIDE, Network, Seen, glimpse_of
from delaminate.stages.segmentation.embedded.prepared import Prepared
from delaminate.stages.segmentation.embedded.things import Thing


@dataclass(frozen=True, eq=False)
class Scene:
    """A crowd and what is proposed in it.

    Parameters
    ----------
    crowd : picture and true masks.
    things : proposals, regions of the engine's view.
    glimpses, true_glimpses : uint8 n×40×40×4 of the proposals and of the true masks.
    overlaps : float32 proposals×true things, intersection over union.
    present : names in the order of the things.
    absent : as many names of things that are not there.
    """

    crowd: Crowd
    things: list[Thing]
    glimpses: NDArray[np.uint8]
    true_glimpses: NDArray[np.uint8]
    overlaps: NDArray[np.float32]
    present: tuple[str, ...]
    absent: tuple[str, ...]

    def seen_by(self, net: Network, *, true: bool = False) -> Seen:
        """What a network says of the proposals, or of the true masks."""
        glimpses = self.true_glimpses if true else self.glimpses
        fed = np.ascontiguousarray(glimpses.transpose(0, 3, 1, 2).astype(np.float32) / 255)
        return Seen(*net.session.run(None, {"glimpses": fed}))


def proposed(scene: Crowd, art: Art, rng: np.random.Generator) -> Scene:
    """A crowd with its proposals, ranked by nobody; text is not read, it would take longer than all the rest.

    Absent names share no keyword with a name that is there.
    """
    present = tuple(art.names[n] for n in art.name_of[scene.cutouts])
    near = frozenset[str]().union(*(art.phrases[name] for name in present))
    near |= {word for phrase in near for word in phrase.split()}
    far = [name for name in art.names if not near & {*art.phrases[name], *name.split()}]
    seen = Prepared(scene.rgb, lambda _: (), 12)
    size = seen.view.shape[::-1]
    true = [cv2.resize(m, size, interpolation=cv2.INTER_LINEAR) > 127 for m in scene.masks]
    overlaps = [[int((t.mask & m).sum()) / max(1, int((t.mask | m).sum())) for m in true] for t in seen.possible]
    return Scene(
        scene,
        seen.possible,
        np.stack([glimpse_of(seen.plain.rgb, t.mask) for t in seen.possible])
        if seen.possible
        else np.zeros((0, SIDE, SIDE, 4), np.uint8),
        np.stack([glimpse_of(seen.plain.rgb, m) for m in true]),
        np.array(overlaps, np.float32).reshape(-1, len(true)),
        present,
        tuple(str(name) for name in rng.choice(far, len(present), replace=False)),
    )
