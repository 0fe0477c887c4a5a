"""Whole stacks from a server of one's own: a picture and words in, RGBA layers with names out.

The shape is ours and small; `docs/how-to/remote-models.md` describes it. Of what comes back only alpha and names are
taken (see `proposing`): the layers add up to the picture however well the server paints.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from delaminate.contracts import Tick
from delaminate.errors import BadInput, StageFailed
from delaminate.models.hosted import host
from delaminate.models.remote import Endpoint
from delaminate.pixels import Alpha, Rgb, as_eight_bit
from delaminate.stages.whole.proposing import Proposal, Whole, enlarged

_MOST_LAYERS, _LONGEST_NAME = 64, 200
_FULL = 250
"""Alpha from which a pixel counts as opaque: a layer that is so everywhere is the background."""

_UNREADABLE: tuple[type[Exception], ...] = (
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    OSError,
    SyntaxError,
    Image.DecompressionBombError,
)

_STRETCH = 0.02
"""How far the proportions of a layer may be from the picture's."""


@dataclass(frozen=True)
class RemoteLayers(Whole):
    """A segmenter that asks a server for all layers at once.

    Parameters
    ----------
    url, key : of the server; default `DELAMINATE_LAYERS_URL` and `DELAMINATE_LAYERS_KEY`.
    timeout, tries, pause, price : see `models.remote.Endpoint`; the price's default is `DELAMINATE_LAYERS_PRICE`.
    layers : how many to ask for at most, the background counted.
    most : pixels sent at most; a larger picture is sent smaller.

    Raises
    ------
    BadInput
        If an option is out of range.
    """

    url: str = ""
    key: str = field(default="", repr=False)
    timeout: float = 600.0
    tries: int = 3
    pause: float = 2.0
    price: float | None = None
    layers: int = 8
    most: int = 1024 * 1024

    def __post_init__(self) -> None:
        if not 2 <= self.layers <= _MOST_LAYERS or self.most < 64 * 64 or self.tries < 1 or not self.timeout > 0:
            raise BadInput(
                f"remote-layers needs 2 to {_MOST_LAYERS} layers, at least 4096 pixels, tries ≥ 1 and timeout > 0"
            )

    @property
    def _endpoint(self) -> Endpoint:
        patience = {"timeout": self.timeout, "tries": self.tries, "pause": self.pause}
        return Endpoint.set_up("layers", self.url, self.key, self.price, **patience)

    def missing(self) -> str:
        """What to set first; empty when the stage can work."""
        return self._endpoint.missing()

    def sends(self) -> str:
        """Where the picture goes, for the report."""
        return f"For layers, pictures are sent to {host(self._endpoint.url)}."

    def _proposed(self, rgb: Rgb, words: str, tick: Tick) -> list[Proposal]:
        lacking = self.missing()
        if lacking:
            raise StageFailed(f"remote-layers cannot work yet: {lacking}")
        endpoint, shown = self._endpoint, _shown(rgb, self.most)
        height, width = shown.shape[:2]
        body = {"image": _png(shown), "width": width, "height": height, "prompt": words, "layers": self.layers}
        told = endpoint.ask(body, tick).get("layers")
        who = host(endpoint.url)
        if not isinstance(told, list) or len(told) > _MOST_LAYERS:
            raise StageFailed(f"{who} answered without a list of up to {_MOST_LAYERS} layers; check what runs there")
        proposals = []
        for number, one in enumerate(told):
            try:
                name, alpha = _read(one, width, height)
            except _UNREADABLE as error:
                raise StageFailed(f"{who} answered with a layer {number} that cannot be read: {error}") from error
            placed = None if (alpha >= _FULL / 255).all() else enlarged(alpha, rgb.shape[1], rgb.shape[0])
            if placed is not None:
                proposals.append(Proposal(*placed, name))
        return proposals


def _shown(rgb: Rgb, most: int) -> NDArray[np.uint8]:
    """The picture at 8 bits and no more pixels than that."""
    height, width = rgb.shape[:2]
    scale = min(1.0, (most / (height * width)) ** 0.5)
    size = max(1, int(width * scale)), max(1, int(height * scale))
    shown = np.ascontiguousarray(as_eight_bit(rgb))
    return shown if scale == 1 else np.asarray(cv2.resize(shown, size, interpolation=cv2.INTER_AREA), np.uint8)


def _png(rgb: NDArray[np.uint8]) -> str:
    file = io.BytesIO()
    Image.fromarray(rgb).save(file, "PNG", compress_level=1)
    return base64.b64encode(file.getvalue()).decode()


def _read(layer: dict[str, Any], width: int, height: int) -> tuple[str, Alpha]:
    """Name and alpha of a layer; the server may work at another size of the same proportions."""
    name = " ".join(str(layer.get("name") or "").split())[:_LONGEST_NAME]
    with Image.open(io.BytesIO(base64.b64decode(layer["image"], validate=True)), formats=["PNG", "WEBP"]) as image:
        wide, high = image.size
        if wide * high > 16 * max(width * height, 1 << 20) or abs(wide - high * width / height) > max(
            2, _STRETCH * wide
        ):
            raise ValueError(f"{wide}×{high} pixels for a picture of {width}×{height}")
        if "A" not in image.getbands():
            raise ValueError("it has no alpha")
        alpha = np.asarray(image.getchannel("A"), np.float32) / np.float32(255)
    return name, np.ascontiguousarray(alpha)
