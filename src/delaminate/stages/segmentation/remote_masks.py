"""Masks from a server of one's own, so that many workers share few GPUs: names, boxes and points in, outlines out.

The shape is ours and small; `docs/how-to/remote-models.md` describes it, `examples/mask_server.py` speaks it.
"""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from delaminate.contracts import Target, Tick, no_tick
from delaminate.errors import StageFailed
from delaminate.models.hosted import host
from delaminate.models.remote import Endpoint
from delaminate.pixels import Box, Mask, Rgb, as_eight_bit, box_of
from delaminate.stages.segmentation.cutouts import Cutout, corners_of
from delaminate.stages.segmentation.reading import Reading, Seen

_MOST_THINGS = 1000


@dataclass(frozen=True)
class RemoteMasks(Reading):
    """Finds and cuts things out by asking a server; text, drawn shapes and what has no name are left to `plain`.

    Parameters
    ----------
    url, key : of the server; default `DELAMINATE_MASKS_URL` and `DELAMINATE_MASKS_KEY`.
    timeout, tries, pause, price : see `models.remote.Endpoint`; the price's default is `DELAMINATE_MASKS_PRICE`.
    threshold : least score of what is taken.
    """

    url: str = ""
    key: str = ""
    timeout: float = 120.0
    tries: int = 3
    pause: float = 2.0
    price: float | None = None
    threshold: float = 0.3

    @property
    def _endpoint(self) -> Endpoint:
        patience = {"timeout": self.timeout, "tries": self.tries, "pause": self.pause}
        return Endpoint.set_up("masks", self.url, self.key, self.price, **patience)

    def missing(self) -> str:
        """What to set first; empty when the stage can work."""
        return self._endpoint.missing()

    def sends(self) -> str:
        """Where the picture goes, for the report."""
        return f"For masks, pictures are sent to {host(self._endpoint.url)}."

    def _looking(self) -> Callable[[Rgb], Any]:
        lacking = self.missing()
        if lacking:
            raise StageFailed(f"remote-masks cannot work yet: {lacking}")
        return _png

    def _read(self, prepared: Seen, queries: list[str], tick: Tick) -> dict[str, list[Cutout]]:
        found: dict[str, list[Cutout]] = {query: [] for query in queries}
        for query, cutout in self._asked(prepared, {"queries": queries}, tick):
            if query in found:
                found[query].append(cutout)
        tick(1.0)
        return found

    def _marked(self, prepared: Seen, target: Target, seen: dict[str, list[Cutout]]) -> list[Cutout]:  # noqa: ARG002
        mark = {"boxes": [target.box.as_tuple()]} if target.box is not None else {"points": [target.point]}
        things = [cutout for _, cutout in self._asked(prepared, mark, no_tick)]
        return sorted(things, key=lambda cutout: -cutout.score)[:1]

    def _asked(self, prepared: Seen, wanted: dict[str, Any], tick: Tick) -> list[tuple[str, Cutout]]:
        """What the server finds, each with the query it answers."""
        endpoint = self._endpoint
        body = {"image": prepared.view, "width": prepared.width, "height": prepared.height} | wanted
        things = endpoint.ask(body, tick).get("things")
        if not isinstance(things, list) or len(things) > _MOST_THINGS:
            raise StageFailed(f"{host(endpoint.url)} answered without a list of things; check what runs there")
        found = []
        for thing in things:
            try:
                score = min(1.0, max(0.0, float(thing["score"])))
                box, mask = _outline(thing, prepared.width, prepared.height)
            except (KeyError, TypeError, ValueError, OSError, binascii.Error) as error:
                raise StageFailed(f"{host(endpoint.url)} answered with a thing that cannot be read: {error}") from error
            if score > self.threshold:
                corners = corners_of(box, prepared.width, prepared.height)
                found.append((str(thing.get("query", "")), Cutout(corners, score, whole=(box, mask))))
        return found


def _png(rgb: Rgb) -> str:
    """The picture as the server gets it."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(as_eight_bit(rgb))).save(file, "PNG", compress_level=1)
    return base64.b64encode(file.getvalue()).decode()


def _outline(thing: dict[str, Any], width: int, height: int) -> tuple[Box, Mask]:
    """Box and mask of a thing, on the box of what the mask covers."""
    from PIL import Image

    left, top, right, bottom = (int(v) for v in thing["box"])
    if not (0 <= left < right <= width and 0 <= top < bottom <= height):
        raise ValueError(f"box {thing['box']} lies outside the picture")
    with Image.open(io.BytesIO(base64.b64decode(thing["mask"], validate=True)), formats=["PNG"]) as image:
        if image.size != (right - left, bottom - top):
            raise ValueError(f"a mask of {image.size} for a box of {(right - left, bottom - top)}")
        mask = np.asarray(image.convert("L")) > 127
    inner = box_of(mask)
    if inner is None:
        raise ValueError("an empty mask")
    return inner.shifted(left, top), np.ascontiguousarray(mask[inner.slices])
